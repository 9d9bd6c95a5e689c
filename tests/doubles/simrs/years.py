"""What has come together in years: registrations of days that are over, each seen and with its medicine handed over."""

from __future__ import annotations

from datetime import date, timedelta

from tests.doubles.simrs.hospital import Hospital

_REGISTRATIONS = """
    INSERT INTO reg_periksa (no_reg, no_rawat, tgl_registrasi, jam_reg, kd_dokter, no_rkm_medis, kd_poli, stts,
        stts_daftar, status_lanjut, kd_pj, status_bayar, status_poli)
    SELECT LPAD(seq, 3, '0'), CONCAT(%s, LPAD(seq, 6, '0')), %s, SEC_TO_TIME(27000 + seq * 40), CONCAT('D', seq %% 20),
        LPAD(seq * 7 %% 90000, 6, '0'), CONCAT('P', seq %% 20), 'Sudah', 'Lama', 'Ralan', 'BPJ', 'Sudah Bayar', 'Lama'
    FROM seq_1_to_100000 WHERE seq <= %s
"""
_OF_ALL = (
    """INSERT IGNORE INTO mutasi_berkas (no_rawat, dikirim, diterima, status)
        SELECT no_rawat, TIMESTAMP(tgl_registrasi, jam_reg),
            TIMESTAMP(tgl_registrasi, jam_reg) + INTERVAL 20 MINUTE, 'Sudah Diterima' FROM reg_periksa""",
    """INSERT IGNORE INTO pemeriksaan_ralan (no_rawat, tgl_perawatan, jam_rawat)
        SELECT no_rawat, tgl_registrasi, ADDTIME(jam_reg, '00:30:00') FROM reg_periksa""",
    """INSERT IGNORE INTO resep_obat (no_resep, no_rawat, tgl_peresepan, jam_peresepan, tgl_perawatan, jam,
            tgl_penyerahan, jam_penyerahan, status)
        SELECT REPLACE(SUBSTR(no_rawat, 3), '/', ''), no_rawat, tgl_registrasi, jam_reg, tgl_registrasi, jam_reg,
            tgl_registrasi, jam_reg, 'ralan' FROM reg_periksa""",
)


def fill(hospital: Hospital, first: date, days: int, a_day: int) -> None:
    for n in range(days):
        day = first + timedelta(days=n)
        hospital.run(_REGISTRATIONS, f"{day:%Y/%m/%d}/", day, a_day)
    for statement in _OF_ALL:
        hospital.run(statement)

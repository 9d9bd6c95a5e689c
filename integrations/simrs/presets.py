"""What these systems call their tables and columns. A hospital that has renamed some says so in its settings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Names:
    """Of a table and its columns; the keys are our own words."""

    table: str
    columns: Mapping[str, str] = field(default_factory=dict)


Tables = Mapping[str, Names]

CORE: Tables = {
    "visits": Names(
        "reg_periksa",
        {
            "visit": "no_rawat",
            "number": "no_reg",
            "day": "tgl_registrasi",
            "time": "jam_reg",
            "doctor": "kd_dokter",
            "record": "no_rkm_medis",
            "clinic": "kd_poli",
            "status": "stts",
            "care": "status_lanjut",
            "since": "stts_daftar",
        },
    ),
    "files": Names("mutasi_berkas", {"visit": "no_rawat", "sent": "dikirim", "received": "diterima"}),
    "notes": Names("pemeriksaan_ralan", {"visit": "no_rawat", "day": "tgl_perawatan", "time": "jam_rawat"}),
    "prescriptions": Names(
        "resep_obat",
        {
            "prescription": "no_resep",
            "visit": "no_rawat",
            "status": "status",
            "written_day": "tgl_peresepan",
            "written_time": "jam_peresepan",
            "validated_day": "tgl_perawatan",
            "validated_time": "jam",
            "handed_day": "tgl_penyerahan",
            "handed_time": "jam_penyerahan",
        },
    ),
    "compounds": Names("resep_dokter_racikan", {"prescription": "no_resep"}),
    "bookings": Names(
        "booking_registrasi",
        {
            "record": "no_rkm_medis",
            "day": "tanggal_periksa",
            "doctor": "kd_dokter",
            "clinic": "kd_poli",
            "number": "no_reg",
            "at": "waktu_kunjungan",
            "status": "status",
        },
    ),
    # The last three are not in what the makers describe of their tables; they are as public code of Khanza uses them.
    "births": Names("pasien_bayi", {"record": "no_rkm_medis"}),
    "rooming": Names("ranap_gabung", {"mother": "no_rawat", "child": "no_rawat2"}),
    "deaths": Names("pasien_mati", {"record": "no_rkm_medis"}),
    "patients": Names(
        "pasien",
        {"record": "no_rkm_medis", "name": "nm_pasien", "nik": "no_ktp", "phone": "no_tlp", "card": "no_peserta"},
    ),
}

KHANZA: Tables = {
    **CORE,
    "encounters": Names("satu_sehat_encounter", {"visit": "no_rawat", "encounter": "id_encounter"}),
    "codes": Names("referensi_mobilejkn_bpjs", {"visit": "no_rawat", "code": "nobooking", "new": "pasienbaru"}),
    "calls": Names("antripoli", {"doctor": "kd_dokter", "clinic": "kd_poli", "status": "status", "visit": "no_rawat"}),
    "pharmacy_calls": Names("antriapotek2", {"prescription": "no_resep", "status": "status"}),
    "compounded_calls": Names("antriapotek3", {"prescription": "no_resep", "status": "status"}),
    "numbers": Names("antriloketcetak", {"number": "nomor", "day": "tanggal", "drawn": "jam"}),
    "desks": Names("antriloket", {"desk": "loket", "number": "antrian"}),
}

MLITE: Tables = {
    **CORE,
    "encounters": Names("mlite_satu_sehat_response", {"visit": "no_rawat", "encounter": "id_encounter"}),
    "numbers": Names(
        "mlite_antrian_loket",
        {
            "number": "noantrian",
            "kind": "type",
            "day": "postdate",
            "drawn": "start_time",
            "called": "end_time",
            "status": "status",
            "desk": "loket",
        },
    ),
    "booking_codes": Names(
        "mlite_antrian_referensi", {"record": "no_rkm_medis", "day": "tanggal_periksa", "code": "kodebooking"}
    ),
}

# Two changed Khanzas, each known from one published hospital.
PENDAFTARAN: Tables = {
    **{name: names for name, names in KHANZA.items() if name != "desks"},
    "numbers": Names(
        "antripendaftaran", {"number": "nomor", "drawn_at": "taskid_1", "called_at": "taskid_2", "visit": "no_rawat"}
    ),
    "number_states": Names("antripendaftaran_nomor", {"number": "nomor", "desk": "loket", "status": "status"}),
}
SMC: Tables = {
    **KHANZA,
    "numbers": Names(
        "antriloketcetak_smc",
        {"number": "nomor", "day": "tanggal", "drawn": "jam", "called": "jam_panggil", "visit": "no_rawat"},
    ),
}

PRESETS: Mapping[str, Tables] = {
    "khanza": KHANZA,
    "mlite": MLITE,
    "khanza-pendaftaran": PENDAFTARAN,
    "khanza-smc": SMC,
}
# Without these there is nothing to follow; of the others some hospitals have none.
NEEDED = frozenset({"visits", "files", "notes", "prescriptions", "compounds"})
EVERY: Mapping[str, frozenset[str]] = {
    table: frozenset(column for preset in PRESETS.values() if table in preset for column in preset[table].columns)
    for table in {name for preset in PRESETS.values() for name in preset}
}

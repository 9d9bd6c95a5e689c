"""The tables of a hospital's system that an adapter reads, written from what is known of their columns."""

KHANZA, MLITE = "khanza", "mlite"
CHARSETS = {KHANZA: "latin1", MLITE: "utf8mb4"}

CORE = (
    """CREATE TABLE pasien (
        no_rkm_medis VARCHAR(15) NOT NULL PRIMARY KEY, nm_pasien VARCHAR(40), no_ktp VARCHAR(20), jk ENUM('L','P'),
        tgl_lahir DATE, no_tlp VARCHAR(40), kd_pj CHAR(3), no_peserta VARCHAR(25))""",
    """CREATE TABLE poliklinik (
        kd_poli CHAR(5) NOT NULL PRIMARY KEY, nm_poli VARCHAR(50), status ENUM('0','1') NOT NULL DEFAULT '1')""",
    """CREATE TABLE dokter (
        kd_dokter VARCHAR(20) NOT NULL PRIMARY KEY, nm_dokter VARCHAR(50),
        status ENUM('0','1') NOT NULL DEFAULT '1')""",
    """CREATE TABLE reg_periksa (
        no_reg VARCHAR(8), no_rawat VARCHAR(17) NOT NULL PRIMARY KEY, tgl_registrasi DATE, jam_reg TIME,
        kd_dokter VARCHAR(20), no_rkm_medis VARCHAR(15), kd_poli CHAR(5), biaya_reg DOUBLE,
        stts ENUM('Belum','Sudah','Batal','Berkas Diterima','Dirujuk','Meninggal','Dirawat','Pulang Paksa'),
        stts_daftar ENUM('-','Lama','Baru') NOT NULL, status_lanjut ENUM('Ralan','Ranap') NOT NULL,
        kd_pj CHAR(3) NOT NULL, status_bayar ENUM('Sudah Bayar','Belum Bayar') NOT NULL,
        status_poli ENUM('Lama','Baru') NOT NULL,
        KEY (no_rkm_medis), KEY (kd_poli), KEY (kd_pj), KEY (status_lanjut), KEY (kd_dokter), KEY (status_bayar))""",
    """CREATE TABLE booking_registrasi (
        tanggal_booking DATE, jam_booking TIME, no_rkm_medis VARCHAR(15) NOT NULL, tanggal_periksa DATE NOT NULL,
        kd_dokter VARCHAR(20), kd_poli CHAR(5), no_reg VARCHAR(8), kd_pj CHAR(3), limit_reg INT,
        waktu_kunjungan DATETIME, status ENUM('Terdaftar','Belum','Batal','Dokter Berhalangan'),
        PRIMARY KEY (no_rkm_medis, tanggal_periksa))""",
    """CREATE TABLE mutasi_berkas (
        no_rawat VARCHAR(17) NOT NULL PRIMARY KEY,
        status ENUM('Sudah Dikirim','Sudah Diterima','Sudah Kembali','Tidak Ada','Masuk Ranap'),
        dikirim DATETIME, diterima DATETIME, kembali DATETIME, tidakada DATETIME, ranap DATETIME)""",
    """CREATE TABLE pemeriksaan_ralan (
        no_rawat VARCHAR(17) NOT NULL, tgl_perawatan DATE NOT NULL, jam_rawat TIME NOT NULL, keluhan VARCHAR(400),
        PRIMARY KEY (no_rawat, tgl_perawatan, jam_rawat))""",
    """CREATE TABLE resep_obat (
        no_resep VARCHAR(14) NOT NULL PRIMARY KEY, tgl_perawatan DATE, jam TIME NOT NULL, no_rawat VARCHAR(17) NOT NULL,
        kd_dokter VARCHAR(20), tgl_peresepan DATE, jam_peresepan TIME, status ENUM('ralan','ranap'),
        tgl_penyerahan DATE, jam_penyerahan TIME, KEY (no_rawat), KEY (kd_dokter))""",
    """CREATE TABLE pasien_bayi (
        no_rkm_medis VARCHAR(15) NOT NULL PRIMARY KEY, umur_ibu VARCHAR(8), nama_ayah VARCHAR(50),
        berat_badan VARCHAR(10), panjang_badan VARCHAR(10), proses_lahir VARCHAR(60), anakke CHAR(2),
        jam_lahir TIME NOT NULL, keterangan VARCHAR(50), no_skl VARCHAR(30) UNIQUE)""",
    """CREATE TABLE ranap_gabung (
        no_rawat VARCHAR(17) NOT NULL, no_rawat2 VARCHAR(17) NOT NULL, PRIMARY KEY (no_rawat, no_rawat2))""",
    """CREATE TABLE pasien_mati (
        no_rkm_medis VARCHAR(15) NOT NULL PRIMARY KEY, tanggal DATE, jam TIME, keterangan VARCHAR(100))""",
    """CREATE TABLE resep_dokter_racikan (
        no_resep VARCHAR(14) NOT NULL, no_racik VARCHAR(2) NOT NULL, nama_racik VARCHAR(100),
        PRIMARY KEY (no_resep, no_racik))""",
)

OWN = {
    KHANZA: (
        """CREATE TABLE antripoli (
            kd_dokter VARCHAR(20) NOT NULL, kd_poli CHAR(5) NOT NULL, status ENUM('0','1') NOT NULL,
            no_rawat VARCHAR(17) NOT NULL, KEY (kd_dokter), KEY (kd_poli)) ENGINE=MyISAM""",
        "CREATE TABLE antriloket (loket INT NOT NULL, antrian INT NOT NULL) ENGINE=MyISAM",
        """CREATE TABLE antriloketcetak (
            tanggal DATE NOT NULL, jam TIME NOT NULL, nomor VARCHAR(4) NOT NULL, PRIMARY KEY (tanggal, nomor))""",
        *(
            f"""CREATE TABLE {name} (
                no_resep VARCHAR(14) NOT NULL, status ENUM('0','1') NOT NULL,
                no_rawat VARCHAR(17) NOT NULL) ENGINE=MyISAM"""
            for name in ("antriapotek2", "antriapotek3")
        ),
        """CREATE TABLE referensi_mobilejkn_bpjs (
            nobooking VARCHAR(15) NOT NULL PRIMARY KEY, no_rawat VARCHAR(17) NOT NULL UNIQUE, nomorkartu VARCHAR(25),
            nik VARCHAR(30), nohp VARCHAR(15), kodepoli VARCHAR(15), pasienbaru ENUM('0','1'), norm VARCHAR(15),
            tanggalperiksa DATE,
            nomorreferensi VARCHAR(40), nomorantrean VARCHAR(15), angkaantrean VARCHAR(5),
            status ENUM('Belum','Checkin','Batal','Gagal'), validasi DATETIME, statuskirim ENUM('Belum','Sudah'))""",
    ),
    MLITE: (
        """CREATE TABLE mlite_antrian_loket (
            kd INT NOT NULL AUTO_INCREMENT PRIMARY KEY, type VARCHAR(50) NOT NULL, noantrian VARCHAR(50) NOT NULL,
            no_rkm_medis VARCHAR(50), postdate DATE NOT NULL, start_time TIME NOT NULL,
            end_time TIME NOT NULL DEFAULT '00:00:00', status VARCHAR(10) NOT NULL DEFAULT '0',
            loket VARCHAR(10) NOT NULL DEFAULT '0')""",
        """CREATE TABLE mlite_antrian_referensi (
            tanggal_periksa DATE NOT NULL, no_rkm_medis VARCHAR(50) NOT NULL, nomor_kartu VARCHAR(50) NOT NULL,
            nomor_referensi VARCHAR(50) NOT NULL, kodebooking VARCHAR(100) NOT NULL,
            jenis_kunjungan VARCHAR(10) NOT NULL, status_kirim VARCHAR(20), keterangan VARCHAR(400))""",
        """CREATE TABLE mlite_satu_sehat_response (
            no_rawat VARCHAR(17) NOT NULL PRIMARY KEY, id_encounter VARCHAR(50))""",
    ),
}

# Of hospitals that have changed Khanza for themselves.
VARIANTS = {
    "pendaftaran": (
        """CREATE TABLE antripendaftaran (
            nomor CHAR(5) NOT NULL PRIMARY KEY, no_rawat VARCHAR(17), taskid_1 DATETIME, taskid_2 DATETIME)""",
        """CREATE TABLE antripendaftaran_nomor (
            nomor CHAR(5) NOT NULL PRIMARY KEY, status ENUM('0','1','2','3') NOT NULL, jam DATETIME,
            loket VARCHAR(5))""",
    ),
    "smc": (
        """CREATE TABLE antriloketcetak_smc (
            nomor VARCHAR(6) NOT NULL, tanggal DATE NOT NULL, jam TIME NOT NULL, jam_panggil TIME,
            no_rawat VARCHAR(17), no_rkm_medis VARCHAR(15), PRIMARY KEY (nomor, tanggal))""",
    ),
}


def statements(kind: str, variant: str | None = None) -> tuple[str, ...]:
    return (*CORE, *OWN[kind], *(VARIANTS[variant] if variant else ()))

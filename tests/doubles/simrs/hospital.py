"""A hospital's own system, as far as others see of it: it writes into its tables what the real ones write there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import pymysql

from tests.doubles.simrs.schema import CHARSETS, KHANZA, MLITE, statements

if TYPE_CHECKING:
    from tests.mariadb import Mariadb

NEVER = "0000-00-00 00:00:00"
READER, PASSWORD = "pembaca", "rahasia"  # who may only read, in a database that nobody else reaches


@dataclass
class Hospital:
    """`connection` commits each statement. All moments are local wall clock, as these systems keep them."""

    connection: pymysql.Connection[Any]
    kind: str = KHANZA
    variant: str | None = None
    _known: set[str] = field(default_factory=set)

    def build(self) -> None:
        # As these systems set it for themselves: they write zero dates, and blanks for what an enum does not know.
        self.run("SET SESSION sql_mode = ''")
        for statement in statements(self.kind, self.variant):
            self.run(f"{statement} CHARACTER SET {CHARSETS[self.kind]}" if ")" in statement else statement)

    def run(self, sql: str, *values: object) -> int:
        with self.connection.cursor() as cursor:
            return int(cursor.execute(sql, values))

    def ask(self, sql: str, *values: object) -> Any:
        """The first column of the first row."""
        with self.connection.cursor() as cursor:
            cursor.execute(sql, values)
            found = cursor.fetchone()
        return found[0] if found else None

    def add(self, table: str, row: Mapping[str, object], verb: str = "INSERT") -> None:
        columns, marks = ", ".join(row), ", ".join(["%s"] * len(row))
        self.run(f"{verb} INTO {table} ({columns}) VALUES ({marks})", *row.values())

    # Who comes

    def know(self, record: str, name: str = "", **columns: object) -> None:
        """A patient's master row, with what else is to stand in it."""
        self.add("pasien", {"no_rkm_medis": record, "nm_pasien": name, **columns}, "REPLACE")

    def register(
        self,
        at: datetime,
        poli: str,
        doctor: str,
        record: str = "000001",
        *,
        visit: str = "",
        number: str = "",
        payer: str = "UMU",
        is_new: bool = False,
    ) -> str:
        """The new `no_rawat`: the highest of the day and one, unless it is given."""
        day = at.date()
        visit = visit or self.next_visit(day)
        row = {
            "no_reg": number or self.next_number(day, poli, doctor),
            "no_rawat": visit,
            "tgl_registrasi": day,
            "jam_reg": at.time(),
            "kd_dokter": doctor,
            "no_rkm_medis": record,
            "kd_poli": poli,
            "stts": "Belum",
            "stts_daftar": "Baru" if is_new else "Lama",
            "status_lanjut": "Ralan",
            "kd_pj": payer,
            "status_bayar": "Belum Bayar",
            "status_poli": "Lama",
        }
        self.add("reg_periksa", row)
        return visit

    def next_visit(self, day: date) -> str:
        last = self.ask(
            "SELECT MAX(CONVERT(RIGHT(no_rawat, 6), SIGNED)) FROM reg_periksa WHERE tgl_registrasi = %s", day
        )
        return f"{day:%Y/%m/%d}/{(last or 0) + 1:06d}"

    def next_number(self, day: date, poli: str, doctor: str) -> str:
        last = self.ask(
            "SELECT MAX(CONVERT(no_reg, SIGNED)) FROM reg_periksa"
            " WHERE tgl_registrasi = %s AND kd_poli = %s AND kd_dokter = %s",
            day,
            poli,
            doctor,
        )
        return f"{(last or 0) + 1:03d}"

    # What becomes of them

    def send_file(self, visit: str, at: datetime) -> None:
        times = {"dikirim": at, **dict.fromkeys(("diterima", "kembali", "tidakada", "ranap"), NEVER)}
        self.add("mutasi_berkas", {"no_rawat": visit, "status": "Sudah Dikirim", **times}, "REPLACE")

    def receive_file(self, visit: str, at: datetime) -> None:
        if not self.run(
            "UPDATE mutasi_berkas SET status = 'Sudah Diterima', diterima = %s WHERE no_rawat = %s", at, visit
        ):
            times = {"diterima": at, **dict.fromkeys(("dikirim", "kembali", "tidakada", "ranap"), NEVER)}
            self.add("mutasi_berkas", {"no_rawat": visit, "status": "Sudah Diterima", **times})
        self.set_status(visit, "Berkas Diterima")

    def call(self, visit: str) -> None:
        """To the room: the row of this clinic and doctor is written anew, and rings."""
        doctor, poli = self.place_of(visit)
        self.run("DELETE FROM antripoli WHERE kd_dokter = %s AND kd_poli = %s", doctor, poli)
        self.add("antripoli", {"kd_dokter": doctor, "kd_poli": poli, "status": "1", "no_rawat": visit})

    def hear(self, visit: str) -> None:
        """The display has read the call."""
        self.run("UPDATE antripoli SET status = '0' WHERE no_rawat = %s", visit)

    def ring_again(self, visit: str) -> None:
        self.run("UPDATE antripoli SET status = '1' WHERE no_rawat = %s", visit)

    def examine(self, visit: str, at: datetime) -> None:
        """Notes are saved; as a rule the status follows at once."""
        self.add("pemeriksaan_ralan", {"no_rawat": visit, "tgl_perawatan": at.date(), "jam_rawat": at.time()})
        self.set_status(visit, "Sudah")

    def set_status(self, visit: str, status: str) -> None:
        self.run("UPDATE reg_periksa SET stts = %s WHERE no_rawat = %s", status, visit)

    def cancel(self, visit: str) -> None:
        self.set_status(visit, "Batal")

    def delete(self, visit: str) -> None:
        """What becomes of a registration whose booking is cancelled."""
        self.run("DELETE FROM reg_periksa WHERE no_rawat = %s", visit)

    def move(self, visit: str, poli: str, doctor: str) -> None:
        self.run("UPDATE reg_periksa SET kd_poli = %s, kd_dokter = %s WHERE no_rawat = %s", poli, doctor, visit)

    def move_registration(self, visit: str, at: datetime) -> None:
        """To another moment: somebody corrects a wrong clock."""
        sql = "UPDATE reg_periksa SET tgl_registrasi = %s, jam_reg = %s WHERE no_rawat = %s"
        self.run(sql, at.date(), at.time(), visit)

    def place_of(self, visit: str) -> tuple[str, str]:
        """Doctor and clinic."""
        with self.connection.cursor() as cursor:
            cursor.execute("SELECT kd_dokter, kd_poli FROM reg_periksa WHERE no_rawat = %s", (visit,))
            row: tuple[str, str] | None = cursor.fetchone()
        assert row is not None, f"there is no registration {visit}"
        return row

    # Births

    def bear(self, mother: str, at: datetime, record: str, *, poli: str = "IGDK", doctor: str = "D00") -> str:
        """A child, with a registration of its own, that shares the room of its mother, whose registration this is.
        The child's `no_rawat`."""
        self.know(record, "BAYI CONTOH", tgl_lahir=at.date())
        child = self.register(at, poli, doctor, record, is_new=True)
        self.run("UPDATE reg_periksa SET status_lanjut = 'Ranap', stts = 'Dirawat' WHERE no_rawat = %s", child)
        self.add("pasien_bayi", {"no_rkm_medis": record, "jam_lahir": at.time(), "anakke": "1"})
        self.add("ranap_gabung", {"no_rawat": mother, "no_rawat2": child})
        return child

    def lose(self, record: str, at: datetime) -> None:
        """Whoever this is has died."""
        self.add("pasien_mati", {"no_rkm_medis": record, "tanggal": at.date(), "jam": at.time()})

    # The pharmacy

    def prescribe(self, visit: str, at: datetime, *, is_compounded: bool = False) -> str:
        """The new `no_resep`. Until it is validated its second moment is the first one's, with a zero time."""
        last = self.ask(
            "SELECT MAX(CONVERT(RIGHT(no_resep, 4), SIGNED)) FROM resep_obat WHERE tgl_peresepan = %s", at.date()
        )
        number = f"{at:%Y%m%d}{(last or 0) + 1:04d}"
        row = {
            "no_resep": number,
            "tgl_perawatan": "0000-00-00",
            "jam": "00:00:00",
            "no_rawat": visit,
            "tgl_peresepan": at.date(),
            "jam_peresepan": at.time(),
            "status": "ralan",
            "tgl_penyerahan": "0000-00-00",
            "jam_penyerahan": "00:00:00",
        }
        if is_compounded:
            self.add("resep_dokter_racikan", {"no_resep": number, "no_racik": "1", "nama_racik": "Puyer"})
        self.add("resep_obat", row)
        return number

    def validate(self, prescription: str, at: datetime) -> None:
        sql = "UPDATE resep_obat SET tgl_perawatan = %s, jam = %s WHERE no_resep = %s"
        self.run(sql, at.date(), at.time(), prescription)

    def call_to_pharmacy(self, prescription: str, *, is_compounded: bool = False) -> None:
        visit = self.ask("SELECT no_rawat FROM resep_obat WHERE no_resep = %s", prescription)
        table = "antriapotek3" if is_compounded else "antriapotek2"
        self.run(f"TRUNCATE {table}")
        self.add(table, {"no_resep": prescription, "status": "1", "no_rawat": visit})

    def hand_over(self, prescription: str, at: datetime) -> None:
        sql = "UPDATE resep_obat SET tgl_penyerahan = %s, jam_penyerahan = %s WHERE no_resep = %s"
        self.run(sql, at.date(), at.time(), prescription)

    # Bookings

    def book(self, at: datetime, visit_at: datetime, poli: str, doctor: str, record: str, *, code: str = "") -> str:
        """As a booking of Mobile JKN's is kept. The number that it was given."""
        sql = "SELECT MAX(CONVERT(no_reg, SIGNED)) FROM booking_registrasi WHERE tanggal_periksa = %s AND kd_poli = %s"
        number = f"{(self.ask(sql, visit_at.date(), poli) or 0) + 1:03d}"
        row = {
            "tanggal_booking": at.date(),
            "jam_booking": at.time(),
            "no_rkm_medis": record,
            "tanggal_periksa": visit_at.date(),
            "kd_dokter": doctor,
            "kd_poli": poli,
            "no_reg": number,
            "kd_pj": "BPJ",
            "limit_reg": 1,
            "waktu_kunjungan": visit_at,
            "status": "Belum",
        }
        self.add("booking_registrasi", row)
        if self.kind == MLITE:
            known = {
                "tanggal_periksa": visit_at.date(),
                "no_rkm_medis": record,
                "nomor_kartu": "",
                "jenis_kunjungan": "1",
            }
            self.add("mlite_antrian_referensi", {**known, "nomor_referensi": "", "kodebooking": code})
        return number

    def check_in(self, at: datetime, record: str, *, code: str = "") -> str:
        """The booking becomes a registration with its number, and the record file is sent for. The `no_rawat`."""
        sql = "SELECT {} FROM booking_registrasi WHERE no_rkm_medis = %s AND tanggal_periksa = %s"
        poli, doctor, number = (
            self.ask(sql.format(name), record, at.date()) for name in ("kd_poli", "kd_dokter", "no_reg")
        )
        visit = self.register(at, poli, doctor, record, number=number, payer="BPJ")
        self.set_booking(record, at.date(), "Terdaftar")
        self.send_file(visit, at)
        if self.kind == KHANZA and code:
            self.refer(visit, code)
        return visit

    def refer(self, visit: str, code: str, *, is_new: bool = False) -> None:
        known = {"nobooking": code, "no_rawat": visit, "pasienbaru": "1" if is_new else "0", "status": "Checkin"}
        self.add("referensi_mobilejkn_bpjs", known)

    def send_encounter(self, visit: str, encounter: str) -> None:
        """To SATUSEHAT, by itself; and it notes that."""
        self.add("mlite_satu_sehat_response", {"no_rawat": visit, "id_encounter": encounter})

    def set_booking(self, record: str, day: date, status: str) -> None:
        sql = "UPDATE booking_registrasi SET status = %s WHERE no_rkm_medis = %s AND tanggal_periksa = %s"
        self.run(sql, status, record, day)

    # Numbers before registration

    def draw_number(self, at: datetime, number: int, kind: str = "Loket") -> None:
        if self.kind == MLITE:
            row = {"type": kind, "noantrian": number, "postdate": at.date(), "start_time": at.time()}
            self.add("mlite_antrian_loket", {**row, "end_time": "00:00:00", "status": "0", "loket": "0"})
        elif self.variant == "smc":
            self.add("antriloketcetak_smc", {"tanggal": at.date(), "jam": at.time(), "nomor": f"A{number:03d}"})
        elif self.variant == "pendaftaran":
            self.add("antripendaftaran", {"nomor": f"{number:03d}", "taskid_1": at})
            self.add("antripendaftaran_nomor", {"nomor": f"{number:03d}", "status": "0", "jam": at})
        else:
            self.add("antriloketcetak", {"tanggal": at.date(), "jam": at.time(), "nomor": f"{number:03d}"})

    def call_number(self, at: datetime, number: int, loket: int, kind: str = "Loket") -> None:
        if self.kind == MLITE:
            sql = "UPDATE mlite_antrian_loket SET status = '1', end_time = %s, loket = %s"
            where = " WHERE noantrian = %s AND type = %s AND postdate = %s"
            self.run(sql + where, at.time(), loket, number, kind, at.date())
        elif self.variant == "smc":
            self.run("UPDATE antriloketcetak_smc SET jam_panggil = %s WHERE nomor = %s", at.time(), f"A{number:03d}")
            self.call_at_desk(number, loket)
        elif self.variant == "pendaftaran":
            sql = "UPDATE antripendaftaran_nomor SET status = '1', loket = %s WHERE nomor = %s"
            self.run(sql, loket, f"{number:03d}")
            self.run("UPDATE antripendaftaran SET taskid_2 = %s WHERE nomor = %s", at, f"{number:03d}")
        else:
            self.call_at_desk(number, loket)

    def call_at_desk(self, number: int, loket: int) -> None:
        self.run("DELETE FROM antriloket")
        self.add("antriloket", {"loket": loket, "antrian": number})


def a_hospital(server: Mariadb, kind: str = KHANZA, variant: str | None = None) -> Hospital:
    """In a database of its own, with a user who may only read there."""
    database = server.new_database(CHARSETS[kind])
    hospital = Hospital(server.connect(database), kind, variant)
    hospital.build()
    hospital.run(f"CREATE USER IF NOT EXISTS {READER} IDENTIFIED BY '{PASSWORD}'")
    hospital.run(f"GRANT SELECT ON {database}.* TO {READER}")
    return hospital

"""What somebody sees who looks in with a browser: the bookings, their task times, and switches for outages."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from urllib.parse import parse_qsl

from tests.doubles.bpjs.bookings import ALL_TASKS, CANCELLED, Booking, local_time
from tests.doubles.bpjs.hospital import Hospital
from tests.doubles.outages import KINDS, Outages

NEWEST = 200  # bookings that are shown

STYLE = """
body { font: 15px/1.4 system-ui, sans-serif; margin: 1.5rem; color: #1b1f24; background: #fff }
table { border-collapse: collapse; display: block; overflow-x: auto; font-variant-numeric: tabular-nums }
th, td { border: 1px solid #c9d1d9; padding: .3rem .6rem; text-align: left; white-space: nowrap }
th { background: #f3f5f7 } form { display: flex; flex-wrap: wrap; gap: .5rem; margin: 1rem 0 }
button { font: inherit; padding: .4rem .9rem; min-height: 44px } .away { color: #b3261e }
"""
SAID = {
    "down": "Mati",
    "slow": "Lambat",
    "html": "Halaman galat",
    "500": "Galat 500",
    "lost-answer": "Jawaban hilang",
}


def shown(hospital: Hospital, outages: Outages) -> str:
    kind = outages.current()
    state = "Melayani seperti biasa." if kind is None else f"<strong class=away>Gangguan: {SAID[kind]}.</strong>"
    buttons = "".join(f'<button name="kind" value="{each}">{SAID[each]}</button>' for each in KINDS)
    rows = [_row(each, hospital.masters.zone) for each in list(hospital.bookings.values())[-NEWEST:]]
    heads = "".join(
        f"<th>{head}" for head in ("Antrean", "Status", *(f"Task {n}" for n in TASKS), "Poli", "Kode booking")
    )
    return f"""<!doctype html><html lang="id"><meta charset="utf-8"><title>BPJS tiruan</title>
<meta name="viewport" content="width=device-width, initial-scale=1"><meta http-equiv="refresh" content="2">
<style>{STYLE}</style><h1>BPJS tiruan</h1><p>{state}
<form method="post" action="/_outage">{buttons}<button name="kind" value="none">Pulih</button></form>
<p>{len(hospital.bookings)} booking. Semua yang diterima: <a href="/_told">/_told</a>
<table><tr>{heads}{"".join(reversed(rows))}</table></html>"""


TASKS = (*ALL_TASKS, CANCELLED)


def _row(booking: Booking, zone: str) -> str:
    times = [local_time(booking.tasks[task].at_ms, zone).split()[1] if task in booking.tasks else "" for task in TASKS]
    cells = (booking.fields["nomorantrean"], booking.status, *times, booking.fields["namapoli"], booking.code)
    return "<tr>" + "".join(f"<td>{escape(str(cell))}" for cell in cells)


def read_form(body: bytes) -> Mapping[str, str]:
    return dict(parse_qsl(body.decode(errors="replace")))

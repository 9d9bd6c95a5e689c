"""From a record of theirs to what is wanted, and the sentences where it cannot be."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from itertools import product
from typing import Any

import pytest
import yaml
from pydantic import ValidationError

from integrations.opd.mapping import Act, FieldMap, Wanted, read_record, strange_targets
from integrations.opd.sources import Unmapped
from integrations.opd.telling import Told, as_form
from queue_service.records.plans import BranchPlan
from tests.integrations.opd.agencies import BRANCH, MAPPING, OFFICE, record

HERE = BranchPlan.model_validate(BRANCH).branch()
BRANCHES = {OFFICE: HERE}
TEN = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)  # in the morning, there


def wanted(given: Any, **mapping: Any) -> Wanted:
    return read_record(FieldMap.model_validate({**MAPPING, **mapping}), given, BRANCHES)


def why(given: Any, **mapping: Any) -> str:
    with pytest.raises(Unmapped) as caught:
        wanted(given, **mapping)
    return str(caught.value)


def test_a_record_says_who_comes_where_and_what_for() -> None:
    found = wanted(record(status="PANGGIL", loket=2, nama=" Warga ", hp=None))
    assert (found.id, found.act, found.branch, found.queue, found.counter) == ("R-1", Act.CALL, OFFICE, "ktp", "2")
    assert found.people == {"name": "Warga"}


@pytest.mark.parametrize(
    ("mapping", "given"),
    [
        ({}, {"tanggal": "24-11-2026", "jam": "10:00"}),
        ({"day": "tanggal"}, {"tanggal": date(2026, 11, 24), "jam": time(10)}),
        ({"day": "tanggal"}, {"tanggal": "2026-11-24", "jam": timedelta(hours=10)}),
        ({"day": "tanggal", "time": {"from": "jam", "format": "%H.%M"}}, {"tanggal": "2026-11-24", "jam": "10.00"}),
        ({"at": "pada"}, {"pada": "2026-11-24T10:00:00+07:00"}),
        ({"at": "pada"}, {"pada": "2026-11-24 10:00"}),
        ({"at": "pada"}, {"pada": datetime(2026, 11, 24, 10)}),  # noqa: DTZ001 - as a driver hands it over
        ({"at": {"from": ["tanggal", "jam"], "format": "%d/%m/%y %H:%M"}}, {"tanggal": "24/11/26", "jam": "10:00"}),
        ({"at": {"from": "pada", "format": "epoch"}}, {"pada": int(TEN.timestamp())}),
        ({"at": {"from": "pada", "format": "epoch_ms"}}, {"pada": Decimal(int(TEN.timestamp() * 1000))}),
    ],
)
def test_a_moment_is_read_however_it_is_written(mapping: Any, given: Any) -> None:
    rest = {} if "at" not in mapping else {"day": None, "time": None}
    found = wanted(record(status="JANJI", **given), **{**rest, **mapping})
    assert (found.slot, found.day) == (TEN, date(2026, 11, 24))


def test_fields_may_lie_within_others_and_have_dots_in_their_names() -> None:
    given = {"data": {"kunjungan": [{"no": 7}]}, "No. Antrean": 12, "s": "X"}
    mapping = {"id": "data.kunjungan.0.no", "number": "No. Antrean", "action": {"is": "issue"}, "queue": {"is": "ktp"}}
    found = wanted(given, **mapping)
    assert (found.id, found.number) == ("7", 12)


@pytest.mark.parametrize(
    ("given", "mapping", "expected"),
    [
        ({"nomor": ""}, {}, "id: nothing is given"),
        ({"nomor": "x" * 121}, {}, "id: longer than 120 characters"),
        (
            {"nomor": "1604990101900001"},
            {},
            "id: it has the form of a NIK, which would be kept in the open; map another number",
        ),
        ({"nomor": "R\0"}, {}, "id: “R ” holds what cannot be printed"),
        ({"nomor": {"a": 1}}, {}, "id: expected one value, not several"),
        ({"status": "APA"}, {}, "action: “APA” stands in no line of “values”"),
        ({"status": None}, {}, "action: nothing is given"),
        ({"status": "drop"}, {"action": "status"}, "action: “drop” stands in no line of “values”"),
        ({"layanan": "99"}, {}, "queue: “99” stands in no line of “values”"),
        ({"layanan": "pajak"}, {"queue": "layanan"}, "queue: the branch kantor has none that is called “pajak”"),
        ({"tanggal": "2026-11-24"}, {}, "day: “2026-11-24” is no day"),
        ({"tanggal": "31-02-2026"}, {}, "day: “31-02-2026” is no day"),
        ({"jam": "25:00"}, {}, "time: “25:00” is no time"),
        ({"no": "A1"}, {"number": "no"}, "number: “A1” is no whole number"),
        ({"status": "JANJI"}, {}, "at: nothing is given; an appointment needs a day and a time"),
        ({"pada": "1e999"}, {"occurred": {"from": "pada", "format": "epoch"}}, "occurred: “1e999” is no moment"),
        ({"kantor": "lain"}, {"branch": "kantor"}, "branch: “lain” is none of this connection's"),
        ({"jam": "1604999901010001"}, {}, "time: “[masked]” is no time"),
    ],
)
def test_what_cannot_be_understood_is_a_sentence(given: Any, mapping: Any, expected: str) -> None:
    assert why({**record(), **given}, **mapping) == expected


ODD = [
    *(None, True, -1, 10**40, 1.5, 1e308, float("nan"), float("inf"), Decimal("NaN"), b"x", [], {}, [1], object()),
    *("", " ", "\0", "=1+1", "9" * 500, "-1", "1e400", "0000-00-00", "٣", "10:00:60", "2026-W48", "🂡" * 60),
    *(date.min, date.max, datetime.min, datetime.max, time.max, timedelta(days=-1), timedelta.max),  # noqa: DTZ901
    *(datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)),
]


@pytest.mark.parametrize("form", [None, "epoch", "%d-%m-%Y"])
def test_nothing_that_they_write_does_more_harm_than_a_sentence(form: str | None) -> None:
    dated = {"action": "status", "queue": "layanan", "day": {"from": "tanggal", "format": form}}
    dated |= {"time": {"from": "jam", "format": form}, "occurred": {"from": "pada", "format": form}}
    told = []
    for field, odd in product(("nomor", "status", "layanan", "tanggal", "jam", "loket", "nama", "pada"), ODD):
        try:
            wanted({**record(status="book", layanan="ktp"), field: odd}, **dated)
        except Unmapped as error:
            told.append(str(error))
    assert all(0 < len(each) < 200 and each.isprintable() for each in told)


@pytest.mark.parametrize(
    ("mapping", "expected"),
    [
        ("{queue: layanan}", "Field required"),
        ("{id: nomor, nomer: x}", "Extra inputs are not permitted"),
        ("{id: nomor, action: {is: drop}}", "expected one of issue, book"),
        ("{id: nomor, action: {from: s, values: {X: drop}}}", "not “drop”"),
        ("{id: nomor, at: a, day: b}", "expected “at”, or “day” and “time”, not both"),
        ("{id: nomor, queue: a, journey: b}", "expected “queue” or “journey”, not both"),
        ("{id: nomor, queue: {from: a, otherwise: b}}", "expected “values” beside “otherwise”"),
        ("{id: nomor, queue: {from: a, is: b}}", "expected the name of a field, or “is”"),
        ("{id: nomor, queue: {from: a, values: {no: ktp, n: ktp}}}", "YAML reads this as yes or no"),
        ("{id: nomor, time: {from: jam, format: '%H:%Q'}}", "expected a format such as %d-%m-%Y"),
    ],
)
def test_a_mapping_that_cannot_be_meant_is_refused(mapping: str, expected: str) -> None:
    with pytest.raises(ValidationError, match=expected):
        FieldMap.model_validate(yaml.safe_load(mapping))


def test_what_a_mapping_leads_to_must_be_there() -> None:
    mapping = FieldMap.model_validate({**MAPPING, "queue": {"from": "l", "values": {1: "ktp", 2: "pajak"}}})
    assert list(strange_targets(mapping, [HERE])) == [("queue", "pajak")]
    assert list(strange_targets(FieldMap.model_validate({**MAPPING, "class": {"is": "lansia"}}), [HERE])) == []


def test_what_is_told_as_a_form_lies_in_brackets() -> None:
    assert as_form({"a": {"b": "x y"}, "c": None, "d": True}) == b"a%5Bb%5D=x+y&d=true"
    with pytest.raises(ValidationError, match="expected one of our fields"):
        Told.model_validate({})

"""Reading a recording, and refusing a faulty one with the lines."""

import gzip
from datetime import datetime
from io import StringIO
from pathlib import Path

import pytest

from queue_service.replay.recordings import Lane, Recorded, RecordingRefused, read_recording, write_recording
from tests.servers import ROOT

HEADER = "branch,queue,number,issued,called\n"
NO_SLUG = "expected small letters, digits and hyphens, such as poli-anak, not"
NO_TIME = "expected a local time such as 2026-03-02T08:14:30, not"
local = datetime.fromisoformat
A_LINE = "rsud-lahat,farmasi,7,2026-03-02T08:14:30,2026-03-02T08:20\n"


def recording(folder: Path, text: str) -> Path:
    path = folder / "days.csv"
    path.write_text(text, encoding="utf-8")
    return path


def faults(folder: Path, text: str) -> list[str]:
    with pytest.raises(RecordingRefused) as refused:
        read_recording(recording(folder, text))
    return [line.removeprefix(f"{folder / 'days.csv'}, ") for line in str(refused.value).splitlines()]


def test_a_line_is_a_ticket(tmp_path: Path) -> None:
    assert read_recording(recording(tmp_path, HEADER + A_LINE)) == [
        Recorded(Lane("rsud-lahat", "farmasi"), "7", local("2026-03-02T08:14:30"), local("2026-03-02T08:20:00"))
    ]


def test_who_never_came_up_has_no_time_of_a_call(tmp_path: Path) -> None:
    [one] = read_recording(recording(tmp_path, HEADER + "b,q,1,2026-03-02T08:14,\n"))
    assert one.called is None


def test_columns_may_stand_in_any_order_and_a_recording_may_name_no_branch(tmp_path: Path) -> None:
    text = "called,weather,issued,number,queue\n2026-03-02T08:20,rain,2026-03-02T08:14,7,farmasi\n"
    [one] = read_recording(recording(tmp_path, text))
    assert one.lane == Lane("replay", "farmasi")
    assert one.called == local("2026-03-02T08:20:00")


def test_a_recording_may_be_gzipped_and_have_a_byte_order_mark(tmp_path: Path) -> None:
    path = tmp_path / "days.csv.gz"
    path.write_bytes(gzip.compress(("\ufeff" + HEADER + A_LINE).encode()))
    assert len(read_recording(path)) == 1


def test_what_is_written_reads_the_same(tmp_path: Path) -> None:
    sample = read_recording(ROOT / "examples" / "replay-sample.csv")
    out = StringIO()
    write_recording(sample, out)
    assert read_recording(recording(tmp_path, out.getvalue())) == sample


def test_the_same_number_may_come_again_on_another_day_or_in_another_queue(tmp_path: Path) -> None:
    text = HEADER + A_LINE + A_LINE.replace("03-02", "03-03") + A_LINE.replace("farmasi", "poli-anak")
    assert len(read_recording(recording(tmp_path, text))) == 3


@pytest.mark.parametrize(
    ("before", "after", "fault"),
    [
        ("farmasi", "Farmasi", f"line 2: queue: {NO_SLUG} “Farmasi”."),
        ("rsud-lahat", "../etc", f"line 2: branch: {NO_SLUG} “../etc”."),
        (",7,", ",,", "line 2: number: expected 1 to 40 characters."),
        (",7,", f",{'7' * 41},", "line 2: number: expected 1 to 40 characters."),
        ("T08:14:30", "", f"line 2: issued: {NO_TIME} “2026-03-02”."),
        ("T08:14:30", "T08:14:30+07:00", f"line 2: issued: {NO_TIME} “2026-03-02T08:14:30+07:00”."),
        ("T08:20", "T08:61", f"line 2: called: {NO_TIME} “2026-03-02T08:61”."),
        ("T08:20", "T08:14", "line 2: called: expected a time that is not before the ticket was issued."),
    ],
)
def test_a_fault_is_named_with_its_line(tmp_path: Path, before: str, after: str, fault: str) -> None:
    assert faults(tmp_path, HEADER + A_LINE.replace(before, after)) == [fault]


def test_a_number_that_stands_twice_is_refused(tmp_path: Path) -> None:
    assert faults(tmp_path, HEADER + A_LINE + A_LINE) == [
        "line 3: number 7 of rsud-lahat/farmasi stands in line 2 already."
    ]


def test_a_missing_column_is_named(tmp_path: Path) -> None:
    expected = "line 1: expected the columns queue, number, issued, called; called is missing."
    assert faults(tmp_path, "queue,number,issued\n") == [expected]


def test_a_short_line_is_refused(tmp_path: Path) -> None:
    [fault] = faults(tmp_path, HEADER + "rsud-lahat,farmasi\n")
    assert fault.startswith("line 2: number")


def test_many_faults_are_told_in_a_few_lines(tmp_path: Path) -> None:
    lines = "".join(f"b,q,{n},yesterday,\n" for n in range(30))
    found = faults(tmp_path, HEADER + lines)
    assert len(found) == 11
    assert found[-1] == "… and 20 more such lines."


@pytest.mark.parametrize("text", ["", HEADER])
def test_a_recording_of_nothing_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(RecordingRefused):
        read_recording(recording(tmp_path, text))


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RecordingRefused, match="cannot be read"):
        read_recording(tmp_path / "nowhere.csv")


def test_a_file_that_is_no_text_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "days.csv"
    path.write_bytes(b"queue,number,issued,called\n\xff\xfe\n")
    with pytest.raises(RecordingRefused, match="cannot be read"):
        read_recording(path)

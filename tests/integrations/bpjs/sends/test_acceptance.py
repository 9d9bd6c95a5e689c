"""Of the acceptance list for BPJS: what concerns the order and the truth of what is sent."""

from __future__ import annotations

from pathlib import Path

from queue_service.domain.actions import Call, MarkNoShow
from queue_service.domain.events import to_ms
from tests.doubles.bpjs.bookings import CANCELLED, Task
from tests.doubles.bpjs.double import BpjsDouble
from tests.integrations.bpjs.sends.hospitals import AT, INTERNAL, KNOWN, a_hospital


async def test_5_task_5_before_task_4_is_delivered_after_it_with_the_counters_times(
    tmp_path: Path,
) -> None:
    async with BpjsDouble() as bpjs, a_hospital(tmp_path, bpjs) as hospital:
        label = await hospital.come(INTERNAL, KNOWN)
        await hospital.deliver()
        await hospital.pass_through(INTERNAL)
        done, served = await hospital.item(label, "completed"), await hospital.item(label, "serving")
        await hospital.sender.send(done)
        assert list((await hospital.times(label)).items())[1:] == [(4, served.at_ms), (5, done.at_ms)]
        refused = [told["message"] for told in hospital.calls("/antrean/updatewaktu") if told["code"] == 201]
        assert refused == ["TaskId=4 belum ada"]
        await hospital.deliver()
        assert await hospital.states() == []


async def test_7_what_a_crash_left_unwritten_is_told_again_and_counts_as_delivered(tmp_path: Path) -> None:
    async with BpjsDouble() as bpjs, a_hospital(tmp_path, bpjs) as hospital:
        label = await hospital.come(INTERNAL, KNOWN)
        await hospital.pass_through(INTERNAL)
        for item in await hospital.items(label):
            await hospital.sender.send(item)  # and nothing of it is written down here
        before = await hospital.times(label)
        assert list(before) == [3, 4, 5]
        await hospital.deliver()
        codes = [told["code"] for told in hospital.calls("/antrean/add")]
        codes += [told["code"] for told in hospital.calls("/antrean/updatewaktu")]
        assert codes == [200, 208, 200, 200, 200, 208, 208, 208]
        assert await hospital.times(label) == before
        assert len(await hospital.codes(label)) == 1
        assert await hospital.states() == []


async def test_7_an_answer_that_is_lost_on_its_way_makes_nothing_happen_twice(tmp_path: Path) -> None:
    async with BpjsDouble() as bpjs, a_hospital(tmp_path, bpjs) as hospital:
        label = await hospital.come(INTERNAL, KNOWN)
        await hospital.pass_through(INTERNAL)
        bpjs.outages.begin("lost-answer", times=3)
        await hospital.deliver()
        assert list(await hospital.times(label)) == [3, 4, 5]
        assert len(bpjs.hospital.bookings) == 1
        assert await hospital.states() == []


async def test_8_nothing_is_sent_after_99(tmp_path: Path) -> None:
    async with BpjsDouble() as bpjs, a_hospital(tmp_path, bpjs) as hospital:
        label = await hospital.come(INTERNAL, KNOWN)
        await hospital.call(INTERNAL)
        await hospital.act(MarkNoShow(AT[INTERNAL]))
        missed = to_ms(hospital.clock())
        await hospital.act(Call(AT[INTERNAL], label))  # here after all
        await hospital.serve(INTERNAL)
        await hospital.complete(INTERNAL)
        await hospital.deliver()
        assert (await hospital.times(label))[CANCELLED] == missed
        assert [told["body"]["taskid"] for told in hospital.calls("/antrean/updatewaktu")] == [3, CANCELLED]


async def test_8_a_booking_that_is_over_at_the_insurers_takes_no_late_task_5_and_is_not_asked_again(
    tmp_path: Path,
) -> None:
    async with BpjsDouble() as bpjs, a_hospital(tmp_path, bpjs) as hospital:
        label = await hospital.come(INTERNAL, KNOWN)
        await hospital.deliver()
        (await hospital.booking(label)).take(CANCELLED, Task(to_ms(hospital.clock()), bpjs.now_ms()))
        await hospital.pass_through(INTERNAL)
        await hospital.deliver()
        assert list(await hospital.times(label)) == [3, CANCELLED]
        told = [each["body"]["taskid"] for each in hospital.calls("/antrean/updatewaktu")]
        assert told == [3, 4, 5]  # each was tried once, and refused
        assert await hospital.states() == []


async def test_9_what_the_hospital_sends_is_in_milliseconds(tmp_path: Path) -> None:
    async with BpjsDouble() as bpjs, a_hospital(tmp_path, bpjs) as hospital:
        await hospital.come(INTERNAL, KNOWN)
        await hospital.deliver()
        now = 1_795_399_200_000  # 2026-11-23 09:00:00 WIB
        assert hospital.calls("/antrean/add")[0]["body"]["estimasidilayani"] == now
        assert hospital.calls("/antrean/updatewaktu")[0]["body"]["waktu"] == now

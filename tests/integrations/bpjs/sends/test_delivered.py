from __future__ import annotations

from pathlib import Path

from queue_service.domain.events import to_ms
from tests.doubles.bpjs.double import BpjsDouble
from tests.integrations.bpjs.sends.hospitals import ADMISSION, INSURED, INTERNAL, KNOWN, PHARMACY, a_hospital


async def test_a_new_patient_is_announced_and_all_seven_times_are_the_counters(tmp_path: Path) -> None:
    async with BpjsDouble() as bpjs, a_hospital(tmp_path, bpjs) as hospital:
        label = await hospital.come(ADMISSION, INSURED, journey="baru")
        begun = to_ms(hospital.clock())
        hospital.clock.turn(minutes=6)
        for queue in (ADMISSION, INTERNAL, PHARMACY):
            await hospital.pass_through(queue)
        hospital.clock.turn(hours=2)
        await hospital.deliver()
        at = {item.kind + item.fields.get("counter", ""): item.at_ms for item in await hospital.items(label)}
        assert await hospital.times(label) == {
            1: begun,
            2: at["called1"],
            3: at["transferred1"],
            4: at["serving2"],
            5: at["transferred2"],
            6: at["serving5"],
            7: at["completed5"],
        }
        booking = await hospital.booking(label)
        assert booking.fields["pasienbaru"] == 1
        assert booking.fields["jenispasien"] == "JKN"
        assert booking.pharmacy == {
            "jenisresep": "racikan",
            "nomorantrean": 1,
            "keterangan": "Resep diserahkan ke farmasi.",
        }
        assert booking.tasks[5].prescription == "Racikan"
        assert await hospital.states() == []


async def test_a_known_patient_begins_with_waiting_for_the_clinic(tmp_path: Path) -> None:
    async with BpjsDouble() as bpjs, a_hospital(tmp_path, bpjs) as hospital:
        label = await hospital.come(ADMISSION, KNOWN, journey="baru")
        for queue in (ADMISSION, INTERNAL, PHARMACY):
            await hospital.pass_through(queue)
        await hospital.deliver()
        assert list(await hospital.times(label)) == [3, 4, 5, 6, 7]
        assert (await hospital.booking(label)).fields["pasienbaru"] == 0

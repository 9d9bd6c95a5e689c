from __future__ import annotations

from pathlib import Path

from queue_service.domain.tickets import Status
from tests.houses import PHARMACY
from tests.integrations.simrs.wards import LAHAT, a_ward
from tests.mariadb import Mariadb


async def test_a_visit_is_followed_from_registration_to_the_medicine(tmp_path: Path, mariadb: Mariadb) -> None:
    async with a_ward(tmp_path, mariadb) as ward:
        visit = await ward.register()
        label = (await ward.ticket(visit)).label
        assert label == "B-001"
        ward.hospital.call(visit)
        await ward.look()
        assert (await ward.ticket(visit)).status is Status.CALLED and (await ward.ticket(visit)).counter == "3"
        received = ward.at(0)
        ward.hospital.receive_file(visit, received)
        await ward.look()
        assert (await ward.ticket(visit)).status is Status.SERVING
        medicine = ward.hospital.prescribe(visit, ward.at(0))
        ward.hospital.examine(visit, ward.at(0))
        await ward.look()
        at_pharmacy = await ward.ticket(visit)
        assert (at_pharmacy.status, at_pharmacy.queue) == (Status.WAITING, PHARMACY)
        assert await ward.ticket(medicine, "simrs-prescription") == at_pharmacy
        ward.hospital.call_to_pharmacy(medicine)
        await ward.look()
        assert (await ward.ticket(visit)).counter == "5"
        ward.hospital.hand_over(medicine, ward.at(0))
        await ward.look()
        assert (await ward.ticket(visit)).status is Status.COMPLETED
        kinds = await ward.kinds(label)
        assert kinds == ["issued", "called", "serving", "transferred", "called", "completed"]
        assert await ward.served_at() == [received.replace(tzinfo=LAHAT, microsecond=0)]

"""What a set-up file may say of BPJS, and what it is refused for."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from integrations.bpjs.schedule_poller import SchedulePoller
from integrations.bpjs.sender import BpjsSender
from integrations.contract import NotReady, Opening
from queue_service.records.setup_files import SetupRefused, read_setup_file
from tests.doubles.bpjs.double import BpjsDouble
from tests.integrations.bpjs.sends.hospitals import CLINICS, INTERNAL, PHARMACY, a_hospital, a_set_up

SENDS = {"base_url": "https://apijkn-dev.bpjs-kesehatan.go.id/antreanrs_dev", "cons_id": "12345"}


def read(folder: Path, settings: dict[str, Any]) -> None:
    file = folder / "setup.yaml"
    file.write_text(yaml.safe_dump(a_set_up(settings)))
    read_setup_file(file)


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"sends": {**SENDS, "base_url": "http://apijkn.bpjs-kesehatan.go.id"}}, "“base_url” to begin with https://"),
        ({"sends": {**SENDS, "base_url": "https://10.0.0.1/antreanrs"}}, "allow_private: true"),
        ({"sends": {**SENDS, "per_second": 1}}, "per_second"),
        ({"sends": {**SENDS, "cons_id": "12 345"}}, "cons_id"),
        ({"admission": [INTERNAL]}, "expected “dalam” to be a clinic, an admission or a pharmacy, but it stands twice"),
        ({"pharmacy": {PHARMACY: "obat"}}, "racikan"),
        ({"clinics": []}, "clinics"),
        ({"clinics": [{**CLINICS[0], "hours": "12:00-08:00"}]}, "practice hours that end after they begin"),
        ({"secret": "tulis-di-sini"}, "secret"),
    ],
)
def test_wrong_settings_are_refused_with_a_sentence(tmp_path: Path, wrong: dict[str, Any], sentence: str) -> None:
    with pytest.raises(SetupRefused) as refusal:
        read(tmp_path, {"clinics": CLINICS, "sends": SENDS, **wrong})
    assert sentence in str(refusal.value) and ", line " in str(refusal.value)


def test_a_hospital_may_send_nothing(tmp_path: Path) -> None:
    read(tmp_path, {"clinics": CLINICS})


async def test_a_secret_that_is_missing_is_named(tmp_path: Path) -> None:
    async with BpjsDouble() as bpjs, a_hospital(tmp_path, bpjs) as hospital:
        opening = Opening(hospital.opening.plan, hospital.house, {"ANTREAN_CONNECTION_BPJS_SECRET": "x"})
        with pytest.raises(NotReady, match="ANTREAN_CONNECTION_BPJS_USER_KEY is not set"):
            hospital.settings.sender(opening)


async def test_the_sender_and_the_poller_together_ask_no_more_often_than_was_agreed(tmp_path: Path) -> None:
    async with BpjsDouble() as bpjs, a_hospital(tmp_path, bpjs) as hospital:
        sender, poller = hospital.sender, hospital.settings.poller(hospital.opening)
        assert isinstance(sender, BpjsSender) and isinstance(poller, SchedulePoller)
        assert sender.line.per_second + poller.line.per_second == 100
        await poller.close()

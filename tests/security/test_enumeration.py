"""What anybody can read aloud in a waiting room opens nothing, and nothing that opens something can be guessed."""

from __future__ import annotations

import base64
import json
from datetime import timedelta
from pathlib import Path

from queue_service.app import make_app
from queue_service.secrets import Secrets
from queue_service.tokens import TicketName, Tokens
from queue_service.web.house import House
from tests.houses import CHILDREN, RSUD, issue
from tests.security.asking import ask
from tests.security.callers import headers_of, pair
from tests.security.matrix import a_busy_house
from tests.stream.wires import Wire

MAC_BYTES = 16


async def opened(house: House, token: str) -> tuple[int, bytes, int]:
    """What a machine, and what the stream says of it."""
    answer = await ask(make_app(house), "GET", f"/api/v1/tickets/{token}")
    return answer.status, answer.body, Wire(house, f"ticket={token}").status


async def test_neighbours_in_the_queue_have_nothing_in_common(tmp_path: Path) -> None:
    async with a_busy_house(tmp_path) as house:
        day = house.floors.today(RSUD)[1]
        tokens = [house.tokens.token_of(TicketName(RSUD, day, f"B-{number:03d}")) for number in range(1, 1001)]
    secrets = {base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))[:MAC_BYTES] for token in tokens}
    assert len(secrets) == 1000
    for place in range(MAC_BYTES):  # no byte of them says anything of the number
        assert len({secret[place] for secret in secrets}) > 200


async def test_who_has_one_ticket_cannot_write_another(tmp_path: Path) -> None:
    async with a_busy_house(tmp_path) as house:
        own, other = await issue(house), await issue(house)
        day = house.floors.today(RSUD)[1]
        token = house.tokens.token_of(TicketName(RSUD, day, own))
        assert (await opened(house, token))[0] == 200
        raw = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
        foreign = Tokens(Secrets(["another service's secret"]))
        forged = [
            base64.urlsafe_b64encode(raw.replace(own.encode(), other.encode())).rstrip(b"=").decode(),
            base64.urlsafe_b64encode(raw[:MAC_BYTES] + b"\0\0" + raw[MAC_BYTES + 2 :]).rstrip(b"=").decode(),
            foreign.token_of(TicketName(RSUD, day, other)),
            token[:-1],
            token + "A",
            "A" * len(token),
            other,
        ]
        heard = {wrong: await opened(house, wrong) for wrong in forged}
        assert {status for status, _, _ in heard.values()} == {404}
        assert {status for _, _, status in heard.values()} == {404}
        assert len({body for _, body, _ in heard.values()}) == 1, "a refusal says which part was right"


async def test_a_number_that_was_never_given_out_opens_nothing(tmp_path: Path) -> None:
    """Its token could be made only with the secret; even then there is nothing behind it."""
    async with a_busy_house(tmp_path) as house:
        own, app = await issue(house), make_app(house)
        today = house.floors.today(RSUD)[1]
        for name in (
            TicketName(RSUD, today, "B-999"),
            TicketName(RSUD, today - timedelta(days=1), own),
            TicketName("nowhere", today, own),
        ):
            answer = await ask(app, "GET", f"/api/v1/tickets/{house.tokens.token_of(name)}")
            assert answer.status == 404, name


async def test_what_is_public_names_nobodys_token(tmp_path: Path) -> None:
    async with a_busy_house(tmp_path) as house:
        labels = [await issue(house) for _ in range(3)]
        day = house.floors.today(RSUD)[1]
        tokens = [house.tokens.token_of(TicketName(RSUD, day, label)) for label in labels]
        app = make_app(house)
        api = f"/api/v1/branches/{RSUD}"
        pages = ("/", f"/b/{RSUD}", f"/b/{RSUD}/order/{CHILDREN}", f"/lobby/{RSUD}", f"/kiosk/{RSUD}", "/metrics")
        told = [(await ask(app, "GET", path)).body.decode() for path in (*pages, api, f"{api}/queues/{CHILDREN}")]
        told.append((await ask(app, "GET", f"{api}/queues/{CHILDREN}/order")).body.decode())
        told.append(json.dumps(Wire(house, f"branch={RSUD}").frames()))
        staff = await headers_of(house, "a")
        told += [(await ask(app, "GET", f"/counter/{RSUD}/3", staff)).body.decode()]
        told += [(await ask(app, "GET", f"{api}/counters/3", staff)).body.decode()]
    assert any(labels[0] in text for text in told)
    assert not [token for token in tokens for text in told if token in text or token[:20] in text]


async def test_a_device_s_id_is_no_way_in(tmp_path: Path) -> None:
    """It stands in addresses of the office; the secret behind it does not."""
    async with a_busy_house(tmp_path) as house:
        device, cookie = await pair(house)
        app, staff = make_app(house), await headers_of(house, "a")
        seen = [
            (await ask(app, "GET", path, staff)).body.decode()
            for path in ("/office/devices", f"/office/devices/{device}")
        ]
        seen.append((await ask(app, "GET", f"/api/v1/branches/{RSUD}/devices", staff)).body.decode())
        assert all(device in text and cookie.partition(".")[2] not in text for text in seen)
        for made_up in (device, f"{device}.", f"{device}.{device}"):
            state = await ask(app, "GET", "/screen/state", {"Cookie": f"antrean_device={made_up}"})
            assert json.loads(state.body)["page"] == "/screen"

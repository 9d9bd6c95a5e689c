"""The office as somebody at a browser without JavaScript goes through it."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from html.parser import HTMLParser
from pathlib import Path

import httpx2

from queue_service.app import open_house
from queue_service.records.roles import Role
from queue_service.records.set_ups import Pieces, read_pieces
from queue_service.records.setup_files import read_setup
from queue_service.setting_up import set_up
from queue_service.settings import Settings
from queue_service.web.house import House
from tests.houses import LAHAT, Clock, a_visitor

HOURS = LAHAT.with_name("office-hours.yaml")
SETUP = "/office/setup"

Pairs = list[tuple[str, str]]


@dataclass
class Form:
    """The largest form of a page (but signing out), and what stands in it."""

    action: str
    pairs: Pairs = field(default_factory=list)

    def put(self, **values: str) -> Form:
        """By name, with __ for each dot."""
        wanted = {name.replace("__", "."): value for name, value in values.items()}
        return Form(self.action, [*((n, v) for n, v in self.pairs if n not in wanted), *wanted.items()])

    @property
    def names(self) -> set[str]:
        return {name for name, _ in self.pairs}


class _Forms(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self.names: set[str] = set()
        self._select = ""
        self._options: Pairs = []
        self._textarea: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        name = given.get("name", "")
        if name and tag in ("input", "select", "textarea"):
            self.names.add(name)
        if tag == "form":
            self.forms.append(Form(given.get("action", "")))
        elif tag == "input" and name and (given.get("type") != "checkbox" or "checked" in given):
            self.forms[-1].pairs.append((name, given.get("value", "")))
        elif tag == "select":
            self._select, self._options = name, []
        elif tag == "option" and self._select:
            self._options.append((given.get("value", ""), "selected" if "selected" in given else ""))
        elif tag == "textarea":
            self._textarea = ""
            self._select = name

    def handle_data(self, data: str) -> None:
        if self._textarea is not None:
            self._textarea += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "select" and self._select:
            chosen = [value for value, mark in self._options if mark] or [value for value, _ in self._options[:1]]
            self.forms[-1].pairs += [(self._select, value) for value in chosen]
            self._select = ""
        elif tag == "textarea" and self._textarea is not None:
            self.forms[-1].pairs.append((self._select, self._textarea))
            self._textarea, self._select = None, ""


def form_of(page: str) -> Form:
    forms = [form for form in _parsed(page).forms if form.action != "/sign-out"]
    return max(forms, key=lambda form: len(form.pairs))


def fields_on(page: str) -> set[str]:
    """Also those that are not ticked."""
    return _parsed(page).names


def _parsed(page: str) -> _Forms:
    parser = _Forms()
    parser.feed(page)
    return parser


class Administrator:
    """Whoever is signed in."""

    def __init__(self, house: House, browser: httpx2.AsyncClient, key: str) -> None:
        self.house = house
        self.browser = browser
        self.key = key

    async def sign_in(self) -> None:
        answer = await self.browser.post("/sign-in", data={"key": self.key, "next": "/office"})
        assert answer.status_code == 303

    async def open(self, path: str) -> str:
        answer = await self.browser.get(path)
        assert answer.status_code == 200, f"{path}: {answer.status_code}"
        return str(answer.text)

    async def send(self, path: str, form: Form, **more: str) -> httpx2.Response:
        sent: dict[str, list[str]] = {}
        for name, value in [*form.pairs, *more.items()]:
            sent.setdefault(name, []).append(value)
        return await self.browser.post(form.action or path, data=sent, headers={"Sec-Fetch-Site": "same-origin"})

    async def save(self, path: str, queues: Sequence[str] | None = None, **values: str) -> None:
        """Also where one is asked whether one is sure. `queues`: those that are ticked."""
        form = form_of(await self.open(path)).put(**values)
        if queues is not None:
            rest = [(name, value) for name, value in form.pairs if name != "queues"]
            form = Form(form.action, [*rest, *(("queues", queue) for queue in queues)])
        answer = await self.send(path, form)
        if mark := re.findall(r'name="sure" value="([0-9a-f]+)"', answer.text):
            answer = await self.send(path, form, sure=mark[0])
        assert answer.status_code == 303, answer.text

    @staticmethod
    def csrf(page: str) -> str:
        return dict(form_of(page).pairs)["csrf"]

    async def fill_in(self, path: str, **values: str) -> httpx2.Response:
        return await self.send(path, form_of(await self.open(path)).put(**values))


@asynccontextmanager
async def an_office(
    folder: Path, *files: Path, role: Role = Role.ADMINISTRATOR, branch: str | None = None, clock: Clock | None = None
) -> AsyncIterator[Administrator]:
    """Set up by these files; without any, an empty one."""
    async with open_house(Settings(folder, f"sqlite:///{folder / 'antrean.db'}"), clock or Clock()) as house:
        for file in files:
            plan = read_setup(file.read_text(), file.name)
            await house.database.write(partial(set_up, plan=plan))
        await house.branches.refresh()
        async with a_visitor(house) as browser:
            yield await signed_in(house, browser, role, branch)


async def signed_in(house: House, browser: httpx2.AsyncClient, role: Role, branch: str | None = None) -> Administrator:
    """With a key of their own."""
    administrator = Administrator(house, browser, await house.keys.create(role, branch, house.floors.clock()))
    await administrator.sign_in()
    return administrator


async def pieces_of(house: House) -> Pieces:
    return await house.database.read(read_pieces)

"""The set-up by pages: what there is, its forms, and taking away. None needs JavaScript."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import yaml
from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from queue_service.domain.errors import NotFound, Refusal
from queue_service.records.calendar_plans import Plan
from queue_service.records.plans import StaffPlan
from queue_service.records.roles import Right
from queue_service.records.set_ups import BRANCHES, CALENDARS, CONNECTIONS, MODELS, Change, etag_of
from queue_service.records.systems import known_systems
from queue_service.web.errors import PeopleThere, PlanChanged, PlanRefused
from queue_service.web.languages import N_
from queue_service.web.pages.mistakes import PageRoute, said
from queue_service.web.pages.office.fields import DATE, PARTS, ROWS, parts_of
from queue_service.web.pages.office.filled import Filled, at_path, blank_row, read, without_blanks
from queue_service.web.pages.office.sheets import Sheet
from queue_service.web.pages.office.visits import Visit, visit
from queue_service.web.problems import status_of
from queue_service.web.set_ups import carry_out, fault_words, path_words, preview, read_set_up, staff_part

router = APIRouter(route_class=PageRoute, include_in_schema=False)

Json = dict[str, Any]
Set = dict[str, dict[str, Json]]

ROOT = "/office/setup"
ROWS_AT_FIRST = 2
DAYS_AT_ONCE = 5

_NEW = {
    BRANCHES: N_("New branch"),
    CALENDARS: N_("New calendar"),
    CONNECTIONS: N_("New connection"),
    "queues": N_("New queue"),
    "counters": N_("New counter"),
    "classes": N_("New priority class"),
    "journeys": N_("New journey"),
}


@dataclass(frozen=True)
class Desk:
    """A sheet, and whoever fills it in."""

    visit: Visit
    whole: Set
    sheet: Sheet
    id: str

    @property
    def address(self) -> str:
        """Where the form is sent to."""
        return self.visit.request.url.path

    @property
    def back(self) -> str:
        """Where one goes from here: to the branch, where there is one."""
        is_of_branch = self.sheet.kind == BRANCHES and self.sheet.piece is not None
        return f"{ROOT}/branches/{self.id}" if is_of_branch else ROOT

    @property
    def etag(self) -> str:
        return "" if self.sheet.piece is None else etag_of(self.sheet.piece)

    @property
    def title(self) -> str:
        now = self.sheet.now
        if self.sheet.is_new or now is None:
            return self.visit.say(_NEW.get(self.sheet.part or self.sheet.kind, N_("New part")))
        return name_of(now, self.visit.language)

    @property
    def sent_etag(self) -> str:
        """What the form set out from; or what its sender has seen since, and wants to write over."""
        return self.visit.first("over") or self.visit.first("etag")

    def change(self, content: Json | None, etag: str) -> Change:
        id_ = self.id or str((content or {}).get("id", ""))
        return Change(self.sheet.kind, id_, content, etag or None, str(self.visit.staff))

    def choices(self, filled: Filled) -> dict[str, list[tuple[str, str]]]:
        """What may be chosen, by whose ids they are."""
        language, piece = self.visit.language, self.sheet.piece or {}
        found = {
            kind: [(id_, name_of(one, language)) for id_, one in pieces.items()] for kind, pieces in self.whole.items()
        }
        for part in parts_of(MODELS[BRANCHES]):
            found[part.name] = [(one["id"], name_of(one, language)) for one in piece.get(part.name) or ()]
        calendar = self.whole[CALENDARS].get(filled.get("calendar") or piece.get("calendar") or "", {})
        found["seasons"] = [(one["id"], name_of(one, language)) for one in calendar.get("seasons", ())]
        found["systems"] = [(name, name) for name in known_systems()]
        return found


def name_of(piece: Json, language: str) -> str:
    name = piece.get("name")
    return str(name[language]) if isinstance(name, dict) and language in name else str(piece["id"])


# What there is


@router.get(ROOT)
async def overview(request: Request) -> Response:
    at = await visit(request, Right.CHANGE_SETUP)
    whole = await read_set_up(at.house)
    branches = [one for id_, one in whole[BRANCHES].items() if at.may(Right.CHANGE_SETUP, id_)]
    agencies: dict[str, list[Json]] = {}
    for one in branches:
        agency = one.get("agency")
        agencies.setdefault(agency[at.language] if agency else "", []).append(
            {**one, "shown": name_of(one, at.language)}
        )
    everything = at.may(Right.CHANGE_SETUP, None)
    return at.page(
        "setup.html",
        agencies=agencies,
        everything=everything,
        calendars=list(whole[CALENDARS].values()) if everything else [],
        connections=list(whole[CONNECTIONS].values()) if everything else [],
        done=request.query_params.get("done", ""),
    )


@router.get(f"{ROOT}/setup.yaml")
async def download(request: Request) -> Response:
    """As `antrean setup` takes it."""
    at = await visit(request, Right.CHANGE_SETUP)
    at.check(Right.CHANGE_SETUP, None)
    whole = await read_set_up(at.house)
    content = {
        kind: [_shortly(MODELS[kind], one) for one in pieces.values()] for kind, pieces in whole.items() if pieces
    }
    if at.may(Right.READ_STAFF, None) and (accounts := staff_part(at.house)):
        content["staff"] = [_shortly(StaffPlan, one) for one in accounts]
    text = yaml.safe_dump(content, allow_unicode=True, sort_keys=False, width=110)
    headers = {"Content-Disposition": 'attachment; filename="antrean-setup.yaml"', "Cache-Control": "no-store"}
    return Response(text, headers=headers, media_type="application/yaml")


def _shortly(model: type[Plan], content: Json) -> Json:
    return model.model_validate(content).model_dump(mode="json", by_alias=True, exclude_defaults=True)


@router.get(f"{ROOT}/branches/{{branch}}")
async def branch_page(branch: str, request: Request) -> Response:
    desk = await _desk(request, BRANCHES, branch)
    piece = desk.sheet.piece or {}
    parts = [
        {"name": one.name, "label": one.label, "items": [(x, name_of(x, desk.visit.language)) for x in piece[one.name]]}
        for one in sorted(parts_of(MODELS[BRANCHES]), key=lambda one: not one.is_required)
    ]
    done = request.query_params.get("done", "")
    return desk.visit.page(
        "branch.html", branch=piece, title=desk.title, parts=parts, root=desk.back, etag=desk.etag, done=done
    )


# The forms


@router.api_route(f"{ROOT}/new/{{kind}}", methods=["GET", "POST"])
async def new_piece(kind: str, request: Request) -> Response:
    if kind not in MODELS:
        raise NotFound("There is nothing at this address.")
    return await _form(await _desk(request, kind, ""))


@router.api_route(f"{ROOT}/branches/{{branch}}/edit", methods=["GET", "POST"])
async def edit_branch(branch: str, request: Request) -> Response:
    return await _form(await _desk(request, BRANCHES, branch))


@router.api_route(f"{ROOT}/branches/{{branch}}/new/{{part}}", methods=["GET", "POST"])
async def new_part(branch: str, part: str, request: Request) -> Response:
    return await _form(await _desk(request, BRANCHES, branch, part))


@router.api_route(f"{ROOT}/branches/{{branch}}/parts/{{part}}/{{item}}", methods=["GET", "POST"])
async def edit_part(branch: str, part: str, item: str, request: Request) -> Response:
    return await _form(await _desk(request, BRANCHES, branch, part, item))


@router.api_route(f"{ROOT}/shared/{{kind}}/{{id_}}", methods=["GET", "POST"])
async def edit_shared(kind: str, id_: str, request: Request) -> Response:
    return await _form(await _desk(request, _shared(kind), id_))


# Taking away, and putting in order


@router.api_route(f"{ROOT}/branches/{{branch}}/delete", methods=["GET", "POST"])
async def delete_branch(branch: str, request: Request) -> Response:
    return await _delete(await _desk(request, BRANCHES, branch), ROOT)


@router.api_route(f"{ROOT}/branches/{{branch}}/parts/{{part}}/{{item}}/delete", methods=["GET", "POST"])
async def delete_part(branch: str, part: str, item: str, request: Request) -> Response:
    desk = await _desk(request, BRANCHES, branch, part, item)
    return await _delete(desk, desk.back)


@router.api_route(f"{ROOT}/shared/{{kind}}/{{id_}}/delete", methods=["GET", "POST"])
async def delete_shared(kind: str, id_: str, request: Request) -> Response:
    return await _delete(await _desk(request, _shared(kind), id_), ROOT)


@router.post(f"{ROOT}/branches/{{branch}}/parts/{{part}}/{{item}}/up")
async def move_up(branch: str, part: str, item: str, request: Request) -> Response:
    desk = await _desk(request, BRANCHES, branch, part, item)
    change = desk.change(desk.sheet.one_up(), desk.visit.first("etag"))
    await carry_out(desk.visit.house, change, desk.visit.language)
    return RedirectResponse(f"{desk.back}#{part}", 303)


def _shared(kind: str) -> str:
    if kind not in (CALENDARS, CONNECTIONS):
        raise NotFound("There is nothing at this address.")
    return kind


async def _desk(request: Request, kind: str, id_: str, part: str = "", item: str = "") -> Desk:
    """Raises Unauthorized, Forbidden, NotFound."""
    at = await visit(request, Right.CHANGE_SETUP)
    at.check(Right.CHANGE_SETUP, id_ if kind == BRANCHES and id_ else None)
    whole = await read_set_up(at.house)
    piece = whole[kind].get(id_)
    is_there = piece is not None if id_ else True
    if part:
        is_there = is_there and part in {one.name for one in parts_of(MODELS[kind])}
    sheet = Sheet(kind, piece, part, item)
    if not is_there or (item and sheet.now is None):
        raise NotFound("There is nothing at this address.")
    return Desk(at, whole, sheet, id_)


async def _form(desk: Desk) -> Response:
    at, sheet = desk.visit, desk.sheet
    if at.request.method == "GET":
        filled = sheet.fill()
        return _show(desk, filled, focus="")
    filled = read(sheet.fields, at.sent)
    if path := at.first("add"):
        return _show(desk, filled, focus=_add_rows(sheet, filled, path))
    if path := at.first("remove"):
        _remove_row(sheet, filled, path)
        return _show(desk, filled)
    return await _save(desk, without_blanks(sheet.fields, filled))


def _add_rows(sheet: Sheet, filled: Filled, path: str) -> str:
    """The name of the new row."""
    found = at_path(filled, sheet.fields, path)
    if found is None:
        return ""
    rows, one = found
    place = len(rows["rows"])
    are_days = one.kind != ROWS and one.fields[0].kind == DATE
    rows["rows"] += [blank_row(one) for _ in range(DAYS_AT_ONCE if are_days else 1)]
    rows["on"] = True
    return f"{path}.{place}"


def _remove_row(sheet: Sheet, filled: Filled, path: str) -> None:
    rows, _, place = path.rpartition(".")
    found = at_path(filled, sheet.fields, rows)
    if found is not None and place.isdecimal() and int(place) < len(found[0]["rows"]):
        del found[0]["rows"][int(place)]


async def _save(desk: Desk, filled: Filled) -> Response:
    at, sheet = desk.visit, desk.sheet
    sheet.complete(filled, list(desk.whole[sheet.kind]))
    if twice := sheet.keys_twice(filled):
        errors = {name: at.say(N_("stands twice")) for name in twice}
        return _show(desk, filled, 422, errors=errors)
    change = desk.change(sheet.merged(filled), desk.sent_etag)
    try:
        told = (await preview(at.house, change, at.language)).told
        mark = sha256("\n".join(told).encode()).hexdigest()[:16] if told else ""
        if mark != at.first("sure"):
            return _show(desk, filled, told=told, sure=mark)
        await carry_out(at.house, change, at.language)
    except PlanRefused as refusal:
        return _show(desk, filled, 422, **_errors(desk, filled, refusal))
    except PlanChanged as refusal:
        return _show(desk, filled, status_of(refusal), problems=[said(at.request, refusal)], is_old=True)
    except PeopleThere as refusal:
        return _show(desk, filled, status_of(refusal), problems=[said(at.request, refusal)])
    is_new_branch = sheet.kind == BRANCHES and not sheet.part and sheet.is_new
    back = f"{ROOT}/branches/{change.id}" if is_new_branch else desk.back
    return RedirectResponse(f"{back}?done={'new' if is_new_branch else 'saved'}#{sheet.part}".rstrip("#"), 303)


def _errors(desk: Desk, filled: Filled, refusal: PlanRefused) -> Json:
    """Beside their fields; what has no field here stands above them all."""
    errors: dict[str, str] = {}
    problems = []
    for name, fault in desk.sheet.names_of_faults(filled, refusal.faults):
        words = fault_words(desk.visit.language, fault)
        if name:
            errors.setdefault(name, words)
        else:
            place = path_words(fault["loc"])
            problems.append(f"{place}: {words}" if place else words)
    return {"errors": errors, "problems": problems}


def _show(desk: Desk, filled: Filled, status: int = 200, **context: Any) -> Response:
    sheet = desk.sheet
    for one in sheet.fields:  # somewhere to begin; what stays blank is not saved
        if one.kind == ROWS and not filled[one.name]["rows"] and (one.is_required or one.has_switch):
            filled[one.name]["rows"] = [blank_row(one) for _ in range(ROWS_AT_FIRST if one.is_required else 1)]
    shown: Json = {"errors": {}, "problems": [], "told": [], "sure": "", "focus": None, "is_old": False, **context}
    etag = desk.etag if desk.visit.request.method == "GET" else desk.sent_etag
    return desk.visit.page(
        "form.html",
        status,
        title=desk.title,
        part=sheet.part,
        fields=[one for one in sheet.fields if one.kind != PARTS],
        fixed_id=None if sheet.is_new or sheet.now is None else sheet.now["id"],
        filled=filled,
        choices=desk.choices(filled),
        action=desk.address,
        back=desk.back,
        deletable=None if sheet.is_new else _delete_address(desk),
        etag=etag,
        etag_now=desk.etag,
        **shown,
    )


def _delete_address(desk: Desk) -> str:
    if desk.sheet.kind == BRANCHES and not desk.sheet.part:
        return f"{ROOT}/branches/{desk.id}/delete"
    return f"{desk.address}/delete"


async def _delete(desk: Desk, back: str) -> Response:
    at = desk.visit
    is_asked = at.request.method == "GET"
    change = desk.change(desk.sheet.without(), desk.etag if is_asked else at.first("etag"))
    told: list[str] = []
    problems: list[str] = []
    try:
        if not is_asked:
            await carry_out(at.house, change, at.language)
            return RedirectResponse(f"{back}?done=deleted", 303)
        told = list((await preview(at.house, change, at.language)).told)
    except (PlanRefused, PeopleThere, PlanChanged) as refusal:
        problems = list(_words(desk, refusal))
    return at.page(
        "delete.html",
        409 if problems else 200,
        title=desk.title,
        told=told,
        problems=problems,
        action=desk.address,
        back=back,
        etag=desk.etag,
    )


def _words(desk: Desk, refusal: Refusal) -> Iterator[str]:
    if not isinstance(refusal, PlanRefused):
        yield said(desk.visit.request, refusal)
        return
    for fault in refusal.faults:
        place = path_words(fault["loc"])
        words = fault_words(desk.visit.language, fault)
        yield f"{place}: {words}" if place else words

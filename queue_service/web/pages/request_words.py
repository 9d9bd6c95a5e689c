"""Requests for visits in the words of the pages."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from queue_service.domain.requests import Asker, Check, Need
from queue_service.domain.trips import Result
from queue_service.domain.visits import Stage
from queue_service.web.languages import N_, sentence

ASKERS: Mapping[Asker, str] = {
    Asker.VILLAGE: N_("Village or kelurahan"),
    Asker.SCHOOL: N_("School"),
    Asker.CARE_HOME: N_("Care home"),
    Asker.PRISON: N_("Prison"),
    Asker.FAMILY: N_("Family"),
    Asker.AGENCY: N_("Another agency"),
}
NEEDS: Mapping[Need, str] = {
    Need.LYING: N_("Lying down"),
    Need.WHEELCHAIR: N_("Wheelchair"),
    Need.MENTAL: N_("Mental disorder"),
    Need.DEAF: N_("Deaf"),
    Need.BLIND: N_("Blind"),
    Need.OLDER: N_("Older person"),
    Need.OTHER: N_("Other need"),
}
CHECKS: Mapping[Check, str] = {
    Check.OPEN: N_("Not checked yet"),
    Check.READY: N_("Can be served"),
    Check.PAPERS: N_("Papers are missing: please bring them"),
    Check.RECORDED: N_("Was recorded before: no visit is needed"),
    Check.DUPLICATE: N_("Registered twice: please come to the office"),
    Check.BLOCKED: N_("Blocked in the register: please come to the office"),
    Check.UNKNOWN: N_("Not in the register: please come to the office"),
}
RESULTS: Mapping[Result, str] = {
    Result.RECORDED: N_("Done"),
    Result.EXCEPTION: N_("Done, with an exception"),
    Result.ABSENT: N_("Was not there"),
    Result.REFUSED: N_("Did not want to"),
    Result.DATA_PROBLEM: N_("Not possible: the data do not fit"),
    Result.FOLLOW_UP: N_("The office will come back to it"),
}
STAGES: Mapping[Stage, tuple[str, str]] = {  # a heading, and what it means
    Stage.RECEIVED: (N_("Received"), N_("The office has your request and will look at it.")),
    Stage.NEED_INFO: (N_("The office has a question"), N_("Please answer it below. Then it goes on.")),
    Stage.PRE_CHECK: (
        N_("Being checked"),
        N_("The office looks at the data of those to be served, and plans the visit."),
    ),
    Stage.SCHEDULED: (N_("Scheduled"), N_("A team has you on its list.")),
    Stage.ON_THE_WAY: (N_("On the way"), N_("The team is on the road. Please have everybody and the papers ready.")),
    Stage.DONE: (N_("Done"), N_("The team was there.")),
    Stage.NOT_DONE: (
        N_("Not done"),
        N_("The team was there, and nobody could be served. The office will get in touch."),
    ),
    Stage.MERGED: (N_("Merged"), N_("It goes on together with another request.")),
    Stage.DECLINED: (N_("Declined"), N_("The office cannot come. The reason stands below.")),
    Stage.WITHDRAWN: (N_("Withdrawn"), N_("You have taken this request back.")),
}
WAY = (Stage.RECEIVED, Stage.PRE_CHECK, Stage.SCHEDULED, Stage.ON_THE_WAY, Stage.DONE)


def worded(language: str, words: Mapping[Any, str]) -> dict[str, str]:
    """By value, for templates."""
    return {str(key.value): sentence(language, said) for key, said in words.items() if isinstance(key, StrEnum)}


def steps(language: str, stage: Stage) -> list[dict[str, Any]]:
    """The way of a request, with where it stands; none for one that has left it."""
    here = {Stage.NEED_INFO: Stage.PRE_CHECK, Stage.NOT_DONE: Stage.DONE}.get(stage, stage)
    if here not in WAY:
        return []
    place = WAY.index(here)
    return [
        {
            "name": sentence(language, STAGES[stage if n == place else one][0]),
            "is_past": n < place or here is Stage.DONE,
            "is_here": n == place,
        }
        for n, one in enumerate(WAY)
    ]

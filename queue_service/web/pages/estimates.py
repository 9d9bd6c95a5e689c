"""A wait in words: as a range with clock times for someone who waits, in minutes for someone who would."""

from __future__ import annotations

from datetime import datetime, timedelta
from math import ceil
from typing import Any

from queue_service.web.languages import clock, counted, long_date, sentence, weekday

Json = dict[str, Any]

_STEP = timedelta(minutes=5)
_SOON = timedelta(minutes=2)


def expected_call(language: str, wait: Json | None, at: datetime, now: datetime) -> tuple[str, bool]:
    """The words, and whether they are a range. `display/static/place.js` says the same."""
    if wait is None:
        return sentence(language, "not known yet"), False
    until = at + timedelta(seconds=wait["p80"])
    if until < now:
        late, soon = sentence(language, "longer than expected"), sentence(language, "any moment now")
        return (late if wait["p80"] else soon), False
    if until - now < _SOON:
        return sentence(language, "any moment now"), False
    begin = max(now, _whole(at + timedelta(seconds=wait["p50"])))
    end = _whole(until + _STEP - timedelta(microseconds=1))
    if end - begin < timedelta(minutes=1):
        end += _STEP
    return sentence(language, "about {from}–{to}", **{"from": clock(language, begin), "to": clock(language, end)}), True


def _whole(moment: datetime) -> datetime:
    """The five minutes that this moment is in."""
    over = timedelta(minutes=moment.minute % 5, seconds=moment.second, microseconds=moment.microsecond)
    return moment - over


def duration(language: str, wait: Json | None) -> str:
    if wait is None:
        return ""
    least = int(wait["p50"] // 60)
    most = max(least + 1, ceil(wait["p80"] / 60))
    if least == 0:
        return counted(language, "wait under {n} minute", "wait under {n} minutes", most)
    return sentence(language, "wait about {from}–{to} minutes", **{"from": least, "to": most})


def ago(language: str, past: timedelta) -> str:
    """As `display/static/age.js` says it."""
    seconds = max(0, round(past.total_seconds()))
    if seconds < 3:
        return sentence(language, "just now")
    if seconds < 60:
        return counted(language, "{n} second ago", "{n} seconds ago", seconds)
    if seconds < 2 * 3600:
        return counted(language, "{n} minute ago", "{n} minutes ago", seconds // 60)
    return counted(language, "{n} hour ago", "{n} hours ago", seconds // 3600)


def opening_hours(language: str, hours: list[Json] | None) -> list[str]:
    """One line for each span: “Senin–Kamis 08.00–14.00”."""
    return [
        f"{_days(language, span['days'])} {_at(language, span['from'])}–{_at(language, span['to'])}"
        for span in hours or ()
    ]


def closed_words(language: str, queue: Json) -> list[str]:
    """Why a queue gives out no numbers now, and from when it does again; what is known of it."""
    today, lines = queue["today"], list[str]()
    if today["name"] and today["hours"] == []:
        lines.append(today["name"])
    if today["opens_next"]:
        opens = datetime.fromisoformat(today["opens_next"])
        when = {"day": long_date(language, opens.date()), "time": clock(language, opens)}
        lines.append(sentence(language, "Opens again {day}, {time}", **when))
    return lines


def _at(language: str, written: str) -> str:
    return written.replace(":", ".") if language == "id" else written


def _days(language: str, days: list[int]) -> str:
    runs: list[list[int]] = []
    for day in days:
        if runs and runs[-1][-1] == day - 1:
            runs[-1].append(day)
        else:
            runs.append([day])
    return ", ".join(
        weekday(language, run[0]) + (f"–{weekday(language, run[-1])}" if len(run) > 1 else "") for run in runs
    )

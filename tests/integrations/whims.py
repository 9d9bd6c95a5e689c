"""How an unreliable receiver behaves, and what has to hold of what it got."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from tests.integrations.receiver import HANG_UP, Arrived, Behaviour, Reply
from tests.integrations.stages import Stage


def failing_half(seed: int, poisoned: str = "", part: float = 0.5) -> Behaviour:
    """Half of the time, but none more than twice in a row; and one ticket for ever."""

    def behave(message_id: str, message: Any, tries: int) -> Reply:
        if poisoned and message["data"].get("label") == poisoned:
            return Reply(422, body=b"We do not want this number.")
        draw = random.Random(f"{seed} {message_id} {tries}")
        if tries % 3 == 2 or draw.random() >= part:
            return Reply(204, after_seconds=draw.choice([0, 0, 0.05]))
        return draw.choice([Reply(503), Reply(500), Reply(HANG_UP), Reply(HANG_UP, after_seconds=0.05), Reply(408)])

    return behave


def assert_in_order(arrived: Sequence[Arrived], ids: Mapping[str, str | None]) -> None:
    """Nothing of a ticket was even sent before all that happened to it earlier had been taken."""
    before: dict[str, list[str]] = {}
    for message_id, label in ids.items():
        if label is not None:
            before.setdefault(label, []).append(message_id)
    taken: set[str] = set()
    for each in arrived:
        if each.lane is not None:
            line = before[each.lane]
            assert set(line[: line.index(each.id)]) <= taken, each
        if each.is_taken:
            taken.add(each.id)


def assert_none_twice(stage: Stage) -> None:
    twice = {name for name, count in Counter(each.id for each in stage.receiver.taken).items() if count > 1}
    assert not twice, (twice, [deliverer.printed for deliverer in stage.deliverers])

"""What pages at the centre say of a day that is in the field: they show it as it was when it was last heard of."""

from __future__ import annotations

from queue_service.domain.floors import Floor
from queue_service.web.languages import clock, day_and_month, sentence


def away_words(floor: Floor, language: str) -> str:
    """For everybody who looks; nothing where the day is at hand, as it is in the field itself."""
    lease = floor.lease
    if lease is None or not floor.is_elsewhere:
        return ""
    since = floor.branch.local(lease.since)
    time = clock(language, since)
    if since.date() != floor.day:
        time = f"{day_and_month(language, since.date())}, {time}"
    return sentence(
        language, "In the field since {time}. What is new there is shown whenever the team has a signal.", time=time
    )

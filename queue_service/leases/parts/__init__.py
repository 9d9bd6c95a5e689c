"""What travels with a day beside its entries, one module for each. Whoever adds one adds it to `PARTS`."""

from queue_service.leases.parts import people, requests, set_up, staff, trail
from queue_service.leases.parts.part import At, Part, Untaken
from queue_service.leases.wire import Json

# In the order in which they are laid down: the set-up says what the others are about.
PARTS: tuple[Part, ...] = (set_up.PART, staff.PART, people.PART, requests.PART, requests.PEOPLE, trail.PART)

__all__ = ["PARTS", "At", "Json", "Part", "Untaken", "get_part"]


def get_part(name: str) -> Part | None:
    return next((part for part in PARTS if part.name == name), None)

"""From open requests and team-days to a proposal, held against first come, first served."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from queue_service.planning.drafts import Draft, span_of
from queue_service.planning.first_come import first_come, shares
from queue_service.planning.settling import fit_of
from queue_service.planning.solving import Effort, solve
from queue_service.planning.values import Fit, Left, Problem, Proposal, Shift, Trip, Why, Wish


def propose(problem: Problem, effort: Effort | None = None) -> Proposal:
    """The same for the same seed, unless the search is cut short by its seconds."""
    hopeless = {wish.id: why for wish in problem.wishes if (why := _hopeless(problem, wish)) is not None}
    wishes = [wish for wish in problem.wishes if wish.id not in hopeless]
    drafts, left = solve(problem, wishes, effort or Effort.fitting(len(wishes)))
    made = [draft for draft in drafts if draft.visits]
    served = [wish for draft in made for wish in draft.wishes]
    listed = first_come(problem, served)
    share = shares(listed, problem)
    return Proposal(
        trips=tuple(_trip(draft, problem, share) for draft in made),
        left=(*hopeless.items(), *((wish.id, Left.NO_ROOM) for wish in left)),
        travel=sum(draft.travel for draft in made),
        first_come=sum(draft.travel for draft in listed),
    )


def _hopeless(problem: Problem, wish: Wish) -> Left | None:
    """Why no team could ever take it along, whatever else it did on that day."""
    known = [shift for shift in problem.shifts if problem.travel.knows(shift.base, wish.village)]
    if problem.shifts and not known:
        return Left.UNKNOWN_VILLAGE
    large = [shift for shift in known if wish.people <= shift.capacity]
    if known and not large:
        return Left.TOO_MANY
    if large and not any(_is_within(problem, shift, wish) for shift in large):
        return Left.TOO_FAR
    return Left.LATER if large and _is_for_later(problem, wish) else None


def _is_for_later(problem: Problem, wish: Wish) -> bool:
    return wish.days is not None and wish.days[0] > max(shift.day for shift in problem.shifts)


def _is_within(problem: Problem, shift: Shift, wish: Wish) -> bool:
    there = problem.travel.minutes(shift.base, wish.village)
    back = problem.travel.minutes(wish.village, shift.base)
    return there + problem.set_up_minutes + span_of(wish.minutes, shift.sets) + back <= shift.length


def _trip(draft: Draft, problem: Problem, share: Mapping[str, float]) -> Trip:
    stops, back_at = draft.stops()
    return Trip(draft.shift.team, draft.shift.day, stops, back_at, _why(draft, list(draft.wishes), share))


def _why(draft: Draft, wishes: Sequence[Wish], share: Mapping[str, float]) -> Why:
    legs = draft.legs
    fits = {wish.id: fit_of(draft, wish) for wish in wishes}
    promised = [wish for wish in wishes if fits[wish.id] is not Fit.LATE] or wishes
    nearest = min(promised, key=lambda wish: (wish.promised_by, wish.id))
    return Why(
        travel=draft.travel,
        first_come=round(sum(share[wish.id] for wish in wishes)),
        to_first=legs[0],
        between=max(legs[1:-1], default=0),
        nearest=nearest.id,
        nearest_by=nearest.promised_by,
        late=tuple(wish.id for wish in wishes if fits[wish.id] is Fit.LATE),
        unwished=tuple(wish.id for wish in wishes if wish.days and fits[wish.id] is not Fit.WISHED),
    )

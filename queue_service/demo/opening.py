"""Takes up the example agencies, and nothing else: a play must never run loose on a real office."""

from __future__ import annotations

from queue_service.demo.shapes import EXAMPLES
from queue_service.faults import Fault
from queue_service.records.plans import SetupPlan
from queue_service.records.setup_files import read_setup_file
from queue_service.settings import Settings
from queue_service.web.house import House

LAHAT = EXAMPLES / "lahat.yaml"


class NotOurs(Fault):
    """This database is somebody's own; the sentence says how to get one for a demo."""


async def take_up_examples(house: House, settings: Settings) -> None:
    """Raises NotOurs, and has changed nothing then."""
    plan = read_setup_file(LAHAT)
    if strangers := _strangers(house, plan):
        raise NotOurs(
            f"This database holds {_listed(strangers)}, which the demo did not make. It plays with its own two "
            "agencies only, so that no play gets into a real office. Give it a folder of its own: "
            f"ANTREAN_DATA_DIR={settings.data_dir.with_name('antrean-demo')} antrean demo"
        )
    await house.branches.set_up(plan)
    await house.branches.refresh()


def _strangers(house: House, plan: SetupPlan) -> list[str]:
    """Branches that are not exactly as the example has them."""
    examples = {branch.id: branch.branch() for branch in plan.branches}
    return [branch.id for branch in house.branches.all.values() if branch != examples.get(branch.id)]


def _listed(branches: list[str]) -> str:
    shown = ", ".join(f"“{branch}”" for branch in branches[:3])
    more = len(branches) - 3
    return f"{shown} and {more} more" if more > 0 else shown

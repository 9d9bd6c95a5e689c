"""The systems that this installation can be connected to: each is an entry point, naming a model of its settings."""

from __future__ import annotations

from importlib.metadata import entry_points

from pydantic import BaseModel

from queue_service.records.plans import ConnectionPlan

GROUP = "antrean.systems"


class UnknownSystem(Exception):
    """The sentence lists those that are known."""


def known_systems() -> list[str]:
    return sorted(entry_points(group=GROUP).names)


def settings_of(connection: ConnectionPlan) -> BaseModel:
    """Raises UnknownSystem, ValidationError."""
    return model_of(connection.system).model_validate(connection.settings)


def model_of(system: str) -> type[BaseModel]:
    """Raises UnknownSystem."""
    known = {point.name: point for point in entry_points(group=GROUP)}
    if system not in known:
        listed = ", ".join(known_systems()) or "none is installed"
        raise UnknownSystem(f"expected a system that is known here ({listed}), not “{system}”")
    model: type[BaseModel] = known[system].load()
    return model

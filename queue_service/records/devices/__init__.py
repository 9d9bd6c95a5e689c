"""Lobby screens and kiosks that staff have accepted: what each shows, and how it does."""

from queue_service.records.devices.devices import Devices
from queue_service.records.devices.health import DeviceState, Health, Report, state_of
from queue_service.records.devices.pairing import Asked, Invitation, Waiting
from queue_service.records.devices.values import Assignment, Device, Face

__all__ = [
    "Asked",
    "Assignment",
    "Device",
    "DeviceState",
    "Devices",
    "Face",
    "Health",
    "Invitation",
    "Report",
    "Waiting",
    "state_of",
]

"""Recorded days of real offices, pushed through a running service over HTTP, and counted."""

CLIENTS = 32  # requests at a time

"""Requests for the mobile team: each a small journal of its own, and beside it, encrypted, who they are about."""

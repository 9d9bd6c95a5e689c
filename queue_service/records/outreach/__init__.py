"""Requests for the mobile team: each a small journal of its own, and beside it, encrypted, who they are about."""

from queue_service.records.outreach.given import Contact, NewRequest, Who
from queue_service.records.outreach.requests import Asked, Key, KeyUsed, Requests
from queue_service.records.outreach.sealing import CONTACT, Known

__all__ = ["CONTACT", "Asked", "Contact", "Key", "KeyUsed", "Known", "NewRequest", "Requests", "Who"]

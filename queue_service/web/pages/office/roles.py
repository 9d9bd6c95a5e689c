"""What roles are called on the office pages."""

from __future__ import annotations

from queue_service.records.roles import Role
from queue_service.web.languages import N_

EVERYWHERE = "*"  # in place of a branch's id, where all are meant

ROLES = {  # those that people may have
    Role.CLERK: N_("Clerk: calls and serves at the counters"),
    Role.SUPERVISOR: N_("Supervisor: opens and closes queues too"),
    Role.ADMINISTRATOR: N_("Administrator: sets everything up"),
    Role.HEAD: N_("Head: sees everything, changes nothing"),
}
SHORT = {
    Role.CLERK: N_("Clerk"),
    Role.SUPERVISOR: N_("Supervisor"),
    Role.ADMINISTRATOR: N_("Administrator"),
    Role.HEAD: N_("Head"),
    Role.INTEGRATION: N_("Integration"),
    Role.DEVICE: N_("Device"),
}

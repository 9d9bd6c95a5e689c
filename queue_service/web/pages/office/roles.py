"""What roles are called on the office pages."""

from __future__ import annotations

from queue_service.records.roles import Right, Role
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
SCOPES = {  # those that a key of an integration may have
    Right.READ_QUEUES: N_("See queues and their order"),
    Right.SET_QUEUES: N_("Open, pause and close queues"),
    Right.GIVE_NOTICES: N_("Give notices"),
    Right.TAKE_TO_FIELD: N_("Take a team's day to the field, and take it back"),
    Right.ISSUE: N_("Give out numbers"),
    Right.CORRECT_TICKETS: N_("Correct classes, and put emergencies first"),
    Right.READ_COUNTERS: N_("See counters"),
    Right.SERVE: N_("Call and serve at counters"),
    Right.READ_APPOINTMENTS: N_("See appointments"),
    Right.CHANGE_APPOINTMENTS: N_("Book and change appointments"),
    Right.READ_REQUESTS: N_("See requests for visits"),
    Right.ENTER_REQUESTS: N_("Enter requests for visits, and check them"),
    Right.FIND_PEOPLE: N_("Find people by name, phone or NIK"),
    Right.READ_CASES: N_("See how far papers are"),
    Right.CHANGE_CASES: N_("Set how far papers are, and take exports"),
    Right.READ_REPORTS: N_("See reports"),
    Right.READ_DEVICES: N_("See screens and kiosks"),
    Right.READ_SCREENS: N_("See what screens show"),
}

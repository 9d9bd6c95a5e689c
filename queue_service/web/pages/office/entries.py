"""What each kind of entry in a day's journal is called."""

from __future__ import annotations

from collections.abc import Mapping

from queue_service.web.languages import N_

EVENT_WORDS: Mapping[str, str] = {
    "issued": N_("Number issued"),
    "booked": N_("Appointment made"),
    "rescheduled": N_("Appointment at another time"),
    "given": N_("Place given from the waiting list"),
    "lapsed": N_("Appointment lapsed"),
    "reminder_due": N_("Reminder due"),
    "reclassified": N_("Class corrected"),
    "moved": N_("Moved to another queue"),
    "called": N_("Called"),
    "recalled": N_("Called again"),
    "serving": N_("Service began"),
    "completed": N_("Completed"),
    "no_show": N_("Did not come"),
    "held": N_("Number set aside"),
    "requeued": N_("Back into the queue"),
    "transferred": N_("On to another queue"),
    "taken_over": N_("Taken over by another counter"),
    "cancelled": N_("Number cancelled"),
    "concluded": N_("Served, as another system tells"),
    "reopened": N_("Waits again, as another system tells"),
    "released": N_("Released at closing time"),
    "stepped_away": N_("Stepped away"),
    "checked_in": N_("Checked in"),
    "feedback": N_("Service rated"),
    "undone": N_("Action undone"),
    "counter_set": N_("Counter opened, paused or closed"),
    "queue_set": N_("Queue opened, paused or closed"),
    "suspended": N_("Queue suspended"),
    "notice": N_("Notice given"),
    "numbers_skipped": N_("Numbers skipped"),
    "limit_set": N_("Number of places set"),
    "draw_announced": N_("Draw announced"),
    "draw_entered": N_("Draw entered"),
    "draw_closed": N_("Draw closed"),
    "drawn": N_("Draw held"),
    "waiting_list_joined": N_("Waiting list joined"),
    "entry_withdrawn": N_("Entry withdrawn"),
    "day_closed": N_("Day closed"),
}

"""What is said of a connection to a SIMRS, for the office to say in its reader's language."""

from __future__ import annotations

from queue_service.web.languages import N_

SENTENCES = (
    N_("The SIMRS's database does not answer: {said}"),
    N_("The SIMRS's binary log cannot be followed: {said}"),
    N_("The SIMRS's server does not keep its log as is needed: {wanted}."),
    N_("“follows: binlog” needs the Python package mysql-replication, which is not here."),
    N_(
        "The database user {user} may do more than read ({rights}): nothing is read as long as that is so."
        " Give it SELECT only."
    ),
    # What is seen there, and not believed
    N_("All registrations of today are gone: nothing is cancelled for that."),
    N_("{gone} of {all} registrations of today are gone at once."),
    # The set-up
    N_("A SIMRS is one hospital's: name one branch under “branches”."),
    N_("The branch {branch} has no queue “{queue}”."),
    N_("The branch {branch} has no counter “{counter}”."),
    N_("The branch {branch} has no journey “{journey}” that leads to {queue}."),
    N_("The branch {branch} has no errand “{errand}”."),
    # Tried
    N_("Connected, but these tables cannot be read as they are named: {said}"),
    N_("Connected to {database} on {host}; {rights}; all tables and columns are there."),
    N_("its user may do more than read ({rights})"),
    N_("its user may only read, but more than the tables that are needed"),
    N_("its user may only read"),
    N_("Nobody is registered for {day} yet, so the clock could not be compared."),
    N_("{n} are registered for {day}, the last at {time}."),
    N_("Its clock: {why}; is a time zone wrong?"),
    N_("registrations come with a time that is {apart} behind ours"),
    N_("registrations come with a time that is {apart} ahead of ours"),
    N_("{n} whole hour off"),
    N_("{n} whole hours off"),
)

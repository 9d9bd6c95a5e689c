"""What the engine says of a connection, for the office to say in its reader's language.

Each system that has sentences of its own has such a table, named in the entry points `antrean.words`. What stands in
braces is kept: `said` as it came, being somebody else's words; all others may be a sentence of these tables again.
"""

from __future__ import annotations

from queue_service.web.languages import N_

SENTENCES = (
    N_("{variable} is not set."),
    N_("{variable}: expected one secret, or two with a comma between."),
    N_("{variable}: expected a secret that begins with {prefix}."),
    N_("{variable}: expected base64 after {prefix}."),
    N_("{variable}: expected {shortest} to {longest} bytes after {prefix}, not {n}."),
    N_("no answer in time"),
    N_("no answer within {n} seconds"),
    N_("it cannot be reached: {why}"),
    N_("All connection attempts failed"),
    N_("nobody knows where {host} is"),
    N_("{host} leads to {address}, which is private; allow_private: true would let it"),
    N_("ca_file {file} cannot be used: {said}."),
    N_("it is there: it answered {n} to a plain GET, and nothing was sent"),
    N_("it answered {answer}, a way to somewhere else, which is not followed: {said}"),
    N_("it answered {answer}, a way to somewhere else, which is not followed"),
    N_("it answered {answer}, longer than the {n} bytes that are read"),
    N_("it answered {answer}, packed in a way that was not asked for"),
    N_("it answered {answer}, which is no JSON: {said}"),
    N_("it answered {answer}, which is no JSON"),
    N_("it answered {said}"),
    N_("it was answered {n}"),
    N_("a fault of our own: {said}"),
    N_("its settings are not those that this version expects: {said}"),
    N_("{system} cannot be connected to."),
    N_("This system cannot be tried without sending something."),
    N_("This system has no figures of its own."),
    N_("This system has nothing that could be looked at beforehand."),
)

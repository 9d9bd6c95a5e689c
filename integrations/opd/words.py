"""What is said of the systems of agencies and their records, for the office to say in its reader's language."""

from __future__ import annotations

from queue_service.web.languages import N_

SENTENCES = (
    # The set-up
    N_("The id of such a connection has at most {n} characters."),
    N_("mapping: no branch of this connection has the {what} “{named}”."),
    N_("mapping: name one branch under “branches”, or map “branch”."),
    N_("Nothing is read from this system."),
    N_("What comes by itself cannot be looked at beforehand. Give a sample: antrean opd preview --file."),
    # A record
    N_("{ours}: “{said}” stands in no line of “values”"),
    N_("{ours}: nothing is given, and nothing is known here of this id"),
    N_("{ours}: nothing is given; an appointment needs a day and a time"),
    N_("{ours}: nothing is given; an appointment is for a queue"),
    N_("{ours}: nothing is given"),
    N_("{ours}: longer than {n} characters"),
    N_("{ours}: “{said}” holds what cannot be printed"),
    N_("{ours}: it has the form of a NIK, which would be kept in the open; map another number"),
    N_("{ours}: expected one value, not several"),
    N_("{ours}: “{said}” is no whole number"),
    N_("{ours}: “{said}” is no day"),
    N_("{ours}: “{said}” is no time"),
    N_("{ours}: “{said}” is no moment"),
    N_("{ours}: “{said}” is none of this connection's"),
    N_("{ours}: the branch {branch} has none that is called “{said}”"),
    N_("{ours}: it is still to come; what is to be an appointment needs the action “book”"),
    N_("{ours}: “{said}” is none of a paper"),
    N_("{ours}: a problem needs one, and nothing else has one"),
    N_("{ours}: nothing is given; of two steps the later counts"),
    N_("{ours}: it is no request number"),
    N_("no paper of this branch is known by it"),
    N_("the paper was handed over: only people here take that back"),
    N_("the message is no JSON"),
    N_("the message is no object"),
    N_("nothing is known here of this id"),
    N_("its day is over"),
    N_("nothing is to be done: it is so already"),
    N_("it says nothing that concerns a queue"),
    # REST
    N_("its answer has no list of records at “{said}”"),
    N_("its answer does not say whether it is a success: {why}"),
    N_("it answered {field}: {said}"),
    N_("a record does not say when it was changed: {why}"),
    N_("its next page is elsewhere ({host}), where nobody is asked"),
    N_("page {n} is not the last, or says the same as the one before: is “pages” right?"),
    N_("{host} let us in and showed {n} records, all of which can be mapped."),
    N_("{host} let us in and showed {n} records, {wrong} of which cannot be mapped; the first: {why}."),
    # Referrals
    N_("its answer cannot be understood: {why}"),
    # SQL
    N_("The agency's database does not answer: {said}"),
    N_(
        "The database user {user} may do more than read ({rights}): nothing is read as long as that is so."
        " Give it SELECT on the view only."
    ),
    N_("the column {column} is neither a number, a text nor a moment, so nobody can go on behind it"),
    N_("Connected to {database} on {host}; {rights}; {view} can be read, and is empty."),
    N_("Connected to {database} on {host}; {rights}; {view} can be read, its newest row is of {said}."),
    N_("its user may only read, but more than the view"),
    # Files
    N_("the folder {folder} cannot be read: {said}"),
    N_("the folder {folder} cannot be written: {said}"),
    N_("the folder {folder} cannot be written: files could not be put away"),
    N_("the file {file} cannot be read: {said}"),
    N_("the first file cannot be read: {why}"),
    N_("The folder {folder} can be read and written; files there now: {n}."),
    # Webhooks
    N_("Messages are taken at {address}; {n} known."),
    N_("one secret is"),
    N_("two secrets are"),
)

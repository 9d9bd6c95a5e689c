"""What is said of a connection to BPJS, for the office to say in its reader's language."""

from __future__ import annotations

from queue_service.web.languages import N_

TASKS = {
    1: N_("without task 1: when the wait for registration began"),
    2: N_("without task 2: when registration began"),
    3: N_("without task 3: when the wait for the clinic began"),
    4: N_("without task 4: when the examination began"),
    5: N_("without task 5: when the examination ended"),
    6: N_("without task 6: when the pharmacy began"),
    7: N_("without task 7: when the medicine was ready"),
}
# By the task that each begins with.
STRETCHES = {
    1: N_("Waiting for registration"),
    2: N_("Registration"),
    3: N_("Waiting for the clinic"),
    4: N_("Examination"),
    5: N_("Waiting for the pharmacy"),
    6: N_("Pharmacy"),
}

SENTENCES = (
    *TASKS.values(),
    *STRETCHES.values(),
    # What a day's report finds
    N_("not announced: neither card nor NIK is known"),
    N_("told as absent, and treated afterwards"),
    N_("not delivered: {why}"),
    N_("waits for its turn"),
    # Not let in
    N_("it does not accept our keys (cons id, secret, user key): {code} {said}"),
    N_("it does not accept our keys (cons id, secret, user key): {code}"),
    N_(
        "this machine's clock is {span} behind that of BPJS, which therefore refuses everything: set it right (NTP)",
    ),
    N_(
        "this machine's clock is {span} ahead of that of BPJS, which therefore refuses everything: set it right (NTP)",
    ),
    # Refused, or not understood
    N_("it refuses {call}: {code} {said}"),
    N_("it refuses {call}: {code}"),
    N_("what answers {code} there is not the service: {why}"),
    N_("the answer is longer than {n} MiB"),
    N_("the answer is no JSON"),
    N_("the answer has no metadata"),
    N_("the answer's metadata has no code"),
    N_("the answer cannot be decrypted: it is no base64"),
    N_("the answer cannot be decrypted: what comes out is no JSON"),
    N_("the answer cannot be decrypted: the key does not fit"),
    N_("the answer cannot be decrypted: {said}"),
    N_("the answer holds no list"),
    N_("the answer is not shaped as agreed"),
    N_("a time in the answer is not written as agreed"),
    N_("a time in the answer does not exist"),
    N_("the answer lacks {name}"),
    N_("{name} in the answer is no number"),
    # What is wrong here
    N_("It neither sends nor answers: its settings have no “sends” and no “answers”."),
    N_("This connection has no “sends”, so it asks BPJS for nothing."),
    N_("no branch of this connection has the queue “{queue}”"),
    N_("the queue “{queue}” takes no appointments"),
    N_("the queue “{queue}” has no times within {hours} in the next {n} days"),
    N_("the days off of {branch} could not be taken up: {said}"),
    N_("the file of operations cannot be read: {said}"),
    # Tried, and found well
    N_("BPJS let us in with these keys, and its register lists {n} clinics."),
    N_("Mobile JKN is answered at {address} for {n} clinics."),
)

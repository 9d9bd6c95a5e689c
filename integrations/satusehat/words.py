"""What is said of a connection to SATUSEHAT, for the office to say in its reader's language."""

from __future__ import annotations

from queue_service.web.languages import N_

SENTENCES = (
    # No token
    N_("client id or client secret are not accepted (answer {code} to the token call)"),
    N_("it gives no token now (answer {code} to the token call)"),
    N_("it gave no token a moment ago, and is asked once a minute"),
    N_("its answer to the token call holds no token"),
    N_("it does not accept the token that it has just given"),
    N_("no token: {why}"),
    # Not sent, or not understood
    N_("it knows several {kind}s by one NIK: a person has to say who is meant"),
    N_("its answer to a search for a {kind} is no list of them"),
    N_("it took a {kind} without saying its id"),
    N_("“{queue}” is no clinic of this connection any more"),
    N_("it is not sent: {why}"),
    N_("it is no {kind} of FHIR R4: {said}"),
    N_("“{wrong}” is no status of an Encounter"),
    N_("an Encounter needs its statusHistory"),
    N_("an Encounter needs an identifier of organization {organization}"),
    N_("its moments do not follow one another: whose clock is wrong?"),
    N_("the state “{wrong}” has no beginning"),
    N_("no branch of this connection has the queue “{queue}”, which “clinics” names."),
    # Tried, and found well
    N_("SATUSEHAT gave a token to {holder}; organization {organization} has {n} Locations there."),
    N_("SATUSEHAT gave a token; organization {organization} has {n} Locations there."),
    N_("The Location of {queues} is not among them."),
    N_("No Location is set up for {queues}."),
    N_("Mode off: nothing is sent."),
    N_("Mode advise: nothing is sent; `antrean satusehat advise DAY` reports the times."),
    N_("Mode own: Encounters are sent."),
)

"""Who may go through which door: what is meant. `matrix.py` compares it with what is so.

Whoever adds a route adds its row. A letter stands for each caller who is let in, as `callers.NAMES` has them; the
others hear 401 where they are nobody, and 403 where they are known.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from queue_service.version import VERSION
from tests.houses import CHILDREN
from tests.security.doors import Door

Body = str | Mapping[str, Any] | None

LET_IN = frozenset({200, 201, 204, 303, 304, 409, 412, 422, 426, 428})


@dataclass(frozen=True)
class Row:
    """`others`: what those hear who are not let in, where it is not 401 or 403. `let_in`: what the rest hear."""

    may: str
    body: Body = None
    others: Mapping[str, str] = field(default_factory=dict)
    let_in: frozenset[int] = LET_IN


EVERYBODY = "ntcosphabijkd"
KNOWN = "cosphabijk"
WITH_ACCOUNT = "cosphab"
SERVING = "csai"

PUBLIC = Row(EVERYBODY)
# The token is the right: without it there is nothing at this address, whoever asks.
WITH_TOKEN = Row("t", others=dict.fromkeys(EVERYBODY, "404"))
NOTHING = Row("", others=WITH_TOKEN.others)
# So is the pass of a lease: no key or session is one.
WITH_PASS = Row("", others=dict.fromkeys(EVERYBODY, "401"))
AT_COUNTER = Row(SERVING)
HIDDEN = {"p": "404", "b": "404"}  # whether there is one at a branch of others is not told
# Of those elsewhere, administrators could do it there; supervisors could nowhere.
ADMINISTERED = Row("a", "", {"b": "404"})

API = "/api/v1/branches/{branch}"
COUNTER = f"{API}/counters/{{counter}}"
QUEUE = f"{API}/queues/{{queue}}"
PERSON = f"{API}/days/{{day}}/tickets/{{label}}/person"
TICKET = "/api/v1/tickets/{token}"
FIELD = f"{API}/days/{{day}}/field"
OFFICE_FIELD = "/office/field"
LINE = {"seq": 1, "at_ms": 0, "by": "x", "kind": "issued", "fields": {}}
ITEM = {"id": "x", "base": "", "content": {}}
SCREENS = "/office/devices"
STAFF = "/office/staff"
ACCOUNT = f"{STAFF}/{{account}}"
KEY = "/office/keys/{key}/revoke"
DAY_REPORT = "/office/connections/{connection}/day"
ANY_ACCOUNT = "/api/v1/staff/{account}"
SETUP = "/office/setup"
OF_BRANCH = f"{SETUP}/branches/{{branch}}"
PART = f"{OF_BRANCH}/parts/{{part}}/{{item}}"
SHARED = f"{SETUP}/shared/{{kind}}/{{id_}}"
PIECES = (f"{API}/setup", "/api/v1/calendars/{calendar}", "/api/v1/connections/{connection}")
REQUESTS = f"{API}/requests"
A_REQUEST = f"{REQUESTS}/{{request}}"
OWN_REQUEST = "/api/v1/requests/{token}"
OUTREACH = "/office/outreach"
NONE_HERE = frozenset({404})
VISIT = {
    "asker": "family",
    "village": "16.04.01.2001",
    "people": [{"name": "A", "service": "ktp-rekam"}],
    "contact": {"name": "B", "phone": "081299004477"},
}
GRANT = "role=clerk&branch=rsud-lahat"
GRANTS = {"grants": [{"role": "clerk", "branch": "rsud-lahat"}]}
TRIPS = "/office/trips"
TRIP = f"{TRIPS}/{{branch}}/{{team}}/{{day}}"
NO_OFFICE = frozenset({404})  # the branch of these addresses sends no team out
SIZE = {"width": 1920, "height": 1080}
REPORT = {"page": "/", "version": "1", "frame_age": 0, "visible": True, "sound": None, **SIZE}
SHOWS = "name=TV&shows=lobby/rsud-lahat"

ROWS: Mapping[Door, Row] = {
    # What anybody may see
    ("GET", "/"): PUBLIC,
    ("GET", "/static/{file}"): PUBLIC,
    # Whoever asks a connection's own service shows what that system demands; where none is set up there is nothing.
    ("GET", "/connections/{file}"): NOTHING,
    ("GET", "/display/version"): PUBLIC,
    ("GET", "/healthz"): PUBLIC,
    ("GET", "/readyz"): PUBLIC,
    ("GET", "/metrics"): PUBLIC,
    ("GET", "/stream"): PUBLIC,
    ("WS", "/stream?branch={branch}"): PUBLIC,
    ("GET", "/api/v1/openapi.json"): PUBLIC,
    ("GET", "/api/v1/branches"): PUBLIC,
    ("GET", API): PUBLIC,
    ("GET", QUEUE): PUBLIC,
    ("GET", f"{QUEUE}/order"): PUBLIC,
    ("GET", f"{QUEUE}/days"): PUBLIC,
    ("GET", f"{QUEUE}/slots"): PUBLIC,
    ("GET", f"{QUEUE}/draw"): PUBLIC,
    ("GET", f"{QUEUE}/draw/record"): PUBLIC,
    ("GET", "/b/{branch}/draw/{queue}"): PUBLIC,
    ("GET", "/b/{branch}"): PUBLIC,
    ("GET", "/b/{branch}/order/{queue}"): PUBLIC,
    ("GET", "/b/{branch}/book"): PUBLIC,
    ("GET", "/b/{branch}/stops"): Row(EVERYBODY, let_in=NO_OFFICE),
    ("POST", "/b/{branch}/stops"): Row(EVERYBODY, "slot=2026-11-24+a", let_in=NO_OFFICE),
    ("GET", TRIPS): Row("cosphabi"),
    ("GET", f"{TRIPS}/{{branch}}"): Row("cshai", let_in=NO_OFFICE),
    ("GET", f"{TRIPS}/{{branch}}/proposal"): Row("cshai", let_in=NO_OFFICE),
    ("POST", f"{TRIPS}/{{branch}}/proposal"): Row("cshai", "do=ask", let_in=NO_OFFICE),
    ("GET", TRIP): Row("cshai", let_in=NO_OFFICE),
    ("POST", TRIP): Row("cshai", "do=save", let_in=NO_OFFICE),
    ("GET", f"{TRIP}/list"): Row("cshai", let_in=NO_OFFICE),
    # Taking a number, and what its holder does
    ("POST", f"{API}/tickets"): Row(EVERYBODY, {"queue": CHILDREN}),
    ("POST", f"{API}/appointments"): Row(EVERYBODY, {"queue": CHILDREN, "slot": "2026-11-24T09:00:00+07:00"}),
    ("POST", f"{QUEUE}/draw/entries"): Row(EVERYBODY, {}),
    ("POST", f"{QUEUE}/waiting-list"): Row(EVERYBODY, {}),
    ("POST", "/b/{branch}/draw/{queue}"): Row(EVERYBODY, "day=2026-11-24"),
    ("POST", "/b/{branch}/waiting-list/{queue}"): Row(EVERYBODY, "day=2026-11-24"),
    ("POST", "/b/{branch}/tickets"): Row(EVERYBODY, f"queue={CHILDREN}"),
    ("POST", "/b/{branch}/book"): Row(EVERYBODY, f"queue={CHILDREN}&slot=2026-11-24T09:00:00%2B07:00"),
    ("GET", TICKET): WITH_TOKEN,
    ("POST", f"{TICKET}/cancel"): WITH_TOKEN,
    ("POST", f"{TICKET}/step-away"): WITH_TOKEN,
    ("POST", f"{TICKET}/check-in"): WITH_TOKEN,
    ("POST", f"{TICKET}/move"): Row("t", {"queue": "poli-dalam"}, WITH_TOKEN.others),
    ("POST", f"{TICKET}/postpone"): Row("t", {"day": "2026-11-24"}, WITH_TOKEN.others),
    ("POST", f"{TICKET}/feedback"): Row("t", {"score": 4}, WITH_TOKEN.others),
    ("POST", f"{TICKET}/reschedule"): Row("t", {"slot": "2026-11-24T09:00:00+07:00"}, WITH_TOKEN.others),
    ("GET", "/t/{token}"): WITH_TOKEN,
    ("GET", "/t/{token}/{action}"): WITH_TOKEN,
    ("POST", "/t/{token}/{action}"): WITH_TOKEN,
    # None is of this number: who holds one hears that there is no such referral, and others that there is no number.
    ("GET", "/t/{token}/errand/{referral}"): NOTHING,
    ("POST", "/t/{token}/errand/{referral}"): NOTHING,
    ("WS", "/stream?ticket={token}"): WITH_TOKEN,
    # Nobody here has an entry, and the token of a ticket is none.
    ("GET", "/api/v1/entries/{token}"): NOTHING,
    ("POST", "/api/v1/entries/{token}/withdraw"): NOTHING,
    ("GET", "/e/{token}"): NOTHING,
    ("POST", "/e/{token}/withdraw"): NOTHING,
    # Nor a request for a visit; at this branch nobody may ask for one.
    ("GET", "/api/v1/regions/{regency}"): PUBLIC,
    ("GET", "/b/{branch}/outreach"): Row(EVERYBODY, let_in=NONE_HERE),
    ("POST", "/b/{branch}/outreach"): Row(EVERYBODY, "village=16.04.01.2001", let_in=NONE_HERE),
    ("POST", REQUESTS): Row(EVERYBODY, VISIT, let_in=NONE_HERE),
    ("GET", "/r/{token}"): NOTHING,
    ("POST", "/r/{token}/{step}"): Row("", "name=A", NOTHING.others),
    ("GET", OWN_REQUEST): NOTHING,
    ("POST", f"{OWN_REQUEST}/withdraw"): NOTHING,
    ("POST", f"{OWN_REQUEST}/contact"): Row("", {"name": "A", "phone": "081299004477"}, NOTHING.others),
    ("POST", f"{OWN_REQUEST}/dates"): Row("", {"first": "2026-12-01", "last": "2026-12-02"}, NOTHING.others),
    ("POST", f"{OWN_REQUEST}/answer"): Row("", {"answer": "Ada."}, NOTHING.others),
    ("GET", REQUESTS): Row("cshai", let_in=NONE_HERE),
    ("GET", A_REQUEST): Row("cshai", let_in=NONE_HERE),
    ("POST", f"{A_REQUEST}/check"): Row("csai", {"person": "1", "check": "ready"}, let_in=NONE_HERE),
    ("POST", f"{A_REQUEST}/question"): Row("sa", {"question": "Nomor KK?"}, let_in=NONE_HERE),
    ("POST", f"{A_REQUEST}/decline"): Row("sa", {"reason": "Di luar wilayah."}, let_in=NONE_HERE),
    ("POST", f"{A_REQUEST}/merge"): Row("sa", {"into": "JB-26-00002"}, let_in=NONE_HERE),
    ("GET", OUTREACH): Row("cosphabi"),
    ("GET", f"{OUTREACH}/{{branch}}"): Row("cshai", let_in=NONE_HERE),
    ("GET", f"{OUTREACH}/{{branch}}/{{request_id}}"): Row("cshai", let_in=NONE_HERE),
    ("POST", f"{OUTREACH}/{{branch}}/{{request_id}}/{{step}}"): Row("csai", "check1=ready", let_in=NONE_HERE),
    **{
        (method, f"{OUTREACH}/{{branch}}/{what}"): Row("csai", "", let_in=NONE_HERE)
        for method in ("GET", "POST")
        for what in ("new", "import")
    },
    # Counters
    ("GET", COUNTER): Row("cshai"),
    **{
        ("POST", f"{COUNTER}/{action}"): AT_COUNTER
        for action in (
            "open",
            "pause",
            "close",
            "call-next",
            "recall",
            "serve",
            "complete",
            "no-show",
            "hold",
            "undo",
        )
    },
    ("POST", f"{COUNTER}/call"): Row(SERVING, {"label": "B-001"}),
    ("POST", f"{COUNTER}/requeue"): Row(SERVING, {}),
    ("POST", f"{COUNTER}/transfer"): Row(SERVING, {"queue": "farmasi"}),
    ("POST", f"{COUNTER}/take-over"): Row(SERVING, {"from": "4"}),
    ("GET", "/counter"): Row(KNOWN),
    ("GET", "/counter/{branch}"): AT_COUNTER,
    ("GET", "/counter/{branch}/{counter}"): AT_COUNTER,
    # What supervisors do
    **{("POST", f"{QUEUE}/{action}"): Row("sai") for action in ("open", "pause", "close", "resume")},
    ("POST", f"{QUEUE}/suspend"): Row("sai", {"text": "Dokter terlambat"}),
    ("POST", f"{API}/notices"): Row("sai", {"text": "Dokter datang", "until": "2026-11-23T10:00:00+07:00"}),
    ("POST", f"{API}/urgent-tickets"): Row(SERVING, {"queue": CHILDREN}),
    ("POST", f"{API}/labels/{{label}}/class"): Row(SERVING, {"class": "general", "reason": "seen"}),
    ("GET", "/office/absence/{branch}"): Row("sai"),
    ("POST", "/office/absence/{branch}"): Row("sai", f"queue={CHILDREN}&is=over"),
    # Who somebody is; nothing is kept of the number that is asked for
    ("GET", PERSON): Row("csai", let_in=frozenset({404})),
    ("POST", f"{PERSON}/reveal"): Row("sa", {"field": "nik", "reason": "Salah ketik"}, let_in=frozenset({404})),
    ("POST", f"{API}/people/find"): Row("csai", {"name": "somebody"}),
    ("GET", "/people/{branch}"): Row("sa"),
    ("GET", "/lost/{branch}"): Row("csai"),
    ("GET", "/referrals/{branch}"): Row(SERVING),
    ("POST", "/referrals/{branch}"): Row(SERVING, "do=refer&label=A-999", let_in=frozenset({404})),
    ("GET", f"{API}/referrals"): Row(SERVING),
    ("POST", f"{API}/referrals"): Row(SERVING, {"label": "A-999", "errand": "x"}, let_in=frozenset({404})),
    ("POST", f"{API}/referrals/{{referral}}/withdraw"): Row(SERVING, {}, let_in=frozenset({404})),
    ("POST", f"{API}/referrals/{{referral}}/refuse"): Row(SERVING, {"reason": "full"}, let_in=frozenset({404})),
    ("POST", f"{API}/referrals/{{referral}}/ready"): Row(SERVING, {}, let_in=frozenset({404})),
    ("POST", "/lost/{branch}"): Row("csai", "label=A-999", let_in=frozenset({404})),
    # Papers on their way: nobody here has one
    ("GET", "/b/{branch}/standards"): PUBLIC,
    ("GET", "/case"): PUBLIC,
    ("POST", "/case"): Row(EVERYBODY, "number=261123-A012-00000000", let_in=frozenset({404})),
    ("GET", "/p/{token}"): NOTHING,
    ("GET", "/p/{token}/progress"): NOTHING,
    ("GET", "/api/v1/cases/{token}"): NOTHING,
    ("GET", "/t/{token}/progress"): WITH_TOKEN,
    ("GET", "/cases/{branch}"): Row("cshai"),
    ("POST", "/cases/{branch}"): Row(SERVING, "do=open&service=kk", let_in=frozenset({404})),
    ("POST", "/cases/{branch}/import"): Row(SERVING, ""),
    ("GET", f"{API}/cases"): Row("cshai"),
    ("POST", f"{API}/cases"): Row(SERVING, {"service": "kk"}, let_in=frozenset({404})),
    ("POST", f"{API}/cases/stage"): Row(SERVING, {"number": "x", "stage": "ready"}, let_in=frozenset({404})),
    ("POST", f"{API}/cases/import"): Row(SERVING, "x"),
    ("GET", "/identity/{branch}"): Row("csai"),
    ("POST", "/identity/{branch}"): Row("csai", "label=A-999", let_in=frozenset({404})),
    # Complaints: nobody here has made one, and the token of a ticket is none
    ("GET", "/b/{branch}/complaint"): PUBLIC,
    ("POST", "/b/{branch}/complaint"): Row(EVERYBODY, "category=waiting&words=Terlalu+lama+menunggu"),
    ("GET", "/c"): PUBLIC,
    ("POST", "/c"): Row("", "number=AD-0000-0000&code=00000000", WITH_TOKEN.others),
    ("GET", "/c/{token}"): NOTHING,
    ("POST", "/c/{token}"): NOTHING,
    ("GET", "/complaints/{branch}"): AT_COUNTER,
    ("POST", "/complaints/{branch}"): Row(SERVING, "category=waiting&words=Terlalu+lama+menunggu"),
    ("GET", "/office/complaints"): Row("sphab"),
    ("GET", "/office/complaints/{number}"): Row("sha", others=HIDDEN),
    ("POST", "/office/complaints/{number}"): Row("sha", "do=answer&words=Terima+kasih", HIDDEN),
    ("GET", f"{API}/complaints/figures"): Row("shaij"),
    # Screens
    ("GET", "/screen"): PUBLIC,
    ("POST", "/screen/code"): Row(EVERYBODY, SIZE),
    ("GET", "/screen/state"): PUBLIC,
    ("POST", "/screen/health"): Row("d", REPORT, dict.fromkeys(EVERYBODY, "403")),
    ("GET", "/lobby/{branch}"): PUBLIC,
    ("GET", "/kiosk/{branch}"): PUBLIC,
    ("POST", "/kiosk/{branch}"): Row(EVERYBODY, f"queue={CHILDREN}"),
    ("GET", "/kiosk/{branch}/check-in"): PUBLIC,
    ("POST", "/kiosk/{branch}/check-in"): Row(EVERYBODY, "code=B-001-000000", let_in=frozenset({404})),
    ("GET", f"{API}/devices"): Row("shai"),
    ("POST", f"{API}/devices"): Row("sa", {"code": "C", "name": "TV", "shows": "lobby"}, let_in=frozenset({404})),
    ("PATCH", f"{API}/devices/{{device}}"): Row("sa", {}),
    ("DELETE", f"{API}/devices/{{device}}"): Row("sa"),
    ("GET", SCREENS): Row("sphabi"),
    ("POST", f"{SCREENS}/code"): Row("spab", "code=CCCCCC", let_in=frozenset({404})),
    ("POST", SCREENS): Row("spab", f"code=CCCCCC&{SHOWS}", let_in=frozenset({404})),
    ("GET", f"{SCREENS}/{{device}}"): Row("sa", others=HIDDEN),
    ("POST", f"{SCREENS}/{{device}}"): Row("sa", SHOWS, HIDDEN),
    ("POST", f"{SCREENS}/{{device}}/revoke"): Row("sa", "", HIDDEN),
    # The office: each page shows what its reader may see
    ("GET", "/office"): Row("sphabij"),
    ("GET", "/office/audit"): Row("sphab"),
    ("GET", "/office/connections"): Row("sphab"),
    **{(method, DAY_REPORT): Row("sha", "", HIDDEN) for method in ("GET", "POST")},
    **{(method, "/office/connections/{connection}/preview"): Row("a", "") for method in ("GET", "POST")},
    **{("POST", f"/office/connections/{{connection}}/{what}"): Row("a", "") for what in ("test", "retry", "drop")},
    ("GET", STAFF): Row("sphab"),
    ("POST", STAFF): Row("a", f"login=clerk.9&name=A+clerk&{GRANT}"),
    ("GET", ACCOUNT): Row("sha", others=HIDDEN),
    ("POST", f"{ACCOUNT}/grant"): Row("a", GRANT),
    ("POST", f"{ACCOUNT}/take"): Row("a", GRANT),
    ("POST", f"{ACCOUNT}/name"): Row("a", "name=Another&openid=", ADMINISTERED.others),
    ("GET", f"{ACCOUNT}/disable"): ADMINISTERED,
    **{("POST", f"{ACCOUNT}/{action}"): ADMINISTERED for action in ("disable", "enable", "password", "sessions")},
    ("GET", "/office/keys"): Row("ab"),
    ("POST", "/office/keys"): Row("a", GRANT),
    ("GET", KEY): ADMINISTERED,
    ("POST", KEY): ADMINISTERED,
    # The same over the API
    ("GET", "/api/v1/audit"): Row("sphab"),
    ("GET", "/api/v1/staff"): Row("sphab"),
    ("POST", "/api/v1/staff"): Row("a", {"login": "clerk.8", "name": "A clerk", **GRANTS}),
    ("GET", ANY_ACCOUNT): Row("sha", others=HIDDEN),
    ("PATCH", ANY_ACCOUNT): Row("a", {"name": "Another"}, ADMINISTERED.others),
    ("PUT", f"{ANY_ACCOUNT}/grants"): Row("a", GRANTS, ADMINISTERED.others),
    ("POST", f"{ANY_ACCOUNT}/password"): ADMINISTERED,
    ("GET", f"{ANY_ACCOUNT}/sessions"): ADMINISTERED,
    ("DELETE", f"{ANY_ACCOUNT}/sessions/{{session}}"): ADMINISTERED,
    ("GET", "/api/v1/keys"): Row("ab"),
    ("POST", "/api/v1/keys"): Row("a", {"role": "clerk", "branch": "rsud-lahat"}),
    ("DELETE", "/api/v1/keys/{key}"): ADMINISTERED,
    # The set-up
    ("GET", "/api/v1/setup"): Row("sphab"),
    ("GET", f"{API}/setup"): Row("sha"),
    **{("GET", path): Row("a") for path in PIECES[1:]},
    **{("PUT", path): Row("a", {}) for path in PIECES},
    **{("DELETE", path): Row("a") for path in PIECES},
    ("GET", SETUP): Row("ab"),
    ("GET", f"{SETUP}/setup.yaml"): Row("a"),
    ("GET", OF_BRANCH): Row("a"),
    **{
        (method, path): Row("a")
        for method in ("GET", "POST")
        for path in (
            f"{SETUP}/new/{{kind}}",
            f"{OF_BRANCH}/edit",
            f"{OF_BRANCH}/delete",
            f"{OF_BRANCH}/new/{{part}}",
            PART,
            f"{PART}/delete",
            SHARED,
            f"{SHARED}/delete",
        )
    },
    ("POST", f"{PART}/up"): Row("a"),
    # A team's day in the field, which nothing of is told without TLS; nobody here shows a lease's pass.
    ("POST", FIELD): Row("sai", {"lease": "0" * 24, "device": "Laptop", "version": VERSION}),
    ("POST", f"{FIELD}/{{lease}}/reclaim"): Row("sai", {"reason": "Lost in the river"}),
    **{("GET", f"{FIELD}/{{lease}}{path}"): WITH_PASS for path in ("", "/entries", "/parts/{part}")},
    ("POST", f"{FIELD}/{{lease}}/entries"): Row("", {"entries": [LINE], "digest": "0" * 64}, WITH_PASS.others),
    ("POST", f"{FIELD}/{{lease}}/parts/{{part}}"): Row("", {"items": [ITEM]}, WITH_PASS.others),
    ("GET", "/field/authority.crt"): NOTHING,  # this is no laptop in the field
    ("GET", OFFICE_FIELD): Row("sphabij"),
    ("GET", f"{OFFICE_FIELD}/{{branch}}/{{day}}"): Row("shaij", let_in=frozenset({404})),
    ("POST", f"{OFFICE_FIELD}/{{branch}}/{{day}}/reclaim"): Row(
        "sai", "lease=none&reason=Lost+it", let_in=frozenset({404})
    ),
    ("POST", f"{OFFICE_FIELD}/{{branch}}/{{day}}/kept/{{kept}}"): Row(
        "sa", "reason=To+compare", let_in=frozenset({404})
    ),
    # Signing in
    ("GET", "/sign-in"): PUBLIC,
    ("POST", "/sign-in"): Row("", "key=wrong", dict.fromkeys(EVERYBODY, "401")),
    ("POST", "/sign-out"): PUBLIC,
    # Nothing, unless a provider is set up
    ("GET", "/sign-in/openid"): NOTHING,
    ("GET", "/sign-in/openid/callback"): NOTHING,
    ("GET", "/.well-known/jwks.json"): NOTHING,
    ("GET", "/account"): Row(WITH_ACCOUNT, others=dict.fromkeys("ijk", "401")),
    ("POST", "/account/sessions/end"): Row(WITH_ACCOUNT, "session=none", dict.fromkeys("ijk", "401"), frozenset({404})),
    ("GET", "/account/password"): Row(WITH_ACCOUNT, others=dict.fromkeys("ijk", "401")),
    ("POST", "/account/password"): Row(WITH_ACCOUNT, "old=x&new=y&again=z", dict.fromkeys("ijk", "401")),
}

# At a branch whose set-up says `screens: paired`.
PAIRED_ROWS: Mapping[Door, Row] = {
    ("GET", "/lobby/{branch}"): Row("cshaikd", others={"n": "403", "t": "403"}),
    ("GET", "/kiosk/{branch}"): Row("cshaik", others=dict.fromkeys("ntd", "403")),  # this device is the lobby's
    ("POST", "/kiosk/{branch}"): Row("cshaik", f"queue={CHILDREN}", dict.fromkeys("ntd", "403")),
    ("GET", "/kiosk/{branch}/check-in"): Row("cshaik", others=dict.fromkeys("ntd", "403")),
    ("POST", "/kiosk/{branch}/check-in"): Row(
        "cshaik", "code=B-001-000000", dict.fromkeys("ntd", "403"), frozenset({404})
    ),
}

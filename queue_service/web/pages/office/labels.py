"""What each field of a set-up is called on the office pages: one line for each. A test holds that none is missing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from pydantic import BaseModel

from queue_service.web.cases import STAGE_WORDS
from queue_service.web.languages import N_


@dataclass(frozen=True)
class Label:
    """`of`: whose ids may be chosen. `switch`: what stands beside the tick, where it may be left out altogether.

    `key` and `value`: of a mapping's rows. `row`: what one more is called.
    """

    words: str
    hint: str = ""
    example: str = ""
    of: str = ""
    switch: str = ""
    row: str = ""
    choices: Mapping[str, str] = field(default_factory=dict)
    key: Label | None = None
    value: Label | None = None


def label_of(model: type[BaseModel], name: str) -> Label:
    """The label of the model itself, else of the one that it takes the field from, else its bare name."""
    for owner in model.__mro__:
        if label := LABELS.get(f"{owner.__name__}.{name}"):
            return label
    info = model.model_fields.get(name)
    return Label((info.title if info else None) or name, (info.description if info else None) or "")


_DAYS = {
    "mon": N_("Mon"),
    "tue": N_("Tue"),
    "wed": N_("Wed"),
    "thu": N_("Thu"),
    "fri": N_("Fri"),
    "sat": N_("Sat"),
    "sun": N_("Sun"),
}
_NEEDS = {"optional": N_("may be given"), "required": N_("must be given")}
_ID = N_("In addresses and programs. Left empty, it is made from the name; later it cannot be changed.")
_ROW_OF_HOURS = N_("Add hours")
_HOURS = Label(N_("Hours"), row=_ROW_OF_HOURS)
_IN_SEASONS = Label(
    N_("Other hours in a season"),
    N_("A season is set up in the calendar, such as Ramadan."),
    key=Label(N_("Season"), of="seasons"),
    value=_HOURS,
    row=N_("Add a season"),
)

_STANDARD = Label(
    N_("Service standard"),
    N_("Shown before anybody travels, and on the page of their number."),
    switch=N_("Publish what this service needs and promises"),
)
LABELS: Mapping[str, Label] = {
    # What several have in common
    "SpanPlan.opens": Label(N_("from"), example="07:30"),
    "SpanPlan.closes": Label(N_("to"), example="12:00"),
    "HoursPlan.days": Label(N_("Days"), choices=_DAYS),
    "Opening.seasons": _IN_SEASONS,
    "NamePlan.id": Label(N_("in Indonesian")),
    "NamePlan.en": Label(N_("in English")),
    # A branch
    "BranchPlan.id": Label(N_("Id"), _ID, example="rsud-lahat"),
    "BranchPlan.name": Label(N_("Name of the branch"), example="RSUD Lahat"),
    "BranchPlan.agency": Label(
        N_("Agency"), N_("Branches of the same agency stand together in the office."), example="Dinas Kesehatan"
    ),
    "BranchPlan.outreach": Label(
        N_("Outreach"),
        N_("The branch takes requests for service in villages and homes."),
        switch=N_("Takes requests"),
    ),
    "BranchPlan.team": Label(
        N_("Team that travels"),
        N_("The branch moves: it has no queues of its own, but the stops of each day's trip."),
        switch=N_("Is a team"),
    ),
    "OutreachPlan.regency": Label(N_("Regency"), N_("The code of the one whose villages ask here."), example="16.04"),
    "OutreachPlan.promise_days": Label(N_("Working days from a request to the visit, at most")),
    "OutreachPlan.road_factor": Label(
        N_("How much longer a road is than the straight line"),
        N_("Where no travel time was measured. Hills and rivers make it more."),
    ),
    "OutreachPlan.kilometres_an_hour": Label(N_("Kilometres an hour on the road")),
    "OutreachPlan.services": Label(N_("Services"), row=N_("Add a service")),
    "OutreachServicePlan.id": Label(N_("Id"), _ID, example="ktp-rekam"),
    "OutreachServicePlan.name": Label(N_("Name"), example="Perekaman KTP-el"),
    "OutreachServicePlan.minutes": Label(N_("Minutes for one person")),
    "OutreachServicePlan.requirements": Label(N_("What to have ready"), row=N_("Add a sentence")),
    "SentencePlan.id": Label(N_("In Indonesian")),
    "SentencePlan.en": Label(N_("In English")),
    "TeamPlan.office": Label(N_("Whose requests it serves"), of="branches"),
    "TeamPlan.base": Label(
        N_("Where it sets out"), N_("The code of the village, and where it returns to."), example="16.04.10.1001"
    ),
    "TeamPlan.capacity": Label(N_("People a day at most")),
    "TeamPlan.sets": Label(N_("Sets of equipment"), N_("So many people are served at the same time.")),
    "TeamPlan.equipment": Label(N_("Equipment"), example="2 alat rekam KTP-el, 1 printer kartu"),
    "BranchPlan.timezone": Label(
        N_("Time zone"), N_("Asia/Jakarta (WIB), Asia/Makassar (WITA) or Asia/Jayapura (WIT)."), example="Asia/Jakarta"
    ),
    "BranchPlan.calendar": Label(
        N_("Calendar"), N_("The table of holidays and seasons that this branch goes by."), of="calendars"
    ),
    "BranchPlan.at_closing": Label(
        N_("Who still waits at closing time"),
        choices={
            "serve": N_("is served, however long it takes"),
            "keep": N_("keeps the place for the next day of service"),
            "release": N_("is told that service is over"),
        },
    ),
    "BranchPlan.hours": Label(
        N_("Opening hours"),
        N_("A break is the gap between two rows. Each queue may have hours of its own."),
        switch=N_("Open at certain hours only"),
        row=_ROW_OF_HOURS,
    ),
    "BranchPlan.exceptions": Label(
        N_("Single days that differ"),
        N_("Without hours nobody is served on that day. Without queues ticked, it holds for all."),
        row=N_("Add a day"),
    ),
    "BranchPlan.rules": Label(N_("Rules")),
    "BranchPlan.screens": Label(
        N_("Lobby screens and kiosks"),
        choices={"open": N_("any browser may show them"), "paired": N_("only devices that staff have accepted")},
    ),
    "BranchPlan.retention_days": Label(
        N_("How long people's data are kept"), N_("Days after that of the number, where a queue asks for any.")
    ),
    "BranchPlan.queues": Label(N_("Queues"), N_("One for each service that people wait for."), row=N_("Add a queue")),
    "BranchPlan.counters": Label(N_("Counters"), N_("Where visitors are served."), row=N_("Add a counter")),
    "BranchPlan.classes": Label(
        N_("Priority classes"),
        N_("Who goes ahead, and by how many minutes. The minutes are public."),
        row=N_("Add a class"),
    ),
    "BranchPlan.journeys": Label(
        N_("Journeys"), N_("Visits through several queues with one number."), row=N_("Add a journey")
    ),
    "BranchPlan.errands": Label(
        N_("Errands at other agencies"),
        N_("Where visitors of these queues go next, with an appointment that is made for them."),
        row=N_("Add an errand"),
    ),
    "RetentionPlan.name": Label(N_("Days for the name")),
    "RetentionPlan.phone": Label(N_("Days for the phone number")),
    "RetentionPlan.nik": Label(N_("Days for the NIK")),
    "RetentionPlan.card": Label(N_("Days for the BPJS card number")),
    "RetentionPlan.record": Label(N_("Days for the medical record number")),
    "RetentionPlan.reference": Label(N_("Days for the referral number")),
    "RetentionPlan.ihs": Label(N_("Days for the SATUSEHAT number")),
    "BranchPlan.complaints": Label(N_("Complaints"), N_("Every branch takes them; this is what it promises.")),
    "ComplaintsPlan.categories": Label(
        N_("Kinds of complaints"),
        N_("Whoever complains chooses one. None: the usual six, with 2 to 60 working days."),
        row=N_("Add a kind"),
    ),
    "ComplaintsPlan.contact_days": Label(N_("Days for a phone number or address"), N_("After the end of a complaint.")),
    "ComplaintsPlan.words_days": Label(N_("Days for what was written"), N_("After the end of a complaint.")),
    "CategoryPlan.id": Label(N_("Id"), _ID, example="antrean"),
    "CategoryPlan.name": Label(N_("Name of the kind"), example="Waktu tunggu dan antrean"),
    "CategoryPlan.days": Label(N_("Working days for an answer"), example="5"),
    "ExceptionPlan.day": Label(N_("Day"), example="2026-12-24"),
    "ExceptionPlan.name": Label(N_("What for"), example="Pulang lebih awal"),
    "ExceptionPlan.hours": _HOURS,
    "ExceptionPlan.queues": Label(N_("Only these queues"), of="queues"),
    "RulesPlan.pause_minutes": Label(N_("Minutes between two calls of a missed number")),
    "RulesPlan.max_calls": Label(N_("Calls at most"), N_("After that a new number is needed.")),
    "RulesPlan.away_minutes": Label(N_("Minutes for which a place is kept for who stepped away")),
    "RulesPlan.requeue_minutes": Label(N_("Minutes until who is sent back is due again")),
    "RulesPlan.unattended_minutes": Label(
        N_("Minutes after which another counter may take over"), N_("When the one that called does nothing more.")
    ),
    "RulesPlan.guard_minutes": Label(
        N_("Minutes after which nobody may pass"),
        N_("Who has waited so long is passed by nobody with precedence who comes later. Empty: no such limit."),
    ),
    # Its queues, counters and classes
    "QueuePlan.id": Label(N_("Id"), _ID, example="poli-anak"),
    "QueuePlan.name": Label(N_("Name of the queue"), example="Poli Anak"),
    "QueuePlan.prefix": Label(
        N_("Letter of its numbers"), N_("Numbers look like A-001. Left empty, the next free letter."), example="A"
    ),
    "QueuePlan.on_days_off": Label(
        N_("On days off"), choices={"closed": N_("closed"), "open": N_("open all the same")}
    ),
    "QueuePlan.quota": Label(N_("Numbers a day at most"), N_("Empty: as many as come.")),
    "QueuePlan.walk_in": Label(
        N_("Numbers are given out to whoever comes"), N_("Without the tick, by appointment or transfer only.")
    ),
    "QueuePlan.asks": Label(N_("What visitors are asked for"), N_("Only what the service cannot do without.")),
    "QueuePlan.purpose": Label(
        N_("Why they are asked"), N_("They read this before they enter anything."), switch=N_("Something is asked for")
    ),
    "QueuePlan.one_claim_per_person": Label(
        N_("One number or appointment for each person at a time"), N_("Told by the NIK, which must be asked for then.")
    ),
    "AsksPlan.name": Label(N_("Name"), choices=_NEEDS),
    "AsksPlan.phone": Label(N_("Phone number"), choices=_NEEDS),
    "AsksPlan.nik": Label(N_("NIK"), choices=_NEEDS),
    "AsksPlan.card": Label(N_("BPJS card number"), choices=_NEEDS),
    "AsksPlan.record": Label(N_("Medical record number"), choices=_NEEDS),
    "AsksPlan.reference": Label(N_("Referral number"), choices=_NEEDS),
    "PurposePlan.id": Label(N_("in Indonesian"), example="Untuk mencocokkan berkas Anda sebelum dipanggil."),
    "PurposePlan.en": Label(N_("in English"), example="To find your file before you are called."),
    "QueuePlan.alternatives": Label(
        N_("Queues that can take its visitors"), N_("When it is suspended, such as when a doctor is away."), of="queues"
    ),
    "QueuePlan.hours": Label(
        N_("Hours of its own"),
        N_("Without a row: at all hours."),
        switch=N_("Other hours than its branch"),
        row=_ROW_OF_HOURS,
    ),
    "QueuePlan.appointments": Label(
        N_("Appointments"), N_("Needs opening hours."), switch=N_("Visitors may book a time")
    ),
    "BookingPlan.per_slot": Label(N_("How many at each time"), example="3"),
    "BookingPlan.slot_minutes": Label(N_("Minutes from one time to the next")),
    "BookingPlan.days_ahead": Label(N_("Days ahead")),
    "BookingPlan.early_minutes": Label(N_("Minutes before, from when one may check in")),
    "BookingPlan.late_minutes": Label(N_("Minutes after, until when one is in time")),
    "BookingPlan.notice_minutes": Label(N_("Minutes ahead of a time, until when it may still be booked")),
    "BookingPlan.release_late": Label(N_("The place of who does not come in time goes to the waiting list")),
    "BookingPlan.reminders": Label(
        N_("Reminders"), N_("Before the appointment: d for days, h for hours, m for minutes."), example="1d, 2h"
    ),
    "BookingPlan.overbook": Label(N_("More than there are places")),
    "OverbookPlan.most": Label(
        N_("At most this part more"), N_("0.1 is a tenth more, where experience shows that not all come.")
    ),
    "QueuePlan.draw": Label(
        N_("Draw"),
        N_("Where there are far fewer places than people who want one. Needs opening hours."),
        switch=N_("Places are drawn by lot"),
    ),
    "LotsPlan.quota": Label(N_("Places drawn for each day"), example="300"),
    "LotsPlan.opens": Label(N_("Entries from")),
    "LotsPlan.closes": Label(N_("Entries until")),
    "LotsPlan.drawn_at": Label(N_("Drawn")),
    "BeforeDayPlan.days_before": Label(N_("Days before"), example="1"),
    "BeforeDayPlan.at": Label(N_("Time"), example="18:00"),
    "CounterSetup.id": Label(N_("Id"), _ID, example="1"),
    "CounterSetup.name": Label(N_("Name of the counter"), example="Loket 1"),
    "CounterSetup.queues": Label(N_("Queues that are called here"), of="queues"),
    "ClassPlan.id": Label(N_("Id"), _ID, example="lansia"),
    "ClassPlan.name": Label(N_("Name of the class"), example="Lansia (60 tahun ke atas)"),
    "ClassPlan.minutes": Label(N_("Minutes ahead"), N_("How much earlier than their arrival they are due."), "30"),
    "JourneyPlan.id": Label(N_("Id"), _ID, example="rawat-jalan"),
    "JourneyPlan.name": Label(N_("Name of the journey"), example="Rawat Jalan"),
    "JourneyPlan.stops": Label(
        N_("Stops"),
        N_("The ids of queues in their order, one a line. Those in one line, with commas, in any order."),
        example="pendaftaran",
        of="queues",
    ),
    # An errand at another agency
    "ErrandSetup.id": Label(N_("Id"), _ID, example="lahir-pulang-bawa-akta"),
    "ErrandSetup.name": Label(N_("Name of the errand"), example="Lahir, pulang bawa akta"),
    "ErrandSetup.queues": Label(N_("From these queues"), N_("None ticked: from all."), of="queues"),
    "ErrandSetup.to": Label(N_("To the branch"), N_("Its id."), example="disdukcapil-lahat"),
    "ErrandSetup.queue": Label(N_("To the queue there"), N_("Its id."), example="akta"),
    "ErrandSetup.papers": Label(
        N_("The papers that the visitor takes home"),
        N_("Each gets ready by itself; with the last of them the errand is done."),
        row=N_("Add a paper"),
    ),
    "PaperSetup.id": Label(
        N_("Id"), N_("The id of a journey there that has stages of papers, or one of your own."), example="akta-lahir"
    ),
    "PaperSetup.name": Label(N_("Name of the paper"), N_("May be left out where it is such a journey.")),
    "ErrandSetup.via": Label(
        N_("Over the connection"), N_("Only where the other agency has a system of its own. Its id."), example="opd"
    ),
    "ErrandSetup.services": Label(N_("What is done there"), row=N_("Add a service")),
    "ErrandSetup.brings": Label(N_("What to bring along"), row=N_("Add a document")),
    "ErrandSetup.gives": Label(
        N_("What may be passed on"),
        N_("Of these only what the other queue asks for, and only with consent."),
        choices={
            "name": N_("Name"),
            "phone": N_("Phone number"),
            "nik": N_("NIK"),
            "card": N_("BPJS card number"),
            "record": N_("Medical record number"),
            "reference": N_("Referral number"),
        },
    ),
    "ErrandSetup.consent": Label(N_("What visitors are told before they agree")),
    "ErrandSetup.days_later": Label(N_("Days later, at the earliest")),
    "ErrandSetup.within_days": Label(N_("Within so many days from then")),
    "ErrandSetup.answer_minutes": Label(
        N_("Minutes until an answer"), N_("After that the visitor and both agencies are told that there is none.")
    ),
    "JourneyPlan.quota": Label(N_("Numbers a day at most"), N_("Empty: as many as come.")),
    "JourneyPlan.standard": _STANDARD,
    "JourneyPlan.progress": Label(
        N_("How far the paper is"),
        N_("Once the stop at a queue is done. With any row, each visit gets a request number for its paper."),
        key=Label(N_("Queue"), of="queues"),
        value=Label(N_("Stage"), choices={stage.value: words for stage, words in STAGE_WORDS.items()}),
        row=N_("Add a stage"),
    ),
    "BranchPlan.case_days": Label(
        N_("Days for the progress of papers"),
        N_("After the last step; then the request number opens nothing any more."),
    ),
    # What is published of a service
    "QueuePlan.standard": _STANDARD,
    "StandardPlan.requirements": Label(N_("What to bring"), row=N_("Add a requirement")),
    "StandardPlan.steps": Label(N_("Steps"), N_("Left empty, those of a journey are its stops."), row=N_("Add a step")),
    "StandardPlan.promise": Label(
        N_("Done within"),
        N_("30m, 24h or 2d: minutes, hours or working days, from when the first counter begins."),
        example="24h",
    ),
    "StandardPlan.fee": Label(N_("Fee"), example="Gratis"),
    "StandardPlan.product": Label(N_("What you get"), example="KTP-el"),
    "StandardPlan.complaints": Label(N_("Where to complain"), switch=N_("Say where to complain")),
    "StandardPlan.decree": Label(N_("By decree"), switch=N_("A decree set this standard")),
    "DecreePlan.number": Label(N_("Number of the decree"), example="470/12/DUKCAPIL/2026"),
    "DecreePlan.version": Label(N_("Version"), example="2"),
    "DecreePlan.first": Label(N_("Valid from"), example="2026-01-02"),
    "DecreePlan.last": Label(N_("Valid until"), example="2027-12-31"),
    "WordsPlan.id": Label(N_("in Indonesian"), example="Kartu Keluarga asli"),
    "WordsPlan.en": Label(N_("in English"), example="Original family card"),
    # A calendar
    "CalendarPlan.id": Label(N_("Id"), _ID, example="hari-libur"),
    "CalendarPlan.days_off": Label(
        N_("Holidays and joint leave"),
        N_("Each year's table is made from the joint decree of the ministers."),
        key=Label(N_("Day"), example="2026-12-25"),
        value=Label(N_("Name"), example="Hari Natal"),
        row=N_("Add days"),
    ),
    "CalendarPlan.seasons": Label(
        N_("Seasons"), N_("Times in which branches may keep other hours, such as Ramadan."), row=N_("Add a season")
    ),
    "SeasonPlan.id": Label(N_("Id"), _ID, example="ramadan"),
    "SeasonPlan.name": Label(N_("Name of the season"), example="Ramadan"),
    "SeasonPlan.first": Label(N_("First day"), example="2027-02-08"),
    "SeasonPlan.last": Label(N_("Last day"), example="2027-03-09"),
    # A connection to another system
    "ConnectionPlan.id": Label(N_("Id"), N_("Its secret stands in a variable of this name."), example="simrs"),
    "ConnectionPlan.system": Label(N_("System"), of="systems"),
    "ConnectionPlan.branches": Label(N_("Only these branches"), of="branches"),
    "ConnectionPlan.settings": Label(
        N_("Settings"), N_("As in the set-up file, one a line."), example="url: https://agency.example/antrean"
    ),
}

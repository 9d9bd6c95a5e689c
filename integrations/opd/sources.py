"""Where one field of ours comes from in a record of theirs: a field, several, or always the same. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Annotated, Any, Self
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, field_validator, model_validator

from queue_service.redaction import redacted

EPOCH, EPOCH_MS = "epoch", "epoch_ms"
LONGEST_TOLD = 40  # characters of what they wrote, in a sentence

Record = Mapping[str, Any]


class Unmapped(Exception):
    """A record that cannot be mapped; the sentence says why, and of their values no more than is needed."""


def _plain(value: Any) -> Any:
    if isinstance(value, bool):
        raise ValueError("expected text; in quotes, since YAML reads this as yes or no")
    return str(value) if isinstance(value, int | float) else value


Plain = Annotated[str, BeforeValidator(_plain), Field(max_length=200)]


def check_format(given: str) -> str:
    if given in (EPOCH, EPOCH_MS):
        return given
    try:
        datetime.strptime(datetime(2026, 11, 23, 9, 30, tzinfo=UTC).strftime(given), given)  # noqa: DTZ007 - only tried
    except ValueError:
        raise ValueError(f"expected a format such as %d-%m-%Y or %H:%M, or {EPOCH}, not “{given}”") from None
    return given


class Source(BaseModel):
    """In the set-up file a name alone, or `{from: …}` with what is done to it, or `{is: …}`."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    fields: tuple[Plain, ...] = Field(alias="from", default=())  # several: one after the other, with a blank between
    constant: Plain | None = Field(alias="is", default=None)
    values: dict[Plain, Plain] | None = None  # what they write: what we write
    otherwise: Plain | None = None  # for what stands in no line of `values`
    format: Annotated[str, AfterValidator(check_format)] | None = None  # of a day, a time or a moment

    @model_validator(mode="before")
    @classmethod
    def a_name_alone_is_a_field(cls, given: Any) -> Any:
        return given if isinstance(given, dict | Source) else {"from": given}

    @field_validator("fields", mode="before")
    @classmethod
    def one_field_is_a_list_of_one(cls, given: Any) -> Any:
        return given if isinstance(given, list | tuple) else [given]

    @model_validator(mode="after")
    def says_one_thing(self) -> Self:
        if bool(self.fields) == (self.constant is not None):
            raise ValueError("expected the name of a field, or “is” with what it always is")
        if self.otherwise is not None and self.values is None:
            raise ValueError("expected “values” beside “otherwise”")
        return self

    @property
    def targets(self) -> Sequence[str] | None:
        """All that it can come to; None where they may write anything."""
        if self.constant is not None:
            return (self.constant,)
        if self.values is None:
            return None
        return (*self.values.values(), *([self.otherwise] if self.otherwise is not None else []))


def value_at(record: Any, name: str) -> Any:
    """By its name, or by names with dots between them where fields lie within others. None: there is none."""
    if isinstance(record, Mapping) and name in record:
        return record[name]
    found = record
    for step in name.split("."):
        if isinstance(found, Mapping):
            found = found.get(step)
        elif isinstance(found, list) and step.isdecimal() and int(step) < len(found):
            found = found[int(step)]
        else:
            return None
    return found


def read_value(source: Source, record: Record, ours: str) -> Any:
    """As it came, where nothing is to be done to it; None: there is none. Raises Unmapped."""
    if source.constant is not None:
        return source.constant
    if len(source.fields) == 1 and source.values is None:
        value = value_at(record, source.fields[0])
        return None if value is None or value == "" else value
    text = " ".join(filter(None, (plain_text(value_at(record, name), ours) for name in source.fields)))
    if source.values is None:
        return text or None
    if text in source.values:
        return source.values[text] or None
    if source.otherwise is not None:
        return source.otherwise or None
    if not text:
        return None
    raise Unmapped(f"{ours}: “{told(text)}” stands in no line of “values”")


def read_text(source: Source | None, record: Record, ours: str, longest: int = 200) -> str:
    """Empty: there is none. Raises Unmapped."""
    if source is None:
        return ""
    text = plain_text(read_value(source, record, ours), ours)
    if len(text) > longest:
        raise Unmapped(f"{ours}: longer than {longest} characters")
    return text


def plain_text(value: Any, ours: str) -> str:
    """Raises Unmapped."""
    match value:
        case None:
            return ""
        case str():
            return value.strip()
        case bool():
            return "true" if value else "false"
        case float() if value.is_integer():
            return str(int(value))
        case int() | float() | Decimal():
            return str(value)
        case date() | time():  # and moments
            return value.isoformat()
    raise Unmapped(f"{ours}: expected one value, not several")


def read_number(source: Source | None, record: Record, ours: str) -> int | None:
    """Raises Unmapped."""
    text = read_text(source, record, ours)
    if not text:
        return None
    if not (text.isascii() and text.isdecimal() and len(text) < 10):
        raise Unmapped(f"{ours}: “{told(text)}” is no whole number")
    return int(text)


def read_day(source: Source | None, record: Record, ours: str, zone: ZoneInfo) -> date | None:
    """Of a moment, the day on which it is at the branch. Raises Unmapped."""
    if source is None or (value := read_value(source, record, ours)) is None:
        return None
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    text = plain_text(value, ours)
    try:
        if text and not source.format and len(text) == 10:
            return date.fromisoformat(text)
        moment = _moment(value, text, source.format, zone)
        return moment and moment.astimezone(zone).date()
    except (ValueError, OverflowError, OSError):
        raise Unmapped(f"{ours}: “{told(text)}” is no day") from None


def read_time(source: Source | None, record: Record, ours: str) -> time | None:
    """Raises Unmapped."""
    if source is None or (value := read_value(source, record, ours)) is None:
        return None
    match value:
        case datetime():
            return value.time()
        case time():
            return value.replace(tzinfo=None)
        case timedelta() if timedelta() <= value < timedelta(days=1):  # as MariaDB hands a TIME over
            return (datetime.min + value).time()  # noqa: DTZ901 - of which only the time is taken
    text = plain_text(value, ours)
    if not text:
        return None
    try:
        form = source.format
        read = datetime.strptime(text, form).time() if form else time.fromisoformat(text)  # noqa: DTZ007
    except ValueError:
        raise Unmapped(f"{ours}: “{told(text)}” is no time") from None
    return read.replace(tzinfo=None)


def read_moment(source: Source | None, record: Record, ours: str, zone: ZoneInfo) -> datetime | None:
    """Raises Unmapped."""
    if source is None or (value := read_value(source, record, ours)) is None:
        return None
    text = plain_text(value, ours)
    try:
        return _moment(value, text, source.format, zone)
    except (ValueError, OverflowError, OSError):
        raise Unmapped(f"{ours}: “{told(text)}” is no moment") from None


def _moment(value: Any, text: str, form: str | None, zone: ZoneInfo) -> datetime | None:
    """Raises ValueError, OverflowError, OSError."""
    if isinstance(value, datetime):
        return _in_zone(value, zone).astimezone(UTC)
    if not text:
        return None
    if form in (EPOCH, EPOCH_MS):
        return datetime.fromtimestamp(float(text) / (1 if form == EPOCH else 1000), UTC)
    read = datetime.strptime(text, form) if form else datetime.fromisoformat(text)  # noqa: DTZ007 - it gets a zone
    return _in_zone(read, zone).astimezone(UTC)


def write_moment(moment: datetime, form: str | None, zone: ZoneInfo) -> str:
    """As they want to read it; without a format in full, with the branch's own time."""
    if form in (EPOCH, EPOCH_MS):
        return str(int(moment.timestamp() * (1 if form == EPOCH else 1000)))
    local = moment.astimezone(zone)
    return local.strftime(form) if form else local.isoformat(timespec="seconds")


def _in_zone(moment: datetime, zone: ZoneInfo) -> datetime:
    """Whoever names no zone means the branch's."""
    return moment.astimezone(zone) if moment.tzinfo else moment.replace(tzinfo=zone)


def told(text: str) -> str:
    """Enough of it to be found again."""
    seen = redacted("".join(c if c.isprintable() else " " for c in text))
    return seen if len(seen) <= LONGEST_TOLD else f"{seen[:LONGEST_TOLD]}…"

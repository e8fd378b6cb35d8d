"""How does Entra count time? In .NET's ticks: 100 ns since 0001-01-01, Gregorian throughout, years 1 to 9999."""

from __future__ import annotations

import re
from calendar import monthrange
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum

from shared.errors import MappingRefused

SECOND = 10_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR
WEEK = 7 * DAY
_END = date(9999, 12, 31).toordinal() * DAY  # the first tick of year 10000
_FILETIME = (date(1601, 1, 1).toordinal() - 1) * DAY  # Active Directory counts from here

MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
DAYS = ("Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday")


class Zone(StrEnum):
    """What a text said of its time zone (.NET's DateTimeKind); every moment is in UTC all the same."""

    UNSAID = ""
    UTC = "Z"
    OFFSET = "+00:00"  # an offset was given; Entra's hosts run in UTC, so that is what it became


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Moment:
    """A point of time in UTC, in ticks."""

    ticks: int
    zone: Zone = field(default=Zone.UTC, compare=False)

    @property
    def day(self) -> date:
        """Year, month and day."""
        return date.fromordinal(self.ticks // DAY + 1)

    @property
    def time(self) -> int:
        """Ticks since midnight."""
        return self.ticks % DAY


def moment(ticks: int, zone: Zone = Zone.UTC) -> Moment:
    """Raises MappingRefused: outside of the years 1 to 9999."""
    if not 0 <= ticks < _END:
        raise MappingRefused("The date is outside of the years 1 to 9999")
    return Moment(ticks=ticks, zone=zone)


def from_datetime(at: datetime) -> Moment:
    """A moment from an aware datetime; a naive one counts as UTC."""
    offset = (at.utcoffset() or timedelta()) // timedelta(microseconds=1) * 10
    clock = (at.hour * 60 + at.minute) * MINUTE + at.second * SECOND + at.microsecond * 10
    return moment((at.toordinal() - 1) * DAY + clock - offset)


def from_fields(year: int, month: int, day: int, time: int, zone: Zone = Zone.UTC, offset: int = 0) -> Moment:
    """A moment from a calendar date, ticks since midnight and the offset of its zone in ticks.

    Raises:
        MappingRefused: there is no such day.
    """
    if not (1 <= year <= 9999 and 1 <= month <= 12 and 1 <= day <= monthrange(year, month)[1]):
        raise MappingRefused("There is no such day in the calendar")
    return moment((date(year, month, day).toordinal() - 1) * DAY + time - offset, zone)


def full_year(two_digits: int) -> int:
    """00 to 29 are in this century, as .NET's invariant culture has it by default."""
    return two_digits + (2000 if two_digits <= 29 else 1900)


def render(at: Moment) -> str:
    """`M/d/yyyy h:mm:ss tt`: the form in which Entra writes every date that an expression gives."""
    day, seconds = at.day, at.time // SECOND
    hour, minute, second = seconds // 3600, seconds // 60 % 60, seconds % 60
    half = "AM" if hour < 12 else "PM"
    return f"{day.month}/{day.day}/{day.year:04d} {hour % 12 or 12}:{minute:02d}:{second:02d} {half}"


def from_filetime(ticks: int) -> Moment:
    """A moment from Active Directory's number."""
    return moment(ticks + _FILETIME)


def as_filetime(at: Moment) -> int:
    """Active Directory's number.

    Raises:
        MappingRefused: before 1601.
    """
    if at.ticks < _FILETIME:
        raise MappingRefused("Active Directory's dates begin in 1601")
    return at.ticks - _FILETIME


_MONTH = "|".join(f"{name}|{name[:3]}" for name in MONTHS)
_WEEKDAY = "|".join(f"{name}|{name[:3]}" for name in DAYS)
_DATE = (
    r"(?:(?P<y1>[0-9]{4})[-/](?P<m1>[0-9]{1,2})[-/](?P<d1>[0-9]{1,2})"
    r"|(?P<m2>[0-9]{1,2})[-/](?P<d2>[0-9]{1,2})[-/](?P<y2>[0-9]{4}|[0-9]{2})"
    rf"|(?:(?:{_WEEKDAY}),? )?(?P<d3>[0-9]{{1,2}})[ -](?P<m3>{_MONTH})[ -](?P<y3>[0-9]{{4}})"
    rf"|(?:(?:{_WEEKDAY}),? )?(?P<m4>{_MONTH}) (?P<d4>[0-9]{{1,2}}),? (?P<y4>[0-9]{{4}}))"
)
_TIME = (
    r"(?P<hour>[0-9]{1,2}):(?P<minute>[0-9]{2})(?::(?P<second>[0-9]{2})(?:\.(?P<fraction>[0-9]{1,7}))?)?"
    r"(?: ?(?P<half>[AP]M))?"
)
_ZONE = r"(?P<zone>Z|GMT|[+-][0-9]{1,2}:?[0-9]{2})"
_ANY = re.compile(rf"\s*{_DATE}(?:(?:T| +){_TIME})?(?: ?{_ZONE})?\s*", re.IGNORECASE)


def read(text: str) -> Moment:
    """A moment from any of the forms that `CDate` takes; without a time zone it is in UTC.

    Raises:
        MappingRefused: it is no date. The text itself is not repeated, as it can be a person's.
    """
    found = _ANY.fullmatch(text)
    if found is None:
        raise MappingRefused("The text is no date that can be read")
    fields = found.groupdict()
    year, month, day = next(
        (fields[f"y{form}"], fields[f"m{form}"], fields[f"d{form}"]) for form in "1234" if fields[f"y{form}"]
    )
    return from_fields(
        full_year(int(year)) if len(year) == 2 else int(year),
        int(month) if month.isdecimal() else month_number(month),
        int(day),
        _time(fields),
        offset=_offset(fields["zone"]),
    )


def month_number(name: str) -> int:
    """1 to 12 from an English month name or its first three letters, in any case."""
    return next(index for index, full in enumerate(MONTHS, 1) if full[:3].lower() == name[:3].lower())


def _time(fields: dict[str, str | None]) -> int:
    if fields["hour"] is None:
        return 0
    hour, minute, second = int(fields["hour"]), int(fields["minute"] or 0), int(fields["second"] or 0)
    half = (fields["half"] or "").upper()
    if half:
        if not 1 <= hour <= 12:
            raise MappingRefused("The text's time is none of the clock")
        hour = hour % 12 + (12 if half == "PM" else 0)
    return time_of_day(hour, minute, second) + int((fields["fraction"] or "").ljust(7, "0"))


def time_of_day(hour: int, minute: int, second: int) -> int:
    """Ticks since midnight.

    Raises:
        MappingRefused: no clock shows this.
    """
    if hour > 23 or minute > 59 or second > 59:
        raise MappingRefused("The text's time is none of the clock")
    return hour * HOUR + minute * MINUTE + second * SECOND


def _offset(zone: str | None) -> int:
    if zone is None or zone[0] not in "+-":
        return 0
    hours, minutes = int(zone[1:].replace(":", "")[:-2]), int(zone[-2:])
    return offset_of(zone[0], hours, minutes)


def offset_of(sign: str, hours: int, minutes: int) -> int:
    """Ticks from UTC; .NET takes at most 14 hours.

    Raises:
        MappingRefused: no time zone is that far away.
    """
    ticks = hours * HOUR + minutes * MINUTE
    if minutes > 59 or ticks > 14 * HOUR:
        raise MappingRefused("The text's time zone is more than 14 hours away from UTC")
    return -ticks if sign == "-" else ticks

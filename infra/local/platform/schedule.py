"""When does a timer fire next? NCRONTAB: six fields from the second on, all in UTC, or a time span between firings."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from infra.local.platform.settings import HostError, duration

# (name, lowest, highest); five-field expressions get second 0.
FIELDS = (("second", 0, 59), ("minute", 0, 59), ("hour", 0, 23), ("day", 1, 31), ("month", 1, 12), ("weekday", 0, 6))
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
WEEKDAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
HORIZON_DAYS = 366 * 9


@dataclass(frozen=True, slots=True)
class Cron:
    """The allowed values of each field, in the order of FIELDS. Day and weekday must both fit, as in NCrontab."""

    allowed: tuple[frozenset[int], ...]

    def after(self, moment: float) -> float:
        """The first firing later than `moment`; both in seconds since 1970.

        Raises:
            HostError: it never fires (for example the 30th of February).
        """
        seconds, minutes, hours, days, months, weekdays = self.allowed
        start = datetime.fromtimestamp(int(moment), UTC) + timedelta(seconds=1)
        day = start.replace(hour=0, minute=0, second=0)
        for _ in range(HORIZON_DAYS):
            if day.month in months and day.day in days and day.isoweekday() % 7 in weekdays:
                for hour in sorted(hours):
                    for minute in sorted(minutes):
                        if day.replace(hour=hour, minute=minute, second=59) < start:
                            continue
                        for second in sorted(seconds):
                            found = day.replace(hour=hour, minute=minute, second=second)
                            if found >= start:
                                return found.timestamp()
            day += timedelta(days=1)
        raise HostError("a schedule never fires")


@dataclass(frozen=True, slots=True)
class Every:
    """A constant distance in seconds."""

    seconds: float

    def after(self, moment: float) -> float:
        return moment + self.seconds


def parse_schedule(text: str) -> Cron | Every:
    """
    Raises:
        HostError: neither NCRONTAB nor a time span.
    """
    try:
        if ":" in text:
            return Every(duration(text))
        words = text.lower().split()
        if len(words) == len(FIELDS) - 1:
            words.insert(0, "0")
        return Cron(tuple(_field(word, *field) for word, field in zip(words, FIELDS, strict=True)))
    except ValueError as error:
        raise HostError(f"'{text}' is not a schedule: {error}") from error


def _field(text: str, name: str, lowest: int, highest: int) -> frozenset[int]:
    values: set[int] = set()
    for part in text.split(","):
        found = re.fullmatch(r"(\*|\w+)(?:-(\w+))?(?:/(\d+))?", part)
        if found is None:
            raise ValueError(f"'{part}' is no {name}")
        first, last, step = found.groups()
        low = lowest if first == "*" else _number(first, name)
        open_end = highest if first == "*" or step else low
        high = open_end if last is None else _number(last, name)
        if not lowest <= low <= high <= highest or step == "0":
            raise ValueError(f"'{part}' is no {name}")
        values.update(range(low, high + 1, int(step or 1)))
    return frozenset(values)


def _number(text: str, name: str) -> int:
    if name == "month" and text[:3] in MONTHS:
        return MONTHS.index(text[:3]) + 1
    if name == "weekday" and text[:3] in WEEKDAYS:
        return WEEKDAYS.index(text[:3])
    return int(text)

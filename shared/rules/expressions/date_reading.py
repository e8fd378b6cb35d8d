"""Which date does a text mean that is written in a .NET custom format? Exact, blanks around it allowed."""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import date

from shared.errors import MappingRefused
from shared.rules.expressions.date_formats import Piece
from shared.rules.expressions.moments import (
    DAYS,
    MONTHS,
    Moment,
    Zone,
    from_fields,
    full_year,
    month_number,
    offset_of,
    time_of_day,
)

_WHITE = "\t\n\v\f\r\x85\u00a0 "


class Reader:
    """Reads texts in one format; built once for each expression.

    Raises:
        MappingRefused: the format says one thing twice, in ways that cannot be compared.
    """

    def __init__(self, pieces: tuple[Piece, ...]) -> None:
        self._letters = [piece for piece in pieces if piece.letter]
        self._twelve = any(piece.letter == "h" for piece in pieces)
        self._pattern = re.compile("".join(_pattern(index, piece) for index, piece in _numbered(pieces)), re.IGNORECASE)

    def read(self, text: str, today: date) -> Moment:
        """The date; what the format leaves out is filled as .NET does: this year, January, the first, midnight.

        Raises:
            MappingRefused: the text is not in this format. It is not repeated, as it can be a person's.
        """
        found = self._pattern.fullmatch(text.strip(_WHITE))
        if found is None:
            raise MappingRefused("The value is not a date in the input format")
        fields: dict[str, str] = {}
        for index, piece in enumerate(self._letters):
            name, value = _field(piece, found[f"p{index}"])
            if fields.setdefault(name, value) != value:
                raise MappingRefused("The value contradicts itself in the input format")
        year, month, day = _day(fields, today)
        zone, offset = _zone(fields.get("zone"))
        at = from_fields(year, month, day, self._time(fields), zone, offset)
        weekday = fields.get("weekday")
        if weekday is not None and DAYS[date(year, month, day).isoweekday() % 7][:3].lower() != weekday:
            raise MappingRefused("The value's day of the week is not that of its date")
        return at

    def _time(self, fields: dict[str, str]) -> int:
        hour = int(fields.get("hour", "0"))
        half = fields.get("half", "a" if self._twelve else "")
        if self._twelve:
            if hour > 12:
                raise MappingRefused("The value's hour is above 12, and the input format counts to 12 (h)")
            hour = hour % 12 + (12 if half == "p" else 0)
        elif (half == "a" and hour >= 12) or (half == "p" and hour < 12):
            raise MappingRefused("The value contradicts itself in the input format")
        minute, second = int(fields.get("minute", "0")), int(fields.get("second", "0"))
        return time_of_day(hour, minute, second) + int(fields.get("fraction", "").ljust(7, "0"))


def _numbered(pieces: tuple[Piece, ...]) -> list[tuple[int, Piece]]:
    numbered, index = [], 0
    for piece in pieces:
        numbered.append((index, piece))
        index += bool(piece.letter)
    return numbered


_NAMES = {
    ("M", 3): "|".join(name[:3] for name in MONTHS),
    ("M", 4): "|".join(MONTHS),
    ("d", 3): "|".join(name[:3] for name in DAYS),
    ("d", 4): "|".join(DAYS),
    ("t", 1): "[AP]",
    ("t", 2): "[AP]M",
    ("z", 1): "[+-][0-9]{1,2}",
    ("z", 2): "[+-][0-9]{1,2}",
    ("z", 3): "[+-][0-9]{1,2}(?::?[0-9]{2})",
    ("K", 1): "Z|[+-][0-9]{2}:?[0-9]{2}|",
    ("Z", 1): "Z",  # no format letter when writing; when reading, .NET takes it for UTC
}


def _pattern(index: int, piece: Piece) -> str:
    if not piece.letter:
        return f"(?-i:{re.escape(piece.literal)})"
    named = _NAMES.get((piece.letter, piece.count))
    if named is None:
        named = _digits(piece)
    return f"(?P<p{index}>{named})"


def _digits(piece: Piece) -> str:
    """Possessive, because .NET reads from left to right and never takes a digit back."""
    if piece.letter == "F":
        return f"[0-9]{{0,{piece.count}}}+"
    exact = piece.letter in "yf" and piece.count != 1
    return f"[0-9]{{{piece.count}}}" if exact or piece.count > 1 or piece.letter == "f" else "[0-9]{1,2}+"


_FIELDS = {
    "y": "year", "M": "month", "d": "day", "H": "hour", "h": "hour", "m": "minute", "s": "second",
}  # fmt: skip


def _field(piece: Piece, text: str) -> tuple[str, str]:
    """What a piece says of which field, in a form that can be compared."""
    match piece.letter, piece.count:
        case "y", (1 | 2):
            return "year", str(full_year(int(text)))
        case "M", (3 | 4):
            return "month", str(month_number(text))
        case "d", (3 | 4):
            return "weekday", text[:3].lower()
        case "t", _:
            return "half", text[0].lower()
        case (("f" | "F"), _):
            return "fraction", text.ljust(7, "0")
        case (("z" | "K" | "Z"), _):
            return "zone", text.upper()
        case letter, _:
            return _FIELDS[letter], str(int(text))


def _day(fields: dict[str, str], today: date) -> tuple[int, int, int]:
    if not fields.keys() & {"year", "month", "day"}:
        return today.year, today.month, today.day
    year = int(fields.get("year", today.year))
    month, day = int(fields.get("month", 1)), int(fields.get("day", 1))
    if not (1 <= year <= 9999 and 1 <= month <= 12 and 1 <= day <= monthrange(year, month)[1]):
        raise MappingRefused("The value names a day that the calendar does not have")
    return year, month, day


def _zone(text: str | None) -> tuple[Zone, int]:
    if not text:
        return Zone.UNSAID, 0
    if text == "Z":
        return Zone.UTC, 0
    digits = text[1:].replace(":", "")
    hours, minutes = (digits[:-2], digits[-2:]) if len(digits) > 2 else (digits, "0")
    return Zone.OFFSET, offset_of(text[0], int(hours), int(minutes))

"""How does a date look in a .NET custom format?"""

from __future__ import annotations

from collections.abc import Callable

from shared.rules.expressions.date_formats import Piece
from shared.rules.expressions.moments import DAYS, MONTHS, SECOND, Moment


def write(at: Moment, pieces: tuple[Piece, ...]) -> str:
    """The date in this format, with English names."""
    text = ""
    for piece in pieces:
        if not piece.letter:
            text += piece.literal
            continue
        written = _WRITERS[piece.letter](at, piece.count)
        if piece.letter == "F" and not written:
            text = text.removesuffix(".")  # .NET drops the point before a fraction that is nothing
        text += written
    return text


def _year(at: Moment, count: int) -> str:
    year = at.day.year
    return f"{year % 100:0{count}d}" if count <= 2 else f"{year:0{count}d}"


def _month(at: Moment, count: int) -> str:
    name = MONTHS[at.day.month - 1]
    return _named(at.day.month, name, count)


def _day(at: Moment, count: int) -> str:
    return _named(at.day.day, DAYS[at.day.isoweekday() % 7], count)


def _named(number: int, name: str, count: int) -> str:
    match count:
        case 3:
            return name[:3]
        case 4:
            return name
        case _:
            return f"{number:0{count}d}"


def _hour(at: Moment) -> int:
    return at.time // SECOND // 3600


def _fraction(at: Moment, count: int) -> str:
    return f"{at.time % SECOND:07d}"[:count]


def _offset(_: Moment, count: int) -> str:
    return ("+0", "+00", "+00:00")[count - 1]  # Entra's hosts run in UTC


_WRITERS: dict[str, Callable[[Moment, int], str]] = {
    "y": _year,
    "M": _month,
    "d": _day,
    "H": lambda at, count: f"{_hour(at):0{count}d}",
    "h": lambda at, count: f"{_hour(at) % 12 or 12:0{count}d}",
    "m": lambda at, count: f"{at.time // SECOND // 60 % 60:0{count}d}",
    "s": lambda at, count: f"{at.time // SECOND % 60:0{count}d}",
    "f": _fraction,
    "F": lambda at, count: _fraction(at, count).rstrip("0"),
    "t": lambda at, count: ("AM" if _hour(at) < 12 else "PM")[:count],
    "z": _offset,
    "K": lambda at, _: at.zone.value,
    "Z": lambda _at, _count: "Z",
}

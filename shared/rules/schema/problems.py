"""What is wrong with a schema, where, and what does it switch off? One plain sentence each."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum, StrEnum

from shared.rules.quoting import sentence as on_one_line
from shared.rules.quoting import shown


class Level(StrEnum):
    ERROR = "error"
    WARNING = "warning"


class Stops(IntEnum):
    """What an error switches off. A value is never guessed: what cannot be told for certain does not flow."""

    NOTHING = 0
    ATTRIBUTE = 1
    OBJECT_MAPPING = 2
    SCHEMA = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Where:
    """The place in the schema; empty names where the problem is about all below.

    Attributes:
        target: name of the target attribute.
    """

    rule: str = ""
    object_mapping: str = ""
    target: str = ""

    def __str__(self) -> str:
        parts = [("rule", self.rule), ("mapping", self.object_mapping), ("attribute", self.target)]
        return ", ".join(f"{kind} `{shown(name)}`" for kind, name in parts if name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One finding.

    Attributes:
        sentence: complete, with its full stop; the place is not part of it.
    """

    level: Level
    where: Where
    sentence: str
    stops: Stops = Stops.NOTHING

    def __str__(self) -> str:
        place = str(self.where)
        return f"{place[:1].upper()}{place[1:]}: {self.sentence}" if place else self.sentence


def error(where: Where, sentence: str, stops: Stops) -> Problem:
    return Problem(level=Level.ERROR, where=where, sentence=on_one_line(sentence), stops=stops)


def warning(where: Where, sentence: str) -> Problem:
    return Problem(level=Level.WARNING, where=where, sentence=on_one_line(sentence))

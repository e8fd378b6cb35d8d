"""What can a part of an expression be worth, and how is that written? (entra-mapping.md §6.2)"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from shared.errors import MappingRefused
from shared.model import Role
from shared.rules.expressions.moments import Moment, read, render

LONGEST_TEXT = 100_000  # characters of any value; nested replacements could otherwise grow without end
_DECIMAL = re.compile(r"\s*([+-]?[0-9]{1,19})\s*")
_HEXADECIMAL = re.compile(r"&H([0-9A-Fa-f]{1,15})")
_LARGEST = 2**63 - 1

# Entra's schema says Boolean of these; their text may arrive as `true` or `True`, and is `True` to an expression.
BOOLEANS = frozenset({
    "IsSoftDeleted", "accountEnabled", "dirSyncEnabled", "onPremisesSyncEnabled", "isResourceAccount",
    "showInAddressList",
})  # fmt: skip


class Skip(Enum):
    """The expression's answer that the attribute does not flow at all this time."""

    SKIP = "skip"


SKIP = Skip.SKIP

SourceValue = str | tuple[str, ...] | tuple[Role, ...] | None
Source = Mapping[str, SourceValue]
Result = str | tuple[str, ...] | tuple[Role, ...] | None

Single = str | int | bool | Moment
Worth = Single | tuple[str, ...] | tuple[Role, ...] | None


class Skipped(Exception):
    """`IgnoreFlowIfNullOrEmpty` found nothing: no error, but how SKIP leaves an expression from any depth."""


@dataclass(frozen=True, slots=True)
class Scene:
    """What an evaluation happens with.

    Attributes:
        choose: gives a random number from 0 up to its argument, excluded; None where nothing random may be made up.
    """

    source: Source
    now: datetime
    choose: Callable[[int], int] | None = None


Run = Callable[[Scene], Worth]


def attribute_reader(name: str) -> Run:
    """Reads this attribute; absent and without values is null."""
    if name in BOOLEANS:
        return lambda scene: _boolean_text(scene.source.get(name))

    def attribute(scene: Scene) -> Worth:
        value = scene.source.get(name)
        return value if value != () else None

    return attribute


def _boolean_text(value: SourceValue) -> Worth:
    if isinstance(value, str) and value.lower() in ("true", "false"):
        return value.capitalize()
    return value if value != () else None


def role_text(role: Role) -> str:
    """A role as text: Entra writes its object as JSON."""
    fields = {"id": role.id, "value": role.value, "displayName": role.display_name}
    return json.dumps(fields, ensure_ascii=False, separators=(",", ":"))


def text_of_single(value: Single) -> str:
    """The one text form of a value."""
    if isinstance(value, str):
        return value
    return render(value) if isinstance(value, Moment) else str(value)  # str of a bool is True or False


def result_of(worth: Worth) -> Result:
    """What an expression answers: everything but lists in text form."""
    if worth is None or isinstance(worth, str | tuple):
        return worth
    return text_of_single(worth)


def as_text(worth: Worth, what: str) -> str | None:
    """The text form of a single value.

    Raises:
        MappingRefused: it is a list.
    """
    if worth is None or isinstance(worth, str):
        return worth
    if isinstance(worth, tuple):
        raise MappingRefused(
            f"{what} takes one value and got a list of {len(worth)}: choose one with Item, or use Join"
        )
    return text_of_single(worth)


def as_number(worth: Worth, what: str) -> int | None:
    """A whole number.

    Raises:
        MappingRefused: it is none, or does not fit into 64 bits.
    """
    if worth is None or (isinstance(worth, int) and not isinstance(worth, bool)):
        return worth
    number = whole_number(worth) if isinstance(worth, str) else None
    if number is None:
        raise MappingRefused(f"{what} takes a whole number, and got something else")
    return number


def whole_number(text: str) -> int | None:
    """The number that a text writes, decimal or `&H` hexadecimal; None when it writes none."""
    if found := _DECIMAL.fullmatch(text):
        number = int(found[1])
        return number if abs(number) <= _LARGEST else None
    if found := _HEXADECIMAL.fullmatch(text):
        return int(found[1], 16)
    return None


def as_moment(worth: Worth, what: str) -> Moment | None:
    """A date, from a date or from a text that `CDate` reads.

    Raises:
        MappingRefused: it is none.
    """
    if worth is None or isinstance(worth, Moment):
        return worth
    if not isinstance(worth, str):
        raise MappingRefused(f"{what} takes a date, and got something else")
    return read(worth)


def as_list(worth: Worth) -> tuple[str, ...] | tuple[Role, ...] | None:
    """The values of a multi-valued attribute; a single value is a list of one."""
    if worth is None or isinstance(worth, tuple):
        return worth
    return (text_of_single(worth),)


def is_empty(worth: Worth) -> bool:
    """Null or empty text."""
    return worth is None or worth == ""


def bounded(text: str) -> str:
    """The text itself.

    Raises:
        MappingRefused: it is longer than any attribute.
    """
    if len(text) > LONGEST_TEXT:
        raise MappingRefused(f"The text would grow beyond {LONGEST_TEXT} characters")
    return text

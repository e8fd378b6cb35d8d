"""Is this a JSON document that we can read at all, and what stands under a key? (entra-mapping.md §1.1)

Every function raises `Refused` with one sentence; what that switches off is the reader's decision.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from enum import StrEnum
from typing import TypeVar, cast

from shared.errors import Refused
from shared.rules.quoting import kind_of, shown

MOST_BYTES = 16 * 1024 * 1024
MOST_VALUES = 1_000_000
DEEPEST = 300  # about a hundred calls within one another, which 10,000 characters of expression hardly hold
LARGEST = 2**63

Object = Mapping[str, object]
Choice = TypeVar("Choice", bound=StrEnum)


def parse(document: bytes | Object) -> Object:
    """The document as an object of bounded size and depth.

    Args:
        document: UTF-8 with or without a byte order mark, or JSON that was parsed already.

    Raises:
        Refused: it is no JSON object, or it is larger or deeper than any provisioning schema.
    """
    parsed = _load(document) if isinstance(document, bytes) else document
    if not isinstance(parsed, Mapping):
        raise Refused(f"The document is {kind_of(parsed)} and no object.")
    _bound(parsed)
    return parsed


def _load(document: bytes) -> object:
    if len(document) > MOST_BYTES:
        raise Refused(f"The document has more than {MOST_BYTES:,} bytes, which is too large.")
    try:
        return cast("object", json.loads(document.decode("utf-8-sig")))
    except UnicodeDecodeError as error:
        raise Refused(f"The document is not in UTF-8: byte {error.start} cannot be read.") from error
    except json.JSONDecodeError as error:
        raise Refused(f"The document is no JSON: line {error.lineno}, column {error.colno}.") from error
    except RecursionError as error:
        raise Refused(f"The document nests more than {DEEPEST} levels deep.") from error
    except ValueError as error:  # a number with thousands of digits
        raise Refused("The document has a number that is too long to be read.") from error


def _bound(document: Object) -> None:
    """Level by level: a document that contains itself would end here as well, as one that is too deep."""
    level: list[object] = [document]
    count = 0
    for _ in range(DEEPEST):
        below: list[object] = []
        for value in level:
            match value:
                case Mapping():
                    below.extend(value.values())
                case list() | tuple():
                    below.extend(value)
                case int() if abs(value) >= LARGEST:
                    raise Refused("The document has a number that is too large to be meant.")
                case _:
                    pass
        count += len(below)
        if count > MOST_VALUES:
            raise Refused(f"The document has more than {MOST_VALUES:,} values, which is too large.")
        if not below:
            return
        level = below
    raise Refused(f"The document nests more than {DEEPEST} levels deep.")


def text(of: Object, key: str, default: str = "") -> str:
    given = optional_text(of, key)
    return default if given is None else given


def optional_text(of: Object, key: str) -> str | None:
    value = of.get(key)
    if value is None or isinstance(value, str):
        return value
    raise Refused(f"`{key}` is {kind_of(value)} and no text.")


def required_text(of: Object, key: str) -> str:
    given = text(of, key)
    if not given.strip():
        raise Refused(f"It has no `{key}`.")
    return given


def flag(of: Object, key: str, *, default: bool = False) -> bool:
    match of.get(key):
        case None:
            return default
        case bool() as value:
            return value
        case str() as value if value.strip().casefold() in ("true", "false"):
            return value.strip().casefold() == "true"
        case value:
            raise Refused(f"`{key}` is {kind_of(value)} and neither true nor false.")


def number(of: Object, key: str, default: int = 0) -> int:
    """A whole number that is not negative."""
    match of.get(key):
        case None:
            return default
        case int() as value if not isinstance(value, bool) and value >= 0:
            return value
        case _:
            raise Refused(f"`{key}` is no whole number from 0 on.")


def choice(of: Object, key: str, choices: type[Choice], default: Choice) -> Choice:
    """One of the names, in any letter case."""
    given = optional_text(of, key)
    if given is None or not given.strip():
        return default
    return one_of(given, key, choices)


def one_of(given: str, key: str, choices: type[Choice]) -> Choice:
    wanted = given.strip().casefold()
    for each in choices:
        if each.value.casefold() == wanted:
            return each
    known = ", ".join(each.value for each in choices)
    raise Refused(f"`{key}` is `{shown(given)}`, which is not known; known are {known}.")


def objects(of: Object, key: str) -> tuple[Object, ...]:
    """The objects of a list; null and a missing key are an empty list."""
    value = of.get(key)
    if value is None:
        return ()
    if not isinstance(value, list | tuple):
        raise Refused(f"`{key}` is {kind_of(value)} and no list.")
    for each in value:
        if not isinstance(each, Mapping):
            raise Refused(f"`{key}` contains {kind_of(each)} instead of an object.")
    return tuple(value)


def required_objects(of: Object, key: str) -> tuple[Object, ...]:
    if of.get(key) is None:
        raise Refused(f"The document is no provisioning schema: it has no `{key}`.")
    return objects(of, key)


def optional_object(of: Object, key: str) -> Object | None:
    """An object; null, a missing key and an empty object are None."""
    value = of.get(key)
    if value is None:
        return None
    if not isinstance(value, Mapping):
        raise Refused(f"`{key}` is {kind_of(value)} and no object.")
    return value or None

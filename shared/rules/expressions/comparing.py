"""Is a condition met? Comparisons and truth inside of `IIF` and `CBool` (entra-mapping.md §6.6)."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from shared.errors import MappingRefused
from shared.rules.expressions.moments import Moment, read
from shared.rules.expressions.values import Run, Scene, Worth, as_text, is_empty

_NUMBER = re.compile(r"[+-]?[0-9]{1,30}(\.[0-9]{1,30})?")
_OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    "=": operator.eq, "<>": operator.ne, ">": operator.gt, ">=": operator.ge, "<": operator.lt, "<=": operator.le,
}  # fmt: skip
_TRUTH = {"true": True, "false": False}


def comparison(left: Run, sign: str, right: Run) -> Run:
    """Numbers by value, dates by time, everything else as exact text. Null or empty on a side is an error."""
    compare = _OPERATORS[sign]

    def run(scene: Scene) -> Worth:
        first, second = left(scene), right(scene)
        if is_empty(first) or is_empty(second):
            raise MappingRefused("The condition compares something that has no value, and Entra's check fails then")
        if isinstance(first, str) and isinstance(second, str) and not _is_number(first):
            return compare(first, second)
        return compare(*_comparable(first, second))

    return run


def _comparable(first: Worth, second: Worth) -> tuple[object, object]:
    if isinstance(first, Moment) or isinstance(second, Moment):
        return _moment(first), _moment(second)
    one, other = as_text(first, "A comparison"), as_text(second, "A comparison")
    assert one is not None
    assert other is not None
    if _is_number(one) and _is_number(other):
        return Decimal(one), Decimal(other)
    return one, other


def _moment(worth: Worth) -> Moment:
    if isinstance(worth, Moment):
        return worth
    if not isinstance(worth, str):
        raise MappingRefused("The condition compares a date with something that is none")
    return read(worth)


def _is_number(text: str) -> bool:
    return _NUMBER.fullmatch(text) is not None


def truth(worth: Worth, what: str) -> bool:
    """True, False, or a number that is not 0.

    Raises:
        MappingRefused: null, empty, or neither truth nor number.
    """
    if isinstance(worth, bool):
        return worth
    if is_empty(worth):
        raise MappingRefused(f"{what} has no value, and Entra's check fails then")
    if isinstance(worth, int):
        return worth != 0
    if isinstance(worth, str):
        if worth.lower() in _TRUTH:
            return _TRUTH[worth.lower()]
        if _is_number(worth):
            return Decimal(worth) != 0
    raise MappingRefused(f"{what} is neither True nor False nor a number")

"""Does one value satisfy one clause? Every operator as a small function (entra-mapping.md §9.2).

A value that is null or empty satisfies no clause but `IS NULL`, the negated operators included: Microsoft's general
note on scoping filters says so. Texts are compared letter by letter, as they are.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from shared.errors import Refused
from shared.model import Value
from shared.rules.quoting import shown
from shared.rules.scope.filters import Clause, Operator

# More digits than any attribute's integer has; longer ones take Python long to read.
_INTEGER = re.compile(r"\s*[+-]?[0-9]{1,400}\s*", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Whether a condition holds, and the sentence that says why.

    Attributes:
        holds: None: it cannot be told.
    """

    holds: bool | None
    why: str


def integer(text: str) -> int | None:
    """The whole number that a text spells in decimal digits, or None."""
    return int(text) if _INTEGER.fullmatch(text) else None


def examine(clause: Clause, source: Mapping[str, Value]) -> Finding:
    """One clause against one identity.

    Args:
        source: schema names of attributes to their text form (booleans are `True` and `False`). A missing one is null.
    """
    value = source.get(clause.attribute)
    said = _said(clause)
    if not value:
        holds = clause.operator is Operator.IS_NULL
        return Finding(holds=holds, why=f"{said} {'holds' if holds else 'fails'}: the attribute has no value.")
    if isinstance(value, tuple):
        return Finding(holds=None, why=f"{said} cannot be told: the attribute has several values.")
    if clause.pattern is not None:
        return _regex(clause, value, said)
    holds = _HOLDS[clause.operator](value, clause.operand or "")
    return Finding(holds=holds, why=f"{said} {'holds' if holds else 'fails'}.")


def _regex(clause: Clause, value: str, said: str) -> Finding:
    """Microsoft does not say whether a pattern must match all of a value; where the two readings differ, who knows."""
    assert clause.pattern is not None
    try:
        part, whole = clause.pattern.is_in(value), clause.pattern.is_all_of(value)
    except Refused as error:
        return Finding(holds=None, why=f"{said} cannot be told: {error}")
    if part != whole:
        return Finding(
            holds=None,
            why=f"{said} cannot be told, because only a part of the value matches: anchor the pattern with ^ and $.",
        )
    holds = part is (clause.operator is Operator.REGEX_MATCH)
    return Finding(holds=holds, why=f"{said} {'holds' if holds else 'fails'}.")


def _said(clause: Clause) -> str:
    operand = "" if clause.operand is None else f' "{shown(clause.operand)}"'
    return f"The clause `{shown(clause.attribute)}` {clause.operator}{operand}"


def _greater(value: str, operand: str, *, or_equal: bool) -> bool:
    ours, theirs = integer(value), integer(operand)
    if ours is None or theirs is None:
        return False
    return ours > theirs or (or_equal and ours == theirs)


_HOLDS: Mapping[Operator, Callable[[str, str], bool]] = {
    Operator.EQUALS: lambda value, operand: value == operand,
    Operator.NOT_EQUALS: lambda value, operand: value != operand,
    Operator.IS_NULL: lambda _value, _operand: False,
    Operator.IS_NOT_NULL: lambda _value, _operand: True,
    Operator.IS_TRUE: lambda value, _operand: value.casefold() == "true",
    Operator.IS_FALSE: lambda value, _operand: value.casefold() == "false",
    Operator.ENDS_WITH: lambda value, operand: value.endswith(operand),
    Operator.INCLUDES: lambda value, operand: operand in value,
    Operator.GREATER_THAN: lambda value, operand: _greater(value, operand, or_equal=False),
    Operator.GREATER_THAN_OR_EQUALS: lambda value, operand: _greater(value, operand, or_equal=True),
    # "Attribute exists in the input string value": the operand is the text that is searched.
    Operator.WITHIN: lambda value, operand: value in operand,
    Operator.NOT_WITHIN: lambda value, operand: value not in operand,
}

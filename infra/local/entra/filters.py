"""Does this document pass `$filter`? The simple kinds: eq, ne, in, startsWith, endsWith, joined by and / or.

Learn: graph/filter-query-parameter. `ne`, `endsWith`, `not` are answered by an index that lags and must be asked for
(`ConsistencyLevel: eventual` with `$count=true`), see Learn: graph/aad-advanced-queries.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from infra.local.entra.calls import bad_request
from infra.local.entra.schema import knows

Test = Callable[[Mapping[str, Any]], bool]

_LITERAL = r"'(?:[^']|'')*'|true|false|null|-?\d+"
_COMPARISON = re.compile(rf"([\w/]+)\s+(eq|ne)\s+({_LITERAL})", re.IGNORECASE)
_IN = re.compile(rf"([\w/]+)\s+in\s+\(((?:\s*(?:{_LITERAL})\s*,?)+)\)", re.IGNORECASE)
_FUNCTION = re.compile(r"(startsWith|endsWith)\(\s*([\w/]+)\s*,\s*('(?:[^']|'')*')\s*\)", re.IGNORECASE)
_JOINT = re.compile(r"\s+(and|or)\s+", re.IGNORECASE)


def compile_filter(text: str, kinds: tuple[str, ...], *, advanced: bool) -> Test:
    """The test that `text` spells; `and` binds before `or`, brackets are not understood.

    Raises:
        GraphError: 400, not understood, an unknown property, or an advanced query that was not asked for as one.
    """
    alternatives: list[list[Test]] = [[]]
    rest = text.strip()
    while True:
        test, end = _term(rest, kinds, advanced=advanced)
        alternatives[-1].append(test)
        if end == len(rest):
            break
        joint = _JOINT.match(rest, end)
        if joint is None:
            raise bad_request(f"Invalid filter clause: syntax error at position {end} in '{rest}'.", "BadRequest")
        if joint.group(1).lower() == "or":
            alternatives.append([])
        rest = rest[joint.end() :]
    return lambda document: any(all(test(document) for test in tests) for tests in alternatives)


def _term(text: str, kinds: tuple[str, ...], *, advanced: bool) -> tuple[Test, int]:
    if match := _COMPARISON.match(text):
        path, operator, literal = match.groups()
        _check(path, kinds, needs_index=operator.lower() == "ne", advanced=advanced)
        return _equals(path, [_value(literal)], wanted=operator.lower() == "eq"), match.end()
    if match := _IN.match(text):
        _check(match.group(1), kinds, needs_index=False, advanced=advanced)
        values = [_value(literal) for literal in re.findall(_LITERAL, match.group(2), re.IGNORECASE)]
        return _equals(match.group(1), values, wanted=True), match.end()
    if match := _FUNCTION.match(text):
        name, path, literal = match.groups()
        _check(path, kinds, needs_index=name.lower() == "endswith", advanced=advanced)
        affix = str(_value(literal))
        at_start = name.lower() == "startswith"
        return lambda document: _affixed(_at(document, path), affix, at_start=at_start), match.end()
    raise bad_request(f"Invalid filter clause: '{text}'.", "BadRequest")


def _check(path: str, kinds: tuple[str, ...], *, needs_index: bool, advanced: bool) -> None:
    name, _, inner = path.partition("/")
    if not knows(kinds, name):
        raise bad_request(f"Invalid filter clause: could not find a property named '{name}'.", "BadRequest")
    if (needs_index or inner) and not advanced:
        raise bad_request(
            "Operator or property requires ConsistencyLevel: eventual and $count=true.", "Request_UnsupportedQuery"
        )


def _equals(path: str, values: list[Any], *, wanted: bool) -> Test:
    folded = [_fold(value) for value in values]
    return lambda document: (_fold(_at(document, path)) in folded) is wanted


def _affixed(value: object, affix: str, *, at_start: bool) -> bool:
    text = str(_fold(value or ""))
    return text.startswith(affix.lower()) if at_start else text.endswith(affix.lower())


def _at(document: Mapping[str, Any], path: str) -> Any:
    value: Any = document
    for name in path.split("/"):
        value = value.get(name) if isinstance(value, Mapping) else None
    return value


def _fold(value: Any) -> Any:
    return value.lower() if isinstance(value, str) else value


def _value(literal: str) -> Any:
    if literal.startswith("'"):
        return literal[1:-1].replace("''", "'")
    words = {"true": True, "false": False, "null": None}
    return words[literal.lower()] if literal.lower() in words else int(literal)

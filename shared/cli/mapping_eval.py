"""What does this expression give for this source object? `mapping eval`: JSON lines in, JSON lines out."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import UTC, datetime
from functools import lru_cache
from typing import TextIO

from shared.errors import Refused
from shared.rules.expressions import SKIP, Role, SourceValue, evaluate, role_text
from shared.rules.expressions import parse as parse_expression
from shared.rules.quoting import kind_of, shown


class Digits(str):
    """A number of the line, as it was written: every value of an attribute is a text here."""

    __slots__ = ()


_parsed = lru_cache(maxsize=1024)(parse_expression)


def run(lines: Iterable[str], out: TextIO) -> int:
    """Answer every line that is not blank; what cannot be answered is an answer, too, so the exit code is 0."""
    for line in lines:
        if line.strip():
            out.write(f"{json.dumps(answer(line))}\n")
            out.flush()
    return 0


def answer(line: str) -> dict[str, object]:
    """The answer to one line.

    Args:
        line: `{"expression": text, "source": {attribute: value, list of values or null}, "now": ISO 8601}`; `now` may
            be left out. Booleans become `True` and `False`; an object `{id, value, displayName}` is an app role.

    Returns:
        `{"value": text, list of texts or null}`, `{"skip": true}` or `{"error": sentence}`.
    """
    try:
        asked = _object(line)
        expression = _parsed(_text(asked.get("expression")))
        value = evaluate(expression, _source(asked.get("source")), now=_now(asked.get("now")))
    except Refused as refusal:
        return {"error": str(refusal)}
    if value is SKIP:
        return {"skip": True}
    if isinstance(value, tuple):
        return {"value": [role_text(one) if isinstance(one, Role) else one for one in value]}
    return {"value": value}


def _object(line: str) -> dict[str, object]:
    try:
        line.encode()  # bytes that were no UTF-8 have become halves of characters
        asked = json.loads(line.removeprefix("\ufeff"), parse_int=Digits, parse_float=Digits, parse_constant=Digits)
    except UnicodeEncodeError as error:
        raise Refused("The line is not in UTF-8.") from error
    except json.JSONDecodeError as error:
        raise Refused(f"The line is no JSON: {error.msg}, column {error.colno}.") from error
    except RecursionError as error:
        raise Refused("The line nests too deeply.") from error
    if not isinstance(asked, dict):
        raise Refused(f"The line is {kind_of(asked)} and no object.")
    return asked


def _text(expression: object) -> str:
    if isinstance(expression, Digits) or not isinstance(expression, str):
        kind = "a number" if isinstance(expression, Digits) else kind_of(expression)
        raise Refused(f"`expression` is {kind} and no text.")
    return expression


def _now(written: object) -> datetime:
    if written is None:
        return datetime.now(UTC)
    try:
        now = datetime.fromisoformat(written if isinstance(written, str) else "")
    except ValueError as error:
        raise Refused("`now` is no moment in ISO 8601, such as 2026-01-31T12:00:00Z.") from error
    return now if now.tzinfo else now.replace(tzinfo=UTC)


def _source(source: object) -> dict[str, SourceValue]:
    if not isinstance(source, dict | None):
        raise Refused(f"`source` is {kind_of(source)} and no object.")
    return {name: _value(name, value) for name, value in (source or {}).items()}


def _value(name: str, value: object) -> SourceValue:
    if value is None:
        return None
    if not isinstance(value, list):
        single = _single(name, value)
        return (single,) if isinstance(single, Role) else single
    values = [_single(name, one) for one in value if one is not None]
    texts = tuple(one for one in values if isinstance(one, str))
    roles = tuple(one for one in values if isinstance(one, Role))
    if texts and roles:
        raise Refused(f"The source's `{shown(name)}` has both texts and roles.")
    return roles or texts


def _single(name: str, value: object) -> str | Role:
    if isinstance(value, str | bool):
        return str(value)
    if isinstance(value, dict):
        fields = {key: value.get(key) or "" for key in ("id", "value", "displayName")}
        if value.keys() & fields.keys() and all(isinstance(field, str) for field in fields.values()):
            return Role(id=str(fields["id"]), value=str(fields["value"]), display_name=str(fields["displayName"]))
    raise Refused(f"The source's `{shown(name)}` is {kind_of(value)} and no value of an attribute.")

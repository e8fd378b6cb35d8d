"""Is this user in scope of this filter? `mapping scope`: JSON lines in, JSON lines out."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import TextIO

from shared.errors import Refused
from shared.model import Value
from shared.rules.quoting import kind_of, shown
from shared.rules.schema import document as doc
from shared.rules.scope.evaluation import Scope, judge
from shared.rules.scope.filter_reading import read_filter
from shared.rules.scope.patterns import compile_pattern


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
        line: `{"filter": <scope object of a schema or null>, "user": {attribute: value}}`; values are compared as
            texts, booleans as `True` and `False`.

    Returns:
        `{"in_scope": bool, "deprovision": bool, "why": sentence}`. A user of whom it cannot be told, or whom the filter
        ignores, is neither in scope nor to be deprovisioned. Or `{"error": sentence}`.
    """
    try:
        asked = doc.parse(line.encode(errors="surrogatepass"))
        if "filter" not in asked:
            return {"error": "The line has no `filter`."}
        user = asked.get("user")
        if not isinstance(user, Mapping):
            return {"error": f"`user` is {kind_of(user)} and no object."}
        source = {name: _value(name, value) for name, value in user.items()}
        read = read_filter(asked["filter"], compile_pattern).filter
        for name in sorted(read.attributes):
            if source.get(name) and not isinstance(source[name], str):
                return {
                    "error": f"The filter reads `{shown(name)}`, but attributes with several values cannot be filtered."
                }
        judged = judge(read, source)
    except Refused as refusal:
        return {"error": str(refusal)}
    return {"in_scope": judged.scope is Scope.IN, "deprovision": judged.scope is Scope.OUT, "why": judged.why}


def _value(name: str, value: object) -> Value:
    if isinstance(value, list):
        return tuple(_text(name, one) for one in value if one is not None)
    return None if value is None else _text(name, value)


def _text(name: str, value: object) -> str:
    match value:
        case str():
            return value
        case bool() | int() | float():
            return str(value)
        case _:
            raise Refused(f"The user's `{shown(name)}` is {kind_of(value)} and no value of an attribute.")

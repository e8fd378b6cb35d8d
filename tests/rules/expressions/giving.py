"""How do these tests ask? One expression, one made-up source object, one moment."""

from __future__ import annotations

from datetime import UTC, datetime

from shared.rules.expressions import Result, Skip, evaluate, parse

NOW = datetime(2026, 1, 31, 12, 30, 15, tzinfo=UTC)


def give(text: str, **source) -> Result | Skip:
    """What the expression gives."""
    return evaluate(parse(text), source, now=NOW)

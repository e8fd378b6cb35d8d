"""How does an expression come to its value? Every part of it with what it gives, the innermost first."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from shared.errors import MappingRefused
from shared.rules.expressions.compiling import Expression, evaluate, expression
from shared.rules.expressions.nodes import Attribute, Call, Comparison, Node, Text, text_of
from shared.rules.expressions.values import Result, Skip, Source

REDACTED = "[Redact]"


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One part of an expression.

    Attributes:
        depth: 0 for the whole expression.
        value: of a part that gives one; `REDACTED` where values must not be shown.
        refusal: why it gives no certain value; empty where it does.
    """

    text: str
    depth: int
    value: Result | Skip = None
    refusal: str = ""


def explain(whole: Expression, source: Source, *, now: datetime) -> tuple[Step, ...]:
    """The parts in the order in which they are worked out; constants speak for themselves and are left out.

    Parts of arms that are not taken are shown as well, with what they would give.
    """
    parts = _parts(whole.root, 0)
    return tuple(_step(node, depth, source, now, redacted=whole.redacted) for node, depth in parts)


def _parts(node: Node, depth: int) -> Iterator[tuple[Node, int]]:
    match node:
        case Call(arguments=arguments):
            for argument in arguments:
                if argument is not None:
                    yield from _parts(argument, depth + 1)
            yield node, depth
        case Comparison(left=left, right=right):
            yield from _parts(left, depth + 1)
            yield from _parts(right, depth + 1)
            yield node, depth
        case Attribute():
            yield node, depth
        case _ if depth == 0:
            yield node, depth
        case _:
            return


def _step(node: Node, depth: int, source: Source, now: datetime, *, redacted: bool) -> Step:
    text = text_of(node)
    # A comparison stands only in a condition, so it is asked what it makes of one.
    asked = Call(name="IIF", arguments=(node, Text(value="True"), Text(value="False"))) if _compares(node) else node
    try:
        value = evaluate(expression(asked), source, now=now)
    except MappingRefused as error:
        return Step(text=text, depth=depth, refusal=error.sentence)
    return Step(text=text, depth=depth, value=REDACTED if redacted and value is not None else value)


def _compares(node: Node) -> bool:
    return isinstance(node, Comparison)

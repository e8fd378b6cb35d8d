"""How is a row of the mapping shown? Source, expression, target, null policy, flow, origin: a table, or JSON."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from shared.rules.attributes.difference import NullPolicy
from shared.rules.attributes.paths import ENTERPRISE, GENESYS
from shared.rules.attributes.table import attribute_or_text
from shared.rules.mapping import Effective, Row
from shared.rules.provisioning.comparing import clears

HEAD = ("source", "expression", "target", "no value", "flow", "from")
WIDEST = (28, 46, 44, 8, 24, 5)
SHORT = ((f"{ENTERPRISE}:", "enterprise:"), (f"{GENESYS}:", "genesys:"))


@dataclass(frozen=True, slots=True, kw_only=True)
class RowView:
    """One row, in words.

    Attributes:
        source: names of the attributes that are read; empty for a constant.
        expression: empty where nothing is mapped but a default.
        when_null: `clear` or `keep`; empty for what Genesys never has without a value, or what only creation writes.
        match: 0: not used for matching.
    """

    source: tuple[str, ...]
    expression: str
    target: str
    when_null: str
    flow: str
    origin: str
    match: int
    default: str | None


def views(effective: Effective) -> tuple[RowView, ...]:
    users = effective.users
    matching = {one.path: one.mapping.matching_priority for one in users.matching} if users is not None else {}
    return tuple(
        RowView(
            source=() if row.expression is None else tuple(sorted(row.expression.attributes)),
            expression="" if row.expression is None else row.expression.text,
            target=row.path,
            when_null=_when_null(row),
            flow="on_create" if row.flow is None else row.flow.value,
            origin=row.origin.value,
            match=matching.get(row.path, 0),
            default=row.default_value,
        )
        for row in effective.rows
    )


def _when_null(row: Row) -> str:
    """What takes effect."""
    if row.flow is None or not attribute_or_text(row.path).clearable:
        return ""
    return (NullPolicy.CLEAR if clears(row) else NullPolicy.KEEP).value


def short(path: str) -> str:
    """The path without its schema's URN, as far as people know which one is meant."""
    for urn, word in SHORT:
        path = path.replace(urn, word)
    return path


def table(rows: Sequence[RowView]) -> str:
    """Aligned columns; what does not fit goes on below itself."""
    return aligned([HEAD, *(_cells(row) for row in rows)], WIDEST)


def legend(rows: Sequence[RowView]) -> str:
    """What the short forms in the table stand for."""
    used = [(urn, word) for urn, word in SHORT if any(row.target.startswith(urn) for row in rows)]
    return "".join(f"({word} is {urn})\n" for urn, word in used)


def aligned(rows: Sequence[Sequence[str]], widest: Sequence[int]) -> str:
    widths = [min(most, max((len(row[column]) for row in rows), default=0)) for column, most in enumerate(widest)]
    return "".join(f"{line}\n" for row in rows for line in _lines(row, widths))


def _cells(row: RowView) -> tuple[str, ...]:
    plain = len(row.source) == 1 and row.expression == f"[{row.source[0]}]"
    flow = [row.flow]
    if row.match:
        flow.append(f"match {row.match}")
    if row.default is not None:
        flow.append(f'default "{row.default}"')
    return (
        ", ".join(row.source) or "(constant)",
        "" if plain else row.expression,
        short(row.target),
        row.when_null,
        ", ".join(flow),
        row.origin,
    )


def _lines(row: Sequence[str], widths: Sequence[int]) -> Iterator[str]:
    cells = [
        textwrap.wrap(cell, width) if len(cell) > width else [cell] for cell, width in zip(row, widths, strict=True)
    ]
    for number in range(max(map(len, cells))):
        parts = [
            f"{cell[number] if number < len(cell) else '':<{width}}" for cell, width in zip(cells, widths, strict=True)
        ]
        yield "  ".join(parts).rstrip()

"""In what does the mapping in force differ from the one of Entra's own job? Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from shared.rules.attributes.difference import Flow, NullPolicy
from shared.rules.attributes.table import attribute_or_text
from shared.rules.mapping import Effective, Row, rows_of
from shared.rules.schema.loading import LoadedSchema


class Kind(StrEnum):
    ONLY_HERE = "only_here"
    ONLY_THERE = "only_there"
    DIFFERENT = "different"


@dataclass(frozen=True, slots=True, kw_only=True)
class Deviation:
    """One attribute that is not mapped alike.

    Attributes:
        sentence: complete; it names expressions, no values.
    """

    kind: Kind
    path: str
    sentence: str


def compare(effective: Effective, entra: LoadedSchema) -> tuple[Deviation, ...]:
    """Every deviation, in the order of our rows, then of Entra's. Without a usable schema there is none to find."""
    if entra.users is None:
        return ()
    theirs = {row.path: row for row in rows_of(entra.users)}
    ours = {row.path: row for row in effective.rows}
    found = []
    for path, row in ours.items():
        if path not in theirs:
            said = f"{path} is mapped here only, from {_from(row)}."
            found.append(Deviation(kind=Kind.ONLY_HERE, path=path, sentence=said))
        elif reasons := tuple(_reasons(row, theirs[path])):
            said = f"{path}: {'; '.join(reasons)}."
            found.append(Deviation(kind=Kind.DIFFERENT, path=path, sentence=said))
    for path, row in theirs.items():
        if path not in ours:
            said = f"{path} is mapped in Entra only, from {_from(row)}."
            found.append(Deviation(kind=Kind.ONLY_THERE, path=path, sentence=said))
    return tuple(found)


def clears(row: Row) -> bool:
    """Whether no value in Entra ever removes one in Genesys: what does not always flow stays, as what must be there."""
    return row.policy is NullPolicy.CLEAR and row.flow is Flow.ALWAYS and attribute_or_text(row.path).clearable


def _reasons(ours: Row, theirs: Row) -> Iterator[str]:
    if (ours.expression and ours.expression.root) != (theirs.expression and theirs.expression.root):
        yield f"here from {_from(ours)}, in Entra from {_from(theirs)}"
    if ours.flow is not theirs.flow:
        yield f"it flows {_when(ours)} here, {_when(theirs)} in Entra"
    if ours.default_value != theirs.default_value:
        yield "the defaults for new accounts differ"
    if clears(ours) and not clears(theirs):
        yield "no value clears it here, Entra leaves it"
    if ours.case_exact is not theirs.case_exact:
        yield "one of the two takes a change of letter case for a change"


def _from(row: Row) -> str:
    return "nothing but a default" if row.expression is None else f"`{row.expression.text}`"


def _when(row: Row) -> str:
    return "on_create" if row.flow is None else row.flow.value

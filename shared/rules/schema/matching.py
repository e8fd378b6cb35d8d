"""By what is an identity's account found in Genesys, and in which order? (entra-mapping.md §10.3)"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from shared.rules.expressions import Source, evaluate
from shared.rules.schema.compiling import CompiledMapping


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """One search: accounts whose `path` has this value."""

    path: str
    value: str


def candidates(mapping: CompiledMapping, source: Source, *, now: datetime) -> tuple[Candidate, ...]:
    """The searches, in the order in which Entra makes them; an attribute without a value is left out.

    The first search that finds one account ends it; two accounts in one search are a matter for a person; when the
    last finds nothing, the account is to be created. Without any candidate the identity cannot be processed. Once an
    account is found its id is remembered, and nothing is searched again.

    Raises:
        MappingRefused: a matching attribute gives no certain value for this identity, so nothing may be written.
    """
    found = []
    for attribute in mapping.matching:
        value = None if attribute.expression is None else evaluate(attribute.expression, source, now=now)
        if isinstance(value, str) and value:
            found.append(Candidate(path=attribute.path, value=value))
    return tuple(found)

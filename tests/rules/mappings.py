"""Mappings in force for tables that change one thing of them."""

from __future__ import annotations

from typing import Any

from shared.rules.attributes.difference import NullPolicy
from shared.rules.expressions import parse
from shared.rules.mapping import Effective, Origin, Row
from shared.rules.schema.compiling import CompiledMapping
from shared.rules.schema.genesys_attributes import ObjectKind
from shared.rules.schema.nouns import Flow as ObjectFlow
from shared.rules.scope.filters import EVERYBODY, ScopeFilter
from shared.rules.scope.soft_deletion import Switches


def row(path: str, expression: str | None, **changes: Any) -> Row:
    given: dict[str, Any] = {"origin": Origin.ENTRA, "policy": NullPolicy.KEEP}
    return Row(path=path, expression=None if expression is None else parse(expression), **{**given, **changes})


def mapping(*rows: Row, scope: ScopeFilter = EVERYBODY, sync_all: bool = True, **changes: Any) -> Effective:
    """One that deactivates, for everybody unless it is changed."""
    users = CompiledMapping(
        kind=ObjectKind.USER,
        rule="rule",
        name="users",
        flows=frozenset({ObjectFlow.ADD, ObjectFlow.UPDATE}),
        scope=scope,
        attributes=(),
    )
    given: dict[str, Any] = {"version": "m1", "users": users, "switches": Switches(sync_all=sync_all)}
    return Effective(rows=rows, **{**given, **changes})

"""How does Entra word a PATCH? The old dialect, and the one of the `aadOptscim062020` flag on the tenant URL.

Source: entra-docs app-provisioning/application-provisioning-config-problem-scim-compatibility. `Add` when the target
has no value, `Replace` when it has. Booleans of the old dialect are texts.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tests.conformance.entra_cycle.report import OLD, Dialect
from tests.conformance.entra_cycle.targets import Target

PATCH_OP = "urn:ietf:params:scim:api:messages:2.0:PatchOp"


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A value that is due at a target. `adds`: to the present values, or because there is none."""

    target: Target
    value: Any
    adds: bool

    @property
    def operation(self) -> str:
        return "add" if self.adds else "replace"


def patch(changes: list[Change], dialect: Dialect) -> dict[str, Any]:
    """The body of one PATCH on a user."""
    operations = [_old(change) for change in changes] if dialect == OLD else _new(changes)
    return {"schemas": [PATCH_OP], "Operations": operations}


def membership(joined: list[str], left: list[str], dialect: Dialect) -> dict[str, Any]:
    """The body of one PATCH on a group."""
    operations: list[dict[str, Any]] = []
    if dialect == OLD:
        if joined:
            value = [{"$ref": None, "value": one} for one in joined]
            operations.append({"op": "Add", "path": "members", "value": value})
        if left:
            operations.append({"op": "Remove", "path": "members", "value": [{"value": one} for one in left]})
    else:
        if joined:
            operations.append({"op": "add", "path": "members", "value": [{"value": one} for one in joined]})
        operations += [{"op": "remove", "path": f'members[value eq "{one}"]'} for one in left]
    return {"schemas": [PATCH_OP], "Operations": operations}


def _old(change: Change) -> dict[str, Any]:
    value = str(change.value) if isinstance(change.value, bool) else change.value
    return {"op": change.operation.capitalize(), "path": change.target.name, "value": value}


def _new(changes: list[Change]) -> list[dict[str, Any]]:
    """Simple attributes that have a value share one operation without path."""
    together = [change for change in changes if change.target.plain and not change.adds]
    operations: list[dict[str, Any]] = []
    if together:
        operations.append({"op": "replace", "value": {change.target.name: change.value for change in together}})
    return operations + [
        {"op": change.operation, "path": change.target.name, "value": change.value}
        for change in changes
        if change not in together
    ]

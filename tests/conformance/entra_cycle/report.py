"""What did a cycle write, and what could it not do?"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

Dialect = Literal["old", "aadOptscim062020"]
OLD: Dialect = "old"
NEW: Dialect = "aadOptscim062020"


@dataclass(frozen=True, slots=True, kw_only=True)
class Write:
    """One operation that reached Genesys. `operation` is `create`, `delete`, or the `op` of a PATCH in lower case.

    `path` is the target attribute; empty for `create` and `delete`.
    """

    account: str
    operation: str
    path: str = ""
    value: Any = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CycleReport:
    """What a cycle did: sentences for what it could not.

    `refused` are writes that Genesys did not take; `errors` are values that cannot be computed and people that match
    no account for sure, which stay as they are until somebody corrects them.
    """

    writes: list[Write] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    def paths(self, account: str) -> dict[str, Any]:
        """Target attribute to written value, for one account."""
        return {write.path: write.value for write in self.writes if write.account == account}

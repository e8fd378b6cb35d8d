"""What does a graph subscription watch, and does this change concern it?

Learn: graph/change-notifications-overview, supported resources. Paths that Graph accepts and then stays silent about
(`users/{id}/memberOf`, `servicePrincipals/...`) become a watch that never matches.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from infra.local.entra.calls import GraphError
from infra.local.entra.directory import Change

_ID = r"[0-9A-Za-z-]+"
_PATH = re.compile(rf"(users|groups)(?:/({_ID}))?(?:/(members|owners))?", re.IGNORECASE)
_SILENT = re.compile(rf"(?:users|groups|servicePrincipals|applications)(?:/{_ID})?(?:/\w+)*", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch:
    """`part` is the collection below one group that is watched; `kind` None never matches."""

    kind: Literal["user", "group"] | None
    id: str | None = None
    part: str | None = None

    def concerns(self, change: Change) -> bool:
        if self.kind != change.kind or (self.id is not None and self.id != change.id):
            return False
        return self.part is None or (self.part == "members" and change.event == "members")


def parse_watch(resource: str) -> Watch:
    """The watch behind the `resource` of a graph subscription.

    Raises:
        GraphError: 400, Graph does not notify about it, or it carries query options (`$select`, `$filter`).
    """
    path = resource.strip("/").removeprefix("v1.0/")
    if "?" in path:
        raise GraphError(400, "InvalidRequest", "Query options are not supported for this resource.")
    match = _PATH.fullmatch(path)
    if match is not None and not (match.group(3) and (match.group(2) is None or match.group(1).lower() == "users")):
        kind: Literal["user", "group"] = "user" if match.group(1).lower() == "users" else "group"
        object_id = match.group(2).lower() if match.group(2) else None
        return Watch(kind=kind, id=object_id, part=match.group(3).lower() if match.group(3) else None)
    if _SILENT.fullmatch(path):
        return Watch(kind=None)
    raise GraphError(400, "ExtensionError", f"Unsupported resource '{resource}' for subscriptions.")

"""Who is assigned to the application, and with which app roles? The scope of Entra's job, where it is not everybody.

Graph sends no notification about assignments and has no delta of them (microsoft-graph.md §3.3), so the list is read
again when it is older than a few minutes.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from shared.entra.client import GraphClient, JsonObject
from shared.model import Instant, Role

DEFAULT_ACCESS = "00000000-0000-0000-0000-000000000000"  # an assignment without a role


@dataclass(frozen=True, slots=True, kw_only=True)
class Assigned:
    """Object ids of assigned users and groups, in lower case, with the roles that each assignment brings."""

    roles: Mapping[str, tuple[Role, ...]] = field(default_factory=dict)

    def of(self, identity_id: str, group_ids: Iterable[str]) -> tuple[Role, ...] | None:
        """The roles of somebody in these groups, each once; None when they are not assigned at all."""
        entitled = [id_ for id_ in (identity_id, *group_ids) if id_ in self.roles]
        if not entitled:
            return None
        return tuple(dict.fromkeys(role for id_ in entitled for role in self.roles[id_]))


class Assignments:
    """The assignments of one application.

    Args:
        max_age_s: how old the list may be.
    """

    def __init__(
        self, client: GraphClient, service_principal_id: str, now: Callable[[], Instant], *, max_age_s: float = 300.0
    ) -> None:
        self._client = client
        self._service_principal_id = service_principal_id
        self._now = now
        self._max_age_s = max_age_s
        self._known: Assigned | None = None
        self._read_at = 0.0
        self._reading = asyncio.Lock()

    async def current(self) -> Assigned:
        """The list, not older than it may be.

        Raises:
            Transient, Refused: as `GraphClient.send`.
        """
        async with self._reading:
            if self._known is None or self._now() - self._read_at > self._max_age_s:
                self._known = await self._read()
                self._read_at = self._now()
            return self._known

    async def _read(self) -> Assigned:
        urls = self._client.urls
        application = await self._client.send(urls.service_principal(self._service_principal_id))
        known = {
            str(role.get("id")).lower(): Role(
                id=str(role.get("id")).lower(),
                value=str(role.get("value") or ""),
                display_name=str(role.get("displayName") or ""),
            )
            for role in _objects(application.get("appRoles"))
        }
        roles: dict[str, list[Role]] = {}
        page = await self._client.send(urls.assigned_to(self._service_principal_id))
        while True:
            for assignment in _objects(page.get("value")):
                brought = roles.setdefault(str(assignment.get("principalId")).lower(), [])
                role_id = str(assignment.get("appRoleId")).lower()
                if role_id != DEFAULT_ACCESS and role_id in known:
                    brought.append(known[role_id])
            link = page.get("@odata.nextLink")
            if not isinstance(link, str):
                return Assigned(roles={id_: tuple(found) for id_, found in roles.items()})
            page = await self._client.follow(link)


def _objects(value: object) -> list[JsonObject]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []

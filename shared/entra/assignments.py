"""Who is assigned to the application, and with which app roles? The scope of Entra's job, where it is not everybody.

Graph sends no notification about assignments and has no delta of them (microsoft-graph.md §3.3), so the list is read
again when it is older than a few minutes; before it denies that somebody is assigned, when it is older than seconds.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from shared import telemetry
from shared.entra.client import GraphClient, JsonObject
from shared.errors import Refused, SyncError, Unreachable
from shared.model import Instant, Role

DEFAULT_ACCESS = "00000000-0000-0000-0000-000000000000"  # an assignment without a role
DENIES_FOR_S = 10.0  # how much older than a person's reading a list may be that says they are not assigned

KnownRoles = Mapping[str, Role]


@dataclass(frozen=True, slots=True, kw_only=True)
class Assigned:
    """Object ids of assigned users and groups, in lower case, with the roles that each assignment brings.

    Attributes:
        roles: None for an assignment whose role nobody knows.
        certain: False for a list that holds nobody: it may be incomplete, and who is not in it assigned all the same.
        read_at: when the reading of the list began.
    """

    roles: Mapping[str, tuple[Role, ...] | None] = field(default_factory=dict)
    certain: bool = True
    read_at: Instant = 0.0

    def has(self, identity_id: str, group_ids: Iterable[str]) -> bool:
        """Whether somebody in these groups is in the list."""
        return any(id_ in self.roles for id_ in (identity_id, *group_ids))

    def of(self, identity_id: str, group_ids: Iterable[str]) -> tuple[Role, ...] | None:
        """The roles of somebody in these groups, each once; None where one of them is not known."""
        found: list[Role] = []
        for id_ in (identity_id, *group_ids):
            brought = self.roles.get(id_, ())
            if brought is None:
                return None
            found += brought
        return tuple(dict.fromkeys(found))

    def may_deny(self, read_at: Instant) -> bool:
        """Whether the list is young enough to say that somebody who was read then is not assigned."""
        return self.read_at >= read_at - DENIES_FOR_S


class Assignments:
    """The assignments of one application. One caller reads, and whoever came meanwhile shares what that gave.

    Args:
        max_age_s: how old the list may be where it only has to say who is assigned.
    """

    def __init__(
        self, client: GraphClient, service_principal_id: str, now: Callable[[], Instant], *, max_age_s: float = 300.0
    ) -> None:
        self._client = client
        self._service_principal_id = service_principal_id
        self._now = now
        self._max_age_s = max_age_s
        self._known: Assigned | None = None
        self._failure: SyncError | None = None
        self._tries = 0
        self._reading = asyncio.Lock()

    async def current(self) -> Assigned:
        """The list, not older than it may be.

        Raises:
            Transient: as `GraphClient.send`; `Unreachable` too where Graph refuses the list, which says nothing about
                any person, and where a page holds none.
        """
        return await self._since(self._now() - self._max_age_s)

    async def denying(self, read_at: Instant) -> Assigned:
        """A list that may deny somebody who was read then: `Assigned.may_deny`.

        Raises:
            Transient: as `current`.
        """
        return await self._since(read_at - DENIES_FOR_S)

    async def _since(self, oldest: Instant) -> Assigned:
        tries = self._tries
        async with self._reading:
            if self._known is not None and self._known.read_at >= oldest:
                return self._known
            if self._tries != tries and self._failure is not None:
                raise self._failure  # it failed while we waited: everybody who waits would try in turn
            self._known = await self._attempt()
            return self._known

    async def _attempt(self) -> Assigned:
        self._failure = None
        try:
            return await self._read(self._now())
        except Refused as error:
            self._failure = Unreachable(
                f"{error} So nobody knows who is assigned to the application: compare service_principal in [entra], "
                f"now {self._service_principal_id}, with the object id of the enterprise application."
            )
            raise self._failure from error
        except SyncError as error:
            self._failure = error
            raise
        finally:
            self._tries += 1

    async def _read(self, read_at: Instant) -> Assigned:
        urls = self._client.urls
        known = _known_roles(await self._client.send(urls.service_principal(self._service_principal_id)))
        roles: dict[str, tuple[Role, ...] | None] = {}
        page = await self._client.send(urls.assigned_to(self._service_principal_id))
        while True:
            for principal_id, role_id in _assignments(page):
                before, brought = roles.get(principal_id, ()), _brought(role_id, known)
                roles[principal_id] = None if before is None or brought is None else (*before, *brought)
            link = page.get("@odata.nextLink")
            if not isinstance(link, str):
                break
            page = await self._client.follow(link)
        if not roles:
            telemetry.alarm("assignments_empty", service_principal=self._service_principal_id)
        return Assigned(roles=roles, certain=bool(roles), read_at=read_at)


def _known_roles(application: JsonObject) -> KnownRoles:
    """By id in lower case; nothing where Graph does not show them, so that every role is one that nobody knows."""
    listed = application.get("appRoles")
    roles = (
        Role(
            id=str(role.get("id")).lower(),
            value=str(role.get("value") or ""),
            display_name=str(role.get("displayName") or ""),
        )
        for role in (listed if isinstance(listed, list) else ())
        if isinstance(role, dict)
    )
    return {role.id: role for role in roles}


def _assignments(page: JsonObject) -> list[tuple[str, str]]:
    """Principal and role of each, both in lower case.

    Raises:
        Unreachable: the page has no list, or holds something else than assignments.
    """
    listed = page.get("value")
    if not isinstance(listed, list) or not all(isinstance(one, dict) and one.get("principalId") for one in listed):
        raise Unreachable("Graph answered a page of assignments without a list of them.")
    return [(str(one["principalId"]).lower(), str(one.get("appRoleId")).lower()) for one in listed]


def _brought(role_id: str, known: KnownRoles) -> tuple[Role, ...] | None:
    if role_id == DEFAULT_ACCESS:
        return ()
    return (known[role_id],) if role_id in known else None

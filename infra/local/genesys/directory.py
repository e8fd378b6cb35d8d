"""What does an organisation consist of? Accounts, groups and the named things they refer to, as Genesys keeps them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any

NOTHING: Mapping[Any, Any] = MappingProxyType({})


def _nothing() -> Mapping[Any, Any]:
    return NOTHING


def iso(seconds: float) -> str:
    """Seconds since 1970 as Genesys writes dates: UTC with milliseconds and `Z`."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


@dataclass(slots=True, kw_only=True)
class Account:
    """One Genesys user. Mappings are replaced, never changed in place, so that many accounts can share an empty one.

    `grants` holds the direct (role id, division id) pairs; `scim_external_ids` the core `externalId` by the scope it
    was written in; `external_ids` the other authorities.
    """

    id: str
    user_name: str
    display_name: str
    division_id: str
    modified: float
    active: bool = True
    deleted: bool = False
    version: int = 1
    title: str = ""
    department: str = ""
    employee_number: str = ""
    date_hire: str = ""
    manager_id: str = ""
    emails: Mapping[str, str] = field(default_factory=_nothing)
    phones: Mapping[str, str] = field(default_factory=_nothing)
    external_ids: Mapping[str, str] = field(default_factory=_nothing)
    scim_external_ids: Mapping[str, str] = field(default_factory=_nothing)
    skills: Mapping[str, float] = field(default_factory=_nothing)
    languages: Mapping[str, float] = field(default_factory=_nothing)
    grants: Mapping[tuple[str, str], None] = field(default_factory=_nothing)
    group_ids: Mapping[str, None] = field(default_factory=_nothing)
    queues: Mapping[str, bool] = field(default_factory=_nothing)
    custom: Mapping[str, Mapping[str, Any]] = field(default_factory=_nothing)
    state_changed: float = 0.0
    state_reason: str = "Unknown"
    presence_id: str = ""
    routing_status: str = "OFF_QUEUE"
    routing_since: float = 0.0
    station_id: str = ""
    token_issued: float | None = None

    @property
    def state(self) -> str:
        """`active`, `inactive` or `deleted`, as the platform API names it."""
        if self.deleted:
            return "deleted"
        return "active" if self.active else "inactive"


@dataclass(slots=True, kw_only=True)
class DirectoryGroup:
    """A directory group: made in Genesys beforehand, its roles are inherited by its members."""

    id: str
    name: str
    modified: float
    version: int = 1
    external_id: str = ""
    grants: Mapping[tuple[str, str], None] = field(default_factory=_nothing)
    members: dict[str, None] = field(default_factory=dict)
    busy_until: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """A role, division, skill, language, queue, presence definition or station: an id and a name."""

    id: str
    name: str


class Names:
    """The named things of one kind, found by id or by exact name."""

    def __init__(self, things: list[Named]) -> None:
        self.by_id = {thing.id: thing for thing in things}
        self.by_name = {thing.name: thing for thing in things}

    def id_of(self, name: str) -> str | None:
        thing = self.by_name.get(name)
        return thing.id if thing else None

    def name_of(self, identifier: str) -> str:
        thing = self.by_id.get(identifier)
        return thing.name if thing else ""

    def starting_with(self, prefix: str) -> list[Named]:
        """In order of creation. Genesys' `name=` looks for a prefix, whatever its case."""
        wanted = prefix.casefold()
        return [thing for thing in self.by_id.values() if thing.name.casefold().startswith(wanted)]

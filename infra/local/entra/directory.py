"""What is in the tenant, and what may happen to it? Users and groups, live or soft-deleted, and who tells whom.

    create ──> live ──delete──> soft-deleted ──restore──> live
                                     └──purge, or 30 days──> gone

A record is immutable: a write replaces it, so that a lagging replica can go on serving the old one. Every write is
announced to the `watchers` as one `Change`. Learn: graph/api/resources/directory.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from infra.local.entra.calls import Document, bad_request, not_found
from infra.local.entra.moments import zulu
from infra.local.entra.replicas import Replicas
from infra.local.entra.switches import DAY
from infra.local.simulation.clock import Clock

ObjectKind = Literal["user", "group"]
Event = Literal["created", "updated", "deleted", "restored", "purged", "members"]
RETENTION_S = 30 * DAY


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One directory object at one moment. `deleted_at` is in simulated seconds; `members` keeps their order."""

    id: str
    kind: ObjectKind
    properties: Mapping[str, Any]
    deleted_at: float | None = None
    members: Mapping[str, None] = field(default_factory=dict)
    manager: str | None = None

    @property
    def live(self) -> bool:
        return self.deleted_at is None


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One write. `changed` names properties; `joined` and `left` are ids of direct members."""

    kind: ObjectKind
    id: str
    event: Event
    changed: frozenset[str] = frozenset()
    joined: tuple[str, ...] = ()
    left: tuple[str, ...] = ()

    @property
    def change_type(self) -> str:
        """As notifications say it: a soft delete and a restore are updates, only the purge is `deleted`."""
        return "deleted" if self.event == "purged" else "updated"


class Directory:
    """The one truth of the tenant; what callers see of it goes through `replicas`."""

    def __init__(self, clock: Clock, switches: Mapping[str, Any]) -> None:
        self.records: dict[str, Record] = {}
        self.replicas = Replicas(clock, switches, self.records)
        self.watchers: list[Callable[[Change], None]] = []
        self._clock = clock
        self._switches = switches
        self._upns: dict[str, str] = {}
        self._ids: dict[ObjectKind, dict[str, None]] = {"user": {}, "group": {}}

    def plant(self, record: Record) -> None:
        """Put a record in place as if it had always been there: nobody is told."""
        self.records[record.id] = record
        self._ids[record.kind][record.id] = None
        if record.kind == "user":
            self._upns[record.properties["userPrincipalName"].lower()] = record.id

    def seen(self, kind: ObjectKind) -> list[Record]:
        """All objects of a kind, soft-deleted ones included, as listings show them at this moment."""
        return [record for record in self.replicas.glances(self._ids[kind]) if record.kind == kind]

    def live(self, kind: ObjectKind, key: str) -> Record:
        """The true record of a live object; a user's `key` may be its UPN.

        Raises:
            GraphError: 404.
        """
        record = self.records.get(self.resolve(key))
        if record is None or record.kind != kind or not record.live:
            raise not_found(key)
        return record

    def resolve(self, key: str) -> str:
        """The object id behind an id or a user principal name."""
        return self._upns.get(key.lower(), key.lower())

    def create(self, record: Record) -> None:
        if record.kind == "user":
            self._claim_upn(record.properties["userPrincipalName"], record.id)
        self._write(
            record, Change(kind=record.kind, id=record.id, event="created", changed=frozenset(record.properties))
        )

    def update(self, record: Record, properties: Document) -> None:
        """Set properties; None clears, and `onPremisesExtensionAttributes` merges attribute by attribute."""
        merged = {**record.properties, **properties}
        attributes = properties.get("onPremisesExtensionAttributes")
        if attributes is not None:
            merged["onPremisesExtensionAttributes"] = {
                **record.properties.get("onPremisesExtensionAttributes", {}),
                **attributes,
            }
        if "userPrincipalName" in properties:
            self._claim_upn(properties["userPrincipalName"], record.id)
            old = record.properties["userPrincipalName"].lower()
            if old != properties["userPrincipalName"].lower():
                self._upns.pop(old, None)
        change = Change(kind=record.kind, id=record.id, event="updated", changed=frozenset(properties))
        self._write(replace(record, properties=merged), change)

    def set_manager(self, user: Record, manager_id: str | None) -> None:
        change = Change(kind="user", id=user.id, event="updated", changed=frozenset({"manager"}))
        self._write(replace(user, manager=manager_id), change)

    def set_members(self, group: Record, *, joined: Iterable[str] = (), left: Iterable[str] = ()) -> None:
        """Add and remove direct members; who is there already, or is not, is passed over."""
        came = tuple(dict.fromkeys(member for member in joined if member not in group.members))
        gone = tuple(dict.fromkeys(member for member in left if member in group.members))
        members = {**group.members, **dict.fromkeys(came)}
        for member in gone:
            del members[member]
        change = Change(
            kind="group", id=group.id, event="members", changed=frozenset({"members"}), joined=came, left=gone
        )
        self._write(replace(group, members=members), change)

    def delete(self, record: Record) -> None:
        """Soft delete; the object stays a member of its groups until it is purged."""
        properties = dict(record.properties)
        if record.kind == "user":
            upn = properties["userPrincipalName"]
            self._upns.pop(upn.lower(), None)
            if self._switches["prefix_deleted_upn"]:
                properties["userPrincipalName"] = record.id.replace("-", "") + upn
        now = self._clock.now()
        properties["deletedDateTime"] = zulu(now)
        change = Change(kind=record.kind, id=record.id, event="deleted")
        self._write(replace(record, properties=properties, deleted_at=now), change)
        self._clock.call_later(RETENTION_S, lambda: self._retire(record.id, now))

    def deleted(self, object_id: str) -> Record:
        """The true record of a soft-deleted object.

        Raises:
            GraphError: 404.
        """
        record = self.records.get(object_id.lower())
        if record is None or record.live:
            raise not_found(object_id)
        return record

    def restore(self, record: Record) -> Record:
        """Raises GraphError 400 when somebody else has the user principal name by now."""
        properties = dict(record.properties)
        properties.pop("deletedDateTime", None)
        if record.kind == "user":
            upn = properties["userPrincipalName"].removeprefix(record.id.replace("-", ""))
            self._claim_upn(upn, record.id)
            properties["userPrincipalName"] = upn
        restored = replace(record, properties=properties, deleted_at=None)
        self._write(restored, Change(kind=record.kind, id=record.id, event="restored"))
        return restored

    def purge(self, record: Record) -> None:
        """Remove for good; only now the groups lose the member."""
        del self.records[record.id]
        del self._ids[record.kind][record.id]
        self.replicas.wrote(record.id, record)
        self._announce(Change(kind=record.kind, id=record.id, event="purged"))
        for group in self.groups_of(record.id):
            self.set_members(group, left=[record.id])

    def groups_of(self, member_id: str) -> list[Record]:
        """The groups that hold this object directly, soft-deleted groups included; the truth, not a replica."""
        groups = [self.records[group_id] for group_id in self._ids["group"]]
        return [group for group in groups if member_id in group.members]

    def _retire(self, object_id: str, deleted_at: float) -> None:
        record = self.records.get(object_id)
        if record is not None and record.deleted_at == deleted_at:
            self.purge(record)

    def _claim_upn(self, upn: str, object_id: str) -> None:
        if self._upns.get(upn.lower(), object_id) != object_id:
            raise bad_request("Another object with the same value for property userPrincipalName already exists.")
        self._upns[upn.lower()] = object_id

    def _write(self, record: Record, change: Change) -> None:
        before = self.records.get(record.id)
        self.records[record.id] = record
        self._ids[record.kind][record.id] = None
        self.replicas.wrote(record.id, before)
        self._announce(change)

    def _announce(self, change: Change) -> None:
        for watcher in self.watchers:
            watcher(change)

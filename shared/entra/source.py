"""Who is this id in Entra now? The `Source` of the core, on Graph.

A 404 is looked up among the deleted items; absent there too means purged or not replicated yet (microsoft-graph.md
§0 fact 4), which only the caller can tell apart.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace

from shared.entra.assignments import Assigned, Assignments
from shared.entra.batch import PER_CALL, Answer, Item, call, chunks, together
from shared.entra.client import GraphClient, JsonObject
from shared.errors import Refused, SyncError, Unreachable
from shared.model import Identity, Instant, Presence, Value
from shared.ports import ReadFailure

ALWAYS = ("id", "accountEnabled", "userPrincipalName")  # `accountEnabled` only comes when it is selected (§3.2)
GROUPS = "groups:"  # what stands before an id as the key of its second item in a batch

_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadPlan:
    """What a reading must have.

    Attributes:
        properties: Graph property names; `onPremisesExtensionAttributes.extensionAttribute1` names a part of an
            object, which Graph only gives as a whole.
        manager: the manager's object id, as the attribute `manager`.
        assignments: of the application whose assigned people are in scope; None: nobody asks.
        transitive: whether members of nested groups count as assigned.
    """

    properties: tuple[str, ...] = ()
    manager: bool = False
    assignments: Assignments | None = None
    transitive: bool = False

    @property
    def select(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys((*ALWAYS, *(name.partition(".")[0] for name in self.properties))))


@dataclass(frozen=True, slots=True)
class Found:
    """A user whose assignment is still to be told; `groups` is what Graph answered about the groups, None: nothing."""

    identity: Identity
    groups: Answer | None


class GraphSource:
    """Reads identities in batches of 20 requests, four batches in flight.

    Args:
        plan: what the mapping in force needs; asked at each reading, since the mapping can change.
        now: our clock, for `read_at`.
    """

    def __init__(
        self, client: GraphClient, *, plan: Callable[[], Awaitable[ReadPlan]], now: Callable[[], Instant]
    ) -> None:
        self._client = client
        self._plan = plan
        self._now = now

    async def read(self, ids: Sequence[str]) -> AsyncGenerator[Identity | ReadFailure, None]:
        """As `Source.read`; a malformed id is a `ReadFailure` and costs no call. Never raises an error of our tree."""
        wanted = dict.fromkeys(id_.lower() for id_ in ids)
        sound = [id_ for id_ in wanted if _UUID.fullmatch(id_)]
        for id_ in wanted.keys() - sound:
            yield ReadFailure(id=id_, error=Refused("The id is not an object id of Entra.", "id"))
        if not sound:
            return
        plan = await self._plan()
        assigned = asyncio.create_task(_assigned(plan))
        size = PER_CALL if plan.assignments is None else PER_CALL // 2
        readings = together(self._read(chunk, plan) for chunk in chunks(sound, size))
        waiting: list[Found] = []
        try:
            async with aclosing(readings):
                async for reading in readings:
                    if not isinstance(reading, Found):
                        yield reading
                    elif not reading.identity.account_enabled:
                        yield _leaver(reading, assigned)
                    elif assigned.done() and (told := _with_assignment(reading, assigned.result())) is not None:
                        yield told
                    else:
                        waiting.append(reading)  # nobody behind them may wait with them: it could be a leaver
            for found in waiting:
                yield await _at_last(found, await assigned, plan)
        finally:
            assigned.cancel()

    async def is_member(self, group_id: str, identity_id: str) -> bool:
        """As `Source.is_member`.

        Raises:
            NotThere: the identity is deleted or unknown; and as `GraphClient.send`.
        """
        request = self._client.urls.check_member_groups(identity_id.lower())
        document = await self._client.send(request, {"groupIds": [group_id.lower()]}, reads=True)
        found = document.get("value")
        if not isinstance(found, list):
            raise Unreachable("Graph answered checkMemberGroups without a list.")
        return group_id.lower() in (str(id_).lower() for id_ in found)

    async def _read(self, ids: Sequence[str], plan: ReadPlan) -> AsyncGenerator[Found | Identity | ReadFailure, None]:
        missing = []
        users: dict[str, Identity] = {}
        groups: dict[str, Answer] = {}
        async with aclosing(call(self._client, self._items(ids, plan))) as answers:
            async for answer in answers:
                id_ = answer.key.removeprefix(GROUPS)
                if answer.key != id_:
                    groups[id_] = answer
                elif answer.is_absent:
                    missing.append(id_)
                else:
                    reading = self._reading(answer, Presence.PRESENT, plan)
                    if plan.assignments is None or isinstance(reading, ReadFailure):
                        yield reading
                    elif not reading.account_enabled:  # who may not work is out at once, assigned or not
                        yield Found(reading, groups.get(id_))
                    else:
                        users[id_] = reading
                if id_ in users and id_ in groups:
                    yield Found(users[id_], groups[id_])
        if missing:
            async with aclosing(call(self._client, [self._deleted(id_) for id_ in missing])) as answers:
                async for answer in answers:
                    yield self._reading(answer, Presence.SOFT_DELETED, plan)

    def _items(self, ids: Sequence[str], plan: ReadPlan) -> list[Item]:
        urls = self._client.urls
        select, manager = plan.select, plan.manager
        users = [Item(key=id_, url=urls.relative(urls.user(id_, select=select, manager=manager))) for id_ in ids]
        if plan.assignments is None:
            return users
        groups = [
            Item(key=GROUPS + id_, url=urls.relative(urls.groups_of(id_, transitive=plan.transitive))) for id_ in ids
        ]
        return [*groups, *users]  # answers come in this order: a leaver's groups are there before the leaver is

    def _deleted(self, id_: str) -> Item:
        """Without `$select`: the path answers a directory object, which has none of a user's properties to select."""
        urls = self._client.urls
        return Item(key=id_, url=urls.relative(urls.deleted_item(id_)))

    def _reading(self, answer: Answer, presence: Presence, plan: ReadPlan) -> Identity | ReadFailure:
        if answer.is_absent:
            return Identity(id=answer.key, presence=Presence.ABSENT, read_at=self._now())
        if answer.error is not None or answer.body is None:
            return ReadFailure(id=answer.key, error=answer.error or Unreachable("Graph answered nothing."))
        odata_type = answer.body.get("@odata.type")
        if odata_type is not None and str(odata_type).lower() != "#microsoft.graph.user":
            # The deleted items hold groups and applications as well: as a user, this id is nobody.
            return Identity(id=answer.key, presence=Presence.ABSENT, read_at=self._now())
        enabled = answer.body.get("accountEnabled")
        return Identity(
            id=answer.key,
            presence=presence,
            account_enabled=enabled if isinstance(enabled, bool) else None,
            user_principal_name=_single(answer.body.get("userPrincipalName")),
            attributes=_attributes(answer.body, plan),
            read_at=self._now(),
            roles=() if plan.assignments is None else None,  # until the assignment is told
        )


async def _assigned(plan: ReadPlan) -> Assigned | SyncError | None:
    """The assignments, or why there are none; a leaver's reading must not fail with them."""
    if plan.assignments is None:
        return None
    try:
        return await plan.assignments.current()
    except SyncError as error:
        return error


async def _at_last(found: Found, assigned: Assigned | SyncError | None, plan: ReadPlan) -> Identity | ReadFailure:
    """With a list that is read again where this one is too old to tell."""
    told = _with_assignment(found, assigned)
    if told is not None or plan.assignments is None:
        return told or found.identity
    try:
        newer = await plan.assignments.denying(found.identity.read_at)
    except SyncError as error:
        return ReadFailure(id=found.identity.id, error=error)
    return _with_assignment(found, newer) or found.identity


def _with_assignment(found: Found, assigned: Assigned | SyncError | None) -> Identity | ReadFailure | None:
    """An assignment that can't be told makes the whole reading worthless: half of it would look like a decision.

    None: they are not in this list, which is too old to say so.
    """
    id_, groups = found.identity.id, found.groups
    if not isinstance(assigned, Assigned):
        return ReadFailure(id=id_, error=assigned or Unreachable("Graph did not tell the assignments."))
    if groups is None or groups.error is not None or groups.body is None:
        error = groups.error if groups else None
        return ReadFailure(id=id_, error=error or Unreachable("Graph did not tell the groups."))
    listed = groups.body.get("value")
    if not isinstance(listed, list) or not all(isinstance(one, dict) and one.get("id") for one in listed):
        return ReadFailure(id=id_, error=Unreachable("Graph answered the groups of somebody without a list."))
    ids = [str(one["id"]).lower() for one in listed]
    complete = "@odata.nextLink" not in groups.body  # otherwise another page may hold the group that would tell
    if assigned.has(id_, ids):
        return replace(found.identity, assigned=True, roles=assigned.of(id_, ids) if complete else None)
    if not complete:
        return found.identity
    if not assigned.may_deny(found.identity.read_at):
        return None
    return replace(found.identity, assigned=False, roles=()) if assigned.certain else found.identity


def _leaver(found: Found, assigned: asyncio.Task[Assigned | SyncError | None]) -> Identity:
    """With the assignment where it is there already: it decides about attributes only, and nobody waits for it."""
    known = assigned.result() if assigned.done() and assigned.exception() is None else None
    reading = _with_assignment(found, known)
    return reading if isinstance(reading, Identity) else found.identity


def _attributes(body: JsonObject, plan: ReadPlan) -> Mapping[str, Value]:
    """The named properties that the answer has; a part of an object that is null is null."""
    found: dict[str, Value] = {}
    for name in plan.properties:
        head, _, part = name.partition(".")
        if head in body:
            value = body[head]
            found[name] = _value(value.get(part) if part and isinstance(value, dict) else None if part else value)
    if plan.manager:
        manager = body.get("manager")
        found["manager"] = _single(manager.get("id")) if isinstance(manager, dict) else None
    return found


def _value(value: object) -> Value:
    """As Entra's own expressions see it: booleans are `True` and `False` (entra-mapping.md §6.2)."""
    if isinstance(value, list):
        return tuple(text for one in value if (text := _single(one)) is not None)
    return _single(value)


def _single(value: object) -> str | None:
    return None if value is None or isinstance(value, dict | list) else str(value)

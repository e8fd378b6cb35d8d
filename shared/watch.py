"""Is Graph still telling us what changes? Keeps exactly one live graph subscription on `users` and one on `groups`.

A run lists, verifies, and then creates, renews, moves or removes until that is true. It does not depend on lifecycle
events, which may never come (microsoft-graph.md §2.4); they make it act earlier. Graph's listing is not to be trusted
either (§1.4): it may show dead ones, miss live ones, and hides `clientState`. So every candidate is looked at by its
id, and the ledger remembers which client state ours was created with (a hash, never the secret).

    live ones of ours        | done
    -------------------------+----------------------------------------------------------------------
    none                     | create
    one that fits            | keep it; renew it at half life or when Graph asks for reauthorization
    several                  | keep the remembered or longest living one that fits, remove the others
    none that fits           | move: create, then remove the others, so that no change falls in between

One fits when URL and change types are today's and it is known to carry today's client state. One that may carry
another, as after a lost ledger, is replaced: the webhook would drop all that it brings.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from dataclasses import replace

from shared.errors import NotThere, Refused, Stale, SyncError
from shared.model import Instant
from shared.ports import Ledger, StateRow
from shared.watching import (
    CHANGE_TYPES,
    DUPLICATE,
    Done,
    GraphSubscription,
    Memory,
    ResourceReport,
    Subscriptions,
    WatchConfig,
    WatchReport,
)

__all__ = ["WatchConfig", "WatchReport", "watch"]

CLAIM_S = 120.0  # how long the others leave a creation alone: two handshakes of 10 s and some air
ROUNDS = 3


async def watch(
    subscriptions: Subscriptions, ledger: Ledger, *, config: WatchConfig, now: Callable[[], Instant],
    lifecycle: Sequence[tuple[str, str]] = (),
) -> WatchReport:  # fmt: skip
    """One run over all resources. Idempotent, and safe when several instances run it at once.

    Args:
        lifecycle: subscription id and `lifecycleEvent` of what Graph has posted since the last run.
    """
    events = [(subscription_id.lower(), event) for subscription_id, event in lifecycle]
    reports = []
    for resource in config.resources:
        try:
            reports.append(await _Watch(subscriptions, ledger, config, now, resource, events).keep())
        except SyncError as error:
            reports.append(ResourceReport(resource=resource, done=Done.FAILED, problem=str(error)))
    return WatchReport(resources=tuple(reports), missed=any(event == "missed" for _, event in events))


class _Watch:
    """One run for one resource."""

    def __init__(
        self, subscriptions: Subscriptions, ledger: Ledger, config: WatchConfig, now: Callable[[], Instant],
        resource: str, events: Sequence[tuple[str, str]],
    ) -> None:  # fmt: skip
        self._graph, self._ledger, self._config, self._now = subscriptions, ledger, config, now
        self._resource = resource
        self._name = f"subscription|{resource}"
        self._unauthorized = {id_ for id_, event in events if event == "reauthorizationRequired"}
        self._removed = {id_ for id_, event in events if event == "subscriptionRemoved"}

    async def keep(self) -> ResourceReport:
        """Rounds until no other instance wrote in between."""
        for _ in range(ROUNDS):
            try:
                return await self._round()
            except Stale as error:
                lost = error
        raise lost

    async def _round(self) -> ResourceReport:
        row = await self._ledger.state(self._name)
        memory = Memory.loads(row.value if row else None)
        live = await self._live(memory)
        if memory.claimed_until > self._now():
            return self._report(Done.LEFT_TO_ANOTHER, self._best(live, memory))
        keep, done = await self._kept(live, memory)
        if keep is None:
            done = Done.MOVED if live else Done.CREATED
            try:
                keep, row = await self._create(row, memory, live)
            except Stale:
                raise
            except SyncError as error:
                return await self._failed(error, live)
        others = [one for one in live if one.id != keep.id]
        remembered = Memory(
            id=keep.id, client_state_hash=self._config.client_state_hash,
            notification_url=self._config.notification_url, expires_at=keep.expires_at,
            leaving=tuple(one.id for one in others),
        )  # fmt: skip
        if others or remembered != memory:
            # Before anything is removed: whoever acts on an older memory loses here, and removes nothing of ours.
            await self._ledger.put_state(self._name, remembered.dumps(), etag=row.etag if row else "")
        removed, problem = await self._remove(others)
        return replace(self._report(done, keep), removed=removed, problem=problem)

    async def _live(self, memory: Memory) -> list[GraphSubscription]:
        """Ours that Graph shows under their own id, the remembered one first, then by length of life."""
        urls = {self._config.notification_url, memory.notification_url}
        ids = {one.id for one in await self._graph.list() if self._is_ours(one) and one.notification_url in urls}
        ids |= {id_ for id_ in (memory.id, *memory.leaving) if id_}
        found = [await self._graph.get(id_) for id_ in sorted(ids)]
        live = [one for one in found if one is not None and self._is_ours(one) and one.expires_at > self._now()]
        return sorted(live, key=lambda one: (one.id != memory.id, -one.expires_at))

    def _is_ours(self, one: GraphSubscription) -> bool:
        return one.resource.strip("/").lower() == self._resource

    def _fits(self, one: GraphSubscription, memory: Memory) -> bool:
        config = self._config
        known = (
            one.client_state == config.client_state
            if one.client_state is not None
            else one.id == memory.id and memory.client_state_hash == config.client_state_hash
        )
        is_todays = one.notification_url == config.notification_url and one.change_types == CHANGE_TYPES
        return known and is_todays and one.id.lower() not in self._removed

    def _best(self, live: Sequence[GraphSubscription], memory: Memory) -> GraphSubscription | None:
        return next((one for one in live if self._fits(one, memory)), None)

    async def _kept(self, live: list[GraphSubscription], memory: Memory) -> tuple[GraphSubscription | None, Done]:
        """The one to keep, renewed when due; None when none fits. One that ended meanwhile leaves `live`."""
        while (best := self._best(live, memory)) is not None:
            done = Done.KEPT if best.id == memory.id else Done.ADOPTED
            if not self._is_due(best):
                return best, done
            try:
                return await self._graph.renew(best.id, self._now() + self._config.life), Done.RENEWED
            except NotThere:
                live.remove(best)
        return None, Done.KEPT

    def _is_due(self, one: GraphSubscription) -> bool:
        return one.id.lower() in self._unauthorized or one.expires_at - self._now() <= self._config.life / 2

    async def _create(
        self, row: StateRow | None, memory: Memory, others: Sequence[GraphSubscription]
    ) -> tuple[GraphSubscription, StateRow | None]:
        """Claim the creation in the ledger, so that one instance creates; the answer's row is the claim's.

        Raises:
            Stale: another instance claimed it.
        """
        claim = replace(memory, claimed_until=self._now() + CLAIM_S, claimed_by=secrets.token_hex(8))
        await self._ledger.put_state(self._name, claim.dumps(), etag=row.etag if row else "")
        try:
            created = await self._subscribe(others)
        except SyncError:
            await self._release(claim, memory)
            raise
        row = await self._ledger.state(self._name)
        if Memory.loads(row.value if row else None).claimed_by != claim.claimed_by:
            await self._graph.delete(created.id)
            raise Stale("Another instance took the creation over.")
        return created, row

    async def _subscribe(self, others: Sequence[GraphSubscription]) -> GraphSubscription:
        """Where Graph refuses a second one, the others must go first; the delta sweep covers the moment without any."""
        try:
            return await self._new()
        except Refused as error:
            if error.code != DUPLICATE or not others:
                raise
        for one in others:
            await self._graph.delete(one.id)
        return await self._new()

    async def _new(self) -> GraphSubscription:
        config = self._config
        return await self._graph.create(
            resource=self._resource, change_types=CHANGE_TYPES, notification_url=config.notification_url,
            client_state=config.client_state, expires_at=self._now() + config.life,
        )  # fmt: skip

    async def _release(self, claim: Memory, before: Memory) -> None:
        """Let the next run try at once. A claim that can't be taken back ends by itself."""
        try:
            row = await self._ledger.state(self._name)
            if row is not None and Memory.loads(row.value) == claim:
                await self._ledger.put_state(self._name, before.dumps(), etag=row.etag)
        except SyncError:
            return

    async def _failed(self, error: SyncError, live: Sequence[GraphSubscription]) -> ResourceReport:
        """No new one: keep what there is alive meanwhile, it may still be the one that tells us."""
        left = None
        for one in live:
            try:
                due = self._is_due(one)
                left = left or (await self._graph.renew(one.id, self._now() + self._config.life) if due else one)
            except SyncError:
                continue
        return replace(self._report(Done.FAILED, left), problem=str(error))

    async def _remove(self, others: Sequence[GraphSubscription]) -> tuple[int, str]:
        removed, problem = 0, ""
        for one in others:
            try:
                await self._graph.delete(one.id)
                removed += 1
            except SyncError as error:
                problem = f"A superfluous graph subscription is still there: {error}"
        return removed, problem

    def _report(self, done: Done, one: GraphSubscription | None) -> ResourceReport:
        return ResourceReport(
            resource=self._resource, done=done, subscription_id=one.id if one else None,
            expires_at=one.expires_at if one else None,
        )  # fmt: skip

"""Who was rung, what does Entra say of them, and which queue do they belong to?

Leavers go to `revocations` as soon as their answer is there; everybody else to `changes`, in the lane of their id;
who reads as at the last completed convergence ends here. A ring that can't be read is rung again alone.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from shared import telemetry
from shared.doubts import doubt
from shared.errors import Refused, understood
from shared.model import Cause, Claim, Identity, Link, Look, Ring, Standing
from shared.ports import ReadFailure
from shared.rules.fingerprint import fingerprint, is_completed
from shared.rules.merging import merge
from shared.rules.ordering import order_for
from shared.rules.retry import decide
from shared.rules.standing import standing
from shared.workroom import Workroom


@dataclass(slots=True)
class Triage:
    """One batch on its way: what is being sent, and how many went where."""

    room: Workroom
    counts: dict[str, int] = field(default_factory=dict)
    sends: list[asyncio.Task[None]] = field(default_factory=list)

    def count(self, what: str) -> None:
        self.counts[what] = self.counts.get(what, 0) + 1

    def send(self, call: Coroutine[Any, Any, None]) -> None:
        self.sends.append(asyncio.create_task(call))

    async def sent(self) -> None:
        """Wait for every send, then raise the first failure: the others must not be lost with it."""
        for result in await asyncio.gather(*self.sends, return_exceptions=True):
            if isinstance(result, BaseException):
                raise result


async def triage(messages: Sequence[Ring | Look], room: Workroom) -> dict[str, int]:
    """Read every identity that these messages name once, and route it.

    Returns:
        How many identities went where.

    Raises:
        StoreDown: the bus did not take what had to be rung; the broker delivers the batch again.
    """
    rung = [ring for message in messages for ring in _unfold(message)]
    rings = merge(ring for ring in rung if ring.kind == "user")
    batch = Triage(room)
    for _ in {ring.id for ring in rung if ring.kind == "group"}:
        batch.count("groups")  # no mapping names a group: nothing follows from its change
    _schedule_looks(rings.values(), batch)
    version = await room.mapping.version()
    links = await room.patience.ask(room.ledger.links(list(rings)), {}, where="triage")
    unread = dict(rings)
    try:
        async for reading in room.source.read(list(rings)):
            ring = unread.pop(reading.id)
            if isinstance(reading, ReadFailure):
                batch.count("failed")
                batch.send(_ring_again(ring, reading, room))
            else:
                _route(ring, reading, links.get(reading.id), version, batch)
    except Exception as error:  # noqa: BLE001 - one unforeseen answer must not take the rest of the batch with it
        telemetry.alarm("read_unforeseen", why=type(error).__name__, identities=len(unread))
        for ring in unread.values():
            batch.send(_ring_again(ring, ReadFailure(id=ring.id, error=understood(error)), room))
    await batch.sent()
    counts = {"rings": len(rung), "identities": len(rings), **batch.counts}
    telemetry.fact("triaged", **counts)
    return counts


def _route(ring: Ring, reading: Identity, link: Link | None, version: str, batch: Triage) -> None:
    room = batch.room
    stands = standing(reading, ring.claim)
    digest = fingerprint(reading, version)
    settled = link is not None and is_completed(link.fingerprint, digest, observing=room.observing)
    if stands is Standing.UNKNOWN or (stands is Standing.CURRENT and ring.claim is Claim.GONE):
        batch.count("doubtful")
        batch.send(doubt(ring, room))
    if stands is Standing.LEAVER:
        # Never settled: what was read may be old news, but the account may have been enabled by somebody else since.
        batch.count("leavers")
        batch.send(room.bell.order([order_for(ring, reading, link, mapping=version, known=settled)]))
    elif stands is Standing.CURRENT and settled and ring.cause in (Cause.NOTIFICATION, Cause.LOOK):
        batch.count("unchanged")  # Graph's own noise; whoever asks on purpose wants both sides read
    elif stands is Standing.CURRENT:
        batch.count("changes")
        batch.send(room.bell.change([replace(ring, attempt=0)]))


def _unfold(message: Ring | Look) -> Iterable[Ring]:
    if isinstance(message, Ring):
        return [message]
    return [
        Ring(
            kind="user",
            id=id_,
            cause=Cause.LOOK,
            rung_at=message.rung_at,
            trace=message.trace,
            look=message.number,
            after_revocation=message.after_revocation,
            attempt=message.attempt,
            claim=message.claims.get(id_),
        )
        for id_ in message.ids
    ]


async def _ring_again(ring: Ring, failure: ReadFailure, room: Workroom) -> None:
    # Nobody knows yet whether this is a leaver, so it is tried as often as one; what Graph refuses is no person.
    refused = isinstance(failure.error, Refused)
    decision = decide(
        room.retries,
        failure.error,
        revocation=not refused,
        attempt=ring.attempt,
        refusals=ring.attempt,
        age_s=room.now() - ring.rung_at,
    )
    if decision.alarm:
        telemetry.alarm("read_failing", identity=ring.id, attempt=ring.attempt, why=type(failure.error).__name__)
    if not decision.park:
        at = room.now() + room.spread(decision.wait_s)
        await room.bell.ring([replace(ring, attempt=ring.attempt + 1)], at=at)


def _schedule_looks(rings: Iterable[Ring], batch: Triage) -> None:
    """One message for each look and batch. A look schedules no look, a repetition was looked at by its first try."""
    first = [ring for ring in rings if not ring.look and not ring.attempt]
    if not first:
        return
    room = batch.room
    now = room.now()
    claims = {ring.id: ring.claim for ring in first if ring.claim is not None}
    for number, delay in enumerate(room.looks_s, start=1):
        look = Look(
            ids=tuple(ring.id for ring in first),
            number=number,
            rung_at=now + delay,
            trace=room.new_id(),
            claims=claims,
        )
        batch.send(room.bell.look(look, at=look.rung_at))

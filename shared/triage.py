"""Who was rung, what does Entra say of them, and which queue do they belong to?

Leavers go to `revocations` as soon as their answer is there; everybody else to `changes`, in the lane of their id;
who reads as at the last completed convergence ends here. A ring that can't be read is rung again alone.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from shared import telemetry
from shared.errors import StoreDown
from shared.model import Cause, Claim, Instant, Link, Look, Ring, Standing
from shared.ports import ReadFailure
from shared.rules.fingerprint import fingerprint, is_completed
from shared.rules.ordering import order_for
from shared.rules.retry import decide
from shared.rules.standing import standing
from shared.workroom import Workroom


@dataclass(frozen=True, slots=True, kw_only=True)
class TriageReport:
    """How many went where."""

    rings: int
    identities: int
    leavers: int
    changes: int
    unchanged: int
    unknown: int
    failed: int


async def triage(messages: Sequence[Ring | Look], room: Workroom) -> TriageReport:
    """Read every identity that these messages name once, and route it.

    Raises:
        StoreDown: the bus did not take what had to be rung; the broker delivers the batch again.
    """
    rings = merge(ring for message in messages for ring in _unfold(message) if ring.kind == "user")
    links = await _links(room, list(rings))
    sends: list[asyncio.Task[None]] = []
    counts = dict.fromkeys(("leavers", "changes", "unchanged", "unknown", "failed"), 0)

    def send(call: Coroutine[Any, Any, None]) -> None:
        sends.append(asyncio.create_task(call))

    _schedule_looks(rings.values(), room, send)
    async for reading in room.source.read(list(rings)):
        ring = rings[reading.id]
        if isinstance(reading, ReadFailure):
            counts["failed"] += 1
            send(_ring_again(ring, reading, room))
            continue
        link = links.get(reading.id)
        digest = fingerprint(reading)
        stands = standing(reading, ring.claim)
        if stands is Standing.UNKNOWN:
            # 404 proves nothing by itself: the looks that are already scheduled read again.
            counts["unknown"] += 1
        elif _is_settled(ring, link, digest, room):
            counts["unchanged"] += 1
        elif stands is Standing.LEAVER:
            counts["leavers"] += 1
            send(room.bell.order([order_for(ring, reading, link)]))
        else:
            counts["changes"] += 1
            send(room.bell.change([replace(ring, attempt=0)]))
    await _all(sends)
    report = TriageReport(rings=len(messages), identities=len(rings), **counts)
    telemetry.fact("triaged", **{name: getattr(report, name) for name in TriageReport.__slots__})
    return report


def merge(rings: Iterable[Ring]) -> dict[str, Ring]:
    """One ring for each id: the oldest times, the strongest claim, and read Genesys when any of them asks for it."""
    merged: dict[str, Ring] = {}
    for ring in rings:
        first = merged.setdefault(ring.id, ring)
        if first is ring:
            continue
        notified = [at for at in (first.notified_at, ring.notified_at) if at is not None]
        merged[ring.id] = replace(
            first,
            rung_at=min(first.rung_at, ring.rung_at),
            notified_at=min(notified, default=None),
            claim=Claim.LEAVER if Claim.LEAVER in (first.claim, ring.claim) else first.claim or ring.claim,
            cause=first.cause if first.cause is not Cause.LOOK else ring.cause,
            look=min(first.look, ring.look),
            after_revocation=first.after_revocation or ring.after_revocation,
            attempt=min(first.attempt, ring.attempt),
        )
    return merged


def _unfold(message: Ring | Look) -> Iterable[Ring]:
    if isinstance(message, Ring):
        return [message]
    return [
        Ring(
            kind="user", id=id_, cause=Cause.LOOK, rung_at=message.rung_at, trace=message.trace, look=message.number,
            after_revocation=message.after_revocation, attempt=message.attempt,
        )
        for id_ in message.ids
    ]  # fmt: skip


async def _links(room: Workroom, ids: list[str]) -> dict[str, Link]:
    try:
        return await room.ledger.links(ids)
    except StoreDown:
        # Without links a leaver costs one search more; waiting for the ledger would cost minutes.
        telemetry.alarm("ledger_unreachable", where="triage")
        return {}


def _is_settled(ring: Ring, link: Link | None, digest: str, room: Workroom) -> bool:
    """Only Graph's own noise ends here: whoever asks on purpose, or after a revocation, wants both sides read."""
    if link is None or ring.after_revocation or ring.cause not in (Cause.NOTIFICATION, Cause.LOOK):
        return False
    return is_completed(link.fingerprint, digest, observing=room.observing)


async def _ring_again(ring: Ring, failure: ReadFailure, room: Workroom) -> None:
    # Nobody knows yet whether this is a leaver, so it is tried as often as one.
    decision = decide(
        room.retries, failure.error, revocation=True, attempt=ring.attempt, refusals=ring.attempt,
        age_s=room.now() - ring.rung_at,
    )  # fmt: skip
    if decision.alarm:
        telemetry.alarm("read_failing", identity=ring.id, attempt=ring.attempt, why=type(failure.error).__name__)
    await room.bell.ring([replace(ring, attempt=ring.attempt + 1)], at=room.now() + room.spread(decision.wait_s))


def _schedule_looks(rings: Iterable[Ring], room: Workroom, send: Any) -> None:
    """One message for each look and batch. A look schedules no look, a repetition was looked at by its first try."""
    ids = tuple(ring.id for ring in rings if not ring.look and not ring.attempt)
    if not ids:
        return
    now: Instant = room.now()
    for number, delay in enumerate(room.looks_s, start=1):
        look = Look(ids=ids, number=number, rung_at=now + delay, trace=room.new_id())
        send(room.bell.look(look, at=now + delay))


async def _all(sends: list[asyncio.Task[None]]) -> None:
    """Wait for every send, then raise the first failure: the others must not be lost with it."""
    results = await asyncio.gather(*sends, return_exceptions=True)
    for result in results:
        if isinstance(result, BaseException):
            raise result

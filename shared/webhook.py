"""What is answered to whoever posts to the notification URL? Everything but the HTTP binding.

Graph wants an answer within 3 seconds (microsoft-graph.md §2.2). 202 is only said when the bus has every ring; 503
lets Graph keep the post and bring it again. A body that could never be read is answered 202 and dropped, or it would
come back for four hours.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from shared import telemetry
from shared.entra.notifications import Parsed, handshake, parse
from shared.errors import Refused, StoreDown, Unreadable
from shared.model import Cause, Instant, Lifecycle, Ring
from shared.ports import Bell


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """Status and plain text."""

    status: int
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Door:
    """What the webhook needs to know to tell Graph's posts from others.

    Attributes:
        within_s: how long the bus may take for everything in one post; Graph waits 3 s for the answer.
    """

    client_states: Sequence[str]
    tenant_id: str
    max_bytes: int
    within_s: float = 2.0


def greet(validation_token: str | None) -> Reply | None:
    """The answer to a handshake; None when the request is none."""
    try:
        token = handshake(validation_token)
    except Refused:
        return Reply(status=400, text="The validation token is not one that Microsoft Graph sends.")
    return None if token is None else Reply(status=200, text=token)


async def receive(
    body: bytes, *, door: Door, bell: Bell, now: Callable[[], Instant], new_id: Callable[[], str]
) -> Reply:
    """Ring every identity, group and lifecycle event that this post names, then say 202."""
    if len(body) > door.max_bytes:
        telemetry.fact("notification_refused", reason="too_large", bytes=len(body))
        return Reply(status=413, text="The notification is larger than this endpoint reads.")
    notified_at = now()
    try:
        post = parse(body, client_states=door.client_states, tenant_id=door.tenant_id, limit=door.max_bytes)
    except Unreadable as error:
        telemetry.fact("notification_dropped", reason=error.code or "unreadable", bytes=len(body))
        return Reply(status=202)
    try:
        async with asyncio.timeout(door.within_s):
            await _ring(post, bell, notified_at, new_id)
    except (StoreDown, TimeoutError):
        telemetry.alarm("bus_refused_notification", rings=len(post.rings))
        return Reply(status=503, text="The notification could not be stored; send it again.")
    dropped = " ".join(f"{reason.value}:{count}" for reason, count in post.dropped.items()) or "-"
    telemetry.fact("notified", rings=len(post.rings), lifecycle=len(post.lifecycle), dropped=dropped)
    return Reply(status=202)


async def _ring(post: Parsed, bell: Bell, notified_at: Instant, new_id: Callable[[], str]) -> None:
    rings = [
        Ring(
            kind=rung.kind,
            id=rung.id,
            claim=rung.claim,
            cause=Cause.NOTIFICATION,
            rung_at=notified_at,
            notified_at=notified_at,
            trace=new_id(),
        )
        for rung in post.rings
    ]
    notes = [
        Lifecycle(subscription_id=one.subscription_id, event=one.event, rung_at=notified_at, trace=new_id())
        for one in post.lifecycle
    ]
    for result in await asyncio.gather(bell.ring(rings), bell.lifecycle(notes), return_exceptions=True):
        if isinstance(result, BaseException):
            raise result

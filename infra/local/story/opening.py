"""What happens before the first chapter? The handshake, and an edit that makes the app know its people."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass

from infra.local.director import Agent, Director, NeverError
from infra.local.story.evidence import WEBHOOK, Logs, complaints, logs
from infra.local.story.record import Check, Prologue

RESOURCES = ("users", "groups")
DEPARTMENT = "Customer Care"


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """How the play begins: `people` are those who take part, `patience_s` how long anything may take."""

    people: Sequence[Agent]
    patience_s: float
    world_ms: float


async def play_opening(director: Director, opening: Opening) -> Prologue:
    """Subscribe and link; what does not work is a check that does not hold."""
    began = time.monotonic()
    subscribed = True
    try:
        await director.subscribe()
    except NeverError:
        subscribed = False
    subscribed_ms = (time.monotonic() - began) * 1000
    handshakes = _handshakes(await logs(director))
    linked = await _link(director, opening) if subscribed else 0
    seen = "; ".join(complaints(await logs(director))) or "the simulators saw no error"
    return Prologue(
        world_ms=opening.world_ms,
        subscribed_ms=subscribed_ms,
        resources=RESOURCES if subscribed else (),
        linked=linked,
        checks=(
            Check(
                sentence="Graph shook hands with the webhook, then created each subscription",
                holds=subscribed and handshakes >= len(RESOURCES),
                found=f"{handshakes} handshakes; {seen}",
            ),
            Check(
                sentence=f"a new department in Entra arrived in Genesys for all who take part ({len(opening.people)})",
                holds=linked == len(opening.people),
                found=f"{linked} arrived; {seen}",
            ),
        ),
    )


def _handshakes(seen: Logs) -> int:
    """How many graph subscriptions were created while the webhook was asked, as the two logs show."""
    created = [
        entry
        for entry in seen.graph
        if entry["method"] == "POST" and entry["path"].endswith("/subscriptions") and entry["status"] == 201
    ]
    asked = [entry for entry in seen.invocations if entry["function"] == WEBHOOK and entry["ended"] is not None]
    return sum(any(one["at"] <= call["started"] and call["ended"] <= one["done"] for call in asked) for one in created)


async def _link(director: Director, opening: Opening) -> int:
    """As after the first reconciliation: the app remembers which account is whose. Then the world is idle."""
    await asyncio.gather(*(director.update(who, department=DEPARTMENT) for who in opening.people))

    async def arrived() -> int:
        calls = [call for call in await director.genesys_log() if call["method"] == "PATCH" and call["status"] == 200]
        return sum(any(who.account_id in call["path"] for call in calls) for who in opening.people)

    async def all_arrived() -> bool | None:
        return await arrived() == len(opening.people) or None

    async def nothing_scheduled() -> bool | None:
        depths = (queue["depth"] for queue in (await director.queues()).values())
        return all(depth["active"] + depth["locked"] + depth["scheduled"] == 0 for depth in depths) or None

    try:
        await director.until(all_arrived, "the departments arrive", opening.patience_s)
        await director.until(nothing_scheduled, "the world is idle", opening.patience_s)
    except NeverError:
        return await arrived()
    return len(opening.people)

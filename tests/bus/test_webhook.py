"""The webhook's answer comes in time, whatever the bus does."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable

from shared.runtime.bell import DOORBELL, ServiceBusBell
from shared.webhook import Door, receive
from tests.bus.conftest import Bus
from tests.entra.test_notifications import STATE, TENANT, item, lifecycle_item

POST = json.dumps({"value": [item(), lifecycle_item()]}).encode()


def door(within_s: float = 2.0) -> Door:
    return Door(client_states=(STATE,), tenant_id=TENANT, max_bytes=100_000, within_s=within_s)


async def test_rings_and_lifecycle_events_of_one_post_are_both_sent(bus: Bus, bell: Callable[..., ServiceBusBell]):
    ids = iter("abcdef")
    reply = await receive(POST, door=door(10.0), bell=bell(), now=lambda: 1.0, new_id=lambda: next(ids))
    assert reply.status == 202
    assert sorted(bus.kinds(DOORBELL)) == ["lifecycle", "ring"]


async def test_a_silent_bus_is_503_within_one_limit_for_everything(bus: Bus, bell: Callable[..., ServiceBusBell]):
    bus.wire.silent = True
    async with asyncio.timeout(10):
        reply = await receive(POST, door=door(0.1), bell=bell(timeout_s=60.0), now=lambda: 1.0, new_id=lambda: "a")
    assert reply.status == 503

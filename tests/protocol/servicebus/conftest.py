"""A namespace in memory with a clock of its own, served on a free loopback port."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from hypothesis import HealthCheck, settings

from infra.local.servicebus.queues import Namespace, Queue, QueueConfig
from infra.local.servicebus.store import Place
from infra.local.simulation.clock import Clock

#: For property tests: a machine that is busy with other tests makes no example wrong.
steady = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])

QUEUES = {
    "plain": QueueConfig(),
    "lanes": QueueConfig(session=True),
    "once": QueueConfig(duplicate_window_s=600),
    "brief": QueueConfig(ttl_s=60, dead_letter_on_expiry=True),
    "strict": QueueConfig(max_delivery=2),
}


def connection_string(port: int) -> str:
    return (
        f"Endpoint=sb://127.0.0.1:{port};SharedAccessKeyName=local;SharedAccessKey=bG9jYWw=;"
        "UseDevelopmentEmulator=true;"
    )


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def namespace(clock: Clock) -> AsyncIterator[Namespace]:
    namespace = Namespace(clock, QUEUES)
    yield namespace
    await namespace.close()


@pytest.fixture
def plain(namespace: Namespace) -> Queue:
    return namespace.entity("plain")


@pytest.fixture
def lanes(namespace: Namespace) -> Queue:
    return namespace.entity("lanes")


def empty(queue: Queue) -> None:
    """Forget every message that nobody holds."""
    for stored in queue.peek(1000):
        assert stored.place is not Place.LOCKED
        queue.remove(stored)

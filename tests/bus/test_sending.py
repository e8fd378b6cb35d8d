"""What happens to a sender when the bus is silent, a message is too large, or its task ends."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from azure.servicebus.aio import ServiceBusClient

from infra.local.servicebus.store import Place
from shared.errors import StoreDown
from shared.model import Cause, Ring
from shared.runtime import sending
from shared.runtime.bell import CHANGES, DOORBELL, Senders, ServiceBusBell, connect
from shared.runtime.sending import TooLarge
from tests.bus.conftest import Bus

SAFETY_S = 20.0
BRIEF_S = 0.3


def ring(trace: str = "t") -> Ring:
    return Ring(kind="user", id="8a7c1b1e-6f51-4d0a-9a34-0b6a2d2f9c01", cause=Cause.LOOK, rung_at=1.0, trace=trace)


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("OPEN_TIMEOUT_S", "SEND_TIMEOUT_S", "CLOSE_TIMEOUT_S"):
        monkeypatch.setattr(sending, name, 1.5)


async def until_sent(bell: ServiceBusBell) -> None:
    async with asyncio.timeout(SAFETY_S):
        while True:
            try:
                await bell.ring([ring()])
            except StoreDown:
                continue
            return


async def test_a_sender_that_opened_into_silence_sends_when_the_bus_speaks_again(
    bus: Bus, senders: Senders, bell: Callable[..., ServiceBusBell], impatient: None
):
    bus.wire.silent = True
    senders.warm_up()
    with pytest.raises(StoreDown):
        await bell(timeout_s=BRIEF_S).ring([ring()])
    bus.wire.silent = False
    await until_sent(bell(timeout_s=5.0))
    assert bus.kinds(DOORBELL) == ["ring"]


async def test_a_sender_whose_connection_fell_silent_opens_another(
    bus: Bus, bell: Callable[..., ServiceBusBell], impatient: None
):
    await bell().ring([ring()])
    bus.wire.silent = True
    with pytest.raises(StoreDown):
        await bell(timeout_s=BRIEF_S).ring([ring()])
    bus.wire.silent = False
    await until_sent(bell(timeout_s=5.0))
    assert set(bus.kinds(DOORBELL)) == {"ring"}


async def test_a_message_that_is_too_large_fails_alone(bus: Bus, bell: Callable[..., ServiceBusBell]):
    patient = bell(patience_s=60.0)
    small, large = ring("small"), ring("x" * 1_200_000)
    async with asyncio.timeout(SAFETY_S):
        results = await asyncio.gather(*(patient.ring([one]) for one in (small, large, small)), return_exceptions=True)
    assert [type(result) for result in results] == [type(None), TooLarge, type(None)]
    assert isinstance(results[1], StoreDown)
    assert "larger than the bus takes" in str(results[1])
    assert bus.kinds(DOORBELL) == ["ring", "ring"]


async def test_a_sender_whose_task_ended_starts_again_and_says_so(
    bus: Bus, senders: Senders, bell: Callable[..., ServiceBusBell], caplog: pytest.LogCaptureFixture
):
    await bell().ring([ring()])
    [task] = [task for task in asyncio.all_tasks() if task.get_name() == f"bell {DOORBELL}"]
    task.cancel()
    await asyncio.wait({task})
    async with asyncio.timeout(SAFETY_S):
        await bell().ring([ring()])
    assert bus.kinds(DOORBELL) == ["ring", "ring"]
    assert f"The sender of {DOORBELL} had ended (cancelled)" in caplog.text


class CancelsItself:
    """The SDK's client, whose first sender is cancelled from inside while it opens."""

    def __init__(self, client: ServiceBusClient) -> None:
        self._client = client
        self._first = True

    def get_queue_sender(self, queue: str) -> Any:
        if not self._first:
            return self._client.get_queue_sender(queue)
        self._first = False
        return self

    async def create_message_batch(self) -> None:
        raise asyncio.CancelledError

    async def close(self) -> None:
        await self._client.close()


async def test_a_cancellation_from_inside_the_library_ends_nothing(bus: Bus):
    client = connect(bus.connection_string, "", None)
    senders = Senders(CancelsItself(client))  # type: ignore[arg-type]
    bell = ServiceBusBell(senders, lanes=4, new_id=lambda: "id", timeout_s=10.0)
    async with asyncio.timeout(SAFETY_S):
        await bell.ring([ring()])
    assert bus.kinds(DOORBELL) == ["ring"]
    await senders.close()


async def test_a_body_is_sent_again_as_it_is_and_later(bus: Bus, bell: Callable[..., ServiceBusBell]):
    body = b"\xff no message of ours"
    await bell().resend(CHANGES, body, at=bus.namespace.clock.now() + 3600, session="lane-3")
    [stored] = bus.namespace.entity(CHANGES).peek(10)
    assert (stored.message.body(), stored.place) == (body, Place.SCHEDULED)
    assert stored.message.properties.session_id == "lane-3"


@pytest.mark.parametrize("at", [1e308, float("inf"), -1e18])
async def test_a_time_that_no_calendar_has_is_now(bus: Bus, bell: Callable[..., ServiceBusBell], at: float):
    await bell().ring([ring()], at=at)
    [stored] = bus.namespace.entity(DOORBELL).peek(10)
    assert stored.place is Place.ACTIVE

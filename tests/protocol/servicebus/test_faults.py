"""Does an injected fault surface in the SDK as the documented error, and does the same sender recover?"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest
import pytest_asyncio
from azure.servicebus import ServiceBusMessage
from azure.servicebus.aio import ServiceBusClient, ServiceBusSender
from azure.servicebus.exceptions import (
    ServiceBusAuthorizationError,
    ServiceBusError,
    ServiceBusQuotaExceededError,
    ServiceBusServerBusyError,
)

from infra.local.servicebus.consumer import Consumer, SessionConsumer, enqueue_raw
from infra.local.servicebus.errors import AmqpError
from infra.local.servicebus.faults import BusFaultError, BusFaults
from infra.local.servicebus.queues import Namespace, Queue
from infra.local.simulation.clock import Clock
from tests.protocol.servicebus.conftest import QUEUES, connection_string, empty

NOTHING = {"refuse_sends": [], "delay_sends_ms": 0.0, "idle_drop_s": None, "outage": False}


pytestmark = pytest.mark.asyncio(loop_scope="module")


@dataclass(frozen=True, slots=True, kw_only=True)
class Bus:
    """The broker, and senders to its queue `plain`: one tries once, the other is patient and retries quickly."""

    namespace: Namespace
    client: ServiceBusClient
    once: ServiceBusSender
    patient: ServiceBusSender

    @property
    def faults(self) -> BusFaults:
        return self.namespace.faults

    @property
    def plain(self) -> Queue:
        return self.namespace.entity("plain")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared() -> AsyncIterator[Bus]:
    """One bus for the module: opening and closing a link costs the SDK half a second each."""
    namespace = Namespace(Clock(), QUEUES)
    where = connection_string(await namespace.listen())
    client = ServiceBusClient.from_connection_string(where, retry_total=0)
    retrying = ServiceBusClient.from_connection_string(
        where, retry_total=3, retry_backoff_factor=0.05, retry_mode="fixed"
    )
    senders = client.get_queue_sender("plain"), retrying.get_queue_sender("plain")
    await asyncio.gather(*(sender.__aenter__() for sender in senders))
    yield Bus(namespace=namespace, client=client, once=senders[0], patient=senders[1])
    await asyncio.gather(*(sender.close() for sender in senders))
    await client.close()
    await retrying.close()
    await namespace.close()


@pytest.fixture
def bus(shared: Bus) -> Iterator[Bus]:
    yield shared
    shared.faults.clear()
    empty(shared.plain)


@pytest.fixture
def faults(namespace: Namespace) -> BusFaults:
    """Of a broker without clients."""
    return namespace.faults


def bodies(queue: Queue) -> list[bytes]:
    return [stored.message.body() for stored in queue.peek()]


async def test_refused_sends_surface_as_documented_and_the_sender_recovers(bus):
    for condition, error in (
        ("com.microsoft:server-busy", ServiceBusServerBusyError),
        ("amqp:internal-error", ServiceBusError),
        ("amqp:resource-limit-exceeded", ServiceBusQuotaExceededError),
        ("amqp:unauthorized-access", ServiceBusAuthorizationError),
    ):
        bus.faults.apply({"refuse_sends": {"queue": "plain", "times": 1, "condition": condition}})
        with pytest.raises(error):
            await bus.once.send_messages(ServiceBusMessage(condition))
        await bus.once.send_messages(ServiceBusMessage("fine"))

    assert bodies(bus.plain) == [b"fine"] * 4


async def test_a_scheduled_send_is_refused_too(bus):
    bus.faults.apply({"refuse_sends": {"times": 1}})

    with pytest.raises(ServiceBusServerBusyError):
        await bus.once.schedule_messages(ServiceBusMessage("later"), datetime.now(UTC))

    assert bodies(bus.plain) == []


async def test_retries_outlast_a_busy_service(bus):
    bus.faults.apply({"refuse_sends": {"times": 2}})

    await bus.patient.send_messages(ServiceBusMessage("a"))

    assert bodies(bus.plain) == [b"a"]


async def test_a_sender_survives_dropped_connections(bus):
    bus.faults.apply({"drop_connections": True})
    await bus.patient.send_messages(ServiceBusMessage("after a drop"))
    bus.faults.apply({"refuse_sends": {"times": 1, "how": "drop"}})
    await bus.patient.send_messages(ServiceBusMessage("dropped while sending"))

    assert bodies(bus.plain) == [b"after a drop", b"dropped while sending"]


async def test_a_lost_answer_makes_the_retry_a_second_message(bus):
    bus.faults.apply({"refuse_sends": {"times": 1, "how": "drop_after"}})

    await bus.patient.send_messages(ServiceBusMessage("twice"))

    assert bodies(bus.plain) == [b"twice", b"twice"]


async def test_an_idle_connection_is_closed_and_the_sender_comes_back(bus):
    await bus.patient.send_messages(ServiceBusMessage("before"))
    bus.faults.apply({"idle_drop_s": 600})

    bus.namespace.clock.advance(601)
    await bus.patient.send_messages(ServiceBusMessage("after the pause"))

    assert bodies(bus.plain) == [b"before", b"after the pause"]


async def test_an_outage_refuses_new_connections_until_it_ends(bus):
    bus.faults.apply({"outage": True})
    with pytest.raises(ServiceBusError):
        await bus.once.send_messages(ServiceBusMessage("lost"))
    bus.faults.apply({"outage": False})

    await bus.once.send_messages(ServiceBusMessage("back"))

    assert bodies(bus.plain) == [b"back"]


async def test_a_delayed_send_is_kept_at_once_and_answered_late(bus):
    bus.faults.apply({"delay_sends_ms": 200})

    sending = asyncio.create_task(bus.once.send_messages(ServiceBusMessage("slow")))
    async with asyncio.timeout(5):
        while not bus.plain.peek():
            await asyncio.sleep(0.005)

    assert not sending.done()
    await sending


async def test_locks_are_lost_in_one_queue_or_everywhere(namespace, faults, plain, lanes):
    enqueue_raw(plain, b"a")
    enqueue_raw(lanes, b"b", session_id="s")
    [held] = await Consumer(plain).receive(timeout=5)
    session = await SessionConsumer.accept_next(lanes)

    faults.apply({"lose_locks": "plain"})
    with pytest.raises(AmqpError, match="message-lock-lost"):
        held.complete()
    session.renew()
    faults.apply({"lose_locks": True})
    with pytest.raises(AmqpError, match="session-lock-lost"):
        session.renew()


async def test_refusals_count_down_per_queue(faults):
    faults.apply({"refuse_sends": {"queue": "PLAIN", "times": 2}})

    assert faults.refusal("lanes") is None
    assert faults.refusal("plain") is not None
    assert faults.describe()["refuse_sends"] == [
        {"queue": "PLAIN", "times": 1, "how": "reject", "condition": "com.microsoft:server-busy"}
    ]
    assert faults.refusal("plain") is not None
    assert faults.refusal("plain") is None


async def test_without_a_count_sends_are_refused_until_cleared(faults):
    faults.apply({"refuse_sends": {}, "delay_sends_ms": 5, "idle_drop_s": 60, "outage": True})
    assert all(faults.refusal("plain") for _ in range(10))

    faults.clear()

    assert faults.refusal("plain") is None
    assert faults.describe() == NOTHING


@pytest.mark.parametrize(
    ("raw", "problem"),
    [
        ({"explode": True}, "explode"),
        ({"outage": "yes"}, "outage"),
        ({"drop_connections": 1}, "drop_connections"),
        ({"lose_locks": None}, "lose_locks"),
        ({"delay_sends_ms": -1}, "delay_sends_ms"),
        ({"delay_sends_ms": True}, "delay_sends_ms"),
        ({"idle_drop_s": "600"}, "idle_drop_s"),
        ({"refuse_sends": []}, "object"),
        ({"refuse_sends": {"how": "rudely"}}, "how"),
        ({"refuse_sends": {"times": 0}}, "times"),
        ({"refuse_sends": {"queues": "plain"}}, "queues"),
        ({"refuse_sends": {"queue": 5}}, "queue"),
        ({"refuse_sends": {"condition": 5}}, "condition"),
    ],
    ids=str,
)
async def test_a_fault_of_another_form_is_refused_by_name(faults, raw, problem):
    with pytest.raises(BusFaultError, match=problem):
        faults.apply(raw)

    assert faults.describe() == NOTHING


async def test_locks_of_an_unknown_queue_cannot_be_lost(faults):
    with pytest.raises(AmqpError, match="not-found"):
        faults.apply({"lose_locks": "nowhere"})

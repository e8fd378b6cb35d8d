"""Does the unmodified azure-servicebus (aio) find everything that it expects of Service Bus?

Opening and closing a link costs the SDK half a second each, so the tests of this module share a client and the links
that several of them need; what they ask of each other is an empty queue.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
import pytest_asyncio
from azure.servicebus import (
    NEXT_AVAILABLE_SESSION,
    ServiceBusMessage,
    ServiceBusMessageState,
    ServiceBusReceiveMode,
    ServiceBusSubQueue,
)
from azure.servicebus.aio import ServiceBusClient, ServiceBusReceiver, ServiceBusSender
from azure.servicebus.exceptions import (
    MessageLockLostError,
    MessageNotFoundError,
    MessageSizeExceededError,
    MessagingEntityNotFoundError,
    OperationTimeoutError,
    ServiceBusError,
    SessionCannotBeLockedError,
    SessionLockLostError,
)

from infra.local.servicebus.consumer import Consumer, SessionConsumer, enqueue_raw
from infra.local.servicebus.queues import Namespace, Queue
from infra.local.simulation.clock import Clock
from tests.protocol.servicebus.conftest import QUEUES, connection_string, empty

pytestmark = pytest.mark.asyncio(loop_scope="module")

WAIT = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Bus:
    """The broker, and the SDK's links to its queues `plain` and `lanes`."""

    namespace: Namespace
    client: ServiceBusClient
    sender: ServiceBusSender
    lane_sender: ServiceBusSender
    receiver: ServiceBusReceiver
    grave: ServiceBusReceiver

    @property
    def clock(self) -> Clock:
        return self.namespace.clock

    @property
    def plain(self) -> Queue:
        return self.namespace.entity("plain")

    @property
    def lanes(self) -> Queue:
        return self.namespace.entity("lanes")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def bus() -> AsyncIterator[Bus]:
    namespace = Namespace(Clock(), QUEUES)
    port = await namespace.listen()
    client = ServiceBusClient.from_connection_string(connection_string(port), retry_total=0)
    bus = Bus(
        namespace=namespace,
        client=client,
        sender=client.get_queue_sender("plain"),
        lane_sender=client.get_queue_sender("lanes"),
        receiver=client.get_queue_receiver("plain"),
        grave=client.get_queue_receiver("plain", sub_queue=ServiceBusSubQueue.DEAD_LETTER),
    )
    links = (bus.sender, bus.lane_sender, bus.receiver, bus.grave)
    await asyncio.gather(*(link.__aenter__() for link in links))
    yield bus
    await asyncio.gather(*(link.close() for link in links))
    await client.close()
    await namespace.close()


async def test_a_message_arrives_with_all_that_its_sender_said(bus):
    queue, big = bus.namespace.entity("once"), b"x" * 200_000
    async with bus.client.get_queue_sender("once") as sender:
        await sender.send_messages(
            ServiceBusMessage(
                b"{}", message_id="m", subject="s", content_type="application/json", correlation_id="c", to="t",
                reply_to="r", application_properties={"attempt": 3, "since": "2026", "hot": True},
                time_to_live=timedelta(hours=1),
            )
        )  # fmt: skip
        await sender.send_messages(ServiceBusMessage("a duplicate", message_id="m"))
        await sender.send_messages([ServiceBusMessage(str(number), message_id=str(number)) for number in range(3)])
        batch = await sender.create_message_batch()
        assert batch.max_size_in_bytes == queue.config.max_message_bytes
        batch.add_message(ServiceBusMessage("batched", application_properties={"n": 1}))
        await sender.send_messages(batch)
        await sender.send_messages(ServiceBusMessage(big))
        with pytest.raises(MessageSizeExceededError):
            await sender.send_messages(ServiceBusMessage(b"x" * 262_144))
        await sender.send_messages(ServiceBusMessage("after the refusal"))

    got = await Consumer(queue).receive(20)

    assert [delivery.body for delivery in got[1:]] == [b"0", b"1", b"2", b"batched", big, b"after the refusal"]
    first = got[0]
    assert (first.body, first.message_id, first.subject, first.to) == (b"{}", "m", "s", "t")
    assert (first.content_type, first.correlation_id, first.reply_to) == ("application/json", "c", "r")
    assert first.application_properties == {"attempt": 3, "since": "2026", "hot": True}
    assert got[4].application_properties == {"n": 1}


async def test_every_settlement_does_what_it_says(bus):
    receiver = bus.receiver
    for number in range(5):
        enqueue_raw(bus.plain, str(number).encode(), message_id=str(number), properties={"attempt": number})
    assert [str(message) for message in await receiver.peek_messages(10)] == ["0", "1", "2", "3", "4"]
    got = [await next_of(receiver) for _ in range(5)]
    assert [message.delivery_count for message in got] == [0] * 5
    assert got[2].application_properties == {b"attempt": 2}

    await receiver.complete_message(got[0])
    await receiver.abandon_message(got[1])
    await receiver.dead_letter_message(got[2], reason="bad", error_description="very")
    await receiver.defer_message(got[3])
    renewed = await receiver.renew_message_lock(got[4])
    assert renewed == got[4].locked_until_utc
    await receiver.complete_message(got[4])

    again = await next_of(receiver)
    assert (again.message_id, again.delivery_count) == ("1", 1)
    await receiver.complete_message(again)
    [peeked] = await receiver.peek_messages(10)
    assert (peeked.message_id, peeked.state) == ("3", ServiceBusMessageState.DEFERRED)
    [deferred] = await receiver.receive_deferred_messages([got[3].sequence_number])
    await receiver.complete_message(deferred)
    with pytest.raises(MessageNotFoundError):
        await receiver.receive_deferred_messages([got[3].sequence_number])

    buried = await next_of(bus.grave)
    assert (buried.message_id, buried.dead_letter_reason, buried.dead_letter_error_description) == ("2", "bad", "very")
    assert buried.dead_letter_source == "plain"
    await bus.grave.complete_message(buried)
    assert bus.plain.peek() == []


async def test_a_lock_that_expired_is_lost_and_the_message_comes_again(bus):
    enqueue_raw(bus.plain, b"a")
    held = await next_of(bus.receiver)

    # The SDK looks at the machine's clock before it asks, so the refusals are the broker's own.
    bus.clock.advance(bus.plain.config.lock_s)

    with pytest.raises(MessageLockLostError):
        await bus.receiver.complete_message(held)
    again = await next_of(bus.receiver)
    assert again.delivery_count == 1
    with pytest.raises(MessageLockLostError):
        await bus.receiver.renew_message_lock(held)
    await bus.receiver.complete_message(again)


async def test_scheduled_messages_wait_for_their_time_and_can_be_cancelled(bus):
    tomorrow = datetime.fromtimestamp(bus.clock.now(), UTC) + timedelta(days=1)
    numbers = await bus.sender.schedule_messages([ServiceBusMessage("kept"), ServiceBusMessage("not")], tomorrow)
    await bus.sender.send_messages(ServiceBusMessage("annotated", scheduled_enqueue_time_utc=tomorrow))
    await bus.sender.cancel_scheduled_messages([numbers[1]])
    with pytest.raises(MessageNotFoundError):
        await bus.sender.cancel_scheduled_messages([numbers[1]])
    peeked = await bus.receiver.peek_messages(10, sequence_number=numbers[0])
    assert [message.state for message in peeked] == [ServiceBusMessageState.SCHEDULED] * 2

    bus.clock.advance(86_400)

    got = [await next_of(bus.receiver) for _ in range(2)]
    assert [str(message) for message in got] == ["kept", "annotated"]
    for message in got:
        await bus.receiver.complete_message(message)


async def test_receive_and_delete_leaves_nothing(bus):
    queue = bus.namespace.entity("strict")
    enqueue_raw(queue, b"a")
    mode = ServiceBusReceiveMode.RECEIVE_AND_DELETE
    async with bus.client.get_queue_receiver("strict", receive_mode=mode) as receiver:
        got = await next_of(receiver)

    assert str(got) == "a"
    assert queue.peek() == []


async def test_sessions_are_accepted_by_name_or_as_the_next_one(bus):
    for session_id in "ab":
        messages = [ServiceBusMessage(f"{session_id}{n}", session_id=session_id) for n in (1, 2)]
        await bus.lane_sender.send_messages(messages)
    with pytest.raises(ServiceBusError, match="requires sessions"):
        await bus.lane_sender.send_messages(ServiceBusMessage("no session"))
    named = bus.client.get_queue_receiver("lanes", session_id="b")
    following = bus.client.get_queue_receiver("lanes", session_id=NEXT_AVAILABLE_SESSION, max_wait_time=WAIT)
    await asyncio.gather(named.__aenter__(), following.__aenter__())
    assert {named.session.session_id, following.session.session_id} == {"a", "b"}

    message = await next_of(named)
    assert (str(message), message.session_id) == ("b1", "b")
    await named.complete_message(message)
    await named.session.set_state(b"half way")
    assert await named.session.get_state() == b"half way"
    assert await named.session.renew_lock() == named.session.locked_until_utc
    await asyncio.gather(named.close(), following.close())

    left = bus.lanes.peek()
    assert [(stored.message.body(), stored.delivery_count) for stored in left] == [(b"a1", 0), (b"a2", 0), (b"b2", 0)]
    empty(bus.lanes)


async def test_an_expired_session_lock_is_lost_and_counts_a_delivery(bus):
    enqueue_raw(bus.lanes, b"1", session_id="s")
    async with bus.client.get_queue_receiver("lanes", session_id="s") as receiver:
        held = await next_of(receiver)
        bus.clock.advance(bus.lanes.config.lock_s)
        with pytest.raises(SessionLockLostError):
            await receiver.complete_message(held)

    [stored] = bus.lanes.peek()
    assert stored.delivery_count == 1
    empty(bus.lanes)


async def test_links_that_cannot_be_are_refused_as_documented(bus):
    client = bus.client
    enqueue_raw(bus.lanes, b"", session_id="taken")
    owner = await SessionConsumer.accept_next(bus.lanes)
    wanted = {
        client.get_queue_sender("nowhere"): MessagingEntityNotFoundError,
        client.get_queue_receiver("nowhere"): MessagingEntityNotFoundError,
        client.get_queue_receiver("lanes"): ServiceBusError,
        client.get_queue_receiver("plain", session_id="s"): ServiceBusError,
        client.get_queue_receiver("lanes", session_id="taken"): SessionCannotBeLockedError,
        client.get_queue_receiver("lanes", session_id=NEXT_AVAILABLE_SESSION, max_wait_time=0.2): OperationTimeoutError,
    }

    refused = await asyncio.gather(*(link.__aenter__() for link in wanted), return_exceptions=True)

    assert [type(error) for error in refused] == list(wanted.values())
    owner.close()
    empty(bus.lanes)


async def next_of(receiver: ServiceBusReceiver):
    [message] = await receiver.receive_messages(1, max_wait_time=WAIT)
    return message

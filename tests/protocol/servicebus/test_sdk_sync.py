"""Does the synchronous azure-servicebus work against the same endpoint? The broker runs in a thread of its own."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from concurrent.futures import Future
from datetime import UTC, datetime, timedelta

import pytest
from azure.servicebus import NEXT_AVAILABLE_SESSION, ServiceBusClient, ServiceBusMessage, ServiceBusSubQueue
from azure.servicebus.exceptions import MessageLockLostError

from infra.local.servicebus.queues import Namespace
from infra.local.simulation.clock import Clock
from tests.protocol.servicebus.conftest import QUEUES, connection_string

WAIT = 5


class Bus:
    """A namespace whose loop runs in another thread."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self.clock = Clock()
        self.namespace = Namespace(self.clock, QUEUES)
        self.thread = threading.Thread(target=self.loop.run_forever)
        self.thread.start()
        self.port = asyncio.run_coroutine_threadsafe(self.namespace.listen(), self.loop).result(WAIT)

    def advance(self, seconds: float) -> None:
        done: Future[None] = Future()

        def move() -> None:
            self.clock.advance(seconds)
            done.set_result(None)

        self.loop.call_soon_threadsafe(move)
        done.result(WAIT)

    def stop(self) -> None:
        asyncio.run_coroutine_threadsafe(self.namespace.close(), self.loop).result(WAIT)
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join()
        self.loop.close()


@pytest.fixture
def bus() -> Iterator[Bus]:
    bus = Bus()
    yield bus
    bus.stop()


@pytest.fixture
def client(bus: Bus) -> Iterator[ServiceBusClient]:
    with ServiceBusClient.from_connection_string(connection_string(bus.port), retry_total=0) as client:
        yield client


def test_sending_scheduling_peeking_receiving_and_settling(bus, client):
    with client.get_queue_sender("strict") as sender, client.get_queue_receiver("strict") as receiver:
        sender.send_messages([ServiceBusMessage(str(n), message_id=str(n)) for n in range(3)])
        [number] = sender.schedule_messages(ServiceBusMessage("later"), datetime.now(UTC) + timedelta(days=1))
        assert [str(message) for message in receiver.peek_messages(10)] == ["0", "1", "2", "later"]
        sender.cancel_scheduled_messages(number)

        got = [receiver.receive_messages(1, max_wait_time=WAIT)[0] for _ in range(3)]
        receiver.complete_message(got[0])
        receiver.defer_message(got[1])
        receiver.abandon_message(got[2])
        [deferred] = receiver.receive_deferred_messages(got[1].sequence_number)
        receiver.complete_message(deferred)
        [again] = receiver.receive_messages(1, max_wait_time=WAIT)
        assert again.delivery_count == 1
        bus.advance(60)
        with pytest.raises(MessageLockLostError):
            receiver.complete_message(again)

    with client.get_queue_receiver("strict", sub_queue=ServiceBusSubQueue.DEAD_LETTER) as dead:
        [buried] = dead.receive_messages(1, max_wait_time=WAIT)
        assert buried.message_id == "2"
        assert buried.dead_letter_reason == "MaxDeliveryCountExceeded"
        dead.complete_message(buried)
    assert bus.namespace.entity("strict").peek() == []


def test_sessions(bus, client):
    with client.get_queue_sender("lanes") as sender:
        sender.send_messages([ServiceBusMessage(str(n), session_id="s") for n in (1, 2)])
    with client.get_queue_receiver("lanes", session_id=NEXT_AVAILABLE_SESSION, max_wait_time=WAIT) as receiver:
        assert receiver.session.session_id == "s"
        for expected in ("1", "2"):
            [message] = receiver.receive_messages(1, max_wait_time=WAIT)
            assert str(message) == expected
            receiver.complete_message(message)
        receiver.session.set_state("done")
        assert receiver.session.get_state() == b"done"
        receiver.session.renew_lock()

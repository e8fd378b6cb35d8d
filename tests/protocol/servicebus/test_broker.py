"""What does the broker do with a message as time passes? Everything on the virtual clock, nothing on the wire."""

from __future__ import annotations

import asyncio
import itertools
from dataclasses import replace

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from infra.local.servicebus.consumer import Consumer, Delivery, SessionConsumer, enqueue_raw
from infra.local.servicebus.errors import AmqpError
from infra.local.servicebus.messages import SCHEDULED, Message, Properties
from infra.local.servicebus.queues import Depth, Namespace, Queue, QueueConfig
from infra.local.servicebus.values import Symbol, Timestamp
from infra.local.simulation.clock import Clock
from tests.protocol.servicebus.conftest import steady

NOTHING = Depth(active=0, scheduled=0, locked=0, deferred=0)


def message(body: bytes = b"", *, at: float | None = None, ttl_ms: int | None = None, **known: str) -> Message:
    composed = Message.compose(body, Properties(**known), {})
    annotations: dict[object, object] = {} if at is None else {Symbol(SCHEDULED): Timestamp.of(at)}
    return replace(composed, annotations=annotations, ttl_ms=ttl_ms)


async def one(queue: Queue) -> Delivery:
    """The next message, which must be there."""
    consumer = Consumer(queue)
    [delivery] = await consumer.receive(timeout=5)
    consumer.close()
    return delivery


def bodies(queue: Queue) -> list[bytes]:
    return [stored.message.body() for stored in queue.peek()]


async def test_a_delivery_shows_what_the_sender_wrote(plain, clock):
    properties = Properties(
        message_id="m", to="t", subject="s", reply_to="r", correlation_id="c", content_type="application/json"
    )
    plain.enqueue(Message.compose(b"{}", properties, {"attempt": 3}))

    got = await one(plain)

    assert (got.body, got.message_id, got.to, got.subject) == (b"{}", "m", "t", "s")
    assert (got.reply_to, got.correlation_id, got.content_type) == ("r", "c", "application/json")
    assert (got.session_id, got.application_properties) == (None, {"attempt": 3})
    assert (got.sequence_number, got.delivery_count, got.dead_letter_source) == (1, 0, None)
    assert got.enqueued_at <= clock.now() <= got.locked_until


async def test_a_completed_message_is_gone(plain):
    enqueue_raw(plain, b"a")

    (await one(plain)).complete()

    assert plain.depth() == NOTHING
    assert plain.stats.completed == 1


async def test_an_abandoned_message_comes_back_first_and_counts(plain):
    enqueue_raw(plain, b"a")
    enqueue_raw(plain, b"b")

    (await one(plain)).abandon()

    again = await one(plain)
    assert (again.body, again.delivery_count) == (b"a", 1)
    assert plain.stats.abandoned == 1


async def test_an_expired_lock_gives_the_message_back_and_is_lost_to_its_holder(plain, clock):
    enqueue_raw(plain, b"a")
    held = await one(plain)

    clock.advance(plain.config.lock_s - 1)
    assert plain.depth().locked == 1
    clock.advance(1)

    assert plain.depth() == replace(NOTHING, active=1)
    for settle in (held.complete, held.abandon, held.renew, lambda: held.dead_letter("r", "d")):
        with pytest.raises(AmqpError) as refused:
            settle()
        assert refused.value.condition == "com.microsoft:message-lock-lost"
    assert (await one(plain)).delivery_count == 1
    assert plain.stats.lock_expired == 1


async def test_a_renewed_lock_holds_for_another_lock_duration(plain, clock):
    enqueue_raw(plain, b"a")
    held = await one(plain)
    clock.advance(40)

    held.renew()
    clock.advance(40)

    assert held.locked_until == pytest.approx(clock.now() + 20, abs=5)
    held.complete()
    clock.advance(1000)
    assert plain.stats.lock_expired == 0


@pytest.mark.parametrize("ending", ["abandon", "expire"])
async def test_the_last_allowed_delivery_that_fails_dead_letters_the_message(namespace, clock, ending):
    queue = namespace.entity("strict")
    enqueue_raw(queue, b"poison", message_id="p")

    for _ in range(queue.config.max_delivery):
        held = await one(queue)
        held.abandon() if ending == "abandon" else clock.advance(queue.config.lock_s)

    assert queue.depth() == NOTHING
    assert queue.stats.dead_lettered == 1
    dead = await one(namespace.entity("strict/$deadletterqueue"))
    assert dead.application_properties["DeadLetterReason"] == "MaxDeliveryCountExceeded"
    assert (dead.message_id, dead.dead_letter_source, dead.delivery_count) == ("p", "strict", 2)


async def test_dead_lettering_keeps_reason_description_and_what_the_sender_wrote(namespace, plain):
    enqueue_raw(plain, b"a", properties={"kept": 1})

    (await one(plain)).dead_letter("bad", "very")

    dead = await one(namespace.entity("plain/$DeadLetterQueue"))
    assert dead.application_properties == {"kept": 1, "DeadLetterReason": "bad", "DeadLetterErrorDescription": "very"}
    assert dead.body == b"a"


async def test_a_dead_lettered_message_has_no_second_grave_and_any_number_of_deliveries(namespace):
    grave = namespace.entity("strict/$DeadLetterQueue")
    enqueue_raw(grave, b"a")

    with pytest.raises(AmqpError, match="not-allowed"):
        (await one(grave)).dead_letter("r", "d")
    grave.locks.lose()
    for _ in range(20):
        (await one(grave)).abandon()

    assert grave.depth().active == 1


async def test_scheduled_messages_become_active_in_the_order_of_their_times(plain, clock):
    start = clock.now()
    for body, delay in ((b"third", 30), (b"first", 10), (b"second", 20)):
        plain.enqueue(message(body, at=start + delay))
    assert plain.depth() == replace(NOTHING, scheduled=3)

    arrived = []
    for _ in range(3):
        clock.advance(10)
        delivery = await one(plain)
        arrived.append(delivery.body)
        assert delivery.enqueued_at == pytest.approx(start + 10 * len(arrived), abs=0.001)
        delivery.complete()

    assert arrived == [b"first", b"second", b"third"]


async def test_a_schedule_in_the_past_is_now(plain, clock):
    plain.enqueue(message(b"a", at=clock.now() - 1))

    assert plain.depth().active == 1


async def test_a_cancelled_message_never_comes_and_cancels_only_once(plain, clock):
    number = plain.enqueue(message(b"a", at=clock.now() + 10))
    plain.cancel_scheduled([number])

    clock.advance(20)

    assert plain.depth() == NOTHING
    with pytest.raises(AmqpError, match="message-not-found"):
        plain.cancel_scheduled([number])


async def test_cancelling_is_all_or_nothing(plain, clock):
    number = plain.enqueue(message(b"a", at=clock.now() + 10))

    with pytest.raises(AmqpError):
        plain.cancel_scheduled([number, 99])

    assert plain.depth().scheduled == 1


async def test_a_message_id_is_a_duplicate_within_the_window_only(namespace, clock):
    queue = namespace.entity("once")

    assert enqueue_raw(queue, b"a", message_id="x") == 1
    clock.advance(599)
    assert enqueue_raw(queue, b"b", message_id="x") == 0
    clock.advance(2)
    assert enqueue_raw(queue, b"c", message_id="x") == 2

    assert bodies(queue) == [b"a", b"c"]
    assert (queue.stats.enqueued, queue.stats.duplicates) == (2, 1)


async def test_a_completed_message_still_makes_the_next_one_a_duplicate(namespace):
    queue = namespace.entity("once")
    enqueue_raw(queue, b"a", message_id="x")
    (await one(queue)).complete()

    enqueue_raw(queue, b"b", message_id="x")

    assert queue.depth() == NOTHING


async def test_without_detection_equal_ids_are_two_messages(plain):
    enqueue_raw(plain, b"a", message_id="x")
    enqueue_raw(plain, b"b", message_id="x")

    assert bodies(plain) == [b"a", b"b"]


@pytest.mark.parametrize(("own_ms", "lives_s"), [(None, 60), (10_000, 10), (600_000, 60)])
async def test_a_message_lives_for_its_own_time_at_most_for_the_queues(namespace, clock, own_ms, lives_s):
    queue = namespace.entity("brief")
    queue.enqueue(message(b"a", ttl_ms=own_ms))

    clock.advance(lives_s - 1)
    assert queue.depth().active == 1
    clock.advance(1.1)

    assert queue.depth() == NOTHING
    dead = await one(namespace.entity("brief/$DeadLetterQueue"))
    assert dead.application_properties["DeadLetterReason"] == "TTLExpiredException"


async def test_an_expired_message_vanishes_where_dead_lettering_on_expiry_is_off(plain, clock):
    plain.enqueue(message(b"a", ttl_ms=1000))

    clock.advance(2)

    assert plain.depth() == NOTHING
    assert (plain.stats.expired, plain.stats.dead_lettered) == (1, 0)


async def test_a_locked_message_outlives_its_time_until_it_is_put_back(plain, clock):
    plain.enqueue(message(b"a", ttl_ms=1000))
    held = await one(plain)

    clock.advance(2)
    assert plain.depth().locked == 1
    held.abandon()

    assert plain.depth() == NOTHING


async def test_the_life_of_a_scheduled_message_starts_when_it_becomes_active(plain, clock):
    plain.enqueue(message(b"a", at=clock.now() + 10, ttl_ms=5000))

    clock.advance(12)

    assert plain.depth().active == 1


async def test_a_message_arrives_at_its_own_time_when_the_clock_leaps_past_it(plain, clock):
    due = clock.now() + 10
    plain.enqueue(message(b"a", at=due))
    plain.enqueue(message(b"expired on the way", at=due, ttl_ms=5000))

    clock.advance(3600)

    assert plain.depth() == replace(NOTHING, active=1)
    assert (await one(plain)).enqueued_at == pytest.approx(due, abs=0.001)


async def test_deferred_messages_wait_for_their_number(plain, clock):
    number = enqueue_raw(plain, b"a")
    plain.locks.defer((await one(plain)).lock_token)
    assert plain.depth() == replace(NOTHING, deferred=1)

    [lock] = plain.receive_deferred([number])
    clock.advance(plain.config.lock_s)

    assert plain.depth() == replace(NOTHING, deferred=1)
    [lock] = plain.receive_deferred([number])
    assert lock.stored.delivery_count == 1
    plain.locks.complete(lock.token)
    assert plain.depth() == NOTHING


async def test_receivers_take_turns(plain):
    first, second = Consumer(plain), Consumer(plain)
    waiting = [asyncio.create_task(consumer.receive()) for consumer in (first, second)]
    await asyncio.sleep(0)

    enqueue_raw(plain, b"a")
    enqueue_raw(plain, b"b")

    got = [await task for task in waiting]
    assert [delivery.body for [delivery] in got] == [b"a", b"b"]


@pytest.mark.parametrize(
    ("queue", "address"),
    [
        ("plain", "plain"),
        ("plain", "PLAIN"),
        ("plain", "sb://127.0.0.1/plain"),
        ("plain", "amqps://host:5671/plain"),
        ("plain/$DeadLetterQueue", "plain/$deadletterqueue"),
        ("plain/$DeadLetterQueue", "sb://host/plain/$DeadLetterQueue"),
    ],
)
async def test_addresses_name_queues(namespace, queue, address):
    assert namespace.entity(address).name == queue


@pytest.mark.parametrize("address", ["", "other", "plain/other", "plain/$DeadLetterQueue/$DeadLetterQueue"])
async def test_other_addresses_are_not_found(namespace, address):
    with pytest.raises(AmqpError) as refused:
        namespace.entity(address)

    assert (refused.value.condition, refused.value.status) == ("amqp:not-found", 404)


async def test_a_message_must_not_be_larger_than_the_queue_allows(plain):
    with pytest.raises(AmqpError, match="message-size-exceeded"):
        enqueue_raw(plain, b"x" * plain.config.max_message_bytes)


class BusMachine(RuleBasedStateMachine):
    """Whatever happens, in whatever order: no message is lost, none is in two places, sessions stay in order."""

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.clock = Clock()
        namespace = Namespace(self.clock, {"q": QueueConfig(session=True, max_delivery=3, lock_s=30)})
        self.queue = namespace.entity("q")
        self.numbers = itertools.count()
        self.consumers: list[SessionConsumer] = []
        self.held: list[Delivery] = []
        self.last_completed: dict[str, int] = {}

    def run(self, coroutine):
        return self.loop.run_until_complete(coroutine)

    def teardown(self) -> None:
        self.loop.run_until_complete(asyncio.sleep(0))
        if self.clock._handle is not None:
            self.clock._handle.cancel()
        self.loop.close()

    @rule(session_id=st.sampled_from("ab"), delay=st.sampled_from((0, 0, 45)))
    def send(self, session_id, delay):
        async def enqueue():
            at = self.clock.now() + delay if delay else None
            self.queue.enqueue(message(str(next(self.numbers)).encode(), at=at, session_id=session_id))

        self.run(enqueue())

    @precondition(lambda self: self.queue.sessions._free)
    @rule()
    def accept(self):
        self.consumers.append(self.run(SessionConsumer.accept_next(self.queue)))

    @precondition(lambda self: self.consumers)
    @rule(data=st.data())
    def receive(self, data):
        consumer = data.draw(st.sampled_from(self.consumers))
        try:
            delivery = self.run(consumer.receive(0))
        except AmqpError:
            self.consumers.remove(consumer)
        else:
            self.held += [delivery] if delivery else []

    @precondition(lambda self: self.held)
    @rule(data=st.data(), ending=st.sampled_from(("complete", "abandon", "dead_letter")))
    def settle(self, data, ending):
        delivery = self.held.pop(data.draw(st.integers(0, len(self.held) - 1)))

        async def end():
            delivery.dead_letter("r", "d") if ending == "dead_letter" else getattr(delivery, ending)()

        if self.queue.locks._held.get(delivery.lock_token) is delivery._lock:
            self.run(end())
        else:
            with pytest.raises(AmqpError, match="lock-lost"):
                self.run(end())

    @precondition(lambda self: self.consumers)
    @rule(data=st.data())
    def close(self, data):
        consumer = data.draw(st.sampled_from(self.consumers))
        self.consumers.remove(consumer)

        async def end():
            consumer.close()

        self.run(end())

    @rule(seconds=st.sampled_from((1, 20, 60)))
    def wait(self, seconds):
        async def advance():
            self.clock.advance(seconds)

        self.run(advance())

    @invariant()
    def every_message_is_accounted_for(self):
        depth, stats = self.queue.depth(), self.queue.stats
        present = depth.active + depth.scheduled + depth.locked + depth.deferred
        assert stats.enqueued == present + stats.completed + stats.dead_lettered
        assert self.queue.dead_letter_queue is not None
        assert self.queue.dead_letter_queue.depth().active == stats.dead_lettered
        assert len(self.queue.locks._held) == depth.locked

    @invariant()
    def a_session_has_one_owner_and_free_ones_have_none(self):
        owned = [consumer for consumer in self.consumers if consumer._session.owner is consumer._inbox]
        assert len({consumer.session_id for consumer in owned}) == len(owned)
        assert all(session.owner is None for session in self.queue.sessions._free.values())

    @invariant()
    def a_free_session_with_messages_can_be_accepted(self):
        for session in self.queue.sessions._sessions.values():
            if session.owner is None and session.backlog:
                assert session.id in self.queue.sessions._free


BusMachine.TestCase.settings = settings(steady, max_examples=40, stateful_step_count=30)
TestBus = BusMachine.TestCase

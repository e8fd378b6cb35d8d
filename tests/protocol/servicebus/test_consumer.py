"""Does the in-process receiver keep the listener's promises: one session at a time, in order, nothing lost?"""

from __future__ import annotations

import asyncio

import pytest

from infra.local.servicebus.consumer import Consumer, SessionConsumer, enqueue_raw
from infra.local.servicebus.errors import AmqpError


async def test_receive_waits_for_the_first_and_takes_what_is_there(plain):
    consumer = Consumer(plain)
    waiting = asyncio.create_task(consumer.receive(10))
    await asyncio.sleep(0)
    for body in (b"a", b"b", b"c"):
        enqueue_raw(plain, body)

    assert [delivery.body for delivery in await waiting] == [b"a", b"b", b"c"]


async def test_receive_takes_no_more_than_its_limit(plain):
    consumer = Consumer(plain)
    for body in (b"a", b"b", b"c"):
        enqueue_raw(plain, body)

    assert [delivery.body for delivery in await consumer.receive(2)] == [b"a", b"b"]
    assert plain.depth().active == 1


async def test_receive_comes_back_empty_after_its_timeout_and_takes_nothing_later(plain):
    consumer = Consumer(plain)

    assert await consumer.receive(timeout=0.001) == []
    enqueue_raw(plain, b"a")

    assert plain.depth().active == 1


async def test_what_arrives_for_a_cancelled_receive_goes_back_uncounted(plain):
    consumer = Consumer(plain)
    waiting = asyncio.create_task(consumer.receive())
    await asyncio.sleep(0)
    enqueue_raw(plain, b"a")

    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting

    [again] = await consumer.receive(timeout=5)
    assert again.delivery_count == 0


async def test_a_closed_consumer_receives_nothing_and_keeps_its_locks(plain, clock):
    consumer = Consumer(plain)
    enqueue_raw(plain, b"a")
    [held] = await consumer.receive(timeout=5)
    consumer.close()

    enqueue_raw(plain, b"b")

    assert (plain.depth().active, plain.depth().locked) == (1, 1)
    held.complete()


async def test_a_queue_with_sessions_has_no_plain_consumer(lanes):
    with pytest.raises(AmqpError, match="requires sessions"):
        Consumer(lanes)


async def test_a_queue_with_sessions_takes_no_message_without_one(lanes):
    with pytest.raises(AmqpError, match="requires sessions"):
        enqueue_raw(lanes, b"a")


async def test_accept_next_waits_for_a_session_with_messages(lanes):
    waiting = asyncio.create_task(SessionConsumer.accept_next(lanes))
    await asyncio.sleep(0)

    enqueue_raw(lanes, b"a", session_id="s")

    consumer = await waiting
    delivery = await consumer.receive(timeout=5)
    assert delivery is not None
    assert (consumer.session_id, delivery.session_id, delivery.body) == ("s", "s", b"a")


async def test_each_consumer_has_a_session_of_its_own(lanes):
    for session_id in "abc":
        enqueue_raw(lanes, b"", session_id=session_id)

    consumers = [await SessionConsumer.accept_next(lanes) for _ in range(3)]

    assert [consumer.session_id for consumer in consumers] == ["a", "b", "c"]


async def test_a_session_is_received_in_order_also_when_messages_are_abandoned(lanes):
    for body in (b"1", b"2", b"3"):
        enqueue_raw(lanes, body, session_id="s")
    consumer = await SessionConsumer.accept_next(lanes)

    seen = []
    for ending in ("abandon", "complete", "abandon", "complete", "complete"):
        delivery = await consumer.receive(timeout=5)
        assert delivery is not None
        seen.append(delivery.body)
        getattr(delivery, ending)()

    assert seen == [b"1", b"1", b"2", b"2", b"3"]
    assert await consumer.receive(timeout=0.001) is None


async def test_a_message_that_arrives_wakes_the_session_owner_and_nobody_else(lanes):
    enqueue_raw(lanes, b"1", session_id="s")
    owner = await SessionConsumer.accept_next(lanes)
    first = await owner.receive(timeout=5)
    assert first is not None
    first.complete()
    other = asyncio.create_task(SessionConsumer.accept_next(lanes))
    mine = asyncio.create_task(owner.receive())
    await asyncio.sleep(0)

    enqueue_raw(lanes, b"2", session_id="s")

    delivery = await mine
    assert delivery is not None
    assert delivery.body == b"2"
    assert not other.done()
    other.cancel()


async def test_closing_a_session_gives_unsettled_messages_back_uncounted_and_in_order(lanes):
    for body in (b"1", b"2"):
        enqueue_raw(lanes, body, session_id="s")
    consumer = await SessionConsumer.accept_next(lanes)
    held = await consumer.receive(timeout=5)
    assert held is not None

    consumer.close()

    with pytest.raises(AmqpError, match="session-lock-lost"):
        held.complete()
    following = await SessionConsumer.accept_next(lanes)
    again = await following.receive(timeout=5)
    assert again is not None
    assert (again.body, again.delivery_count) == (b"1", 0)


async def test_an_expired_session_lock_counts_a_delivery_and_is_lost_to_its_owner(lanes, clock):
    enqueue_raw(lanes, b"1", session_id="s")
    consumer = await SessionConsumer.accept_next(lanes)
    held = await consumer.receive(timeout=5)
    assert held is not None

    clock.advance(lanes.config.lock_s)

    for act in (held.complete, held.abandon, held.renew, consumer.renew):
        with pytest.raises(AmqpError, match="session-lock-lost"):
            act()
    with pytest.raises(AmqpError, match="session-lock-lost"):
        await consumer.receive(timeout=5)
    following = await SessionConsumer.accept_next(lanes)
    again = await following.receive(timeout=5)
    assert again is not None
    assert again.delivery_count == 1


async def test_a_waiting_owner_learns_at_once_that_its_session_is_lost(lanes, clock):
    enqueue_raw(lanes, b"1", session_id="s")
    consumer = await SessionConsumer.accept_next(lanes)
    delivery = await consumer.receive(timeout=5)
    assert delivery is not None
    delivery.complete()
    waiting = asyncio.create_task(consumer.receive())
    await asyncio.sleep(0)

    clock.advance(lanes.config.lock_s)

    with pytest.raises(AmqpError, match="session-lock-lost"):
        await waiting


@pytest.mark.parametrize("renewed_through", ["consumer", "delivery"])
async def test_a_renewed_session_lock_holds_for_another_lock_duration(lanes, clock, renewed_through):
    enqueue_raw(lanes, b"1", session_id="s")
    consumer = await SessionConsumer.accept_next(lanes)
    held = await consumer.receive(timeout=5)
    assert held is not None
    clock.advance(40)

    (consumer if renewed_through == "consumer" else held).renew()
    clock.advance(40)

    assert held.locked_until == consumer.locked_until > clock.now()
    held.complete()


async def test_a_session_given_to_a_cancelled_acceptor_is_free_again(lanes):
    waiting = asyncio.create_task(SessionConsumer.accept_next(lanes))
    await asyncio.sleep(0)
    enqueue_raw(lanes, b"1", session_id="s")

    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting

    assert (await SessionConsumer.accept_next(lanes)).session_id == "s"


async def test_a_cancelled_acceptor_that_got_nothing_stands_in_nobodys_way(lanes):
    waiting = asyncio.create_task(SessionConsumer.accept_next(lanes))
    await asyncio.sleep(0)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting

    enqueue_raw(lanes, b"1", session_id="s")

    assert (await SessionConsumer.accept_next(lanes)).session_id == "s"

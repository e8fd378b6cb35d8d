"""How do messages reach functions? The .NET Service Bus listener's ways, on the emulator's in-process receivers.

| trigger | at once | settlement | lock renewal |
|---|---|---|---|
| single | `maxConcurrentCalls` | complete, or abandon when the call failed | up to `maxAutoLockRenewalDuration` |
| batch (cardinality many) | one batch | all complete, or all abandoned | none |
| session, single | `maxConcurrentSessions` slots, one call per session | as single | the session's lock |
| session, batch | one session at a time, one batch | as batch | none |

A session slot keeps its session until `sessionIdleTimeout` has passed without a message.
Sources: ServiceBusListener.cs and ServiceBusOptions.cs of Microsoft.Azure.WebJobs.Extensions.ServiceBus 5.x.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from typing import Any, TypeVar

from infra.local.platform.bindings import Function, QueueTrigger
from infra.local.platform.codec import Codec
from infra.local.platform.invocations import Invoker
from infra.local.platform.renewal import Renewal
from infra.local.platform.settings import BusOptions, HostError
from infra.local.servicebus.consumer import Consumer, Delivery, SessionConsumer
from infra.local.servicebus.errors import AmqpError
from infra.local.servicebus.queues import Namespace, Queue

log = logging.getLogger(__name__)
T = TypeVar("T")

#: Real seconds before a listener asks again after the broker refused it.
REFUSED_S = 1.0
#: Real seconds for which a settlement is tried again while the bus cannot be reached.
SETTLE_S = 5.0
#: Real seconds between two looks whether the bus can be reached again.
LOOK_S = 0.05


class Listener:
    """One function's listener."""

    def __init__(self, function: Function, bus: Namespace, options: BusOptions, invoker: Invoker, codec: Codec) -> None:
        """
        Raises:
            HostError: the queue is not there, or disagrees about sessions; Azure refuses the receiver then.
        """
        assert isinstance(function.trigger, QueueTrigger)
        self.function = function
        self.trigger = function.trigger
        self.queue = _queue(bus, function.name, function.trigger)
        self._bus = bus
        self.options = options
        self._invoker = invoker
        self._codec = codec
        self._pulling: set[asyncio.Task[Any]] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._stopping = False
        self._slots = asyncio.Semaphore(options.max_calls)
        self._locked = asyncio.Semaphore(options.max_calls + options.prefetch)

    def start(self) -> None:
        match self.trigger.sessions, self.trigger.many:
            case True, False:
                for _ in range(self.options.max_sessions):
                    self._spawn(self._keep(self._session_slot))
            case True, True:
                self._spawn(self._keep(self._session_slot))
            case False, True:
                self._spawn(self._keep(self._batches))
            case _:
                self._spawn(self._keep(self._singles))

    async def stop(self, grace_s: float) -> None:
        """Take no more messages, and let the calls that run end within `grace_s` real seconds."""
        self._stopping = True
        for task in list(self._pulling):
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=grace_s)
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def _keep(self, work: Callable[[], Awaitable[None]]) -> None:
        """Go on when the broker refuses or a session is lost, as the processor's error handler does."""
        while not self._stopping:
            try:
                await work()
            except AmqpError as error:
                log.warning("The listener of %s goes on after %s", self.function.name, error)
                if error.condition != "com.microsoft:session-lock-lost":
                    await self._pull(asyncio.sleep(REFUSED_S))

    async def _pull(self, waiting: Awaitable[T]) -> T:
        """Await something that `stop` may cut short; while the bus cannot be reached, nothing is received."""
        task = asyncio.current_task()
        assert task is not None
        self._pulling.add(task)
        try:
            while self._bus.faults.outage:  # noqa: ASYNC110  (the switch has no event)
                await asyncio.sleep(LOOK_S)
            return await waiting
        finally:
            self._pulling.discard(task)

    async def _singles(self) -> None:
        consumer = Consumer(self.queue)
        try:
            while not self._stopping:
                # Credit goes out only for what may be locked: the calls that run, and the prefetched behind them.
                await self._pull(self._locked.acquire())
                try:
                    (delivery,) = await self._pull(consumer.receive())
                except BaseException:
                    self._locked.release()
                    raise
                self._spawn(self._in_slot(delivery))
        finally:
            consumer.close()

    async def _in_slot(self, delivery: Delivery) -> None:
        """A prefetched message waits for its slot under a lock that nobody renews."""
        try:
            async with self._slots:
                if not self._stopping:
                    await self._single(delivery)
        finally:
            self._locked.release()

    async def _batches(self) -> None:
        consumer = Consumer(self.queue)
        try:
            while not self._stopping:
                batch = await self._pull(consumer.receive(self.options.max_batch))
                deadline = self.queue.clock.now() + self.options.max_batch_wait_s
                while batch and len(batch) < self.options.min_batch:
                    more = await self._pull(
                        consumer.receive(self.options.max_batch - len(batch), deadline - self.queue.clock.now())
                    )
                    if not more:
                        break
                    batch += more
                if batch:
                    await self._batch(batch)
        finally:
            consumer.close()

    async def _session_slot(self) -> None:
        session = await self._pull(SessionConsumer.accept_next(self.queue))
        limit_s = 0.0 if self.trigger.many else self.options.max_renewal_s
        renewal = Renewal(self.queue.clock, self.queue.config.lock_s, session.renew, limit_s)
        try:
            while not self._stopping:
                deliveries = await self._from_session(session)
                if not deliveries:
                    return
                renewal.restart()
                await (self._batch(deliveries) if self.trigger.many else self._single(deliveries[0]))
        finally:
            renewal.stop()
            session.close()

    async def _from_session(self, session: SessionConsumer) -> list[Delivery]:
        """The next message, for a batch all that are there; nothing when the session was idle for too long."""
        limit = self.options.max_batch if self.trigger.many else 1
        delivery = await self._pull(session.receive(self.options.session_idle_s))
        deliveries = []
        while delivery is not None:
            deliveries.append(delivery)
            delivery = await session.receive(0) if len(deliveries) < limit else None
        return deliveries

    async def _single(self, delivery: Delivery) -> None:
        renewal = None
        if not self.trigger.sessions:
            renewal = Renewal(self.queue.clock, self.queue.config.lock_s, delivery.renew, self.options.max_renewal_s)
            renewal.restart()
        outcome = await self._invoker.call(
            self.function,
            self._codec.body(delivery.body, binary=self.trigger.binary),
            cause="serviceBus",
            metadata=self._codec.metadata(delivery),
            messages=(str(delivery.message_id),),
            traceparent=_traceparent(delivery),
        )
        if renewal is not None:
            renewal.stop()
        await self._settle(delivery, succeeded=outcome.succeeded)

    async def _batch(self, batch: Sequence[Delivery]) -> None:
        outcome = await self._invoker.call(
            self.function,
            self._codec.bodies([delivery.body for delivery in batch], binary=self.trigger.binary),
            cause="serviceBus",
            metadata=self._codec.batch_metadata(batch),
            messages=tuple(str(delivery.message_id) for delivery in batch),
        )
        for delivery in batch:
            await self._settle(delivery, succeeded=outcome.succeeded)

    async def _settle(self, delivery: Delivery, *, succeeded: bool) -> None:
        """What cannot be settled stays locked until its lock expires, and comes again."""
        for _ in range(round(SETTLE_S / LOOK_S)):
            if not self._bus.faults.outage:
                break
            await asyncio.sleep(LOOK_S)
        else:
            log.warning("%s could not settle message %d: no bus", self.function.name, delivery.sequence_number)
            return
        auto = self.options.auto_complete if self.trigger.auto_complete is None else self.trigger.auto_complete
        try:
            if not succeeded:
                delivery.abandon()
            elif auto:
                delivery.complete()
        except AmqpError as error:
            log.warning("%s could not settle message %d: %s", self.function.name, delivery.sequence_number, error)


def _queue(bus: Namespace, function: str, trigger: QueueTrigger) -> Queue:
    try:
        queue = bus.entity(trigger.queue)
    except AmqpError:
        raise HostError(
            f"The function {function} listens to the queue '{trigger.queue}', which is not there."
        ) from None
    if queue.config.session != trigger.sessions:
        word = "requires" if queue.config.session else "does not have"
        raise HostError(f"The queue '{trigger.queue}' {word} sessions; the function {function} says otherwise.")
    return queue


def _traceparent(delivery: Delivery) -> str:
    return str(delivery.application_properties.get("Diagnostic-Id") or "")

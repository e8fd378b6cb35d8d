"""Who holds a message right now, until when, and what becomes of it? Peek-lock and its five endings.

Source: Service Bus documentation, "Message transfers, locks, and settlement".
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

from infra.local.servicebus.errors import AmqpError, message_lock_lost
from infra.local.servicebus.store import Place, Stored
from infra.local.simulation.clock import Alarm

if TYPE_CHECKING:
    from infra.local.servicebus.queues import Queue
    from infra.local.servicebus.sessions import Session


@dataclass(slots=True, eq=False)
class Lock:
    """One delivery under peek-lock. In a session the session's lock is the message's lock."""

    stored: Stored
    session: Session | None
    message_until: float
    token: uuid.UUID = field(default_factory=uuid.uuid4)
    alarm: Alarm | None = None

    @property
    def until(self) -> float:
        return self.message_until if self.session is None else self.session.locked_until


class Locks:
    """The locks of one queue, by lock token."""

    def __init__(self, queue: Queue) -> None:
        self._queue = queue
        self._held: dict[uuid.UUID, Lock] = {}

    def grant(self, stored: Stored, session: Session | None) -> Lock:
        lock = Lock(stored, session, self._queue.clock.now() + self._queue.config.lock_s)
        stored.place = Place.LOCKED
        self._held[lock.token] = lock
        if session is None:
            self._arm(lock)
        return lock

    def complete(self, token: uuid.UUID) -> None:
        stored = self._take(token)
        self._queue.stats.completed += 1
        self._queue.remove(stored)

    def abandon(self, token: uuid.UUID, properties: Mapping[str, object] | None = None) -> None:
        """Back into the queue at once, one delivery later; `properties` are set on the message."""
        stored = self._take(token)
        stored.message = stored.message.with_application(properties or {})
        self._queue.stats.abandoned += 1
        self.put_back(stored, counted=True)

    def release(self, token: uuid.UUID) -> None:
        """Back into the queue as if never delivered: prefetched by a receiver that closed."""
        self.put_back(self._take(token), counted=False)

    def defer(self, token: uuid.UUID, properties: Mapping[str, object] | None = None) -> None:
        stored = self._take(token)
        stored.message = stored.message.with_application(properties or {})
        stored.deferred, stored.place = True, Place.DEFERRED

    def dead_letter(
        self,
        token: uuid.UUID,
        reason: str | None = None,
        description: str | None = None,
        properties: Mapping[str, object] | None = None,
    ) -> None:
        if self._queue.dead_letter_queue is None:
            raise AmqpError("amqp:not-allowed", "A dead-lettered message cannot be dead-lettered again.")
        stored = self._take(token)
        stored.message = stored.message.with_application(properties or {})
        self._queue.dead_letter(stored, reason, description)

    def renew(self, token: uuid.UUID) -> float:
        """Lock the message for another lock duration, from now on; the new end.

        Raises:
            AmqpError: `message-lock-lost`; also for a message of a session, whose session is renewed instead.
        """
        lock = self._held.get(token)
        if lock is None or lock.session is not None:
            raise message_lock_lost()
        lock.message_until = self._queue.clock.now() + self._queue.config.lock_s
        self._arm(lock)
        return lock.until

    def give_up(self, session: Session, *, counted: bool) -> None:
        """Put back what the session's owner had not settled, all of it before anybody else receives."""
        for lock in [lock for lock in self._held.values() if lock.session is session]:
            del self._held[lock.token]
            self.put_back(lock.stored, counted=counted, wake=False)

    def lose(self) -> int:
        """Every message lock outside sessions expires now; how many there were."""
        lost = [lock for lock in self._held.values() if lock.session is None]
        for lock in lost:
            self._expire(lock)
        return len(lost)

    def put_back(self, stored: Stored, *, counted: bool, wake: bool = True) -> None:
        """Active again, or deferred again, or dead-lettered when that was the last delivery allowed."""
        if counted:
            stored.delivery_count += 1
            if self._queue.dead_letter_queue is not None and stored.delivery_count >= self._queue.config.max_delivery:
                self._queue.dead_letter(
                    stored,
                    "MaxDeliveryCountExceeded",
                    f"Message could not be consumed after {stored.delivery_count} delivery attempts.",
                )
                return
        if stored.deferred:
            stored.place = Place.DEFERRED
        else:
            self._queue.offer(stored, wake=wake)

    def _take(self, token: uuid.UUID) -> Stored:
        lock = self._held.pop(token, None)
        if lock is None:
            raise message_lock_lost()
        if lock.alarm is not None:
            lock.alarm.cancel()
        return lock.stored

    def _arm(self, lock: Lock) -> None:
        if lock.alarm is not None:
            lock.alarm.cancel()
        lock.alarm = self._queue.clock.call_at(lock.message_until, partial(self._expire, lock))

    def _expire(self, lock: Lock) -> None:
        if self._held.pop(lock.token, None) is None:
            return
        if lock.alarm is not None:
            lock.alarm.cancel()
        self._queue.stats.lock_expired += 1
        self.put_back(lock.stored, counted=True)

"""What does a queue do with a message between its sender and its receivers?

Everything here is synchronous and takes its time from the simulated clock: a call that makes a message available
hands it to a receiver with credit before it returns.
"""

from __future__ import annotations

import itertools
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from typing import TYPE_CHECKING

from infra.local.servicebus.duplicates import DuplicateWindow
from infra.local.servicebus.errors import entity_not_found, message_not_found, message_too_large, session_required
from infra.local.servicebus.faults import BusFaults
from infra.local.servicebus.messages import Message
from infra.local.servicebus.queue_config import Depth, QueueConfig, QueueStats
from infra.local.servicebus.sessions import Session, Sessions
from infra.local.servicebus.settlement import Lock, Locks
from infra.local.servicebus.store import Backlog, Place, Receiver, Stored
from infra.local.simulation.clock import Clock

if TYPE_CHECKING:
    from infra.local.servicebus.endpoint import Endpoint

__all__ = ["Depth", "Namespace", "Queue", "QueueConfig", "QueueStats"]

DEAD_LETTER_SUFFIX = "/$DeadLetterQueue"


class Queue:
    """One queue, or one queue's dead-letter queue (then `dead_letter_queue` is None)."""

    def __init__(self, clock: Clock, name: str, config: QueueConfig, *, is_dead_letter: bool = False) -> None:
        self.clock = clock
        self.name = name
        self.config = config
        self.stats = QueueStats()
        self.locks = Locks(self)
        self.sessions = Sessions(self)
        self.dead_letter_queue: Queue | None = None
        if not is_dead_letter:
            dead = QueueConfig(lock_s=config.lock_s, max_message_bytes=config.max_message_bytes)
            self.dead_letter_queue = Queue(clock, name + DEAD_LETTER_SUFFIX, dead, is_dead_letter=True)
        self._numbers = itertools.count(1)
        self._stored: dict[int, Stored] = {}
        self._backlog = Backlog()
        self._receivers: deque[Receiver] = deque()
        self._seen = DuplicateWindow(config.duplicate_window_s)

    def enqueue(self, message: Message) -> int | None:
        """Keep the message, now or for its scheduled time; its sequence number, or None for a dropped duplicate.

        Raises:
            AmqpError: no session id where sessions are required, or the message is too large.
        """
        self.check(message)
        now = self.clock.now()
        if self._seen.is_duplicate(message.properties.message_id, now):
            self.stats.duplicates += 1
            return None
        stored = self._keep(message, now)
        self.stats.enqueued += 1
        due = message.scheduled_for
        if due is not None and due > now:
            stored.place = Place.SCHEDULED
            self.clock.call_at(due, partial(self._due, stored, due))
        else:
            self._activate(stored)
        return stored.sequence_number

    def check(self, message: Message) -> None:
        """Raises AmqpError when the queue must refuse the message: a batch is refused whole, so it is asked first."""
        if self.config.session and message.properties.session_id is None:
            raise session_required()
        self.check_size(message.size)

    def check_size(self, size: int) -> None:
        """Raises AmqpError when a message or a batch of `size` bytes is too large."""
        if size > self.config.max_message_bytes:
            raise message_too_large(size, self.config.max_message_bytes)

    def add_receiver(self, receiver: Receiver) -> None:
        """Receive outside sessions, from now on.

        Raises:
            AmqpError: the queue requires sessions.
        """
        if self.config.session:
            raise session_required()
        self._receivers.append(receiver)
        self.dispatch()

    def remove_receiver(self, receiver: Receiver) -> None:
        if receiver in self._receivers:
            self._receivers.remove(receiver)

    def dispatch(self) -> None:
        """Hand active messages to the receivers that have credit, in turn."""
        while self._backlog:
            for _ in range(len(self._receivers)):
                if self._receivers[0].credit > 0:
                    break
                self._receivers.rotate(-1)
            else:
                return
            receiver = self._receivers[0]
            self._receivers.rotate(-1)
            stored = self._backlog.pop()
            if stored is not None:
                self.hand_over(stored, receiver, None)

    def hand_over(self, stored: Stored, receiver: Receiver, session: Session | None) -> None:
        if receiver.settles:
            receiver.deliver(stored, self.locks.grant(stored, session))
        else:
            self.stats.completed += 1
            self.remove(stored)
            receiver.deliver(stored, None)

    def offer(self, stored: Stored, *, wake: bool = True) -> None:
        """The message is active: somebody may have it, at once when `wake`."""
        if stored.expires_at is not None and stored.expires_at <= self.clock.now():
            self._expire(stored)
            return
        stored.place = Place.ACTIVE
        session_id = stored.message.properties.session_id
        if self.config.session and session_id is not None:
            session = self.sessions.get(session_id)
            session.backlog.push(stored)
            if wake:
                self.sessions.wake(session)
        else:
            self._backlog.push(stored)
            if wake:
                self.dispatch()

    def remove(self, stored: Stored) -> None:
        stored.place = Place.GONE
        self._stored.pop(stored.sequence_number, None)

    def dead_letter(self, stored: Stored, reason: str | None, description: str | None) -> None:
        assert self.dead_letter_queue is not None
        self.remove(stored)
        self.stats.dead_lettered += 1
        self.dead_letter_queue.adopt(stored.message.dead_lettered(self.name, reason, description), stored)

    def adopt(self, message: Message, previous: Stored) -> None:
        """Take over a message that another queue dead-letters, its delivery count and its time of arrival."""
        stored = self._keep(message, previous.enqueued_at)
        stored.delivery_count = previous.delivery_count
        self.stats.enqueued += 1
        self.offer(stored)

    def receive_deferred(self, numbers: Iterable[int], session_id: str | None = None) -> list[Lock]:
        """Lock deferred messages by sequence number; all of them or none.

        Raises:
            AmqpError: `message-not-found`; `session-lock-lost` when the queue requires a session nobody owns.
        """
        session = None
        if self.config.session:
            if session_id is None:
                raise session_required()
            session = self.sessions.owned(session_id)
        return [self.locks.grant(stored, session) for stored in self._at(numbers, Place.DEFERRED)]

    def cancel_scheduled(self, numbers: Iterable[int]) -> None:
        """Forget scheduled messages by sequence number; all of them or none.

        Raises:
            AmqpError: `message-not-found`, also when the message is no longer only scheduled.
        """
        for stored in self._at(numbers, Place.SCHEDULED):
            self.remove(stored)

    def peek(self, limit: int = 100, *, from_number: int = 0, session_id: str | None = None) -> list[Stored]:
        """Messages wherever they are, in the order of their sequence numbers; nothing changes."""
        return list(itertools.islice(self._seen_from(from_number, session_id), limit))

    def depth(self) -> Depth:
        places = [stored.place for stored in self._stored.values()]
        return Depth(
            active=places.count(Place.ACTIVE),
            scheduled=places.count(Place.SCHEDULED),
            locked=places.count(Place.LOCKED),
            deferred=places.count(Place.DEFERRED),
        )

    def _seen_from(self, number: int, session_id: str | None) -> Iterator[Stored]:
        for stored in self._stored.values():
            if stored.sequence_number >= number and session_id in (None, stored.message.properties.session_id):
                yield stored

    def _at(self, numbers: Iterable[int], place: Place) -> list[Stored]:
        found = [self._stored.get(number) for number in numbers]
        kept = [stored for stored in found if stored is not None and stored.place is place]
        if len(kept) != len(found):
            raise message_not_found()
        return kept

    def _keep(self, message: Message, at: float) -> Stored:
        stored = Stored(message, next(self._numbers), at)
        self._stored[stored.sequence_number] = stored
        return stored

    def _due(self, stored: Stored, due: float) -> None:
        """The message arrives at its own time, also when the clock has leapt past it."""
        if stored.place is Place.SCHEDULED:
            stored.enqueued_at = due
            self._activate(stored)

    def _activate(self, stored: Stored) -> None:
        """From here on the message lives for its own time, at most for the queue's."""
        own = stored.message.ttl_ms
        lives = [
            seconds for seconds in (self.config.ttl_s, own / 1000 if own is not None else None) if seconds is not None
        ]
        if lives:
            stored.expires_at = stored.enqueued_at + min(lives)
            self.clock.call_at(stored.expires_at, partial(self._time_is_up, stored))
        self.offer(stored)

    def _time_is_up(self, stored: Stored) -> None:
        """A locked message expires when it is put back, a deferred one never does ("Message deferral")."""
        if stored.place is Place.ACTIVE:
            self._expire(stored)

    def _expire(self, stored: Stored) -> None:
        self.stats.expired += 1
        if self.config.dead_letter_on_expiry and self.dead_letter_queue is not None:
            self.dead_letter(stored, "TTLExpiredException", "The message expired and was dead lettered.")
        else:
            self.remove(stored)


class Namespace:
    """The queues by name, and the AMQP endpoint that serves them."""

    def __init__(self, clock: Clock, queues: Mapping[str, QueueConfig]) -> None:
        self.clock = clock
        self.queues = {name: Queue(clock, name, config) for name, config in queues.items()}
        self.faults = BusFaults(self)
        self._by_key = {name.lower(): queue for name, queue in self.queues.items()}
        self._endpoint: Endpoint | None = None

    def entity(self, address: str) -> Queue:
        """The queue of an address: `name`, `name/$DeadLetterQueue`, or either behind `sb://host/`; case is ignored.

        Raises:
            AmqpError: `amqp:not-found`.
        """
        path = address.split("/", 3)[-1] if "://" in address else address
        key = path.strip("/").lower()
        name = key.removesuffix(DEAD_LETTER_SUFFIX.lower())
        queue = self._by_key.get(name)
        if queue is not None and name != key:
            queue = queue.dead_letter_queue
        if queue is None:
            raise entity_not_found(address)
        return queue

    async def listen(self, port: int = 0, host: str = "127.0.0.1") -> int:
        """Serve AMQP without TLS; the port."""
        from infra.local.servicebus.endpoint import Endpoint

        self._endpoint = Endpoint(self)
        return await self._endpoint.listen(port, host)

    def drop_connections(self) -> None:
        """Abort every AMQP connection, as a network failure would."""
        if self._endpoint is not None:
            self._endpoint.drop_connections()

    def watch_idleness(self) -> None:
        """Close connections that are idle for longer than the faults now allow."""
        if self._endpoint is not None:
            self._endpoint.watch_idleness()

    async def close(self) -> None:
        """Stop serving and drop every connection; the queues keep their messages."""
        if self._endpoint is not None:
            await self._endpoint.close()
            self._endpoint = None

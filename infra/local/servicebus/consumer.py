"""How does a program in this process receive? What the local Functions host does in place of the .NET listener."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Mapping
from typing import TYPE_CHECKING

from infra.local.servicebus.errors import AmqpError, session_lock_lost
from infra.local.servicebus.messages import Message, Properties
from infra.local.servicebus.store import Stored

if TYPE_CHECKING:
    from infra.local.servicebus.queues import Queue
    from infra.local.servicebus.sessions import Session
    from infra.local.servicebus.settlement import Lock


class Delivery:
    """One message under peek-lock, as it was when it was delivered.

    Times are simulated seconds since 1970; `delivery_count` is 0 the first time. Each settlement, and `renew`, raises
    `AmqpError` (`message-lock-lost`, in a session `session-lock-lost`) when the lock is gone.
    """

    def __init__(self, queue: Queue, stored: Stored, lock: Lock) -> None:
        message, properties = stored.message, stored.message.properties
        self.body: bytes = message.body()
        self.message_id: str | None = properties.message_id
        self.session_id: str | None = properties.session_id
        self.sequence_number: int = stored.sequence_number
        self.enqueued_at: float = stored.enqueued_at
        self.delivery_count: int = stored.delivery_count
        self.subject: str | None = properties.subject
        self.content_type: str | None = properties.content_type
        self.correlation_id: str | None = properties.correlation_id
        self.reply_to: str | None = properties.reply_to
        self.to: str | None = properties.to
        self.application_properties: dict[str, object] = message.application_properties()
        self.dead_letter_source: str | None = message.dead_letter_source
        self._queue = queue
        self._lock = lock
        self._owner = None if lock.session is None else lock.session.owner

    @property
    def lock_token(self) -> uuid.UUID:
        return self._lock.token

    @property
    def locked_until(self) -> float:
        return self._lock.until

    def complete(self) -> None:
        self._still_owned()
        self._queue.locks.complete(self._lock.token)

    def abandon(self) -> None:
        self._still_owned()
        self._queue.locks.abandon(self._lock.token)

    def dead_letter(self, reason: str, description: str) -> None:
        self._still_owned()
        self._queue.locks.dead_letter(self._lock.token, reason, description)

    def renew(self) -> None:
        """Lock for another lock duration from now on: the message, in a session the session."""
        self._still_owned()
        if self._lock.session is None:
            self._queue.locks.renew(self._lock.token)
        else:
            self._queue.sessions.renew(self._lock.session.id)

    def _still_owned(self) -> None:
        if self._lock.session is not None and self._lock.session.owner is not self._owner:
            raise session_lock_lost()


class _Inbox:
    """A receiver whose credit is what one `take` asks for; it never prefetches."""

    settles = True

    def __init__(self, queue: Queue) -> None:
        self.queue = queue
        self.credit = 0
        self.session: Session | None = None
        self.accepted = asyncio.Event()
        self._lost: AmqpError | None = None
        self._deliveries: list[Delivery] = []
        self._changed = asyncio.Event()

    def deliver(self, stored: Stored, lock: Lock | None) -> None:
        assert lock is not None
        self.credit -= 1
        self._deliveries.append(Delivery(self.queue, stored, lock))
        self._changed.set()

    def session_accepted(self, session: Session) -> None:
        self.session = session
        self.accepted.set()

    def evict(self, error: AmqpError) -> None:
        """What had arrived and was not taken is already back in the session."""
        self._lost = error
        self._deliveries.clear()
        self._changed.set()

    async def take(self, limit: int, timeout: float | None) -> list[Delivery]:
        """Up to `limit` deliveries, as soon as there is one; none after `timeout` real seconds."""
        self._changed.clear()
        self.credit = limit
        try:
            self._dispatch()
            if not self._deliveries and self._lost is None:
                async with asyncio.timeout(timeout):
                    await self._changed.wait()
        except TimeoutError:
            pass
        except asyncio.CancelledError:
            self._give_back()
            raise
        finally:
            self.credit = 0
        if self._lost is not None:
            raise self._lost
        taken, self._deliveries = self._deliveries, []
        return taken

    def _dispatch(self) -> None:
        if self.session is None:
            self.queue.dispatch()
        else:
            self.queue.sessions.deliver(self.session)

    def _give_back(self) -> None:
        """Whoever waited is gone: what had arrived for it goes back uncounted."""
        taken, self._deliveries = self._deliveries, []
        for delivery in taken:
            self.queue.locks.release(delivery.lock_token)


class Consumer:
    """Receives outside sessions."""

    def __init__(self, queue: Queue) -> None:
        self._inbox = _Inbox(queue)
        queue.add_receiver(self._inbox)

    async def receive(self, limit: int = 1, timeout: float | None = None) -> list[Delivery]:
        """Wait for the first message, then take what is there, up to `limit`; empty after `timeout` real seconds."""
        return await self._inbox.take(limit, timeout)

    def close(self) -> None:
        """Receive no more; what is still locked stays so until it is settled or its lock expires."""
        self._inbox.queue.remove_receiver(self._inbox)


class SessionConsumer:
    """Receives one session, in order; made by `accept_next`."""

    def __init__(self, inbox: _Inbox, session: Session) -> None:
        self._inbox = inbox
        self._session = session
        self.session_id: str = session.id

    @classmethod
    async def accept_next(cls, queue: Queue) -> SessionConsumer:
        """Lock the next session with messages that nobody owns; waits for one without end."""
        inbox = _Inbox(queue)
        queue.sessions.accept_next(inbox)
        try:
            await inbox.accepted.wait()
        except asyncio.CancelledError:
            queue.sessions.withdraw(inbox)
            if inbox.session is not None:
                queue.sessions.release(inbox.session)
            raise
        assert inbox.session is not None
        return cls(inbox, inbox.session)

    @property
    def locked_until(self) -> float:
        return self._session.locked_until

    async def receive(self, timeout: float | None = None) -> Delivery | None:
        """The session's next message; None after `timeout` real seconds.

        Raises:
            AmqpError: `session-lock-lost`.
        """
        taken = await self._inbox.take(1, timeout)
        return taken[0] if taken else None

    def renew(self) -> None:
        """Lock the session for another lock duration from now on.

        Raises:
            AmqpError: `session-lock-lost`.
        """
        self._still_owned()
        self._inbox.queue.sessions.renew(self.session_id)

    def close(self) -> None:
        """Release the session; what was received and not settled goes back without counting a delivery."""
        if self._session.owner is self._inbox:
            self._inbox.queue.sessions.release(self._session)

    def _still_owned(self) -> None:
        if self._session.owner is not self._inbox:
            raise session_lock_lost()


def enqueue_raw(
    queue: Queue,
    body: bytes,
    *,
    message_id: str | None = None,
    session_id: str | None = None,
    properties: Mapping[str, object] | None = None,
) -> int:
    """Send from this process, as an output binding would; the sequence number, 0 for a dropped duplicate.

    Raises:
        AmqpError: no session id where sessions are required, or the message is too large.
    """
    known = Properties(message_id=message_id, session_id=session_id)
    return queue.enqueue(Message.compose(body, known, properties or {})) or 0

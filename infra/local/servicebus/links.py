"""How do messages move over one link? Flow control, transfers in several frames, and the broker's receiver on the wire.

Names are seen from the broker: an incoming link brings the client's messages, an outgoing link takes ours to it.
"""

from __future__ import annotations

import asyncio
import os
from collections import deque
from typing import TYPE_CHECKING

from infra.local.servicebus import management
from infra.local.servicebus.errors import AmqpError, CodecError, session_lock_lost
from infra.local.servicebus.messages import Message, batch
from infra.local.servicebus.performatives import (
    Attach,
    Flow,
    Outcome,
    Transfer,
    outcome,
)
from infra.local.servicebus.sessions import Session
from infra.local.servicebus.settlement import Lock
from infra.local.servicebus.store import Stored

if TYPE_CHECKING:
    from infra.local.servicebus.channel import Channel
    from infra.local.servicebus.queues import Queue

BATCH_FORMAT = 0x80013700
CREDIT = 1000
ANSWER_ACCEPTED = outcome(Outcome.ACCEPTED)


class IncomingLink:
    """Carries sends, or requests to `$cbs` and `$management`."""

    def __init__(self, channel: Channel, attach: Attach) -> None:
        self.channel = channel
        self.handle = attach.handle
        self.name = attach.name
        self.address = attach.target
        self.queue: Queue | None = None
        if not management.is_node(self.address):
            self.queue = channel.connection.namespace.entity(self.address)
        self._credit = 0
        self._received = 0
        self._first: Transfer | None = None
        self._parts = bytearray()

    def grant(self) -> None:
        self._credit = CREDIT
        self.channel.send_flow(self.handle, self._received, self._credit)

    def on_transfer(self, transfer: Transfer, payload: memoryview) -> None:
        """One frame; the delivery is worked on with its last one."""
        first = self._first or transfer
        self._first = first
        self._parts += payload
        if transfer.more and not transfer.aborted:
            return
        whole = bytes(self._parts)
        self._first = None
        self._parts.clear()
        self._received += 1
        self._credit -= 1
        if not transfer.aborted:
            self._work(first, whole)
        if self._credit < CREDIT // 2:
            self.grant()

    def _work(self, first: Transfer, payload: bytes) -> None:
        answer: bytes | None = ANSWER_ACCEPTED
        if self.queue is None:
            self.channel.request(self.address, payload)
        else:
            answer = self._take_in(self.queue, payload, batched=first.message_format == BATCH_FORMAT)
        if answer is None:
            self.channel.connection.abort()
        elif not first.settled and first.delivery_id is not None:
            self._answer(first.delivery_id, answer)

    def _take_in(self, queue: Queue, payload: bytes, *, batched: bool) -> bytes | None:
        """The outcome of a send, or None when an injected fault drops the connection instead of telling it."""
        refusal = self.channel.connection.namespace.faults.refusal(queue.name)
        how = None if refusal is None else refusal.how
        if how == "drop":
            return None
        try:
            if refusal is not None and how == "reject":
                raise refusal.error()
            _enqueue(queue, payload, batched=batched)
        except AmqpError as problem:
            return outcome(Outcome.REJECTED, problem)
        return None if how == "drop_after" else ANSWER_ACCEPTED

    def _answer(self, delivery_id: int, answer: bytes) -> None:
        delay = self.channel.connection.namespace.faults.delay_s if self.queue is not None else 0.0
        if delay:
            loop = asyncio.get_running_loop()
            loop.call_later(delay, self.channel.send_disposition, True, delivery_id, answer)
        else:
            self.channel.send_disposition(True, delivery_id, answer)

    def close(self) -> None:
        self._parts.clear()


class OutgoingLink:
    """A receiver of a queue or of one session, or the way back for answers of `$cbs` and `$management`."""

    def __init__(self, channel: Channel, attach: Attach) -> None:
        self.channel = channel
        self.handle = attach.handle
        self.name = attach.name
        self.address = attach.source
        self.target = attach.target
        self.settles = not attach.settled_by_sender
        self.credit = 0
        self.session: Session | None = None
        self.queue: Queue | None = None
        if not management.is_node(self.address):
            self.queue = channel.connection.namespace.entity(self.address)
        self._sent = 0
        self._answers: deque[bytes] = deque()
        self.closed = False

    def on_flow(self, flow: Flow) -> None:
        """The client's credit counts from what it has seen, ours from what we have sent."""
        self.credit = max(0, flow.delivery_count + flow.credit - self._sent)
        self._dispatch()
        if flow.drain:
            self._sent += self.credit
            self.credit = 0
        if flow.drain or flow.echo:
            self.channel.send_flow(self.handle, self._sent, self.credit, drain=flow.drain)

    def deliver(self, stored: Stored, lock: Lock | None) -> None:
        if lock is None:
            self._send(os.urandom(16), stored.wire(), lock)
        else:
            # The delivery tag is the lock token in .NET's byte order: SDKs read it as one.
            self._send(lock.token.bytes_le, stored.wire(lock.until), lock)

    def session_accepted(self, session: Session) -> None:
        self.session = session
        self.channel.confirm_session(self, session)

    def evict(self, error: AmqpError) -> None:
        self.channel.detach(self, error)

    def time_out(self) -> None:
        """No session became free within the time that the client gave."""
        if self.session is None and not self.closed:
            self.channel.refuse(
                self.handle,
                self.name,
                AmqpError("com.microsoft:timeout", "The operation did not complete within the allotted timeout."),
                to_receiver=True,
            )
            self.close()

    def answer(self, payload: bytes) -> None:
        self._answers.append(payload)
        self._dispatch()

    def still_owns(self, lock: Lock) -> None:
        """Raises AmqpError (`session-lock-lost`) when the lock's session has gone to somebody else."""
        if lock.session is not None and lock.session.owner is not self:
            raise session_lock_lost()

    def close(self) -> None:
        """The client is gone: its session is free, other locks run out by themselves."""
        if self.closed or self.queue is None:
            return
        self.closed = True
        self.queue.remove_receiver(self)
        self.queue.sessions.withdraw(self)
        if self.session is not None and self.session.owner is self:
            self.queue.sessions.release(self.session)

    def _dispatch(self) -> None:
        if self.queue is None:
            while self._answers and self.credit > 0:
                self._send(os.urandom(4), self._answers.popleft(), None)
        elif self.session is not None:
            self.queue.sessions.deliver(self.session)
        else:
            self.queue.dispatch()

    def _send(self, tag: bytes, payload: bytes, lock: Lock | None) -> None:
        self.credit -= 1
        self._sent += 1
        self.channel.send_delivery(self, tag, payload, lock)


def _enqueue(queue: Queue, payload: bytes, *, batched: bool) -> None:
    """All messages of a batch, or none of them."""
    try:
        messages = batch(payload) if batched else [Message.parse(payload)]
    except CodecError as error:
        raise AmqpError("amqp:decode-error", str(error)) from error
    queue.check_size(len(payload))
    for message in messages:
        queue.check(message)
    for message in messages:
        queue.enqueue(message)

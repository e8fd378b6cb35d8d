"""Which receiver owns which session, and who waits for the next free one?

Letting a session's lock expire counts a delivery for what was not settled, closing the session does not
(Service Bus documentation, "Message sessions", table on delivery count).
"""

from __future__ import annotations

from collections import OrderedDict, deque
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

from infra.local.servicebus.errors import session_cannot_be_locked, session_lock_lost
from infra.local.servicebus.store import Backlog, Receiver
from infra.local.simulation.clock import Alarm

if TYPE_CHECKING:
    from infra.local.servicebus.queues import Queue


@dataclass(slots=True, eq=False)
class Session:
    """The messages that share a session id; `state` is the receivers' own, opaque."""

    id: str
    backlog: Backlog = field(default_factory=Backlog)
    owner: Receiver | None = None
    locked_until: float = 0.0
    state: bytes | None = None
    alarm: Alarm | None = None


class Sessions:
    """The sessions of one queue."""

    def __init__(self, queue: Queue) -> None:
        self._queue = queue
        self._sessions: dict[str, Session] = {}
        #: Without an owner and with messages, in the order in which they became so.
        self._free: OrderedDict[str, Session] = OrderedDict()
        self._waiting: deque[Receiver] = deque()

    def get(self, session_id: str) -> Session:
        session = self._sessions.get(session_id)
        if session is None:
            session = self._sessions[session_id] = Session(session_id)
        return session

    def accept(self, session_id: str, receiver: Receiver) -> Session:
        """Make `receiver` the owner of the named session, which may be empty.

        Raises:
            AmqpError: `session-cannot-be-locked`, another receiver owns it.
        """
        session = self.get(session_id)
        if session.owner is not None:
            raise session_cannot_be_locked(session_id)
        self._own(session, receiver)
        return session

    def accept_next(self, receiver: Receiver) -> None:
        """Give `receiver` the next free session with messages, now or as soon as there is one."""
        self._waiting.append(receiver)
        self.match()

    def withdraw(self, receiver: Receiver) -> None:
        """`receiver` waits no longer."""
        if receiver in self._waiting:
            self._waiting.remove(receiver)

    def wake(self, session: Session) -> None:
        """The session has something to deliver: to its owner, or to whoever waits for a session."""
        if session.owner is not None:
            self.deliver(session)
        elif session.backlog:
            self._free.setdefault(session.id, session)
            self.match()

    def deliver(self, session: Session) -> None:
        while session.owner is not None and session.owner.credit > 0:
            stored = session.backlog.pop()
            if stored is None:
                return
            self._queue.hand_over(stored, session.owner, session)

    def match(self) -> None:
        while self._waiting and self._free:
            _, session = self._free.popitem(last=False)
            if session.backlog:
                receiver = self._waiting.popleft()
                self._own(session, receiver)
                receiver.session_accepted(session)

    def renew(self, session_id: str) -> float:
        """Lock the session for another lock duration, from now on; the new end.

        Raises:
            AmqpError: `session-lock-lost`, nobody owns it.
        """
        session = self.owned(session_id)
        self._lock(session)
        return session.locked_until

    def owned(self, session_id: str) -> Session:
        """The session, if a receiver owns it.

        Raises:
            AmqpError: `session-lock-lost`.
        """
        session = self._sessions.get(session_id)
        if session is None or session.owner is None:
            raise session_lock_lost()
        return session

    def release(self, session: Session, *, expired: bool = False) -> None:
        """Take the session from its owner and put back what that one had not settled."""
        owner, session.owner = session.owner, None
        if session.alarm is not None:
            session.alarm.cancel()
        self._queue.locks.give_up(session, counted=expired)
        if expired and owner is not None:
            self._queue.stats.lock_expired += 1
            owner.evict(session_lock_lost())
        self.wake(session)

    def lose(self) -> int:
        """Every session lock expires now; how many there were."""
        owned = [session for session in self._sessions.values() if session.owner is not None]
        for session in owned:
            self.release(session, expired=True)
        return len(owned)

    def ids(self) -> list[str]:
        """Sessions with messages or with a state, in alphabetical order."""
        return sorted(session.id for session in self._sessions.values() if session.backlog or session.state is not None)

    def _own(self, session: Session, receiver: Receiver) -> None:
        session.owner = receiver
        self._free.pop(session.id, None)
        self._lock(session)

    def _lock(self, session: Session) -> None:
        if session.alarm is not None:
            session.alarm.cancel()
        session.locked_until = self._queue.clock.now() + self._queue.config.lock_s
        session.alarm = self._queue.clock.call_at(session.locked_until, partial(self.release, session, expired=True))

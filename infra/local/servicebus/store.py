"""Where is a message that the broker keeps, and which one is next?"""

from __future__ import annotations

import enum
import heapq
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from infra.local.servicebus.messages import Message
from infra.local.servicebus.values import Int, Timestamp

if TYPE_CHECKING:
    from infra.local.servicebus.errors import AmqpError
    from infra.local.servicebus.sessions import Session
    from infra.local.servicebus.settlement import Lock


class Place(enum.Enum):
    ACTIVE = "active"
    SCHEDULED = "scheduled"
    LOCKED = "locked"
    DEFERRED = "deferred"
    GONE = "gone"


#: Annotation `x-opt-message-state`; active is 0, and a locked message is what it was before.
_WIRE_STATES = {Place.DEFERRED: 1, Place.SCHEDULED: 2}


@dataclass(slots=True, eq=False)
class Stored:
    """One message in one queue. Times are simulated seconds since 1970."""

    message: Message
    sequence_number: int
    enqueued_at: float
    place: Place = Place.ACTIVE
    delivery_count: int = 0
    expires_at: float | None = None
    #: Once deferred, a message waits for its sequence number, even after an abandon.
    deferred: bool = False

    def wire(self, locked_until: float | None = None, token: uuid.UUID | None = None) -> bytes:
        """The message as a receiver gets it, with the broker's annotations."""
        annotations: dict[str, object] = {
            "x-opt-sequence-number": self.sequence_number,
            "x-opt-enqueued-time": Timestamp.of(self.enqueued_at),
        }
        if locked_until is not None:
            annotations["x-opt-locked-until"] = Timestamp.of(locked_until)
        state = _WIRE_STATES.get(self.place, 1 if self.deferred else 0)
        if state:
            annotations["x-opt-message-state"] = Int(state)
        return self.message.wire(self.delivery_count, annotations, token)


class Backlog:
    """Active messages in the order of their sequence numbers."""

    def __init__(self) -> None:
        self._heap: list[tuple[int, Stored]] = []

    def push(self, stored: Stored) -> None:
        heapq.heappush(self._heap, (stored.sequence_number, stored))

    def pop(self) -> Stored | None:
        self._purge()
        return heapq.heappop(self._heap)[1] if self._heap else None

    def __bool__(self) -> bool:
        self._purge()
        return bool(self._heap)

    def _purge(self) -> None:
        """Messages that expired while they waited are still in the heap."""
        while self._heap and self._heap[0][1].place is not Place.ACTIVE:
            heapq.heappop(self._heap)


class Receiver(Protocol):
    """Whoever takes messages from a queue: an AMQP link, or a consumer in this process."""

    @property
    def credit(self) -> int:
        """How many messages it takes now."""

    @property
    def settles(self) -> bool:
        """False in receive-and-delete mode: what is delivered is gone."""

    def deliver(self, stored: Stored, lock: Lock | None) -> None:
        """Take one message; `lock` is None in receive-and-delete mode."""

    def session_accepted(self, session: Session) -> None:
        """The session that the receiver waited for is its own."""

    def evict(self, error: AmqpError) -> None:
        """The receiver's session is lost."""

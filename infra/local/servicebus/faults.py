"""What goes wrong on the bus, and when? Switches that a test or the story sets, as JSON.

One object may hold several of these:

    {"refuse_sends": {"queue": "doorbell", "times": 2, "how": "reject", "condition": "com.microsoft:server-busy"}}
    {"delay_sends_ms": 250}            every accepted or refused send is answered that much later, in real time
    {"idle_drop_s": 600}               a connection without a message for so long (simulated) is dropped; null: never
    {"outage": true}                   connections are dropped and new ones are refused, until false
    {"drop_connections": true}         all connections, once, now
    {"lose_locks": true | "queue"}     message and session locks expire now, everywhere or in one queue

`refuse_sends`: without `queue` every queue, without `times` until cleared. `how` is `reject` (with the AMQP
`condition`), `drop` (the connection, nothing kept) or `drop_after` (kept, but the sender never learns).
Only what arrives over AMQP is refused.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Literal

from infra.local.servicebus.errors import AmqpError

if TYPE_CHECKING:
    from infra.local.servicebus.queues import Namespace

How = Literal["reject", "drop", "drop_after"]
SERVER_BUSY = "com.microsoft:server-busy"


class BusFaultError(ValueError):
    """The fault is not of the form that this module documents; the message names the field."""


@dataclass(slots=True, kw_only=True)
class Refusal:
    """Sends that fail: `times` counts down, None is without end."""

    queue: str | None = None
    times: int | None = None
    how: How = "reject"
    condition: str = SERVER_BUSY

    @classmethod
    def parse(cls, raw: object) -> Refusal:
        if not isinstance(raw, dict):
            raise BusFaultError("refuse_sends is a JSON object")
        unknown = set(raw) - {"queue", "times", "how", "condition"}
        if unknown:
            raise BusFaultError(f"unknown field in refuse_sends: {', '.join(sorted(unknown))}")
        if raw.get("how", "reject") not in ("reject", "drop", "drop_after"):
            raise BusFaultError("how is 'reject', 'drop' or 'drop_after'")
        for name in ("queue", "condition"):
            if name in raw and not isinstance(raw[name], str):
                raise BusFaultError(f"{name} is text")
        times = raw.get("times")
        if times is not None and (not isinstance(times, int) or times < 1):
            raise BusFaultError("times is a positive number or null")
        return cls(**raw)

    def error(self) -> AmqpError:
        status = 503 if self.condition == SERVER_BUSY else 500
        return AmqpError(self.condition, "Refused by an injected fault.", status)


class BusFaults:
    """The faults of one namespace; none at first."""

    def __init__(self, namespace: Namespace) -> None:
        self._namespace = namespace
        self._refusals: list[Refusal] = []
        self.delay_s = 0.0
        self.idle_drop_s: float | None = None
        self.outage = False

    def apply(self, raw: Mapping[str, object]) -> None:
        """Switch on, off or trigger what the JSON object says.

        Raises:
            BusFaultError: unknown field, or a value of the wrong kind; what came before it in the object holds.
            AmqpError: `lose_locks` names no queue.
        """
        switches: dict[str, Callable[[object], None]] = {
            "refuse_sends": self._refuse_sends,
            "delay_sends_ms": self._delay_sends,
            "idle_drop_s": self._idle_drop,
            "outage": self._outage,
            "drop_connections": self._drop_connections,
            "lose_locks": self._lose_locks,
        }
        unknown = set(raw) - set(switches)
        if unknown:
            raise BusFaultError(f"unknown fault: {', '.join(sorted(unknown))}")
        for name, value in raw.items():
            switches[name](value)

    def clear(self) -> None:
        """Nothing goes wrong any more; what was dropped or lost stays so."""
        self._refusals.clear()
        self.delay_s, self.idle_drop_s, self.outage = 0.0, None, False

    def describe(self) -> dict[str, object]:
        """What is switched on, JSON-ready."""
        return {
            "refuse_sends": [asdict(refusal) for refusal in self._refusals],
            "delay_sends_ms": self.delay_s * 1000,
            "idle_drop_s": self.idle_drop_s,
            "outage": self.outage,
        }

    def refusal(self, queue: str) -> Refusal | None:
        """The refusal that the next send to `queue` suffers, if any. Counts."""
        for refusal in self._refusals:
            if refusal.queue is None or refusal.queue.lower() == queue.lower():
                if refusal.times is not None:
                    refusal.times -= 1
                    if refusal.times == 0:
                        self._refusals.remove(refusal)
                return refusal
        return None

    def _refuse_sends(self, value: object) -> None:
        self._refusals.append(Refusal.parse(value))

    def _delay_sends(self, value: object) -> None:
        self.delay_s = _number("delay_sends_ms", value) / 1000

    def _idle_drop(self, value: object) -> None:
        self.idle_drop_s = None if value is None else _number("idle_drop_s", value)
        self._namespace.watch_idleness()

    def _outage(self, value: object) -> None:
        self.outage = _flag("outage", value)
        if self.outage:
            self._namespace.drop_connections()

    def _drop_connections(self, value: object) -> None:
        if _flag("drop_connections", value):
            self._namespace.drop_connections()

    def _lose_locks(self, value: object) -> None:
        queues = [self._namespace.entity(value)] if isinstance(value, str) else self._namespace.queues.values()
        if isinstance(value, str) or _flag("lose_locks", value):
            for queue in queues:
                queue.locks.lose()
                queue.sessions.lose()


def _number(name: str, value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or value < 0:
        raise BusFaultError(f"{name} is a number, zero or more")
    return float(value)


def _flag(name: str, value: object) -> bool:
    if not isinstance(value, bool):
        raise BusFaultError(f"{name} is true or false")
    return value

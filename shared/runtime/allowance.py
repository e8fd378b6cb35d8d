"""How much of Genesys' rate allowance is left, and for whom?

Genesys counts requests per access token in windows and says so on every answer: `inin-ratelimit-count`, `-allowed`
and `-reset`, the last in whole seconds (genesys-api.md §6). Answers overtake each other and come late, so one header
is an observation, not the state. This page holds the most careful reading of all observations. No I/O, no clock.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from shared.model import Urgency

SHARES: Mapping[Urgency, float] = {
    Urgency.REVOCATION: 1.0,
    Urgency.SESSIONS: 1.0,
    Urgency.PERSON: 0.95,
    Urgency.ROUTINE: 0.80,
    Urgency.BACKGROUND: 0.60,
}
MOST_ALLOWED, LONGEST_RESET_S = 1_000_000, 300.0  # beyond these a header is a mistake, and no count to live by
ROUNDING_S = 1.0  # `reset` is rounded, and no source says which way


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What one answer says about the window: requests counted, requests allowed, seconds until it ends."""

    count: int
    allowed: int
    reset_s: float

    @classmethod
    def parse(cls, headers: Mapping[str, str]) -> Reading | None:
        """None when a header is missing or no sane number. The names are looked up in lower case."""
        try:
            count, allowed, reset = (headers[f"inin-ratelimit-{name}"] for name in ("count", "allowed", "reset"))
            reading = cls(count=int(count), allowed=int(allowed), reset_s=float(reset))
        except (KeyError, ValueError):
            return None
        sound = 0 < reading.allowed <= MOST_ALLOWED and reading.count >= 0 and 0 <= reading.reset_s <= LONGEST_RESET_S
        return reading if sound else None


class Allowance:
    """The current window. Times are seconds on one monotonic clock.

    Attributes:
        allowed: requests per window; assumed until Genesys has said so.
        in_flight: calls started and not finished; each counts as spent.
        ends_at: when the window is over at the latest; None when no call has been made in it.
    """

    def __init__(self, *, allowed: int = 300, window_s: float = 60.0) -> None:
        self.allowed = allowed
        self.in_flight = 0
        self.ends_at: float | None = None
        self._window_s = window_s
        self._count = 0
        self._unheard: list[float] = []  # when calls ended without a header: no count is known to include them
        self._assumed = True  # `ends_at` is our guess, not Genesys' word
        self._rolled_at = float("-inf")

    @property
    def spent(self) -> int:
        """Requests of this window: those that Genesys counted, those it may have, and all that are on their way."""
        return self._count + len(self._unheard) + self.in_flight

    @property
    def under_half(self) -> bool:
        return self.spent * 2 > self.allowed

    def left(self, urgency: Urgency) -> int:
        """Calls that this urgency may still start in this window; negative when more urgent ones used its part."""
        return max(1, int(self.allowed * SHARES[urgency])) - self.spent

    def roll(self, now: float) -> None:
        """Begin a new window when the current one is over."""
        if self.ends_at is not None and now >= self.ends_at:
            self._rolled_at = self.ends_at
            self._count, self.ends_at, self._assumed = 0, None, True
            self._unheard.clear()

    def start(self, now: float) -> None:
        self.in_flight += 1
        if self.ends_at is None:
            self.ends_at, self._assumed = now + self._window_s, True

    def finish(self, *, observed: bool, now: float) -> None:
        """One call is over. One without a header may have been counted by Genesys, so it stays spent."""
        self.in_flight -= 1
        if not observed:
            self._unheard.append(now)

    def observe(self, reading: Reading, *, started: float, now: float) -> None:
        """Take in one answer to a call that was sent at `started` and is there at `now`."""
        # Genesys stamped it somewhere in between, and rounded: its window ends between these two.
        earliest, latest = started + reading.reset_s - ROUNDING_S, now + reading.reset_s + ROUNDING_S
        if started < self._rolled_at and earliest <= self._rolled_at:
            return  # a late answer about the window before
        self.allowed = reading.allowed
        # A call that went out after those ended was counted after them.
        self._unheard = [ended for ended in self._unheard if ended > started]
        if self.ends_at is None or self._assumed:
            self._count, self.ends_at = max(self._count, reading.count), latest
        elif earliest > self.ends_at:
            self._rolled_at = self.ends_at
            self._count, self.ends_at = reading.count, latest
        else:
            self._count, self.ends_at = max(self._count, reading.count), min(self.ends_at, latest)
        self._assumed = False

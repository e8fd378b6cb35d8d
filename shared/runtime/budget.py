"""Who may call Genesys now, and who waits?

Every call passes `async with budget.call(urgency)`. It waits there (back-pressure, not a retry) until its share of
the allowance has room and a slot is free, the most urgent first. One budget per process: allowances are per access
token, and the process has one.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass

from shared.errors import Throttled
from shared.model import Urgency
from shared.runtime.allowance import Allowance, Reading

IN_ORDER = (Urgency.REVOCATION, Urgency.SESSIONS, Urgency.PERSON, Urgency.ROUTINE, Urgency.BACKGROUND)
UNKNOWN_IN_FLIGHT = 2  # before the first answer: other processes may have spent the window already
PROBES_IN_FLIGHT = 2
PROBE_EVERY_S = 5.0
LONGEST_CLOSING_S = 60.0  # a window of Genesys; whoever announces more is asked again after one


@dataclass(slots=True, kw_only=True)
class Call:
    """One admitted call.

    Attributes:
        observed: its answer carried rate headers.
        probe: it was let through a closed gate.
        refusals: how many 429 there had been when it started.
    """

    started: float
    urgency: Urgency
    probe: bool
    refusals: int
    observed: bool = False


@dataclass(slots=True, kw_only=True)
class _Waiter:
    number: int
    deadline: float
    admitted: asyncio.Future[Call]


class Budget:
    """The gate. For one event loop.

    Args:
        in_flight: calls at the same time; httpx slows down above about 8 (feasibility.md §5).
        extra_for_revocation: slots on top, which only a revocation uses.
        max_wait_s: longer waits are the bus' business; a lane renews its lock this long.
        background_wait_s: the same for background calls. Whoever waits here holds one of the host's places, and
            hundreds of follow-ups must not hold those that a first revocation needs.
        now: monotonic seconds.
    """

    def __init__(
        self,
        *,
        in_flight: int = 8,
        extra_for_revocation: int = 2,
        max_wait_s: float = 70.0,
        background_wait_s: float = 1.0,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self.allowance = Allowance()
        self.max_wait_s = max_wait_s
        self._background_wait_s = min(background_wait_s, max_wait_s)
        self._slots = in_flight
        self._extra = extra_for_revocation
        self._now = now
        self._waiting: dict[Urgency, deque[_Waiter]] = {urgency: deque() for urgency in IN_ORDER}
        self._numbers = 0
        self._answered = False
        self._closed_until = float("-inf")
        self._probe_at = float("-inf")
        self._probes = 0
        self._refusals = 0
        self._timer: asyncio.TimerHandle | None = None

    @asynccontextmanager
    async def call(self, urgency: Urgency) -> AsyncIterator[Call]:
        """Wait for a place; the body is the call.

        Raises:
            Throttled: the wait is, or would be, longer than this urgency may wait.
        """
        admitted = await self._enter(urgency)
        try:
            yield admitted
        finally:
            self._leave(admitted)

    def observe(self, headers: Mapping[str, str], call: Call) -> None:
        """Learn from the headers of the answer to `call`. `headers` finds lower-case names."""
        self._answered = True
        reading = Reading.parse(headers)
        if reading is not None:
            call.observed = True
            self.allowance.observe(reading, started=call.started, now=self._now())
        self._admit()

    def throttled(self, retry_after: float) -> None:
        """A 429: nobody calls for `retry_after` seconds, a window at most, except a revocation that probes."""
        now = self._now()
        self._refusals += 1
        closed_s = min(max(0.0, retry_after), LONGEST_CLOSING_S)
        self._closed_until = max(self._closed_until, now + closed_s)
        self._probe_at = max(self._probe_at, now + PROBE_EVERY_S)
        self._admit()

    async def _enter(self, urgency: Urgency) -> Call:
        now = self._now()
        self.allowance.roll(now)
        wait = self._earliest(urgency, now) - now
        patience = self._patience(urgency)
        if wait > patience:
            raise Throttled(f"Genesys has no room for a {urgency} call within {patience:.0f} s", wait)
        self._numbers += 1
        admitted: asyncio.Future[Call] = asyncio.get_running_loop().create_future()
        waiter = _Waiter(number=self._numbers, deadline=now + patience, admitted=admitted)
        self._waiting[urgency].append(waiter)
        self._admit()
        try:
            return await admitted
        except asyncio.CancelledError:
            if admitted.done() and not admitted.cancelled() and admitted.exception() is None:
                self._leave(admitted.result())
            elif waiter in self._waiting[urgency]:
                self._waiting[urgency].remove(waiter)
            raise

    def _leave(self, call: Call) -> None:
        self.allowance.finish(observed=call.observed, now=self._now())
        if call.probe:
            self._probes -= 1
            if call.observed and call.refusals == self._refusals:
                self._probe_at = self._now()  # Genesys works for revocations again: the next one need not wait
        self._admit()

    def _admit(self) -> None:
        """Let in everybody who may; the rest is woken by whatever changes next."""
        now = self._now()
        self.allowance.roll(now)
        self._expire(now)
        while (urgency := self._next(now)) is not None:
            waiter = self._waiting[urgency].popleft()
            if not waiter.admitted.cancelled():
                waiter.admitted.set_result(self._start(urgency, now))
        self._arm(now)

    def _start(self, urgency: Urgency, now: float) -> Call:
        probe = now < self._closed_until
        if probe:
            self._probes += 1
            self._probe_at = now + PROBE_EVERY_S
        self.allowance.start(now)
        return Call(started=now, urgency=urgency, probe=probe, refusals=self._refusals)

    def _next(self, now: float) -> Urgency | None:
        """The urgency whose first waiter goes next. Shares only shrink along `IN_ORDER`, so nobody is passed over."""
        kills, revocations = self._waiting[Urgency.SESSIONS], self._waiting[Urgency.REVOCATION]
        if (
            kills
            and revocations
            and kills[0].number < revocations[0].number
            and not self.allowance.under_half
            and self._may(Urgency.SESSIONS, now)
        ):
            return Urgency.SESSIONS
        first = next((urgency for urgency in IN_ORDER if self._waiting[urgency]), None)
        return first if first is not None and self._may(first, now) else None

    def _may(self, urgency: Urgency, now: float) -> bool:
        revoking = urgency is Urgency.REVOCATION
        careful = self._slots if self._answered else min(self._slots, UNKNOWN_IN_FLIGHT)
        slots = self._slots + self._extra if revoking else careful
        if self.allowance.in_flight >= slots:
            return False
        if now < self._closed_until:
            return revoking and self._probes < PROBES_IN_FLIGHT and now >= self._probe_at
        return self.allowance.left(urgency) > 0

    def _patience(self, urgency: Urgency) -> float:
        return self._background_wait_s if urgency is Urgency.BACKGROUND else self.max_wait_s

    def _earliest(self, urgency: Urgency, now: float) -> float:
        """When this urgency can be let in at the earliest, as far as anybody knows."""
        if now < self._closed_until:
            return min(self._probe_at, self._closed_until) if urgency is Urgency.REVOCATION else self._closed_until
        if self.allowance.left(urgency) > 0 or self.allowance.ends_at is None:
            return now
        return self.allowance.ends_at

    def _expire(self, now: float) -> None:
        for urgency, waiters in self._waiting.items():
            while waiters and waiters[0].deadline <= now:
                admitted = waiters.popleft().admitted
                if not admitted.done():
                    wait = max(0.0, self._earliest(urgency, now) - now)
                    message = f"a {urgency} call waited {self._patience(urgency):.0f} s for room at Genesys"
                    admitted.set_exception(Throttled(message, wait))

    def _arm(self, now: float) -> None:
        """Wake up for the next thing that time alone changes."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        dues = [waiters[0].deadline for waiters in self._waiting.values() if waiters]
        if not dues:
            return
        dues += [due for due in (self._closed_until, self._probe_at, self.allowance.ends_at) if due and due > now]
        self._timer = asyncio.get_running_loop().call_later(max(0.0, min(dues) - now), self._admit)

"""What time is it in the simulated world, and what is due?

Every simulator asks this clock instead of the machine's, so a test can move a whole day ahead without sleeping:
`advance()` shifts the clock and fires everything that has become due, in order.
"""

from __future__ import annotations

import asyncio
import heapq
import itertools
import time
from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(order=True, slots=True)
class Alarm:
    """One call that the clock owes; `cancel()` takes it back."""

    due: float
    number: int
    call: Callable[[], object] | None = field(compare=False)

    def cancel(self) -> None:
        self.call = None


class Clock:
    """Wall-clock seconds since 1970 plus an offset that only moves forward.

    Needs a running event loop from the first `call_at` on.
    """

    def __init__(self) -> None:
        self._offset = 0.0
        self._alarms: list[Alarm] = []
        self._numbers = itertools.count()
        self._handle: asyncio.TimerHandle | None = None

    def now(self) -> float:
        """Seconds since 1970 in the simulated world."""
        return time.time() + self._offset

    @property
    def offset(self) -> float:
        """Seconds by which the simulated world is ahead of the machine."""
        return self._offset

    def call_at(self, due: float, call: Callable[[], object]) -> Alarm:
        """Call `call` when `now()` reaches `due` (seconds since 1970); at once, from the loop, when it is past."""
        alarm = Alarm(due, next(self._numbers), call)
        heapq.heappush(self._alarms, alarm)
        if self._alarms[0] is alarm:
            self._arm()
        return alarm

    def call_later(self, delay: float, call: Callable[[], object]) -> Alarm:
        return self.call_at(self.now() + delay, call)

    async def sleep(self, delay: float) -> None:
        """Sleep `delay` simulated seconds: returns early in real time when the clock is advanced."""
        woken = asyncio.Event()
        alarm = self.call_later(delay, woken.set)
        try:
            await woken.wait()
        finally:
            alarm.cancel()

    def advance(self, seconds: float) -> None:
        """Move the simulated world `seconds` ahead and fire what has become due, in order of its due time."""
        if seconds < 0:
            raise ValueError("the simulated clock only moves forward")
        self._offset += seconds
        self._fire()

    def _arm(self) -> None:
        if self._handle is not None:
            self._handle.cancel()
            self._handle = None
        while self._alarms and self._alarms[0].call is None:
            heapq.heappop(self._alarms)
        if self._alarms:
            delay = max(0.0, self._alarms[0].due - self.now())
            self._handle = asyncio.get_running_loop().call_later(delay, self._fire)

    def _fire(self) -> None:
        now = self.now()
        while self._alarms and self._alarms[0].due <= now:
            call = heapq.heappop(self._alarms).call
            if call is not None:
                call()
        self._arm()

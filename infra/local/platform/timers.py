"""How do timers fire? On the simulated clock, one call at a time: the next due time is looked for after the call."""

from __future__ import annotations

import asyncio
from typing import Any

from infra.local.platform.bindings import Function, TimerTrigger
from infra.local.platform.codec import Codec
from infra.local.platform.invocations import Cause, Invoker, Outcome
from infra.local.platform.schedule import parse_schedule
from infra.local.platform.settings import HostError
from infra.local.simulation.clock import Clock


class Timer:
    """One function's timer.

    Raises:
        HostError: the schedule cannot be read, or never fires.
    """

    def __init__(self, function: Function, clock: Clock, invoker: Invoker, codec: Codec) -> None:
        assert isinstance(function.trigger, TimerTrigger)
        self.function = function
        self._trigger = function.trigger
        self._clock = clock
        self._invoker = invoker
        self._codec = codec
        try:
            self._schedule = parse_schedule(function.trigger.schedule)
            self.next_at = self._schedule.after(clock.now())
        except HostError as error:
            raise HostError(f"The function {function.name} cannot be hosted: {error}") from error
        self._last = 0.0
        self._running = False
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._task = asyncio.create_task(self._run())

    async def stop(self, grace_s: float) -> None:
        """Fire no more, and let a call that runs end within `grace_s` real seconds."""
        if self._task is None:
            return
        if not self._running:
            self._task.cancel()
        await asyncio.wait({self._task}, timeout=grace_s)
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)

    async def fire(self, cause: Cause) -> Outcome:
        """One call now, whatever the schedule says."""
        now = self._clock.now()
        data: Any = self._codec.timer(past_due=False, last=self._last or now, following=self._schedule.after(now))
        self._last = now
        return await self._invoker.call(self.function, data, cause=cause)

    async def _run(self) -> None:
        if self._trigger.run_on_startup:
            await self._fire()
        while True:
            self.next_at = self._schedule.after(self._clock.now())
            await self._clock.sleep(self.next_at - self._clock.now())
            await self._fire()

    async def _fire(self) -> None:
        self._running = True
        try:
            await self.fire("timer")
        finally:
            self._running = False

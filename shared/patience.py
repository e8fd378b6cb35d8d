"""How long does a revocation wait for the ledger? Not long, and not again and again.

One question that got no answer in time stands for the next ones: for a while nothing is asked in this process, so
that forty leavers don't wait one second each, several times.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from shared import telemetry
from shared.model import Instant

T = TypeVar("T")


class LedgerPatience:
    """Asks the ledger on behalf of whoever goes on without its answer.

    Args:
        wait_s: for one answer.
        pause_s: how long nothing is asked after an answer did not come.
    """

    def __init__(self, now: Callable[[], Instant], *, wait_s: float = 1.0, pause_s: float = 10.0) -> None:
        self._now = now
        self._wait_s = wait_s
        self._pause_s = pause_s
        self._silent_until = 0.0

    async def ask(self, call: Coroutine[Any, Any, T], otherwise: T, *, where: str) -> T:
        """The ledger's answer, or `otherwise` when it has none: down, too late, or a row that can't be read."""
        if self._now() < self._silent_until:
            call.close()
            return otherwise
        try:
            return await asyncio.wait_for(call, self._wait_s)
        except TimeoutError:
            self._silent_until = self._now() + self._pause_s
            telemetry.alarm("ledger_unreachable", where=where)
        except Exception as error:  # noqa: BLE001 - whatever is wrong with the ledger, a leaver must not wait for it
            telemetry.alarm("ledger_failing", where=where, why=type(error).__name__)
        return otherwise

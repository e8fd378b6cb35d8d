"""How does a lock outlive a call that is longer than it? Renewed ahead of its end, as the SDK's processor does."""

from __future__ import annotations

import logging
from collections.abc import Callable

from infra.local.servicebus.errors import AmqpError
from infra.local.simulation.clock import Alarm, Clock

log = logging.getLogger(__name__)


class Renewal:
    """The renewals of one lock. They are alarms of the simulated clock: a jump in time renews before it expires."""

    def __init__(self, clock: Clock, lock_s: float, renew: Callable[[], None], limit_s: float) -> None:
        self._clock = clock
        # The SDK renews ten seconds ahead, or at half time when the lock is short.
        self._interval_s = lock_s - min(lock_s / 2, 10.0)
        self._renew = renew
        self._limit_s = limit_s
        self._until = 0.0
        self._alarm: Alarm | None = None

    def restart(self) -> None:
        """Renew for another `limit_s` simulated seconds from now on."""
        self._until = self._clock.now() + self._limit_s
        if self._alarm is None:
            self._arm()

    def stop(self) -> None:
        if self._alarm is not None:
            self._alarm.cancel()
            self._alarm = None

    def _arm(self) -> None:
        self._alarm = self._clock.call_later(self._interval_s, self._due)

    def _due(self) -> None:
        self._alarm = None
        if self._clock.now() >= self._until:
            return
        try:
            self._renew()
        except AmqpError as error:
            log.warning("A lock could not be renewed: %s", error)
        else:
            self._arm()

"""Has this application used up its resource units? Learn: graph/throttling-limits, identity and access."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from typing import Any

from infra.local.entra.calls import Call, GraphError, Route
from infra.local.entra.tokens import TENANT_ID
from infra.local.simulation.clock import Clock

WINDOW_S, WRITE_WINDOW_S = 10.0, 150.0
WRITES = frozenset({"POST", "PATCH", "PUT", "DELETE"})
SMALL_PAGE = 20
REPORT_FROM = 0.8


class Meter:
    """What one application spent within the last `window` seconds."""

    def __init__(self, window: float) -> None:
        self._window = window
        self._spent: deque[tuple[float, int]] = deque()
        self._total = 0

    def total(self, now: float) -> int:
        while self._spent and self._spent[0][0] <= now - self._window:
            self._total -= self._spent.popleft()[1]
        return self._total

    def add(self, now: float, units: int) -> None:
        self._spent.append((now, units))
        self._total += units

    def wait(self, now: float) -> float:
        """Seconds until something of the window is free again."""
        return self._spent[0][0] + self._window - now if self._spent else 0.0


class Throttle:
    def __init__(self, clock: Clock, switches: Mapping[str, Any]) -> None:
        self._clock = clock
        self._switches = switches
        self._units: dict[str, Meter] = {}
        self._writes: dict[str, Meter] = {}

    def charge(self, call: Call, found: Route) -> dict[str, str]:
        """Book the cost of a request; gives the headers of a successful answer. A batch is free, its items are not.

        Raises:
            GraphError: 429.
        """
        if not found.units:
            return {}
        now = self._clock.now()
        client = call.principal.client_id
        if call.method in WRITES and self._switches["writes"]:
            self._book(self._writes.setdefault(client, Meter(WRITE_WINDOW_S)), now, 1, "writes", client)
        units = cost(call, found)
        headers = {"x-ms-resource-unit": str(units)}
        if self._switches["resource_units"]:
            share = self._book(self._units.setdefault(client, Meter(WINDOW_S)), now, units, "resource_units", client)
            if share >= REPORT_FROM:
                headers["x-ms-throttle-limit-percentage"] = f"{share:.2f}"
        return headers

    def _book(self, meter: Meter, now: float, units: int, limit: str, client: str) -> float:
        share = (meter.total(now) + units) / float(self._switches[limit])
        if share > 1:
            reason = "WriteLimitExceeded" if limit == "writes" else "ResourceUnitLimitExceeded"
            raise too_many(meter.wait(now), str(self._switches["retry_after"]), client, reason)
        meter.add(now, units)
        return share


def cost(call: Call, found: Route) -> int:
    """Resource units: the route's, less for `$select` and small pages, more for `$expand`, at least 1."""
    units = found.units
    top = call.query.get("$top", "")
    units -= "$select" in call.query
    units -= top.isdigit() and int(top) < SMALL_PAGE
    units += "$expand" in call.query
    return max(1, units)


def too_many(wait_s: float, style: str, client: str, reason: str) -> GraphError:
    """429 with `Retry-After` as `style` says: whole seconds, a fraction (the documentation's own sample), or none."""
    headers = {
        "x-ms-throttle-scope": f"Tenant_Application/ReadWrite/{client}/{TENANT_ID}",
        "x-ms-throttle-information": reason,
    }
    if style == "integer":
        headers["Retry-After"] = str(max(1, -int(-wait_s // 1)))
    elif style == "fractional":
        headers["Retry-After"] = f"{max(0.001, wait_s):.3f}"
    return GraphError(429, "TooManyRequests", "Please retry again later.", headers)

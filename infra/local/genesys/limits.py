"""How many requests are left? Genesys' allowance per access token or OAuth client, as its headers report it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from infra.local.genesys.errors import PlatformProblem, Problem
from infra.local.simulation.clock import Clock

KEY = "client.credentials.token.rate.per.minute"


@dataclass(slots=True)
class Window:
    """One allowance: `spent` requests since `opened` (seconds since 1970)."""

    opened: float
    spent: int = 0


class RateLimits:
    """Counts a request when it arrives, so calls in flight are spent. A window opens with its first request."""

    def __init__(self, clock: Clock, switches: Mapping[str, Any]) -> None:
        self._clock = clock
        self._switches = switches
        self._windows: dict[str, Window] = {}

    def spend(self, token: str, client: str) -> tuple[dict[str, str], Problem | None]:
        """Count one request: the headers of its answer, and the 429 when the allowance is used up.

        A refused request is not counted: a client that waits as told gets through.
        """
        allowed, length = int(self._switches["rate_allowed"]), float(self._switches["rate_window_s"])
        now = self._clock.now()
        holder = client if self._switches["rate_scope"] == "client" else token
        window = self._windows.get(holder)
        if window is None or now >= window.opened + length:
            window = self._windows[holder] = Window(opened=now)
        reset = max(1, math.ceil(window.opened + length - now))
        refused = window.spent >= allowed
        if not refused:
            window.spent += 1
        headers = {
            "inin-ratelimit-count": str(window.spent),
            "inin-ratelimit-allowed": str(allowed),
            "inin-ratelimit-reset": str(reset),
        }
        return headers, too_many(reset, allowed) if refused else None


def too_many(reset: int, allowed: int, key: str = KEY, namespace: str = "platform.api") -> PlatformProblem:
    """The 429 with its `Retry-After` (whole seconds)."""
    return PlatformProblem(
        429,
        "too.many.requests",
        f"Rate limit exceeded the maximum. Retry the request in [{reset}] seconds",
        limit={"key": key, "namespace": namespace, "value": allowed},
        headers={"Retry-After": str(reset)},
    )


def namespace(name: str, allowed: int) -> list[dict[str, Any]]:
    """The limits of one namespace, as `GET /api/v2/organizations/limits/namespaces/{name}` lists them."""
    key = KEY if name in {"platform.api", "scim"} else f"{name}.requests.per.minute"
    return [{"key": key, "namespace": name, "value": allowed}]

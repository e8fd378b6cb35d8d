"""What does host.json ask for? Parsed once, with the defaults of the real host and of its Service Bus extension 5.x."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any


class HostError(RuntimeError):
    """The app cannot be hosted as it is; the message is a sentence for the person at the terminal."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BusOptions:
    """`extensions.serviceBus` (ServiceBusOptions); times in seconds, `minimum_batch` in messages."""

    prefetch: int = 0
    auto_complete: bool = True
    max_renewal_s: float = 300.0
    max_calls: int = 16
    max_sessions: int = 8
    max_batch: int = 1000
    min_batch: int = 1
    max_batch_wait_s: float = 30.0
    session_idle_s: float = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class HostSettings:
    """`function_timeout_s` is None for `"-1"`, which means without limit."""

    route_prefix: str = "api"
    function_timeout_s: float | None = 1800.0
    bus: BusOptions = BusOptions()


def read_host_json(path: Path) -> HostSettings:
    """
    Raises:
        HostError: no such file, not JSON, or a value of the wrong form.
    """
    try:
        document = json.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        raise HostError(f"There is no host.json in {path.parent}.") from None
    except ValueError as error:
        raise HostError(f"{path} is not JSON: {error}") from error
    if not isinstance(document, dict) or document.get("version") != "2.0":
        raise HostError(f'{path} must be an object with "version": "2.0".')
    extensions = document.get("extensions", {})
    try:
        return HostSettings(
            route_prefix=extensions.get("http", {}).get("routePrefix", "api").strip("/"),
            function_timeout_s=_timeout(document.get("functionTimeout", "00:30:00")),
            bus=_bus(extensions.get("serviceBus", {})),
        )
    except (AttributeError, TypeError, ValueError) as error:
        raise HostError(f"{path} has a value of the wrong form: {error}") from error


def _bus(raw: Mapping[str, Any]) -> BusOptions:
    try_timeout = raw.get("clientRetryOptions", {}).get("tryTimeout", "00:01:00")
    return BusOptions(
        prefetch=int(raw.get("prefetchCount", 0)),
        auto_complete=bool(raw.get("autoCompleteMessages", True)),
        max_renewal_s=duration(raw.get("maxAutoLockRenewalDuration", "00:05:00")),
        max_calls=int(raw.get("maxConcurrentCalls", 16 * (os.cpu_count() or 1))),
        max_sessions=int(raw.get("maxConcurrentSessions", 8)),
        max_batch=int(raw.get("maxMessageBatchSize", 1000)),
        min_batch=int(raw.get("minMessageBatchSize", 1)),
        max_batch_wait_s=duration(raw.get("maxBatchWaitTime", "00:00:30")),
        # Null means the client's try timeout: the minute in which a slot holds a session that has no message.
        session_idle_s=duration(raw.get("sessionIdleTimeout") or try_timeout),
    )


def _timeout(text: str) -> float | None:
    return None if text == "-1" else duration(text)


def duration(text: str) -> float:
    """Seconds of a .NET TimeSpan such as `00:00:00.5` or `1.06:00:00`.

    Raises:
        ValueError: it is not one.
    """
    found = re.fullmatch(r"(?:(\d+)\.)?(\d+):(\d{1,2}):(\d{1,2}(?:\.\d+)?)", text)
    if found is None:
        raise ValueError(f"{text!r} is not a time span of the form hh:mm:ss")
    days, hours, minutes, seconds = found.groups()
    return int(days or 0) * 86400 + int(hours) * 3600 + int(minutes) * 60 + float(seconds)


def resolve(text: str, environment: Mapping[str, str]) -> str:
    """Replace `%SETTING%` by the app setting of that name, as binding expressions do.

    Raises:
        HostError: there is no such setting.
    """

    def value(found: re.Match[str]) -> str:
        try:
            return environment[found[1]]
        except KeyError:
            raise HostError(f"'{found[0]}' does not resolve to a value: there is no setting {found[1]}.") from None

    return re.sub(r"%(\w+)%", value, text)

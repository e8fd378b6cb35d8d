"""How does Graph write a moment, and how does it read one?"""

from __future__ import annotations

from datetime import UTC, datetime


def zulu(seconds: float) -> str:
    """`2026-03-01T11:00:00Z`: the form of resources."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def with_offset(seconds: float) -> str:
    """`2026-03-01T11:00:00+00:00`: the form of notifications."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds")


def seconds_of(text: str) -> float:
    """Seconds since 1970; a moment without an offset is UTC.

    Raises:
        ValueError: not an ISO 8601 date and time.
    """
    moment = datetime.fromisoformat(text)
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()

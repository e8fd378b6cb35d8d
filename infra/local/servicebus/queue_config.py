"""What is a queue set to, and what has it counted?"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueConfig:
    """A queue's properties, named and defaulted as in Azure; durations in seconds."""

    lock_s: float = 60.0
    max_delivery: int = 10
    session: bool = False
    #: 0 means no duplicate detection.
    duplicate_window_s: float = 0.0
    ttl_s: float | None = None
    dead_letter_on_expiry: bool = False
    max_message_bytes: int = 262_144


@dataclass(slots=True)
class QueueStats:
    """What has happened since the start."""

    enqueued: int = 0
    duplicates: int = 0
    completed: int = 0
    abandoned: int = 0
    dead_lettered: int = 0
    lock_expired: int = 0
    expired: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Depth:
    """How many messages are where."""

    active: int
    scheduled: int
    locked: int
    deferred: int

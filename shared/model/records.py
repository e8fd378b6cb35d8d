"""What is remembered of the work: intents, outcomes, and what was put aside."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from shared.model.steps import Change, Step
from shared.model.values import Cause, Instant


class Verdict(StrEnum):
    """How one convergence ended."""

    REVOKED = "revoked"
    ALREADY_OUT = "already_out"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    NO_ACCOUNT = "no_account"
    LEFT_INACTIVE = "left_inactive"
    OUT_OF_SCOPE = "out_of_scope"
    NO_LONGER_LEAVER = "no_longer_leaver"
    UNKNOWN = "unknown"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Times:
    """When each stage was reached on our clock; None where it was not. Genesys' own times are in the steps."""

    notified_at: Instant | None = None
    rung_at: Instant | None = None
    read_at: Instant | None = None
    applied_at: Instant | None = None
    sessions_ended_at: Instant | None = None
    finished_at: Instant | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Intent:
    """What is about to be written, noted before the first write, closed by the outcome of the same `trace`.

    Attributes:
        changes: with the values that the writes replace.
    """

    identity_id: str
    account_id: str
    trace: str
    stage: str
    opened_at: Instant
    changes: tuple[Change, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What one convergence did, for whom, why and when. `sentences` in `shared/rules/sentences.py` put it in words.

    Attributes:
        enforced: False: nothing was written, every step says what would have been.
        in_conversation: whether the person was in a live conversation; None when not asked or not told.
        notes: what was due and could not be done, in sentences without values.
    """

    identity_id: str
    account_id: str | None
    verdict: Verdict
    enforced: bool
    cause: Cause
    trace: str
    times: Times
    stage: str = ""
    steps: tuple[Step, ...] = ()
    changes: tuple[Change, ...] = ()
    reason: str = ""
    actor: str = ""
    attempt: int = 0
    in_conversation: bool | None = None
    replayed: bool = False
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Parked:
    """A message that was refused for good: kept until a person replays or rejects it.

    Attributes:
        body: the message as it was, so that a replay is the same message.
        why: one sentence.
    """

    key: str
    queue: str
    body: str
    why: str
    parked_at: Instant
    identity_id: str = ""
    attempts: int = 0

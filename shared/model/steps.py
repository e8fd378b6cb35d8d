"""What is to be written, and what was: the changes of a plan and the steps of a playbook."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from shared.model.values import Instant, Value


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One difference with its reason, in the target's own path."""

    path: str
    before: Value
    after: Value
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Everything that one convergence will write to one account, decided before the first write.

    Attributes:
        version: the account's version that the plan was made from.
        notes: sentences about what is due and not among the changes; they name paths, no values.
    """

    identity_id: str
    account_id: str
    version: str | None
    changes: tuple[Change, ...]
    notes: tuple[str, ...] = ()


class StepName(StrEnum):
    """The leaver playbook (genesys-api.md §7) and the routine write, as outcomes name them."""

    DEACTIVATE = "deactivate"
    END_SESSIONS = "end_sessions"
    DISASSOCIATE_STATION = "disassociate_station"
    SET_OFFLINE = "set_offline"
    DISCONNECT_CONVERSATIONS = "disconnect_conversations"
    LEAVE_QUEUES = "leave_queues"
    END_SESSIONS_AGAIN = "end_sessions_again"
    VERIFY = "verify"
    UPDATE = "update"


class StepResult(StrEnum):
    DONE = "done"
    NOTHING_TO_DO = "nothing_to_do"
    WOULD = "would"
    FAILED = "failed"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One write (or the reason why there was none) and when its answer arrived.

    Attributes:
        server_time: the same moment on the target's clock (its `Date` header, whole seconds), when it told.
        refused: paths of changes that the target did not take; `detail` says why.
    """

    name: StepName
    result: StepResult
    at: Instant
    detail: str = ""
    server_time: Instant | None = None
    refused: tuple[str, ...] = ()

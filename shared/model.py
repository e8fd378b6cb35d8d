"""The nouns of the house: what was read, what is due, what was done. All frozen; none knows I/O.

Times are `Instant`: seconds since 1970 in UTC, as a float. Ids are Entra object ids (`identity_id`) and Genesys
user ids (`account_id`), both UUID strings in lower case.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal

Instant = float
Value = str | tuple[str, ...] | None  # of an attribute, in text; None: there is none


class Mode(StrEnum):
    """Whether Genesys is written to: everything runs in both, `observe` records what it would have done."""

    OBSERVE = "observe"
    ENFORCE = "enforce"


class Urgency(StrEnum):
    """Who waits for this call: decides the share of the Genesys budget that it may use (design §8)."""

    REVOCATION = "revocation"
    SESSIONS = "sessions"  # token kills: as urgent, but behind every deactivation once the budget is under half
    PERSON = "person"
    ROUTINE = "routine"
    BACKGROUND = "background"


class Cause(StrEnum):
    """What made us look at an identity."""

    NOTIFICATION = "notification"
    LIFECYCLE = "lifecycle"
    LOOK = "look"
    SWEEP = "sweep"
    RECONCILE = "reconcile"
    HELPDESK = "helpdesk"
    HR = "hr"


class Claim(StrEnum):
    """What the bell-ringer saw. Never written to Genesys by itself, except to revoke (design §5)."""

    LEAVER = "leaver"
    GONE = "gone"


class Presence(StrEnum):
    """Where Graph found an object id."""

    PRESENT = "present"
    SOFT_DELETED = "soft_deleted"
    ABSENT = "absent"  # 404 as a user and as a deleted item: purged, or not replicated yet


class Standing(StrEnum):
    """What a reading says about the person's right to an account."""

    CURRENT = "current"
    LEAVER = "leaver"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Role:
    """An app role that somebody is assigned to (entra-mapping.md §6.2).

    Attributes:
        value: empty: an app role may have none.
    """

    id: str = ""
    value: str = ""
    display_name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """One user object as one Graph read showed it. Replicas lag: a later read can show an older truth.

    Attributes:
        attributes: Graph property name to value; None where Graph has null, a missing key where it has nothing.
        read_at: when the answer arrived.
        assigned: to the application, directly or by a group; None: not asked, or not told.
        roles: the app roles that the assignment brings; empty where they were not asked for.
    """

    id: str
    presence: Presence
    account_enabled: bool | None = None
    user_principal_name: str | None = None
    attributes: Mapping[str, Value] = field(default_factory=dict)
    read_at: Instant = 0.0
    assigned: bool | None = None
    roles: tuple[Role, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """One Genesys user as SCIM shows it.

    Attributes:
        version: the number in `meta.version`, to be sent as `If-Match: "<version>"`; None when the answer had none.
        attributes: SCIM path (fully qualified for extensions) to value, for the paths that mappings can write.
    """

    id: str
    user_name: str
    active: bool
    version: str | None = None
    external_id: str | None = None
    attributes: Mapping[str, Value] = field(default_factory=dict)


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


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionCheck:
    """What Genesys says about a person after a revocation. Times are on Genesys' clock.

    Attributes:
        server_time: Genesys' `Date` header of this answer.
        last_token_issued: None when no token was ever issued.
        routing_status: for example `INTERACTING`; None when Genesys does not say.
    """

    active: bool
    server_time: Instant
    last_token_issued: Instant | None = None
    routing_status: str | None = None

    @property
    def in_conversation(self) -> bool | None:
        """None when Genesys does not say."""
        return None if self.routing_status is None else self.routing_status in ("INTERACTING", "COMMUNICATING")


@dataclass(frozen=True, slots=True, kw_only=True)
class Ring:
    """An id on the bus: "look at this one". It carries no state of the person, only times and a claim.

    Attributes:
        kind: what the id names in Entra.
        rung_at: when it was first rung; a repetition keeps it.
        notified_at: when Graph's post arrived; None for other causes.
        attempt: how often this ring was tried before.
        look: 0 for a ring, n for the n-th look after one.
        trace: follows one notification through all queues and logs.
        after_revocation: a look that also reads Genesys, because the person was revoked.
        doubt: how often the id was found nowhere, or its claim contradicted, before: counts along the doubt table.
    """

    kind: Literal["user", "group"]
    id: str
    cause: Cause
    rung_at: Instant
    trace: str
    notified_at: Instant | None = None
    attempt: int = 0
    claim: Claim | None = None
    look: int = 0
    after_revocation: bool = False
    doubt: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """One scheduled second look at every identity of a batch, because the first read can have been stale.

    Attributes:
        claims: what was seen when the first look was taken, for the ids that had a claim.
    """

    ids: tuple[str, ...]
    number: int
    rung_at: Instant
    trace: str
    after_revocation: bool = False
    attempt: int = 0
    claims: Mapping[str, Claim] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Lifecycle:
    """What Graph says about one of our graph subscriptions (microsoft-graph.md §2.4): the watch must run now.

    Attributes:
        event: Graph's `lifecycleEvent`.
    """

    subscription_id: str
    event: str
    rung_at: Instant
    trace: str


class Stage(StrEnum):
    """Which part of the leaver playbook a message on `revocations` asks for."""

    FIRST = "first"  # deactivate, end sessions: nothing else
    REST = "rest"  # station and the optional steps
    VERIFY = "verify"  # second token kill and the check that nobody logged in since


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """A revocation on the bus. Valid as an order for a short time after `read_at`; older ones read Entra again.

    Attributes:
        account_id: None when no link is known: the account is found by `user_name` then.
        user_name: only set when no link is known, since the look-up needs it.
        fingerprint: of the reading that said *leaver*; remembered when the revocation is complete.
        actor: the person who ordered it; empty when Entra did.
        explicit: a person's own order: carried out in observe mode too, and without asking Entra again.
        check_first: the person was revoked before: only an account that is active again is worked on.
        followed: the later stages are scheduled already.
        out_of_scope: nobody left: the person is not assigned any more, or the filter excludes them.
        attempt: how often it failed for a passing reason before.
        refusals: how often Genesys refused it before.
        done: the steps that earlier tries of this message have behind them.
        deactivated_at: when the first stage deactivated, on Genesys' clock; for the later stages.
    """

    identity_id: str
    account_id: str | None
    stage: Stage
    cause: Cause
    read_at: Instant
    rung_at: Instant
    trace: str
    user_name: str | None = None
    notified_at: Instant | None = None
    fingerprint: str = ""
    actor: str = ""
    reason: str = ""
    explicit: bool = False
    check_first: bool = False
    followed: bool = False
    out_of_scope: bool = False
    attempt: int = 0
    refusals: int = 0
    done: tuple[Step, ...] = ()
    deactivated_at: Instant | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """Identity to account, and what the last completed convergence had read.

    Attributes:
        account_id: None: looked for, and there is none.
        fingerprint: of the last reading that was converged completely; empty when none was.
        pilot: whether the person was in the pilot group when last looked; None when never asked.
        written: path in Genesys to digest of the value that we or Entra's job wrote: only those may be cleared.
    """

    identity_id: str
    account_id: str | None
    fingerprint: str = ""
    pilot: bool | None = None
    written: Mapping[str, str] = field(default_factory=dict)


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

"""What is on the bus? Ids and times, never the state of a person."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal

from shared.model.steps import Step
from shared.model.values import Cause, Claim, Instant


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

"""How is a leaver taken out? Deactivate and end the sessions, nothing else, in the first message.

A revocation marks before it acts (design §5): the mark tells everybody who creates or enables an account that he must
look again. The ledger may be down, the mark may be missing: the revocation goes on. The rest of the playbook follows
in later messages (`aftercare.py`).
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from dataclasses import dataclass, replace
from typing import TypeVar

from shared import telemetry
from shared.errors import NotThere, Refused, SyncError, Transient
from shared.model import (
    Identity,
    Intent,
    Link,
    Look,
    Order,
    Outcome,
    Ring,
    Stage,
    Standing,
    Step,
    StepName,
    StepResult,
    Times,
    Urgency,
    Verdict,
)
from shared.ports import Target
from shared.rules.correlation import the_one
from shared.rules.fingerprint import completed
from shared.rules.retry import decide
from shared.rules.standing import standing
from shared.workroom import Workroom

T = TypeVar("T")


@dataclass(slots=True)
class Progress:
    """What was done for this order so far; the outcome or the next try is written from it, whatever stops the work."""

    account_id: str | None
    steps: list[Step]
    link: Link | None = None
    pilot: bool | None = None
    enforced: bool = True
    replayed: bool = False

    def step(self, name: StepName) -> Step | None:
        return next((step for step in self.steps if step.name is name), None)


async def revoke(order: Order, room: Workroom, *, redelivered: bool = False) -> Outcome | None:
    """Carry out the first stage of an order; a failure that can pass, or a refusal, is scheduled again.

    Args:
        redelivered: the broker delivered this message before, so part of the work may be done.

    Returns:
        The outcome, or None when the order was scheduled again.
    """
    progress = Progress(account_id=order.account_id, steps=list(order.done))
    try:
        return await _first(order, room, progress, redelivered=redelivered)
    except SyncError as error:
        await try_again(order, room, progress, error)
        return None


async def _first(order: Order, room: Workroom, progress: Progress, *, redelivered: bool) -> Outcome:
    if await no_longer_leaver(order, room, redelivered=redelivered):
        return await conclude(order, room, progress, Verdict.NO_LONGER_LEAVER)
    target = (await choose_target(order, room, progress)).at(Urgency.REVOCATION)
    if progress.account_id is None:
        progress.account_id = await _find(order, target)
    if progress.account_id is None:
        return await conclude(order, room, progress, Verdict.NO_ACCOUNT)
    await _note(order, progress.account_id, room, progress, redelivered=redelivered)
    if not await _deactivate(order, progress.account_id, target, room, progress):
        return await conclude(order, room, progress, Verdict.ALREADY_OUT)
    if room.end_sessions:
        progress.steps.append(await target.at(Urgency.SESSIONS).perform(StepName.END_SESSIONS, progress.account_id))
    outcome = await conclude(order, room, progress, Verdict.REVOKED)
    await _schedule_aftercare(order, room, progress)
    return outcome


async def no_longer_leaver(order: Order, room: Workroom, *, redelivered: bool) -> bool:
    """Whether an order that is not fresh any more has been overtaken: the person's convergence is rung then.

    When Graph can't be read, the order stands: one reading said *leaver*, and doubt disables.
    """
    fresh = room.now() - order.read_at <= room.order_valid_s and not (redelivered or order.attempt or order.refusals)
    if fresh or order.explicit:
        return False
    async for reading in room.source.read([order.identity_id]):
        if isinstance(reading, Identity) and standing(reading) is Standing.CURRENT:
            ring = Ring(
                kind="user", id=order.identity_id, cause=order.cause, rung_at=order.rung_at, trace=order.trace,
                notified_at=order.notified_at,
            )  # fmt: skip
            await room.bell.change([ring])
            return True
    return False


async def choose_target(order: Order, room: Workroom, progress: Progress) -> Target:
    """The real target or its preview, as the one place that decides says; fills in what the ledger knows."""
    links = await tolerant(room.ledger.links([order.identity_id]), {}, room)
    progress.link = links.get(order.identity_id)
    if progress.account_id is None and progress.link is not None:
        progress.account_id = progress.link.account_id
    target, progress.pilot = await room.targets.choose(order.identity_id, progress.link, explicit=order.explicit)
    progress.enforced = target.enforces
    return target


async def _find(order: Order, target: Target) -> str | None:
    if not order.user_name:
        return None
    account = the_one(await target.find(order.user_name))
    return account.id if account else None


async def _note(order: Order, account_id: str, room: Workroom, progress: Progress, *, redelivered: bool) -> None:
    """Raise the mark and open the intent before the first write; learn from an open intent that this is a replay."""
    if redelivered:
        intents = await tolerant(room.ledger.open_intents(order.identity_id), (), room)
        progress.replayed = any((intent.trace, intent.stage) == (order.trace, order.stage) for intent in intents)
    if progress.replayed:
        return
    intent = Intent(
        identity_id=order.identity_id, account_id=account_id, trace=order.trace, stage=order.stage, opened_at=room.now()
    )
    await asyncio.gather(
        tolerant(room.ledger.raise_mark(order.identity_id), 0, room),
        tolerant(room.ledger.open_intent(intent), None, room),
    )


async def _deactivate(order: Order, account_id: str, target: Target, room: Workroom, progress: Progress) -> bool:
    """False when the account of somebody who was revoked before is still out: then nothing is left to do."""
    if progress.step(StepName.DEACTIVATE):
        return True
    if order.check_first or progress.replayed:
        urgency = Urgency.BACKGROUND if order.check_first else Urgency.REVOCATION
        account = await target.at(urgency).get(account_id)
        if account is None:
            raise NotThere(f"Genesys does not know the account {account_id} any more.", "notFound")
        if not account.active:
            progress.steps.append(
                Step(
                    name=StepName.DEACTIVATE,
                    result=StepResult.NOTHING_TO_DO,
                    at=room.now(),
                    detail="was inactive already",
                )
            )
            return progress.replayed
        if order.check_first:
            telemetry.alarm("reactivated_elsewhere", identity=order.identity_id, account=account_id)
    progress.steps.append(await target.perform(StepName.DEACTIVATE, account_id))
    return True


async def conclude(
    order: Order, room: Workroom, progress: Progress, verdict: Verdict, *, in_conversation: bool | None = None
) -> Outcome:
    """Remember and log the outcome; a ledger that is down does not stop it."""
    outcome = outcome_of(order, room, progress, verdict, in_conversation=in_conversation)
    if order.stage is Stage.FIRST and verdict is not Verdict.NO_LONGER_LEAVER:
        before = progress.link or Link(identity_id=order.identity_id, account_id=None)
        digest = completed(order.fingerprint, enforced=progress.enforced) if order.fingerprint else before.fingerprint
        link = replace(
            before,
            account_id=progress.account_id,
            fingerprint=digest,
            pilot=before.pilot if progress.pilot is None else progress.pilot,
        )
        await tolerant(room.ledger.put_link(link), None, room)
    await tolerant(room.ledger.record(outcome), None, room)
    telemetry.converged(outcome)
    return outcome


def outcome_of(
    order: Order, room: Workroom, progress: Progress, verdict: Verdict, *, in_conversation: bool | None = None
) -> Outcome:
    """What to remember of one message of the playbook."""
    applied, ended = progress.step(StepName.DEACTIVATE), progress.step(StepName.END_SESSIONS)
    return Outcome(
        identity_id=order.identity_id,
        account_id=progress.account_id,
        verdict=verdict,
        enforced=progress.enforced,
        cause=order.cause,
        trace=order.trace,
        stage=order.stage,
        steps=tuple(progress.steps),
        reason=order.reason,
        actor=order.actor,
        attempt=order.attempt + order.refusals,
        in_conversation=in_conversation,
        replayed=progress.replayed,
        times=Times(
            notified_at=order.notified_at,
            rung_at=order.rung_at,
            read_at=order.read_at,
            applied_at=applied.at if applied else None,
            sessions_ended_at=ended.at if ended else None,
            finished_at=room.now(),
        ),
    )


async def _schedule_aftercare(order: Order, room: Workroom, progress: Progress) -> None:
    now = room.now()
    deactivated = progress.step(StepName.DEACTIVATE)
    later = replace(
        order,
        account_id=progress.account_id,
        user_name=None,
        attempt=0,
        refusals=0,
        done=(),
        check_first=False,
        deactivated_at=deactivated.server_time if deactivated else None,
    )
    if room.follow_up:
        await room.bell.order([replace(later, stage=Stage.REST)])
    if room.verify:
        await room.bell.order([replace(later, stage=Stage.VERIFY)], at=now + room.verify_after_s)
    if order.check_first:
        return  # came from a look: a look schedules no look
    for number, delay in enumerate(room.revocation_looks_s, start=1):
        look = Look(
            ids=(order.identity_id,), number=number, rung_at=now + delay, trace=room.new_id(), after_revocation=True
        )
        await room.bell.look(look, at=now + delay)


async def try_again(order: Order, room: Workroom, progress: Progress, error: SyncError) -> None:
    """Schedule the order again with what is done already: a revocation is never parked, whatever the reason."""
    refused = isinstance(error, Refused)
    age = room.now() - order.rung_at
    decision = decide(
        room.retries, error, revocation=True, attempt=order.attempt, refusals=order.refusals, age_s=age
    )  # fmt: skip
    why = type(error).__name__
    if decision.alarm:
        name = "revocation_open" if order.stage is Stage.FIRST else "aftercare_open"
        telemetry.alarm(name, identity=order.identity_id, age_s=round(age), why=why, trace=order.trace)
    telemetry.fact("revocation_again", identity=order.identity_id, why=why, wait_s=decision.wait_s, trace=order.trace)
    if refused and not order.refusals:
        outcome = outcome_of(order, room, progress, Verdict.FAILED)
        await tolerant(room.ledger.record(replace(outcome, reason=str(error))), None, room)
    again = replace(
        order,
        account_id=progress.account_id,
        attempt=order.attempt + (not refused),
        refusals=order.refusals + refused,
        done=tuple(progress.steps),
    )
    await room.bell.order([again], at=room.now() + room.spread(decision.wait_s))


async def tolerant(call: Awaitable[T], otherwise: T, room: Workroom) -> T:
    """The ledger's answer, or `otherwise` when it does not come soon: revoking goes on without the ledger."""
    try:
        return await asyncio.wait_for(call, room.ledger_patience_s)
    except (Transient, TimeoutError):
        telemetry.alarm("ledger_unreachable", where="revoke")
        return otherwise

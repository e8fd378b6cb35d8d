"""What happens after a revocation? Station and optional steps, then the proof that nobody came back in between.

These messages yield to every first one: they have few places of their own, and their calls are charged to the
smallest share of the budget.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace

from shared import telemetry
from shared.errors import NotThere, Refused, Unauthorized, Unreadable, understood
from shared.model import (
    Order,
    Outcome,
    SessionCheck,
    Stage,
    Step,
    StepName,
    StepResult,
    Urgency,
    Verdict,
)
from shared.progress import Progress, choose_target, conclude, try_again
from shared.revoke import no_longer_leaver, ring_attributes
from shared.workroom import Workroom

CLOCK_GRAIN_S = 1.0  # Genesys' Date header has whole seconds, its token times have milliseconds


async def aftercare(order: Order, room: Workroom, *, redelivered: bool = False) -> Outcome | None:
    """Carry out a later stage of an order; what fails for a passing reason is scheduled again.

    Returns:
        The outcome, or None when the order was scheduled again.
    """
    if room.background.locked():
        await room.bell.order([order], at=room.now() + room.spread(room.background_pause_s))
        return None
    progress = Progress(account_id=order.account_id, steps=list(order.done))
    try:
        async with asyncio.timeout(room.invocation_s), room.background:
            return await _carry_out(order, room, progress, redelivered=redelivered)
    except Exception as error:  # noqa: BLE001 - an unforeseen error must not dead-letter what is left to do
        await try_again(order, room, progress, understood(error))
        return None


async def _carry_out(order: Order, room: Workroom, progress: Progress, *, redelivered: bool) -> Outcome:
    if await no_longer_leaver(order, room, redelivered=redelivered):
        return await conclude(order, room, progress, Verdict.NO_LONGER_LEAVER)
    if progress.account_id is None:
        raise Unreadable("A later stage of a revocation names no Genesys account.", "account")
    if order.stage is Stage.REST:
        return await _rest(order, progress.account_id, room, progress)
    return await _verify(order, progress.account_id, room, progress)


async def _rest(order: Order, account_id: str, room: Workroom, progress: Progress) -> Outcome:
    target = (await choose_target(order, room, progress)).at(Urgency.BACKGROUND)
    for name in room.follow_up:
        if progress.step(name):
            continue
        try:
            progress.steps.append(await target.perform(name, account_id))
        except (Refused, Unauthorized) as error:
            # A step that Genesys refuses, or that nobody may take, must not keep the others from being taken.
            telemetry.alarm("step_refused", identity=order.identity_id, step=name.value)
            progress.steps.append(Step(name=name, result=StepResult.FAILED, at=room.now(), detail=str(error)))
    outcome = await conclude(order, room, progress, Verdict.REVOKED)
    await ring_attributes(order, room, enforced=progress.enforced)
    return outcome


async def _verify(order: Order, account_id: str, room: Workroom, progress: Progress) -> Outcome:
    target = (await choose_target(order, room, progress)).at(Urgency.BACKGROUND)
    again = progress.step(StepName.END_SESSIONS_AGAIN)
    if again is None:
        again = await target.perform(StepName.END_SESSIONS_AGAIN, account_id)
        progress.steps.append(again)
    try:
        check = await target.check(account_id)
    except NotThere:
        detail = "the account is gone from Genesys"
        progress.steps.append(Step(name=StepName.VERIFY, result=StepResult.NOTHING_TO_DO, at=room.now(), detail=detail))
        return await conclude(order, room, progress, Verdict.REVOKED)
    problem = _problem(order, check) if progress.enforced else ""
    result = StepResult.FAILED if problem else StepResult.DONE
    detail = problem or (_proof(order) if progress.enforced else "nothing was written")
    progress.steps.append(Step(name=StepName.VERIFY, result=result, at=room.now(), detail=detail))
    verdict = Verdict.FAILED if problem else Verdict.REVOKED
    outcome = await conclude(order, room, progress, verdict, in_conversation=check.in_conversation)
    if problem:
        await _repair(order, check, again, room)
    return outcome


def _problem(order: Order, check: SessionCheck) -> str:
    if check.active:
        return "the account is active again: somebody else enabled it"
    issued, since = check.last_token_issued, order.deactivated_at
    if issued is not None and since is not None and issued > since + CLOCK_GRAIN_S:
        return "a token was issued after the deactivation; it has been deleted"
    return ""


def _proof(order: Order) -> str:
    if order.deactivated_at is None:
        return "inactive; whether a token was issued since is not known"
    return "inactive, and no token was issued since"


async def _repair(order: Order, check: SessionCheck, killed: Step, room: Workroom) -> None:
    """Revoke again whoever is active again; look once more when a token may be younger than the second kill."""
    if check.active:
        telemetry.alarm("reactivated_elsewhere", identity=order.identity_id, account=order.account_id)
        first = replace(order, stage=Stage.FIRST, read_at=0.0, done=(), followed=False, trace=room.new_id())
        await room.bell.order([first])
        return
    telemetry.alarm("token_after_revocation", identity=order.identity_id, account=order.account_id)
    at = killed.server_time
    if at is None or (check.last_token_issued is not None and check.last_token_issued >= at):
        later = replace(order, done=(), deactivated_at=check.server_time, trace=room.new_id())
        await room.bell.order([later], at=room.now() + room.verify_after_s)

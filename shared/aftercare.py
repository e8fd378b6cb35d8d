"""What happens after a revocation? Station and optional steps, then the proof that nobody came back in between.

These messages yield to every first one: their calls are charged to the smallest share of the budget.
"""

from __future__ import annotations

from dataclasses import replace

from shared import telemetry
from shared.errors import Refused, SyncError, Unreadable
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
from shared.revoke import Progress, choose_target, conclude, no_longer_leaver, try_again
from shared.workroom import Workroom

CLOCK_GRAIN_S = 1.0  # Genesys' Date header has whole seconds, its token times have milliseconds


async def aftercare(order: Order, room: Workroom, *, redelivered: bool = False) -> Outcome | None:
    """Carry out a later stage of an order; what fails for a passing reason is scheduled again.

    Returns:
        The outcome, or None when the order was scheduled again.
    """
    progress = Progress(account_id=order.account_id, steps=list(order.done))
    try:
        if await no_longer_leaver(order, room, redelivered=redelivered):
            return await conclude(order, room, progress, Verdict.NO_LONGER_LEAVER)
        if progress.account_id is None:
            raise Unreadable("A later stage of a revocation names no Genesys account.", "account")
        if order.stage is Stage.REST:
            return await _rest(order, progress.account_id, room, progress)
        return await _verify(order, progress.account_id, room, progress)
    except SyncError as error:
        await try_again(order, room, progress, error)
        return None


async def _rest(order: Order, account_id: str, room: Workroom, progress: Progress) -> Outcome:
    target = (await choose_target(order, room, progress)).at(Urgency.BACKGROUND)
    for name in room.follow_up:
        if progress.step(name):
            continue
        try:
            progress.steps.append(await target.perform(name, account_id))
        except Refused as error:
            # An optional step that Genesys refuses must not keep the others from being done.
            telemetry.alarm("step_refused", identity=order.identity_id, step=name.value, code=error.code)
            progress.steps.append(Step(name=name, result=StepResult.FAILED, at=room.now(), detail=str(error)))
    return await conclude(order, room, progress, Verdict.REVOKED)


async def _verify(order: Order, account_id: str, room: Workroom, progress: Progress) -> Outcome:
    target = (await choose_target(order, room, progress)).at(Urgency.BACKGROUND)
    again = progress.step(StepName.END_SESSIONS_AGAIN)
    if again is None:
        again = await target.perform(StepName.END_SESSIONS_AGAIN, account_id)
        progress.steps.append(again)
    check = await target.check(account_id)
    problem = _problem(order, check) if progress.enforced else ""
    result = StepResult.FAILED if problem else StepResult.DONE
    detail = problem or ("inactive, and no token was issued since" if progress.enforced else "nothing was written")
    progress.steps.append(Step(name=StepName.VERIFY, result=result, at=room.now(), detail=detail))
    outcome = await conclude(
        order,
        room,
        progress,
        Verdict.FAILED if problem else Verdict.REVOKED,
        in_conversation=check.in_conversation,
    )
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


async def _repair(order: Order, check: SessionCheck, killed: Step, room: Workroom) -> None:
    """Revoke again whoever is active again; look once more when a token may be younger than the second kill."""
    if check.active:
        telemetry.alarm("reactivated_elsewhere", identity=order.identity_id, account=order.account_id)
        await room.bell.order([replace(order, stage=Stage.FIRST, read_at=0.0, done=(), trace=room.new_id())])
        return
    telemetry.alarm("token_after_revocation", identity=order.identity_id, account=order.account_id)
    at = killed.server_time
    if at is None or (check.last_token_issued is not None and check.last_token_issued >= at):
        later = replace(order, done=(), deactivated_at=check.server_time, trace=room.new_id())
        await room.bell.order([later], at=room.now() + room.verify_after_s)

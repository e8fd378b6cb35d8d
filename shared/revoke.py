"""How is a leaver taken out? Deactivate and end the sessions, nothing else, in the first message.

A revocation marks before it acts (design §5): the mark tells everybody who creates or enables an account that he must
look again. The ledger may be down, the mark may be missing: the revocation goes on. The rest of the playbook follows
in later messages (`aftercare.py`).
"""

from __future__ import annotations

import asyncio
from dataclasses import replace

from shared import telemetry
from shared.correlate import find_account
from shared.errors import NotThere, StoreDown, SyncError, Unauthorized, Unreachable, understood
from shared.model import (
    Identity,
    Intent,
    Look,
    Order,
    Outcome,
    Ring,
    Stage,
    Standing,
    Step,
    StepName,
    StepResult,
    Urgency,
    Verdict,
)
from shared.ports import Target
from shared.progress import Progress, choose_target, conclude, outcome_of, try_again
from shared.rules.correlation import user_name_of
from shared.rules.mapping import ruling_of
from shared.rules.scope.soft_deletion import Due
from shared.rules.standing import standing
from shared.workroom import Workroom


async def revoke(order: Order, room: Workroom, *, redelivered: bool = False) -> Outcome | None:
    """Carry out the first stage of an order; whatever goes wrong, it is scheduled again and never parked.

    Args:
        redelivered: the broker delivered this message before, so part of the work may be done.

    Returns:
        The outcome, or None when the order was scheduled again.
    """
    if order.check_first and room.background.locked():
        await room.bell.order([order], at=room.now() + room.spread(room.background_pause_s))
        return None
    progress = Progress(account_id=order.account_id, steps=list(order.done), followed=order.followed)
    try:
        async with asyncio.timeout(room.invocation_s):
            if not order.check_first:
                return await _first(order, room, progress, redelivered=redelivered)
            async with room.background:
                return await _first(order, room, progress, redelivered=redelivered)
    except Exception as error:  # noqa: BLE001 - an unforeseen error must not dead-letter a leaver
        await try_again(order, room, progress, understood(error))
        return None


async def _first(order: Order, room: Workroom, progress: Progress, *, redelivered: bool) -> Outcome:
    deactivated = progress.step(StepName.DEACTIVATE) is not None
    if not deactivated and await no_longer_leaver(order, room, redelivered=redelivered):
        return await conclude(order, room, progress, Verdict.NO_LONGER_LEAVER)
    target = (await choose_target(order, room, progress)).at(Urgency.REVOCATION)
    if progress.account_id is None:
        found = await find_account(target, order.identity_id, order.user_name)
        progress.account_id = found.id if found else None
    try:
        return await _take_out(order, target, room, progress, redelivered=redelivered)
    except NotThere:
        return await _without_account(order, target, room, progress)


async def _take_out(order: Order, target: Target, room: Workroom, progress: Progress, *, redelivered: bool) -> Outcome:
    account_id = progress.account_id
    if account_id is None:
        if not progress.ledger_read:
            raise StoreDown("No account is found by the name, and the ledger, which may know it, does not answer.")
        return await _no_account(order, room, progress)
    await _note(order, account_id, room, progress, redelivered=redelivered)
    if not await _deactivate(order, account_id, target, room, progress):
        return await conclude(order, room, progress, Verdict.ALREADY_OUT)
    if room.end_sessions:
        try:
            step = await target.at(Urgency.SESSIONS).perform(StepName.END_SESSIONS, account_id)
        except SyncError as error:
            # She is inactive already: the later stages and the outcome must not wait for the token deletion.
            await _schedule_aftercare(order, room, progress)
            if isinstance(error, Unauthorized) and not order.attempt:
                telemetry.alarm("step_refused", identity=order.identity_id, step=StepName.END_SESSIONS.value)
            raise
        progress.steps.append(step)
    outcome = await conclude(order, room, progress, Verdict.REVOKED)
    await _schedule_aftercare(order, room, progress)
    return outcome


async def _no_account(order: Order, room: Workroom, progress: Progress) -> Outcome:
    """Nothing to revoke, as far as Genesys' search can tell; its index lags, so the looks search again."""
    if order.check_first and progress.link is not None and progress.link.account_id is None:
        return outcome_of(order, room, progress, Verdict.NO_ACCOUNT)  # it is remembered already
    outcome = await conclude(order, room, progress, Verdict.NO_ACCOUNT)
    if not order.check_first:
        await _schedule_looks(order, room)
    return outcome


async def _without_account(order: Order, target: Target, room: Workroom, progress: Progress) -> Outcome:
    """Genesys does not know the account: gone is what it should be, unless another one took its place."""
    gone, progress.account_id = progress.account_id, None
    user_name = order.user_name
    async for reading in room.source.read([order.identity_id]):
        if isinstance(reading, Identity):
            user_name = user_name_of(reading) or user_name
    successor = await find_account(target, order.identity_id, user_name)
    if successor is None or successor.id == gone:
        if not order.check_first:
            telemetry.alarm("account_gone", identity=order.identity_id, account=gone)
        return await conclude(order, room, progress, Verdict.NO_ACCOUNT)
    progress.account_id = successor.id
    return await _take_out(order, target, room, progress, redelivered=False)


async def no_longer_leaver(order: Order, room: Workroom, *, redelivered: bool) -> bool:
    """Whether an order that is not fresh any more has been overtaken: the person's convergence is rung then.

    When Graph can't be read, the order stands: one reading said *leaver*, and doubt disables.
    """
    fresh = room.now() - order.read_at <= room.order_valid_s and not redelivered
    if fresh or order.explicit:
        return False
    async for reading in room.source.read([order.identity_id]):
        if isinstance(reading, Identity) and await _may_stay(order, reading, room):
            await room.bell.change([ring_of(order)])
            return True
    return False


async def ring_attributes(order: Order, room: Workroom, *, enforced: bool) -> None:
    """Have what else changed in Entra written to the inactive account, as Entra's job does.

    Where nothing was written the account is active, and whoever looked at it would order the revocation again.
    """
    if enforced and not order.explicit:
        await room.bell.change([replace(ring_of(order), after_revocation=True)])


def ring_of(order: Order) -> Ring:
    """The ring that asks for the person's convergence."""
    return Ring(
        kind="user",
        id=order.identity_id,
        cause=order.cause,
        rung_at=order.rung_at,
        trace=order.trace,
        notified_at=order.notified_at,
    )


async def _may_stay(order: Order, reading: Identity, room: Workroom) -> bool:
    """Whether this reading takes the order back: the person works here, and is in scope where that was the reason."""
    if standing(reading) is not Standing.CURRENT:
        return False
    if not order.out_of_scope:
        return True
    effective = await room.mapping.current()
    if not set(effective.properties) <= set(reading.attributes):
        raise Unreachable("The person was read by another mapping than the one in force, which decides the scope.")
    return effective.users is not None and ruling_of(effective, reading).due is not Due.INACTIVE


async def _note(order: Order, account_id: str, room: Workroom, progress: Progress, *, redelivered: bool) -> None:
    """Raise the mark, then open the intent, before the first write; an open intent says that this is a replay."""
    ask = room.patience.ask
    if redelivered:
        intents = await ask(room.ledger.open_intents(order.identity_id), (), where="revoke")
        progress.replayed = any((intent.trace, intent.stage) == (order.trace, order.stage) for intent in intents)
    if progress.replayed:
        return
    intent = Intent(
        identity_id=order.identity_id, account_id=account_id, trace=order.trace, stage=order.stage, opened_at=room.now()
    )
    await ask(room.ledger.raise_mark(order.identity_id), 0, where="revoke")
    await ask(room.ledger.open_intent(intent), None, where="revoke")


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
            detail = "was inactive already"
            step = Step(name=StepName.DEACTIVATE, result=StepResult.NOTHING_TO_DO, at=room.now(), detail=detail)
            progress.steps.append(step)
            return progress.replayed
        if order.check_first and progress.enforced:
            telemetry.alarm("reactivated_elsewhere", identity=order.identity_id, account=account_id)
    progress.steps.append(await target.perform(StepName.DEACTIVATE, account_id))
    return True


async def _schedule_aftercare(order: Order, room: Workroom, progress: Progress) -> None:
    """The later stages and the looks, once for each revocation."""
    if progress.followed:
        return
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
    sends = []
    if room.follow_up:
        sends.append(room.bell.order([replace(later, stage=Stage.REST)]))
    else:
        sends.append(ring_attributes(order, room, enforced=progress.enforced))
    if room.verify:
        at = room.now() + room.verify_after_s
        sends.append(room.bell.order([replace(later, stage=Stage.VERIFY)], at=at))
    if not order.check_first:  # one that came from a look schedules no look
        sends.append(_schedule_looks(order, room))
    await asyncio.gather(*sends)
    progress.followed = True


async def _schedule_looks(order: Order, room: Workroom) -> None:
    now = room.now()
    looks = [
        Look(ids=(order.identity_id,), number=number, rung_at=now + delay, trace=room.new_id(), after_revocation=True)
        for number, delay in enumerate(room.revocation_looks_s, start=1)
    ]
    await asyncio.gather(*(room.bell.look(look, at=look.rung_at) for look in looks))

"""How does one account come to say what Entra says? Read both sides now, plan, write once, remember.

For now the attributes of existing accounts. Nothing here writes `active`: leavers, and who is out of scope, are
handed to `revocations`; an inactive account of a current person is left as it is and said so.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime

from shared.correlate import find_account
from shared.errors import Refused, Stale, SyncError, Unreachable, understood
from shared.model import (
    Cause,
    Identity,
    Intent,
    Link,
    Outcome,
    Ring,
    Standing,
    Urgency,
    Verdict,
)
from shared.ports import ReadFailure
from shared.round import STAGE, Round, conclude, try_later
from shared.rules.correlation import matching_problem, user_name_of
from shared.rules.mapping import MANAGER, ruling_of, wanted
from shared.rules.ordering import order_for
from shared.rules.planning import plan, shown
from shared.rules.scope.soft_deletion import Due
from shared.rules.standing import standing
from shared.workroom import Workroom

ROUNDS = 3


async def converge(ring: Ring, room: Workroom) -> Outcome | None:
    """Bring one identity's account to what Entra says now.

    A version conflict is planned again from fresh readings, three times; what fails for a passing reason is scheduled
    again, for ever; what is refused is parked after the last try of the retry table.

    Returns:
        The outcome, or None when the ring went on: to `revocations`, or to a later try.
    """
    try:
        async with asyncio.timeout(room.invocation_s):
            return await _rounds(ring, room)
    except Exception as error:  # noqa: BLE001 - an unforeseen error must not dead-letter a change
        await try_later(ring, room, understood(error))
        return None


async def _rounds(ring: Ring, room: Workroom) -> Outcome | None:
    for _ in range(ROUNDS):
        try:
            return await _round(ring, room)
        except Stale:
            continue
    raise Stale(f"The account of {ring.id} was changed by others in {ROUNDS} rounds.")


async def _round(ring: Ring, room: Workroom) -> Outcome | None:
    version = await room.mapping.version()
    identity = await _read(ring.id, room)
    if standing(identity, ring.claim) is Standing.LEAVER:
        return await _leaver(ring, identity, room, version)
    this = await _begin(ring, identity, room)
    if this.effective.version != version:
        raise Stale("The mapping changed while Entra was read, so that attributes may be missing.")
    if standing(identity, ring.claim) is Standing.UNKNOWN:
        return await conclude(this, room, Verdict.UNKNOWN)
    if this.effective.users is None:
        raise Unreachable("No usable mapping of users is in force; `mapping check` says why.")
    problem = matching_problem(this.effective.users, identity, now=_moment(room))
    if problem:
        raise Unreachable(problem)
    ruling = ruling_of(this.effective, identity)
    if ruling.due is Due.ACTIVE:
        await _find(this, room)
        return await _current(this, room)
    if ruling.due is Due.LEAVE or this.link.account_id is None:
        # Whoever never had an account of ours is nobody's business here, and costs Genesys no call.
        this.certain = ruling.is_soft_deleted is not None
        return await conclude(this, room, Verdict.OUT_OF_SCOPE, reason=ruling.why)
    await _find(this, room)
    if room.deactivate_out_of_scope and this.account is not None and this.account.active:
        order = order_for(ring, identity, this.link, mapping=version, out_of_scope=ruling.why)
        await room.bell.order([order])
        return None
    return await _attributes(this, room, Verdict.OUT_OF_SCOPE, reason=ruling.why)


async def _begin(ring: Ring, identity: Identity, room: Workroom) -> Round:
    effective = await room.mapping.current()
    link = (await room.ledger.links([ring.id])).get(ring.id) or Link(identity_id=ring.id, account_id=None)
    return Round(ring=ring, effective=effective, identity=identity, link=link)


async def _leaver(ring: Ring, identity: Identity, room: Workroom, version: str) -> Outcome | None:
    """To `revocations`, unless there is time to look first, and the account is inactive: then only attributes flow.

    Args:
        version: of the mapping by which the identity was read.
    """
    if (ring.after_revocation or ring.cause is Cause.RECONCILE) and standing(identity) is Standing.LEAVER:
        this = await _if_out(ring, identity, room)
        if this is not None and this.effective.version == version:
            return await _attributes(this, room, Verdict.ALREADY_OUT)
    known = await room.patience.ask(room.ledger.links([ring.id]), {}, where="converge")
    await room.bell.order([order_for(ring, identity, known.get(ring.id), mapping=version)])
    return None


async def _if_out(ring: Ring, identity: Identity, room: Workroom) -> Round | None:
    """The round of a leaver whose account is inactive; None: it is not, or nobody can tell, and in doubt it must be."""
    try:
        this = await _begin(ring, identity, room)
        await _find(this, room)
    except SyncError:
        return None
    out = this.account is not None and not this.account.active
    return this if out and this.effective.users is not None else None


async def _current(this: Round, room: Workroom) -> Outcome | None:
    if this.account is None:
        return await conclude(this, room, Verdict.NO_ACCOUNT)
    if not this.account.active:
        return await conclude(this, room, Verdict.LEFT_INACTIVE)
    return await _attributes(this, room, Verdict.UNCHANGED)


async def _attributes(this: Round, room: Workroom, otherwise: Verdict, *, reason: str = "") -> Outcome | None:
    """Write what differs.

    Args:
        otherwise: the verdict where nothing does.
    """
    account, target = this.account, this.target
    if account is None or target is None:
        return await conclude(this, room, otherwise, reason=reason)
    due = wanted(
        this.effective,
        this.identity,
        manager=await _manager(this, room),
        now=_moment(room),
    )
    this.plan = plan(this.identity, account, due, written=this.link.written)
    if not this.plan.changes or not this.effective.updates:
        if this.ring.after_revocation:
            return None  # the revocation told everything
        this.plan = replace(this.plan, changes=())
        return await conclude(this, room, otherwise, due=due, reason=reason)
    intent = Intent(
        identity_id=this.identity.id,
        account_id=account.id,
        trace=this.ring.trace,
        stage=STAGE,
        opened_at=room.now(),
        changes=shown(this.plan.changes, this.effective.redacted),
    )
    await room.ledger.open_intent(intent)
    this.step, _ = await target.apply(this.plan)
    return await conclude(this, room, Verdict.UPDATED, due=due, reason=reason)


async def _read(identity_id: str, room: Workroom) -> Identity:
    async for reading in room.source.read([identity_id]):
        if isinstance(reading, ReadFailure):
            raise reading.error
        return reading
    raise Refused(f"Graph gave no answer for {identity_id}.", "noAnswer")


async def _find(this: Round, room: Workroom) -> None:
    """The account by its link, else by what the identity is called."""
    target, this.pilot = await room.targets.choose(this.identity.id, this.link)
    this.target = target.at(Urgency.ROUTINE).reading(this.effective.paths)
    if this.link.account_id:
        this.account = await this.target.get(this.link.account_id)
    if this.account is None:
        this.account = await find_account(this.target, this.identity.id, user_name_of(this.identity))


async def _manager(this: Round, room: Workroom) -> str | None:
    """The Genesys id of the manager's account, when a link knows it."""
    manager = this.identity.attributes.get(MANAGER)
    if not isinstance(manager, str):
        return None
    link = (await room.ledger.links([manager.lower()])).get(manager.lower())
    if link is None or link.account_id is None:
        this.certain = False  # the manager's account may be known tomorrow, without a change of this person
        return None
    return link.account_id


def _moment(room: Workroom) -> datetime:
    return datetime.fromtimestamp(room.now(), UTC)

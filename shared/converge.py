"""How does one account come to say what Entra says? Read both sides now, plan, write once, remember.

For now the attributes of existing, active accounts. Nothing here writes `active`: leavers are handed to
`revocations`, and an inactive account of a current person is left as it is and said so.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace

from shared import telemetry
from shared.correlate import find_account
from shared.errors import Refused, Stale, SyncError, Throttled, understood
from shared.messages import encode
from shared.model import (
    Account,
    Change,
    Identity,
    Intent,
    Link,
    Outcome,
    Parked,
    Ring,
    Standing,
    Step,
    Times,
    Urgency,
    Verdict,
)
from shared.ports import ReadFailure, Target
from shared.rules.correlation import user_name_of
from shared.rules.fingerprint import completed, fingerprint
from shared.rules.ordering import order_for
from shared.rules.planning import plan
from shared.rules.retry import decide
from shared.rules.standing import standing
from shared.workroom import Workroom

ROUNDS = 3
STAGE = "converge"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Both sides as one round found them."""

    identity: Identity
    link: Link | None
    account: Account | None
    target: Target
    pilot: bool | None


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
        await _again(ring, room, understood(error))
        return None


async def _rounds(ring: Ring, room: Workroom) -> Outcome | None:
    for _ in range(ROUNDS):
        try:
            return await _round(ring, room)
        except Stale:
            continue
    raise Stale(f"The account of {ring.id} was changed by others in {ROUNDS} rounds.")


async def _round(ring: Ring, room: Workroom) -> Outcome | None:
    reading = await _read(ring.id, room)
    stands = standing(reading, ring.claim)
    if stands is Standing.LEAVER:
        known = await room.patience.ask(room.ledger.links([ring.id]), {}, where="converge")
        await room.bell.order([order_for(ring, reading, known.get(ring.id))])
        return None
    link = (await room.ledger.links([ring.id])).get(ring.id)
    if stands is Standing.UNKNOWN:
        return await _conclude(ring, room, reading, Verdict.UNKNOWN)
    finding = await _find(ring, reading, link, room)
    if finding.account is None:
        return await _conclude(ring, room, reading, Verdict.NO_ACCOUNT, finding)
    if not finding.account.active:
        return await _conclude(ring, room, reading, Verdict.LEFT_INACTIVE, finding)
    due = plan(reading, finding.account, room.mappings)
    if not due.changes:
        return await _conclude(ring, room, reading, Verdict.UNCHANGED, finding)
    intent = Intent(
        identity_id=ring.id, account_id=finding.account.id, trace=ring.trace, stage=STAGE, opened_at=room.now(),
        changes=due.changes,
    )  # fmt: skip
    await room.ledger.open_intent(intent)
    step, _ = await finding.target.apply(due)
    return await _conclude(ring, room, reading, Verdict.UPDATED, finding, (step,), due.changes)


async def _read(identity_id: str, room: Workroom) -> Identity:
    async for reading in room.source.read([identity_id]):
        if isinstance(reading, ReadFailure):
            raise reading.error
        return reading
    raise Refused(f"Graph gave no answer for {identity_id}.", "noAnswer")


async def _find(ring: Ring, reading: Identity, link: Link | None, room: Workroom) -> Finding:
    """The account by its link, else by the user name in any state."""
    target, pilot = await room.targets.choose(ring.id, link)
    target = target.at(Urgency.ROUTINE)
    account = await target.get(link.account_id) if link and link.account_id else None
    if account is None:
        account = await find_account(target, ring.id, user_name_of(reading))
    return Finding(identity=reading, link=link, account=account, target=target, pilot=pilot)


async def _conclude(
    ring: Ring,
    room: Workroom,
    reading: Identity,
    verdict: Verdict,
    finding: Finding | None = None,
    steps: tuple[Step, ...] = (),
    changes: tuple[Change, ...] = (),
) -> Outcome:
    enforced = finding.target.enforces if finding else True
    account_id = finding.account.id if finding and finding.account else None
    if finding is not None:
        before = finding.link or Link(identity_id=ring.id, account_id=None)
        link = replace(
            before,
            account_id=account_id,
            fingerprint=completed(fingerprint(reading), enforced=enforced),
            pilot=before.pilot if finding.pilot is None else finding.pilot,
        )
        await room.ledger.put_link(link)
    outcome = Outcome(
        identity_id=ring.id, account_id=account_id, verdict=verdict, enforced=enforced, cause=ring.cause,
        trace=ring.trace, stage=STAGE, steps=steps, changes=changes, attempt=ring.attempt,
        times=Times(
            notified_at=ring.notified_at, rung_at=ring.rung_at, read_at=reading.read_at,
            applied_at=steps[0].at if steps else None, finished_at=room.now(),
        ),
    )  # fmt: skip
    await room.ledger.record(outcome)
    telemetry.converged(outcome)
    return outcome


async def _again(ring: Ring, room: Workroom, error: SyncError) -> None:
    age = room.now() - ring.rung_at
    decision = decide(
        room.retries, error, revocation=False, attempt=ring.attempt, refusals=ring.attempt, age_s=age
    )  # fmt: skip
    why = type(error).__name__
    if decision.alarm:
        telemetry.alarm("routine_open", identity=ring.id, age_s=round(age), why=why, trace=ring.trace)
    if decision.park:
        parked = Parked(
            key=f"{ring.id}.{ring.trace}", queue="changes", body=encode(replace(ring, attempt=0)).decode(),
            why=str(error), parked_at=room.now(), identity_id=ring.id, attempts=ring.attempt,
        )  # fmt: skip
        await room.ledger.park(parked)
        return
    telemetry.fact("routine_again", identity=ring.id, why=why, wait_s=decision.wait_s, trace=ring.trace)
    attempt = ring.attempt + (not isinstance(error, Throttled))  # waiting for the budget is no attempt (design §8)
    await room.bell.change([replace(ring, attempt=attempt)], at=room.now() + room.spread(decision.wait_s))

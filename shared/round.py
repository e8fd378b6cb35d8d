"""What is remembered of one round of a convergence, and what becomes of a ring that could not be converged?"""

from __future__ import annotations

from dataclasses import dataclass, replace

from shared import telemetry
from shared.errors import SyncError, Throttled
from shared.messages import encode
from shared.model import Account, Identity, Link, Outcome, Parked, Plan, Ring, Step, Times, Verdict
from shared.ports import Target
from shared.rules.fingerprint import completed, fingerprint
from shared.rules.mapping import Effective, Wanted
from shared.rules.planning import shown, written_after
from shared.rules.retry import decide
from shared.workroom import Workroom

STAGE = "converge"
# What Genesys or Entra's own job may change without another change in Entra: the next ring looks again.
UNSETTLED = (Verdict.NO_ACCOUNT, Verdict.LEFT_INACTIVE)


@dataclass(slots=True, kw_only=True)
class Round:
    """One round: what was read, and what came of it so far.

    Attributes:
        certain: False: something that the result rests on could not be told, so the next ring looks again.
    """

    ring: Ring
    effective: Effective
    identity: Identity
    link: Link
    target: Target | None = None
    pilot: bool | None = None
    account: Account | None = None
    plan: Plan | None = None
    step: Step | None = None
    certain: bool = True


async def conclude(
    this: Round, room: Workroom, verdict: Verdict, *, due: Wanted | None = None, reason: str = ""
) -> Outcome:
    """Remember and log what became of this round."""
    enforced = this.target.enforces if this.target else True
    ring, account, done = this.ring, this.account, this.plan
    if verdict is not Verdict.UNKNOWN:
        digest = ""
        if this.certain and verdict not in UNSETTLED:
            digest = completed(fingerprint(this.identity, this.effective.version), enforced=enforced)
        link = replace(
            this.link,
            account_id=account.id if account else this.link.account_id if this.target is None else None,
            fingerprint=digest,
            pilot=this.link.pilot if this.pilot is None else this.pilot,
            written=_written(this, due, enforced=enforced),
        )
        await room.ledger.put_link(link)
    outcome = Outcome(
        identity_id=ring.id,
        account_id=account.id if account else None,
        verdict=verdict,
        enforced=enforced,
        cause=ring.cause,
        trace=ring.trace,
        stage=STAGE,
        steps=(this.step,) if this.step else (),
        changes=shown(done.changes, this.effective.redacted) if done else (),
        reason=reason,
        attempt=ring.attempt,
        notes=done.notes if done else (),
        times=Times(
            notified_at=ring.notified_at,
            rung_at=ring.rung_at,
            read_at=this.identity.read_at,
            applied_at=this.step.at if this.step else None,
            finished_at=room.now(),
        ),
    )
    await room.ledger.record(outcome)
    telemetry.converged(outcome)
    return outcome


def _written(this: Round, due: Wanted | None, *, enforced: bool) -> dict[str, str]:
    if this.account is None or this.plan is None or due is None:
        return dict(this.link.written)
    done = this.plan if enforced else replace(this.plan, changes=())
    refused = this.step.refused if this.step else ()
    return dict(written_after(this.account, due, done, refused, this.link.written))


async def try_later(ring: Ring, room: Workroom, error: SyncError) -> None:
    """Schedule the ring again, or park what was refused for good."""
    age = room.now() - ring.rung_at
    decision = decide(
        room.retries, error, revocation=False, attempt=ring.attempt, refusals=ring.attempt, age_s=age
    )  # fmt: skip
    why = type(error).__name__
    if decision.alarm:
        telemetry.alarm("routine_open", identity=ring.id, age_s=round(age), why=why, trace=ring.trace)
    if decision.park:
        parked = Parked(
            key=f"{ring.id}.{ring.trace}",
            queue="changes",
            body=encode(replace(ring, attempt=0)).decode(),
            why=str(error),
            parked_at=room.now(),
            identity_id=ring.id,
            attempts=ring.attempt,
        )
        await room.ledger.park(parked)
        await room.ledger.record(_refused(ring, room, error))
        return
    telemetry.fact("routine_again", identity=ring.id, why=why, wait_s=decision.wait_s, trace=ring.trace)
    attempt = ring.attempt + (not isinstance(error, Throttled))  # waiting for the budget is no attempt (design §8)
    await room.bell.change([replace(ring, attempt=attempt)], at=room.now() + room.spread(decision.wait_s))


def _refused(ring: Ring, room: Workroom, error: SyncError) -> Outcome:
    """What is remembered of a ring that was parked; it closes the intent of the last try."""
    return Outcome(
        identity_id=ring.id,
        account_id=None,
        verdict=Verdict.FAILED,
        enforced=True,
        cause=ring.cause,
        trace=ring.trace,
        stage=STAGE,
        reason=str(error),
        attempt=ring.attempt,
        times=Times(notified_at=ring.notified_at, rung_at=ring.rung_at, finished_at=room.now()),
    )

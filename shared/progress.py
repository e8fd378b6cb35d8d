"""What has been done for a revocation so far, and what is remembered of it, whatever stops the work?"""

from __future__ import annotations

from dataclasses import dataclass, replace

from shared import telemetry
from shared.errors import Refused, StoreDown, SyncError, Throttled
from shared.model import Link, Order, Outcome, Stage, Step, StepName, Times, Verdict
from shared.ports import Target
from shared.rules.fingerprint import completed
from shared.rules.retry import decide
from shared.workroom import Workroom


@dataclass(slots=True)
class Progress:
    """What was done for this order so far; the outcome or the next try is written from it.

    Attributes:
        ledger_read: False: the ledger gave no answer, so a missing link means nothing.
        followed: the later stages are scheduled.
    """

    account_id: str | None
    steps: list[Step]
    link: Link | None = None
    ledger_read: bool = True
    pilot: bool | None = None
    enforced: bool = True
    replayed: bool = False
    followed: bool = False

    def step(self, name: StepName) -> Step | None:
        return next((step for step in self.steps if step.name is name), None)


async def choose_target(order: Order, room: Workroom, progress: Progress) -> Target:
    """The real target or its preview, as the one place that decides says; fills in what the ledger knows.

    Raises:
        Transient: whether the person is in the pilot group can't be told now.
    """
    links = await room.patience.ask(room.ledger.links([order.identity_id]), None, where="revoke")
    progress.ledger_read = links is not None
    progress.link = links.get(order.identity_id) if links else None
    if progress.account_id is None and progress.link is not None:
        progress.account_id = progress.link.account_id
    target, progress.pilot = await room.targets.choose(order.identity_id, progress.link, explicit=order.explicit)
    if not target.enforces and not progress.ledger_read and not room.observing:
        raise StoreDown("Whether a deleted person was in the pilot group is in the ledger, which does not answer.")
    progress.enforced = target.enforces
    return target


async def conclude(
    order: Order, room: Workroom, progress: Progress, verdict: Verdict, *, in_conversation: bool | None = None
) -> Outcome:
    """Remember and log the outcome; a ledger that is down does not stop it."""
    outcome = outcome_of(order, room, progress, verdict, in_conversation=in_conversation)
    ask = room.patience.ask
    if order.stage is Stage.FIRST and verdict is not Verdict.NO_LONGER_LEAVER and progress.ledger_read:
        before = progress.link or Link(identity_id=order.identity_id, account_id=None)
        digest = completed(order.fingerprint, enforced=progress.enforced) if order.fingerprint else before.fingerprint
        link = replace(
            before,
            account_id=progress.account_id,
            fingerprint=digest,
            pilot=before.pilot if progress.pilot is None else progress.pilot,
        )
        await ask(room.ledger.put_link(link), None, where="revoke")
    await ask(room.ledger.record(outcome), None, where="revoke")
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
        outcome = replace(outcome_of(order, room, progress, Verdict.FAILED), reason=str(error))
        await room.patience.ask(room.ledger.record(outcome), None, where="revoke")
    again = replace(
        order,
        account_id=progress.account_id,
        # Waiting for the budget is back-pressure: it counts no attempt (design §8).
        attempt=order.attempt + (not refused and not isinstance(error, Throttled)),
        refusals=order.refusals + refused,
        done=tuple(progress.steps),
        followed=progress.followed,
    )
    await room.bell.order([again], at=room.now() + room.spread(decision.wait_s))

"""Which outcomes, links and messages do the ledger's tests write?"""

from __future__ import annotations

import uuid

from shared.model import (
    Cause,
    Change,
    Intent,
    Outcome,
    Parked,
    Step,
    StepName,
    StepResult,
    Times,
    Verdict,
)

ACCOUNT = "0d0e1d4c-9d5e-4bb0-a2f6-1f4d2a6a0c11"
OTHER_ACCOUNT = "77e6f0a2-3c29-4a0f-8f36-0f5f9f2b9b22"


def identity() -> str:
    return str(uuid.uuid4())


def an_outcome(
    identity_id: str, *, trace: str = "t", stage: str = "first", attempt: int = 0, at: float = 1_800_000_000.0
) -> Outcome:
    return Outcome(
        identity_id=identity_id,
        account_id=ACCOUNT,
        verdict=Verdict.REVOKED,
        enforced=True,
        cause=Cause.NOTIFICATION,
        trace=trace,
        stage=stage,
        attempt=attempt,
        times=Times(notified_at=at - 2.5, read_at=at - 1.25, finished_at=at),
        steps=(Step(name=StepName.DEACTIVATE, result=StepResult.DONE, at=at - 1),),
        changes=(Change(path="active", before="true", after="false", reason="disabled in Entra: já"),),
        in_conversation=True,
    )


def an_intent(identity_id: str, *, trace: str = "t", stage: str = "first", at: float = 1.0) -> Intent:
    return Intent(
        identity_id=identity_id,
        account_id=ACCOUNT,
        trace=trace,
        stage=stage,
        opened_at=at,
        changes=(Change(path="active", before="true", after="false", reason="disabled in Entra"),),
    )


def a_parked(name: str, *, at: float, body: str = "{}") -> Parked:
    return Parked(key=name, queue="changes", body=body, why="It cannot be read.", parked_at=at)

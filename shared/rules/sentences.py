"""What did a convergence do, in plain English? Outcomes as sentences for the people who answer for them.

Ids and attribute paths are shown, values never: a value is only "set", "changed" or "cleared".
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from shared.model import (
    Cause,
    Change,
    Instant,
    Outcome,
    Stage,
    Step,
    StepName,
    StepResult,
    Times,
    Verdict,
)

# What happened, and what would have happened where nothing may be written.
VERDICTS: dict[Verdict, tuple[str, str]] = {
    Verdict.REVOKED: (
        "The person was taken out of Genesys.",
        "The person would have been taken out of Genesys; nothing was written.",
    ),
    Verdict.ALREADY_OUT: (
        "The account was inactive already; nothing had to be written.",
        "The account was inactive already; nothing would have had to be written.",
    ),
    Verdict.UPDATED: (
        "The account was brought in line with Entra.",
        "The account would have been brought in line with Entra; nothing was written.",
    ),
    Verdict.UNCHANGED: (
        "The account says what Entra says; nothing had to be written.",
        "The account says what Entra says; nothing would have had to be written.",
    ),
    Verdict.NO_ACCOUNT: (
        "Genesys has no account of this person; nothing was written.",
        "Genesys has no account of this person; nothing was written.",
    ),
    Verdict.LEFT_INACTIVE: (
        "Entra says that the person is current, but the account is inactive; it was left as it is.",
        "Entra says that the person is current, but the account is inactive; it would have been left as it is.",
    ),
    Verdict.OUT_OF_SCOPE: (
        "The person is not in scope, so nothing is due in Genesys; nothing was written.",
        "The person is not in scope, so nothing is due in Genesys; nothing was written.",
    ),
    Verdict.NO_LONGER_LEAVER: (
        "Entra says that the person is current again; the account was compared with Entra instead of revoked.",
        "Entra says that the person is current again; the revocation would have been given up.",
    ),
    Verdict.UNKNOWN: (
        "Entra does not say whether this person may have an account; nothing was written.",
        "Entra does not say whether this person may have an account; nothing was written.",
    ),
    Verdict.FAILED: ("It did not succeed.", "It would not have succeeded."),
}

LATER_STAGES: dict[tuple[Verdict, str], tuple[str, str]] = {
    (Verdict.REVOKED, Stage.REST): (
        "The later steps of the revocation were taken.",
        "The later steps of the revocation would have been taken; nothing was written.",
    ),
    (Verdict.REVOKED, Stage.VERIFY): (
        "The revocation was checked, and it holds.",
        "The revocation would have been checked; nothing was written.",
    ),
    (Verdict.FAILED, Stage.VERIFY): (
        "The revocation was checked, and it did not hold.",
        "The revocation would have been checked, and it would not have held.",
    ),
}

# Subject, whether it is plural, participle.
STEPS: dict[StepName, tuple[str, bool, str]] = {
    StepName.DEACTIVATE: ("the account", False, "deactivated"),
    StepName.END_SESSIONS: ("all sessions", True, "ended"),
    StepName.DISASSOCIATE_STATION: ("the station", False, "disassociated"),
    StepName.SET_OFFLINE: ("the presence", False, "set to Offline"),
    StepName.DISCONNECT_CONVERSATIONS: ("all live conversations", True, "disconnected"),
    StepName.LEAVE_QUEUES: ("all queue memberships", True, "removed"),
    StepName.END_SESSIONS_AGAIN: ("all sessions", True, "ended a second time"),
    StepName.VERIFY: ("the revocation", False, "confirmed"),
    StepName.UPDATE: ("the account", False, "updated"),
}

# For one thing, for several.
RESULTS: dict[StepResult, tuple[str, str]] = {
    StepResult.DONE: ("was", "were"),
    StepResult.WOULD: ("would have been", "would have been"),
    StepResult.NOTHING_TO_DO: ("did not have to be", "did not have to be"),
    StepResult.FAILED: ("could not be", "could not be"),
    StepResult.SKIPPED: ("was not", "were not"),
}

CAUSES: dict[Cause, str] = {
    Cause.NOTIFICATION: "Why: Microsoft Graph notified us of a change in Entra.",
    Cause.LIFECYCLE: "Why: Microsoft Graph warned that notifications may have been lost.",
    Cause.LOOK: "Why: it was time for a second look, because the first reading can have been stale.",
    Cause.SWEEP: "Why: the regular sweep found a change in Entra that nobody had notified us of.",
    Cause.RECONCILE: "Why: the nightly reconciliation found a difference.",
    Cause.HELPDESK: "Why: the helpdesk asked for it.",
    Cause.HR: "Why: the HR system asked for it.",
}

CONVERSATION: dict[bool | None, str] = {
    True: "The person was in a live conversation when this was checked.",
    False: "The person was in no live conversation when this was checked.",
    None: "",
}


def describe(outcome: Outcome) -> tuple[str, ...]:
    """The outcome as sentences, each complete and with its full stop: what, step by step, why, by whom, how fast."""
    return tuple(sentence for sentence in _sentences(outcome) if sentence)


def headline(outcome: Outcome) -> str:
    """The outcome in one sentence."""
    texts = LATER_STAGES.get((outcome.verdict, outcome.stage)) or VERDICTS[outcome.verdict]
    return texts[0] if outcome.enforced else texts[1]


def _sentences(outcome: Outcome) -> Iterator[str]:
    yield headline(outcome)
    account = f"account {outcome.account_id}" if outcome.account_id else "no account"
    yield f"It is about identity {outcome.identity_id} and {account}."
    for step in outcome.steps:
        yield _step(step, enforced=outcome.enforced)
    result, refused = _written(outcome), {path for step in outcome.steps for path in step.refused}
    for change in outcome.changes:
        yield _change(change, StepResult.FAILED if change.path in refused else result)
    yield from (f"Note: {note.rstrip('.')}." for note in outcome.notes)
    yield CAUSES[outcome.cause]
    yield f"Reason: {outcome.reason.rstrip('.')}." if outcome.reason else ""
    yield f"Ordered by {outcome.actor}." if outcome.actor else ""
    yield CONVERSATION[outcome.in_conversation]
    yield "The message was delivered again; what had been done before was found by reading." if outcome.replayed else ""
    yield _attempts(outcome.attempt)
    yield _durations(outcome.times)


def _step(step: Step, *, enforced: bool) -> str:
    subject, plural, participle = STEPS[step.name]
    # A preview may report a step as done, for example the check of what was not written.
    result = StepResult.WOULD if step.result is StepResult.DONE and not enforced else step.result
    said = f"{subject.capitalize()} {RESULTS[result][plural]} {participle}"
    return f"{said}: {step.detail.rstrip('.')}." if step.detail else f"{said}."


def _written(outcome: Outcome) -> StepResult:
    """What became of the changes: they share one write, the update."""
    update = next((step.result for step in outcome.steps if step.name is StepName.UPDATE), StepResult.DONE)
    return StepResult.WOULD if update is StepResult.DONE and not outcome.enforced else update


def _change(change: Change, result: StepResult) -> str:
    verb = "cleared" if not change.after else "changed" if change.before else "set"
    return f"`{change.path}` {RESULTS[result][0]} {verb}, because {change.reason.rstrip('.')}."


def _attempts(before: int) -> str:
    match before:
        case 0:
            return ""
        case 1:
            return "It had failed once before."
        case _:
            return f"It had failed {before} times before."


def _durations(times: Times) -> str:
    """Milliseconds from each stage to the next one that was reached; a stage from an earlier try is left out."""
    stages: tuple[tuple[str, Instant | None], ...] = (
        ("notified", times.notified_at),
        ("rung", times.rung_at),
        ("Entra read", times.read_at),
        ("Genesys answered", times.applied_at),
        ("sessions ended", times.sessions_ended_at),
        ("finished", times.finished_at),
    )
    reached: list[tuple[str, Instant]] = []
    for name, at in stages:
        if at and (not reached or at >= reached[-1][1]):
            reached.append((name, at))
    if len(reached) < 2:
        return ""
    parts = [f"{name} after {_ms(at - before)}" for (_, before), (name, at) in pairwise(reached)]
    return f"Time from {reached[0][0]}: {', then '.join(parts)}; {_ms(reached[-1][1] - reached[0][1])} in all."


def _ms(seconds: float) -> str:
    return f"{round(seconds * 1000):,} ms"

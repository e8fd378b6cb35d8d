"""What reaches the log? One line for each unit of work, ids only; alarms are lines that an alert rule looks for.

Never a name, a mail address, a token or a payload: the functions here take ids, numbers and codes.
"""

from __future__ import annotations

import logging

from shared.model import Outcome

log = logging.getLogger("sync")
CHATTY = ("azure", "httpx", "httpcore", "kiota_http")
# They quote what a token endpoint answered when they cannot read it, at warning; the error that follows is ours to log.
TALKATIVE = ("azure.identity", "msal")


def quiet_libraries() -> None:
    """Libraries log every frame and request at info, some with user names in URLs: theirs start at warning."""
    for name in CHATTY:
        logging.getLogger(name).setLevel(logging.WARNING)
    for name in TALKATIVE:
        logging.getLogger(name).setLevel(logging.CRITICAL)


def fact(action: str, **fields: object) -> None:
    """One line `action key=value …` at info."""
    log.info("%s", _line(action, fields))


def alarm(name: str, **fields: object) -> None:
    """Something that a person must hear of: one line `alarm <name> key=value …` at error."""
    log.error("%s", _line(f"alarm {name}", fields))


def converged(outcome: Outcome) -> None:
    """The one line of a convergence."""
    times = outcome.times
    started = times.notified_at or times.rung_at
    fact(
        "converged",
        identity=outcome.identity_id,
        account=outcome.account_id or "-",
        verdict=outcome.verdict.value,
        stage=outcome.stage or "-",
        enforced=outcome.enforced,
        cause=outcome.cause.value,
        changes=len(outcome.changes),
        steps=",".join(f"{step.name.value}:{step.result.value}" for step in outcome.steps) or "-",
        attempt=outcome.attempt,
        ms=round((times.finished_at - started) * 1000) if times.finished_at and started else "-",
        trace=outcome.trace,
    )


def _line(action: str, fields: dict[str, object]) -> str:
    return " ".join([action, *(f"{name}={value}" for name, value in fields.items())])

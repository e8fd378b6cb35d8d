"""What can be done from a terminal besides the diagnosis? Each command prints plain text and returns an exit code."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, TextIO

from shared.rules.sentences import describe

if TYPE_CHECKING:
    from shared.model import Instant
    from shared.wiring import App


async def ledger_init(app: App, out: TextIO) -> int:
    """Begin the ledger's life, or say which one it has."""
    before = await app.ledger.epoch()
    epoch = await app.ledger.init()
    began = "The ledger had begun already" if before else "The ledger has begun"
    out.write(f"{began}: epoch {epoch}.\n")
    return 0


async def history(app: App, out: TextIO, identity_id: str, limit: int) -> int:
    """Outcomes of one person, newest first, in sentences."""
    outcomes = await app.ledger.history(identity_id.lower(), limit)
    if not outcomes:
        out.write(f"Nothing was ever done for identity {identity_id}.\n")
    for outcome in outcomes:
        head = f"{_moment(outcome.times.finished_at)}  {outcome.verdict.value}  trace {outcome.trace}"
        out.write(f"{head}\n" + "".join(f"  {sentence}\n" for sentence in describe(outcome)) + "\n")
    return 0


async def parked(app: App, out: TextIO, limit: int) -> int:
    """What was refused for good and waits for a person, newest first. The messages themselves stay where they are."""
    waiting = await app.ledger.parked(limit)
    if not waiting:
        out.write("Nothing is parked.\n")
    for one in waiting:
        whom = f"identity {one.identity_id}" if one.identity_id else "nobody that can be named"
        tries = f", tried {one.attempts + 1} times" if one.attempts else ""
        out.write(f"{_moment(one.parked_at)}  {one.queue}  {one.key}\n  About {whom}{tries}. {one.why}\n")
    return 0


async def watch(app: App, out: TextIO) -> int:
    """Run the subscription watch now. 1 when something did not work."""
    from shared.keep_watch import keep_watch

    report = await keep_watch(app, [])
    for one in report.resources:
        until = f", lives until {_moment(one.expires_at)}" if one.expires_at else ", no live graph subscription"
        removed = f", {one.removed} others removed" if one.removed else ""
        out.write(f"{one.resource}: {one.done.value.replace('_', ' ')}{until}{removed}\n")
        if one.problem:
            out.write(f"  {one.problem}\n")
    return int(not report.is_watching or any(one.problem for one in report.resources))


def _moment(at: Instant | None) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M:%S UTC") if at else "time unknown"

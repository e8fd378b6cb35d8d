"""When does the watch run, and who hears of its result? By the timer, and at once when Graph says so."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from shared import telemetry
from shared.model import Lifecycle
from shared.watch import watch
from shared.watching import WatchReport

if TYPE_CHECKING:
    from shared.wiring import App


async def keep_watch(app: App, notes: Sequence[Lifecycle]) -> WatchReport:
    """One run of the watch; every resource that is not watched afterwards raises an alarm."""
    report = await watch(
        app.subscriptions,
        app.ledger,
        config=app.watch_config,
        now=app.now,
        lifecycle=[(note.subscription_id, note.event) for note in notes],
    )
    for resource in report.resources:
        telemetry.fact(
            "watched", resource=resource.resource, done=resource.done.value, removed=resource.removed,
            subscription=resource.subscription_id or "-",
        )  # fmt: skip
        if resource.problem:
            telemetry.alarm("watch_failing", resource=resource.resource)
    if report.missed:
        telemetry.alarm("notifications_missed", subscriptions=len(notes))
    return report

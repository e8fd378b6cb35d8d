"""Can the ledger be read, and is it the one that it was?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from shared.cli.findings import Finding, ok, warn

if TYPE_CHECKING:
    from shared.wiring import App


async def ledger(app: App) -> Finding:
    epoch = await app.ledger.epoch()
    if epoch is None:
        return warn("ledger", "It answers, but was never begun: run `python -m shared.cli ledger init`.")
    waiting = len(await app.ledger.parked(limit=100))
    if waiting:
        return warn("ledger", f"It answers, epoch {epoch}; parked messages wait for a person: see `parked`.")
    return ok("ledger", f"It answers, epoch {epoch}; nothing is parked.")

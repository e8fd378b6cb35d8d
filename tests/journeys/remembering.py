"""What does the ledger of the running world remember of a person?"""

from __future__ import annotations

from infra.local.director import Agent, Director
from shared.model import Outcome
from shared.runtime.ledger_open import open_ledger


async def history(director: Director, who: Agent) -> tuple[Outcome, ...]:
    ledger = open_ledger(director.world.environment["LEDGER"])
    try:
        return await ledger.history(who.identity_id)
    finally:
        await ledger.close()


async def outcome_of(director: Director, who: Agent, *, stage: str) -> Outcome:
    """Wait for the newest outcome of this stage."""

    async def recorded() -> Outcome | None:
        found = [outcome for outcome in await history(director, who) if outcome.stage == stage]
        return found[0] if found else None

    return await director.until(recorded, f"an outcome of stage {stage}")

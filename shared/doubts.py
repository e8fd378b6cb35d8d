"""What becomes of an id that Entra does not know, or of a claim that its readings contradict?

404 everywhere proves nothing by itself, and a reading that contradicts what the bell-ringer saw can be an old one. It
is looked at again and again for a week, and then an outcome says that it never became clear (design §5, claims).
"""

from __future__ import annotations

from dataclasses import replace

from shared import telemetry
from shared.model import Cause, Outcome, Ring, Times, Verdict
from shared.workroom import Workroom


async def doubt(ring: Ring, room: Workroom) -> None:
    """Ring the next look of the doubt table; after the last one, say so.

    Only a ring of its own begins the table; the looks that every ring has anyway do not begin it again.
    """
    if ring.look and not ring.doubt:
        return
    if ring.doubt < len(room.doubts_s):
        again = replace(ring, cause=Cause.LOOK, look=ring.doubt + 1, doubt=ring.doubt + 1, attempt=0)
        await room.bell.ring([again], at=room.now() + room.doubts_s[ring.doubt])
        return
    telemetry.alarm("never_clear", identity=ring.id, claim=ring.claim or "-")
    outcome = Outcome(
        identity_id=ring.id,
        account_id=None,
        verdict=Verdict.UNKNOWN,
        enforced=False,
        cause=ring.cause,
        trace=ring.trace,
        stage="triage",
        times=Times(notified_at=ring.notified_at, rung_at=ring.rung_at, finished_at=room.now()),
        reason="Entra never showed this object as what was claimed of it.",
    )
    await room.patience.ask(room.ledger.record(outcome), None, where="triage")

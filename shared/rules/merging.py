"""What does a batch ask for each id, when several rings name the same one?"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from shared.model import Cause, Claim, Ring


def merge(rings: Iterable[Ring]) -> dict[str, Ring]:
    """One ring for each id: the oldest times, the strongest claim, and the least that says "this was done before".

    A new ring that meets an old look stays a new ring: its revocation must not be treated as a background check, and
    its doubts begin anew. Of two looks each keeps what it is for: the table of doubts goes on, Genesys is read.
    """
    merged: dict[str, Ring] = {}
    for ring in rings:
        first = merged.setdefault(ring.id, ring)
        if first is ring:
            continue
        notified = [at for at in (first.notified_at, ring.notified_at) if at is not None]
        look = min(first.look, ring.look)
        merged[ring.id] = replace(
            first,
            rung_at=min(first.rung_at, ring.rung_at),
            notified_at=min(notified, default=None),
            claim=Claim.LEAVER if Claim.LEAVER in (first.claim, ring.claim) else first.claim or ring.claim,
            cause=first.cause if first.cause is not Cause.LOOK else ring.cause,
            look=look,
            after_revocation=(any if look else all)((first.after_revocation, ring.after_revocation)),
            attempt=min(first.attempt, ring.attempt),
            doubt=max(first.doubt, ring.doubt) if look else 0,
        )
    return merged

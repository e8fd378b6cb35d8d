"""What does a revocation's message say, given who rang and what was read?"""

from __future__ import annotations

from shared.model import Identity, Link, Order, Ring, Stage
from shared.rules.correlation import user_name_of
from shared.rules.fingerprint import fingerprint


def order_for(ring: Ring, reading: Identity, link: Link | None, *, known: bool = False) -> Order:
    """The order to take this leaver out; the user name travels along only when no link says which account it is.

    Args:
        known: this very reading was converged before, so only an account that is active again needs work.
    """
    account_id = link.account_id if link else None
    return Order(
        identity_id=reading.id,
        account_id=account_id,
        stage=Stage.FIRST,
        cause=ring.cause,
        read_at=reading.read_at,
        rung_at=ring.rung_at,
        notified_at=ring.notified_at,
        trace=ring.trace,
        fingerprint=fingerprint(reading),
        user_name=None if account_id else user_name_of(reading),
        check_first=ring.after_revocation or known,
    )

"""What does a revocation's message say, given who rang and what was read?"""

from __future__ import annotations

from shared.model import Identity, Link, Order, Ring, Stage
from shared.rules.correlation import user_name_of
from shared.rules.fingerprint import fingerprint


def order_for(
    ring: Ring, reading: Identity, link: Link | None, *, mapping: str, known: bool = False, out_of_scope: str = ""
) -> Order:
    """The order to take this leaver out; the user name travels along only when no link says which account it is.

    Args:
        mapping: version of the mapping in force.
        known: this very reading was converged before, so only an account that is active again needs work.
        out_of_scope: why the person is out of scope; empty for somebody who left.
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
        fingerprint=fingerprint(reading, mapping),
        user_name=None if account_id else user_name_of(reading),
        check_first=ring.after_revocation or known,
        out_of_scope=bool(out_of_scope),
        reason=out_of_scope,
    )

"""What does a reading say about the person's right to an account?

Graph reads are not monotonic: one reading that says *leaver* is enough to revoke, none is ever proof of the
contrary, and an id that is 404 everywhere proves nothing by itself (microsoft-graph.md §0 fact 4).
"""

from __future__ import annotations

from shared.model import Claim, Identity, Presence, Standing


def standing(identity: Identity, claim: Claim | None = None) -> Standing:
    """The standing that follows from one reading and from what the bell-ringer saw.

    | presence | accountEnabled | claim | standing |
    |---|---|---|---|
    | soft-deleted | any | any | leaver |
    | absent | - | gone or leaver | leaver |
    | absent | - | none | unknown |
    | present | false | any | leaver |
    | present | any but false | leaver | leaver |
    | present | true | gone or none | current |
    | present | missing | gone or none | unknown |
    """
    match identity.presence:
        case Presence.SOFT_DELETED:
            return Standing.LEAVER
        case Presence.ABSENT:
            return Standing.UNKNOWN if claim is None else Standing.LEAVER
        case Presence.PRESENT:
            if identity.account_enabled is False or claim is Claim.LEAVER:
                return Standing.LEAVER
            return Standing.CURRENT if identity.account_enabled else Standing.UNKNOWN

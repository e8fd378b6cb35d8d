"""Which words and kinds of value does everything else speak in?

Times are `Instant`: seconds since 1970 in UTC, as a float. Ids are Entra object ids (`identity_id`) and Genesys
user ids (`account_id`), both UUID strings in lower case.
"""

from __future__ import annotations

from enum import StrEnum

Instant = float
Value = str | tuple[str, ...] | None  # of an attribute, in text; None: there is none


class Mode(StrEnum):
    """Whether Genesys is written to: everything runs in both, `observe` records what it would have done."""

    OBSERVE = "observe"
    ENFORCE = "enforce"


class Urgency(StrEnum):
    """Who waits for this call: decides the share of the Genesys budget that it may use (design §8)."""

    REVOCATION = "revocation"
    SESSIONS = "sessions"  # token kills: as urgent, but behind every deactivation once the budget is under half
    PERSON = "person"
    ROUTINE = "routine"
    BACKGROUND = "background"


class Cause(StrEnum):
    """What made us look at an identity."""

    NOTIFICATION = "notification"
    LIFECYCLE = "lifecycle"
    LOOK = "look"
    SWEEP = "sweep"
    RECONCILE = "reconcile"
    HELPDESK = "helpdesk"
    HR = "hr"


class Claim(StrEnum):
    """What the bell-ringer saw. Never written to Genesys by itself, except to revoke (design §5)."""

    LEAVER = "leaver"
    GONE = "gone"


class Presence(StrEnum):
    """Where Graph found an object id."""

    PRESENT = "present"
    SOFT_DELETED = "soft_deleted"
    ABSENT = "absent"  # 404 as a user and as a deleted item: purged, or not replicated yet


class Standing(StrEnum):
    """What a reading says about the person's right to an account."""

    CURRENT = "current"
    LEAVER = "leaver"
    UNKNOWN = "unknown"

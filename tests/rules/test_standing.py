"""What a reading says about the person, as the table in `standing` has it."""

from __future__ import annotations

import pytest

from shared.model import Claim, Presence, Standing
from shared.rules.standing import standing
from tests.rules.examples import identity

PRESENT, SOFT_DELETED, ABSENT = Presence.PRESENT, Presence.SOFT_DELETED, Presence.ABSENT
CURRENT, LEAVER, UNKNOWN = Standing.CURRENT, Standing.LEAVER, Standing.UNKNOWN


@pytest.mark.parametrize(
    ("presence", "enabled", "claim", "expected"),
    [
        (SOFT_DELETED, True, None, LEAVER),
        (SOFT_DELETED, False, None, LEAVER),
        (SOFT_DELETED, None, None, LEAVER),
        (SOFT_DELETED, True, Claim.LEAVER, LEAVER),
        (SOFT_DELETED, True, Claim.GONE, LEAVER),
        (ABSENT, None, None, UNKNOWN),
        (ABSENT, None, Claim.GONE, LEAVER),
        (ABSENT, None, Claim.LEAVER, LEAVER),
        (PRESENT, False, None, LEAVER),
        (PRESENT, False, Claim.GONE, LEAVER),
        (PRESENT, False, Claim.LEAVER, LEAVER),
        (PRESENT, True, Claim.LEAVER, LEAVER),
        (PRESENT, None, Claim.LEAVER, LEAVER),
        (PRESENT, True, None, CURRENT),
        (PRESENT, True, Claim.GONE, CURRENT),
        (PRESENT, None, None, UNKNOWN),
        (PRESENT, None, Claim.GONE, UNKNOWN),
    ],
)
def test_standing_follows_from_one_reading_and_the_claim(presence, enabled, claim, expected):
    assert standing(identity(presence=presence, account_enabled=enabled), claim) is expected

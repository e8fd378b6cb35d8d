"""When two readings count as the same one."""

from __future__ import annotations

import pytest

from shared.model import Presence, Role
from shared.rules.fingerprint import completed, fingerprint, is_completed
from tests.rules.examples import identity


@pytest.mark.parametrize(
    "changes",
    [
        {"read_at": 2_000.0},
        {"attributes": {"department": "Care", "jobTitle": "Agent", "displayName": "Ada"}},
        {"attributes": {"displayName": "Ada", "jobTitle": "Agent", "department": "Care", "companyName": None}},
    ],
    ids=["read later", "in another order", "with a null more"],
)
def test_equal_readings_have_equal_fingerprints(changes):
    assert fingerprint(identity(**changes), "m1") == fingerprint(identity(), "m1")


@pytest.mark.parametrize(
    "changes",
    [
        {"presence": Presence.SOFT_DELETED},
        {"account_enabled": False},
        {"account_enabled": None},
        {"user_principal_name": "ada.l@contoso.example"},
        {"attributes": {"displayName": "Ada", "jobTitle": "Lead", "department": "Care"}},
        {"attributes": {"displayName": "Ada", "jobTitle": "Agent"}},
        {"attributes": {"displayName": "Agent", "jobTitle": "Ada", "department": "Care"}},
        {"attributes": {"displayName": ("Ada",), "jobTitle": "Agent", "department": "Care"}},
        {"assigned": True},
        {"assigned": False},
        {"roles": (Role(id="r1", value="Agent"),)},
        {"roles": None},
    ],
)
def test_every_fact_that_a_convergence_reads_changes_the_fingerprint(changes):
    assert fingerprint(identity(**changes), "m1") != fingerprint(identity(), "m1")


def test_another_mapping_makes_every_reading_new():
    assert fingerprint(identity(), "m2") != fingerprint(identity(), "m1")


def test_the_order_of_roles_does_not_count():
    one, other = Role(id="r1", value="Agent"), Role(id="r2", value="Lead")

    assert fingerprint(identity(roles=(one, other)), "m1") == fingerprint(identity(roles=(other, one)), "m1")


def test_a_fingerprint_is_the_same_in_every_process_and_release():
    """It is kept in the ledger: another algorithm would make every identity converge once more."""
    assert fingerprint(identity(), "m1") == "283e8897e1868c99c05b"


@pytest.mark.parametrize(
    ("remembered", "observing", "expected"),
    [
        (completed("d1", enforced=True), False, True),
        (completed("d1", enforced=True), True, True),
        (completed("d1", enforced=False), True, True),
        (completed("d1", enforced=False), False, False),
        (completed("d2", enforced=True), True, False),
        (completed("d2", enforced=False), True, False),
        ("", False, False),
        ("", True, False),
    ],
)
def test_what_was_only_observed_is_not_completed_where_writes_are_due(remembered, observing, expected):
    assert is_completed(remembered, "d1", observing=observing) is expected

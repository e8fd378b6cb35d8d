"""What is due, and which changes bring it about."""

from __future__ import annotations

import pytest

from shared.model import Change
from shared.rules.mapping import BUILT_IN, AttributeMapping, desired_attributes, source_properties, target_paths
from shared.rules.planning import plan
from tests.rules.examples import ACCOUNT, ENTERPRISE, PERSON, account, identity

DEPARTMENT = f"{ENTERPRISE}:department"


@pytest.mark.parametrize(
    ("attributes", "expected"),
    [
        ({}, {}),
        ({"displayName": "Ada"}, {"displayName": "Ada"}),
        ({"jobTitle": "Agent", "department": "Care"}, {"title": "Agent", DEPARTMENT: "Care"}),
        ({"displayName": None, "jobTitle": "", "department": "Care"}, {DEPARTMENT: "Care"}),
        ({"mobilePhone": "1", "displayName": "Ada"}, {"displayName": "Ada"}),
    ],
)
def test_only_mapped_values_that_entra_has_are_due(attributes, expected):
    due = desired_attributes(identity(attributes=attributes))

    assert {path: value for path, (value, _) in due.items()} == expected


def test_the_built_in_mapping_reads_and_writes_these():
    assert source_properties() == ("displayName", "jobTitle", "department")
    assert target_paths() == {"displayName", "title", DEPARTMENT}


def test_a_property_mapped_twice_is_read_once():
    twice = (*BUILT_IN, AttributeMapping(source="displayName", target="nickName"))

    assert source_properties(twice) == ("displayName", "jobTitle", "department")
    assert "nickName" in target_paths(twice)


@pytest.mark.parametrize(
    ("in_entra", "in_genesys", "expected"),
    [
        ({"jobTitle": "Agent"}, {"title": "Agent"}, []),
        ({"jobTitle": "Lead"}, {"title": "Agent"}, [("title", "Agent", "Lead", "Entra's jobTitle differs")]),
        ({"jobTitle": "Lead"}, {}, [("title", None, "Lead", "Entra's jobTitle differs")]),
        ({"jobTitle": "Lead"}, {"title": None}, [("title", None, "Lead", "Entra's jobTitle differs")]),
        ({"jobTitle": "agent"}, {"title": "Agent"}, [("title", "Agent", "agent", "Entra's jobTitle differs")]),
        ({"jobTitle": None}, {"title": "Agent"}, []),
        ({}, {"title": "Agent", "displayName": "Ada"}, []),
        (
            {"department": "Care", "displayName": "Ada"},
            {"displayName": "A."},
            [
                ("displayName", "A.", "Ada", "Entra's displayName differs"),
                (DEPARTMENT, None, "Care", "Entra's department differs"),
            ],
        ),
    ],
)
def test_a_plan_holds_what_differs_and_nothing_else(in_entra, in_genesys, expected):
    made = plan(identity(attributes=in_entra), account(attributes=in_genesys))

    assert made.changes == tuple(
        Change(path=path, before=before, after=after, reason=reason) for path, before, after, reason in expected
    )


def test_a_plan_names_both_sides_and_the_version_that_it_was_made_from():
    made = plan(identity(), account(version="12"))

    assert (made.identity_id, made.account_id, made.version) == (PERSON, ACCOUNT, "12")


@pytest.mark.parametrize("active", [True, False])
@pytest.mark.parametrize("enabled", [True, False, None])
def test_a_plan_never_writes_active(active, enabled):
    made = plan(identity(account_enabled=enabled, attributes={"jobTitle": "Lead"}), account(active=active))

    assert [change.path for change in made.changes] == ["title"]


def test_applying_a_plan_leaves_nothing_to_plan():
    before = account(attributes={"title": "Agent"})
    written = {change.path: change.after for change in plan(identity(), before).changes}

    assert plan(identity(), account(attributes={**before.attributes, **written})).changes == ()

"""The searches for an account, in order."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from shared.errors import MappingRefused
from shared.rules.schema.loading import load_schema
from shared.rules.schema.matching import Candidate, candidates
from tests.rules.schema.examples import ENTERPRISE, attribute, direct, group_mapping, object_mapping, schema, written

NOW = datetime(2026, 1, 2, tzinfo=UTC)
NUMBER = f"{ENTERPRISE}:employeeNumber"


def users(*attributes):
    found = load_schema(schema(object_mapping(*attributes), group_mapping())).users
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ({"userPrincipalName": "a@x", "employeeId": "7"}, [("userName", "a@x"), (NUMBER, "7")]),
        ({"userPrincipalName": None, "employeeId": "7"}, [(NUMBER, "7")]),
        ({"userPrincipalName": "a@x", "employeeId": ""}, [("userName", "a@x")]),
        ({}, []),
    ],
)
def test_an_attribute_without_a_value_is_passed_over(source, expected):
    mapping = users(attribute(NUMBER, direct("employeeId"), matchingPriority=2))

    assert candidates(mapping, source, now=NOW) == tuple(Candidate(path=path, value=value) for path, value in expected)


def test_a_value_that_is_not_certain_stops_the_search():
    mapping = users(attribute(NUMBER, written("CDate([employeeId])"), matchingPriority=2))

    with pytest.raises(MappingRefused):
        candidates(mapping, {"userPrincipalName": "a@x", "employeeId": "not a date"}, now=NOW)

"""Of what is an operator warned, and what happens where a function makes something up?"""

from __future__ import annotations

import string

import pytest

from shared.errors import MappingRefused
from shared.rules.expressions import Doubt, concerns, evaluate, parse
from tests.rules.expressions.giving import NOW, give


@pytest.mark.parametrize(
    ("text", "doubts"),
    [
        ("[a]", []),
        ('Switch([a], "d", "x", "1")', []),
        ('Switch([IsSoftDeleted], , "False", "True", "True", "False")', []),
        ('IIF([a] = "x", "1", "2")', []),
        ('DateDiff("d", CDate([a]), CDate([b]))', []),
        ('Switch([a], , "x", "1")', [Doubt.SWITCH_WITHOUT_DEFAULT]),
        ('Switch(IsPresent([a]), "d", "True", [a])', [Doubt.SWITCH_ON_NULL_TEST]),
        ('Switch([IsSoftDeleted], , "false", "1", "true", "0")', [Doubt.SOFT_DELETED_KEYS]),
        ('Switch([manager], "d", "x", "1")', [Doubt.SWITCH_ON_REFERENCE]),
        ('IIF(IsNullOrEmpty([a]), "1", "2")', [Doubt.NULL_TEST_IN_CONDITION]),
        ('IIF([a] = "", "1", "2")', [Doubt.NULL_TEST_IN_CONDITION]),
        ('IIF([a] = "x", IIF("" <> [a], "1", "2"), Now())', [Doubt.NULL_TEST_IN_CONDITION, Doubt.DEPENDS_ON_NOW]),
        ('DateDiff("d", Now(), CDate([a]))', [Doubt.DEPENDS_ON_NOW]),
        ("Append(Guid(), RandomString(6,3,0,0,3))", [Doubt.RANDOM, Doubt.RANDOM]),
        ("AppRoleAssignmentsComplex([appRoleAssignments])", [Doubt.ROLES_STAY]),
    ],
)
def test_an_expression_raises_these_doubts(text, doubts):
    found = concerns(parse(text))

    assert [concern.doubt for concern in found] == doubts
    assert [concern for concern in found if not concern.sentence.endswith(".")] == []


def test_a_concern_points_at_its_function():
    (concern,) = concerns(parse('Append([a],\n  Switch([b], , "x", "1"))'))

    assert (concern.at.line, concern.at.column) == (2, 3)


@pytest.mark.parametrize("text", ["Guid()", "RandomString(6,3,0,0,3)", "Redact(RandomString(6,3,0,0,3))"])
def test_without_randomness_a_random_function_is_refused_with_what_to_do(text):
    with pytest.raises(MappingRefused, match=r"during object creation only \(ObjectAddOnly\)"):
        give(text)


def made_up(text, choose):
    return evaluate(parse(text), {}, now=NOW, choose=choose)


def cycling():
    """A made-up chance that tries every number in turn."""
    count = iter(range(1_000_000))
    return lambda most: next(count) % most


def test_a_guid_is_written_as_dotnet_writes_it():
    assert made_up("Guid()", lambda _: 0) == "00000000-0000-4000-8000-000000000000"
    assert made_up("Guid()", lambda most: most - 1) == "ffffffff-ffff-4fff-bfff-ffffffffffff"


def test_a_random_string_has_what_was_asked_for():
    text = made_up("RandomString(6,3,0,0,3)", cycling())

    assert len(text) == 6
    assert sum(letter in string.digits for letter in text) == 3
    assert sum(letter in string.ascii_lowercase for letter in text) == 3


def test_a_random_string_leaves_out_what_it_must_avoid():
    for _ in range(50):
        text = made_up('RandomString(10,2,2,2,1,"?,")', cycling())
        assert len(text) == 10
        assert not set(text) & set("?,")
        assert sum(letter in string.ascii_uppercase for letter in text) >= 2


@pytest.mark.parametrize(
    "text",
    [
        "RandomString(5,3,0,0,3)", "RandomString(257,0,0,0,0)", "RandomString(5,-1,0,0,0)",
        'RandomString(3,1,0,0,0,"0123456789")', 'RandomString(6,"x",0,0,0)',
    ],
)  # fmt: skip
def test_a_random_string_that_cannot_be_made_is_refused(text):
    with pytest.raises(MappingRefused):
        made_up(text, cycling())


def test_a_random_string_of_no_kind_has_every_kind():
    assert len(made_up("RandomString(256,0,0,0,0)", cycling())) == 256

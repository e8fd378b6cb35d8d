"""Groups, sets, and filters that are refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.errors import Refused
from shared.rules.schema.nouns import AttributeDefinition, AttributeType
from shared.rules.scope.evaluation import Scope, judge
from shared.rules.scope.filter_reading import is_anchored, read_filter
from shared.rules.scope.patterns import compile_pattern
from tests.rules.scope.examples import clause, group, scope

YES = clause("department", "EQUALS", "Care")
NO = clause("department", "EQUALS", "Sales")
DOUBT = clause("department", "REGEX MATCH", "ar")
PERSON = {"department": "Care"}


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        (None, Scope.IN),
        ({}, Scope.IN),
        (scope(), Scope.IN),
        ({"groups": None}, Scope.IN),
        (scope(group(YES)), Scope.IN),
        (scope(group(NO)), Scope.OUT),
        (scope(group(YES, YES)), Scope.IN),
        (scope(group(YES, NO)), Scope.OUT),
        (scope(group(NO), group(YES)), Scope.IN),
        (scope(group(NO), group(NO)), Scope.OUT),
        (scope(group(DOUBT)), Scope.UNDETERMINED),
        (scope(group(DOUBT, NO)), Scope.OUT),
        (scope(group(DOUBT, YES)), Scope.UNDETERMINED),
        (scope(group(DOUBT), group(YES)), Scope.IN),
        (scope(group(DOUBT), group(NO)), Scope.UNDETERMINED),
        (scope(reads=(group(NO),)), Scope.IGNORED),
        (scope(category=(group(NO),)), Scope.IGNORED),
        (scope(group(NO), reads=(group(NO),)), Scope.IGNORED),
        (scope(group(NO), reads=(group(YES),)), Scope.OUT),
        (scope(group(NO), category=(group(NO),)), Scope.IGNORED),
        (scope(group(YES), reads=(group(YES),), category=(group(YES),)), Scope.IN),
        (scope(group(NO), reads=(group(DOUBT),)), Scope.UNDETERMINED),
        (scope(group(YES), reads=(group(DOUBT),), category=(group(NO),)), Scope.IGNORED),
    ],
)
def test_clauses_are_all_needed_groups_are_alternatives_and_every_set_counts(document, expected):
    judged = judge(read_filter(document, compile_pattern).filter, PERSON)

    assert judged.scope is expected
    assert judged.why.endswith(".")


def test_the_sentence_names_the_clause_that_failed():
    read = read_filter(scope(group(YES, clause("mail", "IS NOT NULL"), name="Agents")), compile_pattern)

    assert judge(read.filter, PERSON).why == (
        "Out of scope: the clause `mail` IS NOT NULL fails: the attribute has no value."
    )
    assert judge(read.filter, {**PERSON, "mail": "a@b.example"}).why == (
        "In scope: every clause of group `Agents` holds."
    )


REFUSED = [
    ("text", "no object"),
    ({"groups": "x"}, "no list"),
    ({"groups": [1]}, "no object"),
    (scope({"name": "Empty", "clauses": []}), "has no clauses"),
    (scope({"name": "Empty"}), "has no clauses"),
    (scope({"clauses": ["x"]}), "no object"),
    (scope(group({"operatorName": "EQUALS"})), "names no attribute"),
    (scope(group({"sourceOperandName": "department"})), "names no operator"),
    (scope(group(clause("department", "LIKE", "x"))), "`LIKE`"),
    (scope(group(clause("department", "IsMemberOf", "x"))), "membership"),
    (scope(group(clause("department", "Present"))), "Present"),
    (scope(group(clause("department", "Valid Cert Match", "x"))), "Valid Cert Match"),
    (scope(group(clause("department", "EQUALS"))), "exactly one"),
    (scope(group(clause("department", "EQUALS", "a", "b"))), "exactly one"),
    (scope(group({**clause("department", "EQUALS"), "targetOperand": "x"})), "no object"),
    (scope(group({**clause("department", "EQUALS"), "targetOperand": {"values": "x"}})), "no list"),
    (scope(group({**clause("department", "EQUALS"), "targetOperand": {"values": [None]}})), "null"),
    (scope(group({**clause("department", "EQUALS"), "targetOperand": {"values": [10**30]}})), "a number"),
    (scope(group(*[clause("department", "IS NULL")] * 10_001)), "10,000 clauses"),
    (scope(group(clause("department", "REGEX MATCH", "("))), "pattern"),
    (scope(group(clause("appRoleAssignments", "EQUALS", "x"))), "appRoleAssignments"),
    (scope(group(clause("userType", "EQUALS", "Guest"))), "userType"),
    (scope(group(clause("manager", "IS NOT NULL"))), "manager"),
    (scope(group(clause("members", "IS NOT NULL"))), "membership"),
    (scope(group(clause("proxyAddresses", "Includes", "x"))), "several values"),
    (scope(group(clause("employeeHireDate", "IS NOT NULL"))), "dates"),
    (scope(group(clause("extension_skills", "EQUALS", "x"))), "several values"),
    (scope(group(clause("extension_until", "EQUALS", "x"))), "dates"),
    (scope(reads=(group(clause("manager", "IS NULL")),)), "manager"),
]
DEFINITIONS = {
    "extension_skills": AttributeDefinition(name="extension_skills", multivalued=True),
    "extension_until": AttributeDefinition(name="extension_until", type=AttributeType.DATE_TIME),
}


@pytest.mark.parametrize(("document", "said"), REFUSED)
def test_a_filter_that_cannot_be_evaluated_as_entra_does_is_refused(document, said):
    with pytest.raises(Refused) as refusal:
        read_filter(document, compile_pattern, DEFINITIONS)

    sentence = str(refusal.value)
    assert said in sentence
    assert sentence.endswith(".")
    assert "\n" not in sentence


@pytest.mark.parametrize(
    ("pattern", "anchored"),
    [
        ("^a$", True),
        (r"\Aa\z", True),
        (r"\Aa\Z", True),
        (".*a.*", True),
        (".*a$", True),
        ("(?i)^a$", True),
        ("^a$|^b$", True),
        ("^(a|b)$", True),
        ("^[|]$", True),
        (r"^a\|b$", True),
        (r"^a\\$", True),
        ("a", False),
        ("^a", False),
        ("a$", False),
        (r"^a\$", False),
        (r"^a.\*", False),
        ("^a|b$", False),
        ("([1-9][0-9])", False),
        (r".*\@domain.com", False),
    ],
)
def test_a_pattern_without_anchors_at_both_ends_is_warned_of(pattern, anchored):
    assert is_anchored(pattern) is anchored

    read = read_filter(scope(group(clause("workerID", "REGEX MATCH", pattern))), compile_pattern)
    assert bool(read.warnings) is not anchored


def test_a_comparison_with_no_number_is_warned_of():
    read = read_filter(scope(group(clause("extensionAttribute1", "Greater_Than", "ten"))), compile_pattern)

    assert read.warnings == (
        'The filter\'s clause on `extensionAttribute1` compares with "ten", which is no whole number: it never holds.',
    )


def test_a_filter_names_the_attributes_that_it_reads():
    document = scope(
        group(YES), reads=(group(clause("mail", "IS NULL")),), category=(group(clause("city", "IS NULL")),)
    )

    assert read_filter(document, compile_pattern).filter.attributes == {"department", "mail", "city"}


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(
                ["groups", "inputFilterGroups", "clauses", "name", "sourceOperandName", "operatorName", "targetOperand"]
            )
            | st.just("values"),
            inner,
            max_size=5,
        )
    ),
    max_leaves=20,
)


@given(document=JSON)
def test_any_document_is_read_or_refused(document):
    try:
        read = read_filter(document, compile_pattern)
    except Refused:
        return
    assert judge(read.filter, {}).scope in Scope


@given(operator=st.sampled_from(["REGEX MATCH", "NOT REGEX MATCH"]), pattern=st.text(max_size=12), value=st.text())
def test_any_pattern_is_evaluated_or_refused(operator, pattern, value):
    try:
        read = read_filter(scope(group(clause("department", operator, pattern))), compile_pattern)
    except Refused:
        return
    assert judge(read.filter, {"department": value}).scope in Scope


def test_operands_of_unary_operators_are_passed_over():
    read = read_filter(scope(group(clause("mail", "IS NULL", "", "x"))), compile_pattern)

    assert read.filter.groups[0].clauses[0].operand is None


@pytest.mark.parametrize(("operand", "value"), [(7, "7"), (True, "True"), (False, "False")])
def test_operands_are_compared_as_texts(operand, value):
    document = scope(group({**clause("extensionAttribute1", "EQUALS"), "targetOperand": {"values": [operand]}}))

    assert judge(read_filter(document, compile_pattern).filter, {"extensionAttribute1": value}).scope is Scope.IN

"""Operators against values: each with a hit, a miss, another letter case, an empty value and none."""

from __future__ import annotations

import pytest

from shared.rules.scope.evaluation import Scope, judge
from shared.rules.scope.filter_reading import read_filter
from shared.rules.scope.patterns import compile_pattern
from tests.rules.scope.examples import clause, group, scope

IN, OUT, UNKNOWN = Scope.IN, Scope.OUT, Scope.UNDETERMINED

# operator, operands, value of the attribute, scope
CASES = [
    ("EQUALS", ["Sales"], "Sales", IN),
    ("EQUALS", ["Sales"], "sales", OUT),
    ("EQUALS", ["Sales"], "Sales ", OUT),
    ("EQUALS", ["Sales"], "", OUT),
    ("EQUALS", ["Sales"], None, OUT),
    ("EQUALS", [""], "", OUT),
    ("EQUALS", [""], None, OUT),
    ("NOT EQUALS", ["Sales"], "Care", IN),
    ("NOT EQUALS", ["Sales"], "sales", IN),
    ("NOT EQUALS", ["Sales"], "Sales", OUT),
    ("NOT EQUALS", ["Sales"], "", OUT),
    ("NOT EQUALS", ["Sales"], None, OUT),
    ("IS NULL", [], None, IN),
    ("IS NULL", [], "", IN),
    ("IS NULL", [], (), IN),
    ("IS NULL", [], "x", OUT),
    ("IS NULL", [], " ", OUT),
    ("IS NOT NULL", [], "x", IN),
    ("IS NOT NULL", [], "", OUT),
    ("IS NOT NULL", [], None, OUT),
    ("IS TRUE", [], "True", IN),
    ("IS TRUE", [], "true", IN),
    ("IS TRUE", [], "False", OUT),
    ("IS TRUE", [], "yes", OUT),
    ("IS TRUE", [], None, OUT),
    ("IS FALSE", [], "False", IN),
    ("IS FALSE", [], "True", OUT),
    ("IS FALSE", [], "", OUT),
    ("IS FALSE", [], None, OUT),
    ("REGEX MATCH", ["^S.*s$"], "Sales", IN),
    ("REGEX MATCH", ["^S.*s$"], "sales", OUT),
    ("REGEX MATCH", ["(?i)^S.*s$"], "sALES", IN),
    ("REGEX MATCH", ["^S.*s$"], "", OUT),
    ("REGEX MATCH", [".*"], None, OUT),
    ("REGEX MATCH", [".*"], "", OUT),
    ("REGEX MATCH", ["ale"], "Sales", UNKNOWN),
    ("NOT REGEX MATCH", ["^S.*s$"], "Care", IN),
    ("NOT REGEX MATCH", ["^S.*s$"], "Sales", OUT),
    ("NOT REGEX MATCH", ["^S.*s$"], "", OUT),
    ("NOT REGEX MATCH", ["^S.*s$"], None, OUT),
    ("NOT REGEX MATCH", ["ale"], "Sales", UNKNOWN),
    ("ENDS_WITH", ["@contoso.example"], "ada@contoso.example", IN),
    ("ENDS_WITH", ["@contoso.example"], "ada@CONTOSO.example", OUT),
    ("ENDS_WITH", ["x"], "", OUT),
    ("ENDS_WITH", [""], None, OUT),
    ("Includes", ["ale"], "Sales", IN),
    ("Includes", ["ALE"], "Sales", OUT),
    ("Includes", ["ale"], "", OUT),
    ("Includes", ["ale"], None, OUT),
    ("Greater_Than", ["10"], "11", IN),
    ("Greater_Than", ["10"], "10", OUT),
    ("Greater_Than", ["10"], "9", OUT),
    ("Greater_Than", ["-3"], "-2", IN),
    ("Greater_Than", ["10"], "eleven", OUT),
    ("Greater_Than", ["10"], "11.5", OUT),
    ("Greater_Than", ["10"], "\u0661\u0662", OUT),
    ("Greater_Than", ["10"], "", OUT),
    ("Greater_Than", ["10"], None, OUT),
    ("Greater_Than", ["ten"], "11", OUT),
    ("Greater_Than_OR_EQUALS", ["10"], "10", IN),
    ("Greater_Than_OR_EQUALS", ["10"], "011", IN),
    ("Greater_Than_OR_EQUALS", ["10"], "9", OUT),
    ("Greater_Than_OR_EQUALS", ["10"], None, OUT),
    ("&", ["Sales and Care"], "Care", IN),
    ("&", ["Sales and Care"], "care", OUT),
    ("&", ["Sales and Care"], "", OUT),
    ("&", ["Sales and Care"], None, OUT),
    ("!&", ["Sales and Care"], "Finance", IN),
    ("!&", ["Sales and Care"], "Care", OUT),
    ("!&", ["Sales and Care"], "", OUT),
    ("!&", ["Sales and Care"], None, OUT),
    ("EQUALS", ["Sales"], ("Sales",), UNKNOWN),
]  # fmt: skip


@pytest.mark.parametrize(("operator", "operands", "value", "expected"), CASES)
def test_an_operator_finds(operator, operands, value, expected):
    read = read_filter(scope(group(clause("department", operator, *operands))), compile_pattern)

    judged = judge(read.filter, {"department": value})

    assert judged.scope is expected
    assert judged.why.endswith(".")
    assert "department" in judged.why or expected is IN


@pytest.mark.parametrize("spelling", ["equals", "Equals", "NOT_EQUALS", "not equals", "Not  Equals", "IS_NOT_NULL"])
def test_letter_case_and_underscores_in_operator_names_do_not_matter(spelling):
    operands = [] if "NULL" in spelling else ["Care"]
    read = read_filter(scope(group(clause("department", spelling, *operands))), compile_pattern)

    assert judge(read.filter, {"department": "Care" if spelling.lower() == "equals" else "Sales"}).scope is IN


# Microsoft's page on scoping filters, its four examples; the values are ours.
DOCUMENTED = [
    ("department", "EQUALS", "sales", "sales", IN),
    ("department", "EQUALS", "sales", "Sales", OUT),
    ("userPrincipalName", "REGEX MATCH", r".*\@domain.com", "ada@domain.com", IN),
    ("userPrincipalName", "REGEX MATCH", r".*\@domain.com", "ada@elsewhere.com", OUT),
    ("userPrincipalName", "REGEX MATCH", r".*\@domain.com", "ada@domain.com.au", UNKNOWN),
    ("userPrincipalName", "NOT REGEX MATCH", r".*\@domain.com", "ada@domain.com", OUT),
    ("userPrincipalName", "NOT REGEX MATCH", r".*\@domain.com", "ada@elsewhere.com", IN),
    ("userPrincipalName", "NOT REGEX MATCH", r".*\@domain.com", None, OUT),
    ("workerID", "REGEX MATCH", "(1[0-9][0-9][0-9][0-9][0-9][0-9])", "1234567", IN),
    ("workerID", "REGEX MATCH", "(1[0-9][0-9][0-9][0-9][0-9][0-9])", "2234567", OUT),
    ("workerID", "REGEX MATCH", "(1[0-9][0-9][0-9][0-9][0-9][0-9])", "12345678", UNKNOWN),
    ("workerID", "REGEX MATCH", "([1-9][0-9])", "42", IN),
    ("workerID", "REGEX MATCH", "([1-9][0-9])", "100", UNKNOWN),
]


@pytest.mark.parametrize(("attribute", "operator", "operand", "value", "expected"), DOCUMENTED)
def test_the_documented_examples(attribute, operator, operand, value, expected):
    read = read_filter(scope(group(clause(attribute, operator, operand))), compile_pattern)

    judged = judge(read.filter, {attribute: value})

    assert judged.scope is expected
    if expected is UNKNOWN:
        assert "anchor the pattern with ^ and $" in judged.why


def test_a_pattern_that_backtracks_for_ever_leaves_it_undetermined():
    read = read_filter(scope(group(clause("department", "REGEX MATCH", "^(a|a)*$"))), compile_pattern)

    judged = judge(read.filter, {"department": "a" * 40 + "!"})

    assert judged.scope is UNKNOWN
    assert "backtracks for ever" in judged.why

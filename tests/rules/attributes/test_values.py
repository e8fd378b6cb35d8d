"""What is written, what is equal, and by what a value is known again."""

from __future__ import annotations

import pytest
from hypothesis import given

from shared.rules.attributes.paths import ENTERPRISE
from shared.rules.attributes.phones import phone
from shared.rules.attributes.table import target_for
from shared.rules.attributes.values import Rating, digest, normal, same, united
from tests.rules.attributes.examples import attributes, cases, values

MOBILE = 'phoneNumbers[type eq "mobile"].value'
HIRED = f"{ENTERPRISE}:dateHire"
MANAGER = f"{ENTERPRISE}:manager"


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("+12065550100", "+12065550100"),
        ("+1 (206) 555-0100", "+12065550100"),
        ("+1\u00a0206.555/0100", "+12065550100"),
        ("+1 206 555\u20110100", "+12065550100"),
        ("tel:+1-206-555-0100", "+12065550100"),
        ("TEL:+12065550100;ext=12", "tel:+12065550100;ext=12"),
        ("+1 206 555 0100 x12", "tel:+12065550100;ext=12"),
        ("+1 206 555 0100, ext. 12", "tel:+12065550100;ext=12"),
        ("+1 206 555 0100 Extension 12", "tel:+12065550100;ext=12"),
        ("+1 206 555 0100 #12", "tel:+12065550100;ext=12"),
        ("+44 (0)20 7946 0000", "+442079460000"),
        ("0044 20 7946 0000", "+442079460000"),
        ("206 555 0100", "2065550100"),
        ("+1 206 CALL NOW", "+1 206 CALL NOW"),
        ("tel:+1206;phone-context=x", "tel:+1206;phone-context=x"),
        ("sip:ada@contoso.example", "sip:ada@contoso.example"),
        ("+", "+"),
    ],
)
def test_a_number_is_written_as_e164(text, number):
    assert phone(text) == number
    assert phone(number) == number


@pytest.mark.parametrize(
    ("path", "value", "written"),
    [
        ("title", "  Lead ", "Lead"),
        ("title", " \t", None),
        ("title", "", None),
        ("title", (), None),
        ("title", (" Lead",), "Lead"),
        ("title", ("b", "a"), ("a", "b")),
        ("active", "TRUE", "true"),
        ("active", "yes", "yes"),
        (MANAGER, "D7A1C2F0-6A3B-4F0E-9A51-0C6F8A1E2B34", "d7a1c2f0-6a3b-4f0e-9a51-0c6f8a1e2b34"),
        (HIRED, "2026-01-31T00:00:00Z", "2026-01-31"),
        (HIRED, "2026-01-31 10:00:00", "2026-01-31"),
        (HIRED, "31.01.2026", "31.01.2026"),
        ('emails[type eq "work"].value', " Ada@X.example ", "Ada@X.example"),
        ("roles", "Agent", ("Agent",)),
        ("roles", ("employee", "Agent", " Agent ", ""), ("Agent", "employee")),
        ("roles", "A;B", ("A;B",)),
        ("routingSkills", "Billing:3;Sales:2", ("Billing:3", "Sales:2")),
        ("routingSkills", " Sales : 2.50 ; ;Billing", ("Billing:0", "Sales:2.5")),
        ("routingSkills", ("Billing:1", "Billing:3.0", "Billing"), ("Billing:3",)),
        ("routingSkills", ("Sales: EMEA:2", "Sales: APAC"), ("Sales: APAC:0", "Sales: EMEA:2")),
        ("routingSkills", " ; ", None),
        ("custom:HR:x", ("b", "a", "b"), ("a", "b")),
    ],
)
def test_a_value_is_written_in_one_form(path, value, written):
    assert normal(target_for(path), value) == written


@pytest.mark.parametrize(
    ("path", "desired", "current"),
    [
        (MOBILE, "+1 (206) 555-0100", "+12065550100"),
        (MOBILE, "12065550100", "+12065550100"),
        (MOBILE, "+1 206 555 0100 x12", "tel:+1-206-555-0100;ext=12"),
        ('emails[type eq "work"].value', "Ada@Contoso.example", "ada@contoso.EXAMPLE"),
        ("userName", "Ada@Contoso.example", "ada@contoso.example"),
        ("active", "True", "true"),
        ("title", " Lead", "Lead"),
        ("title", "", None),
        (HIRED, "2026-01-31T00:00:00Z", "2026-01-31"),
        (MANAGER, "D7A1C2F0-6A3B-4F0E-9A51-0C6F8A1E2B34", "d7a1c2f0-6a3b-4f0e-9a51-0c6f8a1e2b34"),
        ("roles", ("Agent", "employee"), ("employee", "Agent")),
        ("routingSkills", "Sales:2;Billing:3", ("Billing:3.0", "Sales:2.0")),
        ("custom:HR:flag", "True", "true"),
        ("custom:HR:tags", ("a",), "a"),
    ],
)
def test_what_is_equal_does_not_differ(path, desired, current):
    assert same(target_for(path), desired, current, case_exact=True)


@pytest.mark.parametrize(
    ("path", "desired", "current", "only_by_case"),
    [
        (MOBILE, "+12065550100", "tel:+12065550100;ext=12", False),
        (MOBILE, "+12065550100", None, False),
        ("title", "Lead", "lead", True),
        ("roles", ("Agent",), ("agent",), True),
        ("roles", ("Agent",), ("Agent", "employee"), False),
        ("routingSkills", "Billing:3", ("Billing:4",), False),
        ("routingSkills", "Billing:3", ("billing:3",), True),
    ],
)
def test_what_differs_differs(path, desired, current, only_by_case):
    assert not same(target_for(path), desired, current, case_exact=True)
    assert same(target_for(path), desired, current, case_exact=False) is only_by_case


@given(attributes, values, values, values, cases)
def test_sameness_is_an_equivalence(attribute, first, second, third, case_exact):
    def alike(one, other):
        return same(attribute, one, other, case_exact=case_exact)

    assert alike(first, first)
    assert alike(first, second) is alike(second, first)
    assert alike(first, third) or not (alike(first, second) and alike(second, third))


@given(attributes, values, cases)
def test_a_normal_value_stays_as_it_is_and_says_the_same(attribute, value, case_exact):
    written = normal(attribute, value)
    assert normal(attribute, written) == written
    assert same(attribute, value, written, case_exact=case_exact)


@given(attributes, values, values)
def test_a_digest_tells_values_apart_exactly_as_far_as_sameness_by_case_does(attribute, first, second):
    equal = digest(attribute.path, first) == digest(attribute.path, second)
    assert equal is same(attribute, first, second, case_exact=True)


def test_a_digest_does_not_contain_the_value_and_belongs_to_one_path():
    assert "Lead" not in digest("title", "Lead")
    assert digest("title", "Lead") != digest("displayName", "Lead")
    assert digest("nobody's path", "Lead") == digest("nobody's path", " Lead")


@pytest.mark.parametrize(
    ("path", "added", "held", "union"),
    [
        ("roles", ("Agent",), ("employee",), ("Agent", "employee")),
        ("roles", ("Agent",), None, ("Agent",)),
        ("routingSkills", "Billing:1", ("Billing:3", "Sales:2"), ("Billing:1", "Sales:2")),
    ],
)
def test_adding_removes_nothing(path, added, held, union):
    assert united(target_for(path), added, held) == union


@given(values)
def test_a_rating_reads_what_it_writes(value):
    for text in (value or ()) if not isinstance(value, str) else [value]:
        rating = Rating.parse(text)
        assert Rating.parse(str(rating)) == rating or not rating.name

"""What is written, what is left to a person, and that nothing is due twice."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.model import Account, Change, Value
from shared.rules.attributes.difference import Desired, Difference, Flow, NullPolicy, diff, problem_with
from shared.rules.attributes.paths import ENTERPRISE
from shared.rules.attributes.table import Kind, target_for
from shared.rules.attributes.values import digest, same
from tests.rules.attributes.examples import CUSTOM_TEXT, WRITABLE, values

MOBILE = 'phoneNumbers[type eq "mobile"].value'
HIRED = f"{ENTERPRISE}:dateHire"
MANAGER = f"{ENTERPRISE}:manager"
SKILLS = target_for("routingSkills").path
KEEP, CLEAR = NullPolicy.KEEP, NullPolicy.CLEAR


def account(**attributes: Value) -> Account:
    return Account(id="a", user_name="ada@contoso.example", active=True, attributes=attributes)


def one(path: str, value, current, *, owned: bool = True, **options) -> Difference:
    held = {path: digest(path, current)} if owned else {}
    due = Desired(path=path, value=value, reason="a test", **options)
    return diff([due], account(**{path: current}), owned=held)


@pytest.mark.parametrize(
    ("path", "value", "current", "options", "after"),
    [
        ("title", " Lead", None, {}, "Lead"),
        ("title", "Lead", "Agent", {}, "Lead"),
        ("title", "lead", "Lead", {}, "lead"),
        ("title", None, "Agent", {"policy": CLEAR}, None),
        ("title", " ", "Agent", {"policy": CLEAR}, None),
        ("title", "Lead", None, {"flow": Flow.ONLY_WHEN_EMPTY}, "Lead"),
        ("title", "Lead", " ", {"flow": Flow.ONLY_WHEN_EMPTY}, "Lead"),
        ("title", "Lead", "Agent", {"flow": Flow.ADD_VALUES}, "Lead"),
        ("roles", ("Agent",), ("employee",), {"flow": Flow.ADD_VALUES}, ("Agent", "employee")),
        ("roles", ("Agent",), ("employee",), {}, ("Agent",)),
        ("roles", (), ("employee",), {"policy": CLEAR}, None),
        (SKILLS, "Sales:2;Billing:3", ("Billing:3",), {}, ("Billing:3", "Sales:2")),
        (MOBILE, "+1 (206) 555-0100", "+12065550101", {}, "+12065550100"),
        (MOBILE, None, "+12065550101", {"policy": CLEAR}, None),
        ("custom:HR:tier_text", None, "gold", {"policy": CLEAR}, None),
    ],
)
def test_what_differs_is_one_change_with_its_reason(path, value, current, options, after):
    change = Change(path=path, before=current, after=after, reason="a test")
    assert one(path, value, current, **options) == Difference(changes=(change,))


@pytest.mark.parametrize(
    ("path", "value", "current", "options"),
    [
        ("title", "Lead", "Lead ", {}),
        ("title", "lead", "Lead", {"case_exact": False}),
        ("title", None, "Agent", {"policy": KEEP}),
        ("title", None, None, {"policy": CLEAR}),
        ("title", "Lead", "Agent", {"flow": Flow.ONLY_WHEN_EMPTY}),
        ("title", None, "Agent", {"policy": CLEAR, "flow": Flow.ONLY_WHEN_EMPTY}),
        ("roles", None, ("Agent",), {"policy": CLEAR, "flow": Flow.ADD_VALUES}),
        ("roles", ("Agent",), ("employee", "Agent"), {"flow": Flow.ADD_VALUES}),
        ("displayName", None, "Ada", {"policy": CLEAR}),
        (f"{ENTERPRISE}:division", "", "Home", {"policy": CLEAR}),
        (MOBILE, "tel:+1-206-555-0100", "+12065550100", {}),
        ("active", "True", "true", {}),
    ],
)
def test_what_says_the_same_or_must_stay_is_no_change(path, value, current, options):
    assert one(path, value, current, **options) == Difference()


def test_a_value_that_nobody_is_known_to_have_written_is_only_listed():
    found = one("title", None, "Agent", owned=False, policy=CLEAR)
    assert found == Difference(would_clear=(Change(path="title", before="Agent", after=None, reason="a test"),))


def test_a_value_that_somebody_changed_since_is_only_listed():
    owned = {"title": digest("title", "Agent")}
    found = diff([Desired(path="title", value=None, policy=CLEAR)], account(title="Chief"), owned=owned)
    assert [change.path for change in found.would_clear] == ["title"]
    assert found.changes == ()


def test_a_value_is_known_again_however_genesys_writes_it():
    owned = {MOBILE: digest(MOBILE, "+1 (206) 555-0100")}
    found = diff([Desired(path=MOBILE, value=None, policy=CLEAR)], account(**{MOBILE: "+12065550100"}), owned=owned)
    assert [(change.path, change.after) for change in found.changes] == [(MOBILE, None)]


@pytest.mark.parametrize(
    ("path", "value", "says"),
    [
        ("title", ("a", "b"), "takes one value, but 2 are due"),
        (SKILLS, "Billing:6", "from 0 to 5"),
        (SKILLS, tuple(f"Skill {n}:1" for n in range(51)), "at most 50 names, but 51"),
        ("active", "yes", "true or false"),
        (HIRED, "31.01.2026", "2026-01-31"),
        (HIRED, "2026-02-31", "2026-01-31"),
        (MANAGER, "ada@contoso.example", "Genesys id"),
    ],
)
def test_what_genesys_cannot_hold_is_a_sentence_without_the_value(path, value, says):
    found = one(path, value, None)
    assert (found.changes, found.would_clear) == ((), ())
    (sentence,) = found.unfit
    assert says in sentence
    assert sentence.startswith(target_for(path).path)
    assert str(value) not in sentence


def test_a_set_of_texts_fits_a_custom_attribute():
    assert problem_with(CUSTOM_TEXT, ("a", "b")) == ""


PATHS = (*(each.path for each in WRITABLE), CUSTOM_TEXT.path, "nobody's path")
desired = st.lists(
    st.builds(
        Desired,
        path=st.sampled_from(PATHS),
        value=values,
        policy=st.sampled_from(NullPolicy),
        flow=st.sampled_from(Flow),
        case_exact=st.booleans(),
    ),
    max_size=6,
    unique_by=lambda due: due.path,
)


@given(desired, st.dictionaries(st.sampled_from(PATHS), values), st.booleans())
def test_after_the_changes_nothing_differs_any_more(due, held, owns):
    owned = {path: digest(path, value) for path, value in held.items()} if owns else {}
    first = diff(due, account(**held), owned=owned)
    after = {**held, **{change.path: change.after for change in first.changes}}
    second = diff(due, account(**after), owned=owned)
    assert second == Difference(would_clear=first.would_clear, unfit=first.unfit)


@given(desired, st.dictionaries(st.sampled_from(PATHS), values))
def test_nothing_is_cleared_that_is_not_owned(due, held):
    found = diff(due, account(**held), owned={})
    assert all(change.after is not None for change in found.changes)


@given(desired, st.dictionaries(st.sampled_from(PATHS), values))
def test_every_change_changes_something(due, held):
    for change in diff(due, account(**held), owned={}).changes:
        attribute = target_for(change.path) if change.path != "nobody's path" else None
        assert attribute is None or not same(attribute, change.after, change.before, case_exact=True)
        assert attribute is None or attribute.kind is not Kind.BOOLEAN or change.after in ("true", "false")

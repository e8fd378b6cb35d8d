"""Everything that Genesys can hold is read, written and cleared, and nothing differs for ever."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import parse_qs

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from infra.local.genesys.population import LANGUAGES, ROLES, SKILLS
from shared.model import StepName, StepResult, Urgency
from shared.rules.attributes.difference import Desired, Difference, Flow, NullPolicy, diff
from shared.rules.attributes.paths import GENESYS
from shared.rules.attributes.table import target_for
from shared.rules.attributes.values import digest, normal
from tests.rules.attributes.examples import allowed
from tests.targets.conftest import COST_CENTER, ENTERPRISE, EVERYTHING, MOBILE, VENDOR, plan_for

SKILLED, LANGUAGED = f"{GENESYS}:routingSkills", f"{GENESYS}:routingLanguages"
DIVISION, MANAGER, HIRED = f"{ENTERPRISE}:division", f"{ENTERPRISE}:manager", f"{ENTERPRISE}:dateHire"
TEAMS = f'{GENESYS}:externalIds[authority eq "microsoftteams"].value'
WORK_MAIL = 'emails[type eq "work"].value'
MAPPED = EVERYTHING | {TEAMS}
# `active` has effects on others, since Genesys may drop the roles of an inactive account.
SETTABLE = sorted(MAPPED - {"active"})
NAMES = {"roles": ROLES, SKILLED: SKILLS, LANGUAGED: LANGUAGES, DIVISION: ["Home", "EMEA"]}

VALUES = [
    ("userName", "new.address@contoso.example"),
    ("displayName", "Ada King"),
    ("title", "Lead"),
    ("active", "false"),
    ("externalId", "Entra-Object-Id"),
    (WORK_MAIL, "Ada@contoso.example"),
    ('phoneNumbers[type eq "home"].value', "+13175550100"),
    ('phoneNumbers[type eq "work2"].value', "tel:+13175550100;ext=12"),
    ('phoneNumbers[type eq "microsoftteams"].value', "+13175550101"),
    ("roles", ("Agent", "employee")),
    (DIVISION, "EMEA"),
    (f"{ENTERPRISE}:department", "Billing Disputes"),
    (f"{ENTERPRISE}:employeeNumber", "007"),
    (HIRED, "2026-01-31"),
    (SKILLED, ("Billing:3", "Sales:2.5")),
    (LANGUAGED, ("French:0", "German:5")),
    (TEAMS, "ada-teams"),
    (VENDOR, "V-017"),
]


@pytest.mark.parametrize(("path", "value"), VALUES)
async def test_a_value_is_written_read_back_and_cleared(genesys, path, value):
    target = genesys.target(mapped=MAPPED)
    account = await target.get(genesys.account(2).id)
    step, written = await target.apply(plan_for(account, {path: value}))
    assert (step.result, step.detail, step.refused) == (StepResult.DONE, "", ())
    assert written == await target.get(account.id)
    assert normal(target_for(path), written.attributes[path]) == value
    if target_for(path).clearable:
        step, written = await target.apply(plan_for(written, {path: None}))
        assert (step.result, step.detail) == (StepResult.DONE, "")
        assert written.attributes[path] is None


async def test_a_value_is_written_in_genesys_form_whatever_the_plan_says(genesys):
    target = genesys.target(mapped=MAPPED)
    account = await target.get(genesys.account(2).id)
    changes = {MOBILE: "+1 (317) 555-0100", HIRED: "2026-01-31T00:00:00Z", SKILLED: "Sales:2;Billing:3"}
    step, written = await target.apply(plan_for(account, changes))
    assert (step.result, step.detail) == (StepResult.DONE, "")
    assert {path: written.attributes[path] for path in changes} == {
        MOBILE: "+13175550100",
        HIRED: "2026-01-31",
        SKILLED: ("Billing:3", "Sales:2"),
    }
    assert len(genesys.writes) == 1


async def test_only_what_is_mapped_is_asked_for(genesys):
    await genesys.target(mapped=frozenset({"title", MANAGER, MOBILE})).get(genesys.account(2).id)
    await genesys.target(mapped=frozenset({"roles", VENDOR})).get(genesys.account(2).id)
    asked = [parse_qs(each["query"])["attributes"][0] for each in genesys.seen("GET", "/scim/v2/users")]
    base = ["active", "externalId", "id", "meta.version", "userName"]
    assert [sorted(each.split(",")) for each in asked] == [
        sorted([*base, "phoneNumbers", "title", MANAGER]),
        sorted([*base, "roles"]),
    ]


async def test_a_revocation_does_not_wait_for_custom_attributes(genesys):
    urgent = genesys.target(Urgency.REVOCATION, mapped=MAPPED)
    account = await urgent.get(genesys.account(2).id)
    await urgent.find(account.user_name)
    assert VENDOR not in account.attributes
    assert genesys.seen(path="customattributes") == []
    assert (await urgent.perform(StepName.DEACTIVATE, account.id)).result is StepResult.DONE


@st.composite
def cases(draw: st.DrawFn, ids: tuple[str, ...]) -> list[Desired]:
    """What may be due for one account: values in any form a directory may hold them in, nulls, policies, flows."""
    due = []
    for path in draw(st.lists(st.sampled_from(SETTABLE), unique=True, max_size=8)):
        fits = allowed(target_for(path), names=tuple(NAMES.get(path, ())), ids=ids)
        due.append(
            Desired(
                path=path,
                value=draw(st.none() | fits),
                policy=draw(st.sampled_from(NullPolicy)),
                flow=draw(st.sampled_from(Flow)),
                case_exact=draw(st.booleans()),
            )
        )
    return due


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data(), owns=st.booleans())
async def test_after_a_plan_nothing_differs_any_more(genesys, data, owns):
    genesys.cloud.switches["rate_allowed"] = 1_000_000
    target = genesys.target(mapped=MAPPED)
    due = data.draw(cases((genesys.account(10).id, genesys.account(9).id)))
    account = await target.get(genesys.account(2).id)
    owned = {path: digest(path, value) for path, value in account.attributes.items()} if owns else {}
    first = diff(due, account, owned=owned)
    assert first.unfit == ()
    step, _ = await target.apply(replace(plan_for(account, {}), changes=first.changes))
    assert (step.detail, step.refused) == ("", ())
    after = await target.get(account.id)
    assert diff(due, after, owned=owned) == Difference(would_clear=first.would_clear)
    untouched = set(MAPPED) - {change.path for change in first.changes}
    assert {path: after.attributes[path] for path in untouched} == {
        path: account.attributes[path] for path in untouched
    }
    for change in first.changes:
        assert normal(target_for(change.path), after.attributes[change.path]) == change.after


async def test_a_cost_center_that_nobody_mapped_is_left_alone(genesys):
    there = genesys.account(2)
    both = genesys.target(mapped=MAPPED)
    _, account = await both.apply(plan_for(await both.get(there.id), {VENDOR: "V-1", COST_CENTER: "C-1"}))
    one = genesys.target(mapped=frozenset({VENDOR}))
    await one.apply(plan_for(account, {VENDOR: None}))
    after = await both.get(there.id)
    assert (after.attributes[VENDOR], after.attributes[COST_CENTER]) == (None, "C-1")

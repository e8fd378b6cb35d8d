"""What Genesys refuses does not keep the rest out, and is named without its value."""

from __future__ import annotations

import pytest

from shared.errors import NotThere, Refused, Stale, Unauthorized
from shared.model import Change, Plan, StepResult
from shared.rules.attributes.difference import Desired, diff
from shared.rules.attributes.paths import GENESYS
from tests.targets.conftest import COST_CENTER, ENTERPRISE, EVERYTHING, MOBILE, VENDOR, plan_for

SKILLED = f"{GENESYS}:routingSkills"
DIVISION = f"{ENTERPRISE}:division"
DEPARTMENT = f"{ENTERPRISE}:department"
MANAGER = f"{ENTERPRISE}:manager"
NOBODY = "00000000-0000-4000-8000-000000000000"
GOOD = {"title": "Lead", DEPARTMENT: "Quality", MOBILE: "+13175550100"}


@pytest.fixture
def target(genesys):
    return genesys.target(mapped=EVERYTHING)


@pytest.mark.parametrize(
    ("bad", "why"),
    [
        ({DIVISION: "Atlantis"}, 'Genesys has no division "Atlantis"'),
        ({MANAGER: NOBODY}, "invalidValue"),
        ({'emails[type eq "other"].value': "x@contoso.example"}, "mutability"),
        ({"nickName": "Secret"}, "invalidPath"),
        ({'phoneNumbers[type eq "home"].value': "reception"}, "invalidValue"),
        ({"roles": ("Astronaut",)}, 'Genesys has no role "Astronaut"'),
        ({VENDOR.replace("vendor", "shoe"): "42"}, "has no key bpo_shoe_id_text"),
        ({"custom:Wardrobe:size": "42"}, 'no custom attribute schema "Wardrobe"'),
    ],
)
@pytest.mark.parametrize("first", [True, False])
async def test_a_refused_value_is_named_and_the_rest_is_written(target, genesys, bad, why, first):
    account = await target.get(genesys.account(2).id)
    changes = {**bad, **GOOD} if first else {**GOOD, **bad}
    step, written = await target.apply(plan_for(account, changes))
    (path,) = bad
    assert (step.result, step.refused) == (StepResult.DONE, (path,))
    assert step.detail.startswith(f"Genesys refused {path} (")
    assert why in step.detail
    assert "Secret" not in step.detail
    assert {each: written.attributes[each] for each in GOOD} == GOOD
    assert written == await target.get(account.id)


async def test_several_refused_values_are_found_among_many(target, genesys):
    account = await target.get(genesys.account(2).id)
    changes = {DIVISION: "Atlantis", **GOOD, MANAGER: NOBODY, "displayName": "Ada King", "nickName": "Secret"}
    step, written = await target.apply(plan_for(account, changes))
    assert set(step.refused) == {DIVISION, MANAGER, "nickName"}
    assert {each: written.attributes[each] for each in GOOD} == GOOD
    assert written.attributes["displayName"] == "Ada King"
    assert "Secret" not in step.detail
    assert NOBODY not in step.detail


async def test_nothing_is_split_when_nothing_is_refused(target, genesys):
    account = await target.get(genesys.account(2).id)
    await target.apply(plan_for(account, GOOD))
    assert len(genesys.writes) == 1


async def test_when_all_is_refused_it_is_a_refusal(target, genesys):
    account = await target.get(genesys.account(2).id)
    with pytest.raises(Refused) as refusal:
        await target.apply(plan_for(account, {DIVISION: "Atlantis", MANAGER: NOBODY, "custom:Wardrobe:size": "42"}))
    assert refusal.value.code == "invalidValue"
    assert all(path in str(refusal.value) for path in (DIVISION, MANAGER, "custom:Wardrobe:size"))
    assert NOBODY not in str(refusal.value)
    assert await target.get(account.id) == account


@pytest.mark.parametrize(
    ("path", "value", "written", "says"),
    [
        ("roles", ("Agent", "Astronaut"), ("Agent",), 'no role "Astronaut"'),
        (SKILLED, ("Billing:3", "Juggling:5"), ("Billing:3",), 'no routing skill "Juggling"'),
        (SKILLED, ("Billing:3", "sales:2"), ("Billing:3",), 'there is "Sales", and upper and lower case count'),
    ],
)
async def test_an_unknown_name_does_not_keep_the_known_ones_out(target, genesys, path, value, written, says):
    account = await target.get(genesys.account(2).id)
    step, after = await target.apply(plan_for(account, {"title": "Lead", path: value}))
    assert (step.result, step.refused) == (StepResult.DONE, (path,))
    assert says in step.detail
    assert (after.attributes[path], after.attributes["title"]) == (written, "Lead")


async def test_a_set_that_was_written_in_part_is_an_update(target, genesys):
    account = await target.get(genesys.account(2).id)
    step, after = await target.apply(plan_for(account, {SKILLED: "Billing:3; Juggling:5"}))
    assert (step.result, step.refused) == (StepResult.DONE, (SKILLED,))
    assert after.attributes[SKILLED] == ("Billing:3",)


async def test_refused_and_ignored_together_are_a_failure(target, genesys):
    genesys.cloud.switches["user_name_write"] = "ignore"
    account = await target.get(genesys.account(2).id)
    step, _ = await target.apply(plan_for(account, {DIVISION: "Atlantis", "userName": "free@contoso.example"}))
    assert (step.result, set(step.refused)) == (StepResult.FAILED, {DIVISION, "userName"})


async def test_names_that_may_not_be_looked_up_are_refused_as_they_are(target, genesys):
    genesys.fault(method="GET", path="/routing/skills", status=403, times=None)
    account = await target.get(genesys.account(2).id)
    step, after = await target.apply(plan_for(account, {"title": "Lead", SKILLED: ("Billing:3", "Juggling:5")}))
    assert step.detail == f"Genesys refused {SKILLED} (invalidValue)"
    assert (after.attributes[SKILLED], after.attributes["title"]) == (None, "Lead")


async def test_names_that_genesys_skips_silently_are_named(target, genesys):
    genesys.cloud.switches["unknown_name"] = "skip"
    account = await target.get(genesys.account(2).id)
    step, _ = await target.apply(plan_for(account, {"title": "Lead", SKILLED: ("Billing:3", "Juggling:5")}))
    assert (step.result, step.refused) == (StepResult.DONE, (SKILLED,))
    assert step.detail == f"accepted, but without effect: {SKILLED}"


@pytest.mark.parametrize("answer", ["409", "uniqueness"])
async def test_a_user_name_that_another_account_has_keeps_nothing_else_out(target, genesys, answer):
    genesys.cloud.switches["duplicate_user"] = answer
    account = await target.get(genesys.account(2).id)
    step, written = await target.apply(plan_for(account, {"userName": "AGENT00003@contoso.example", **GOOD}))
    assert (step.result, step.refused) == (StepResult.DONE, ("userName",))
    assert {path: written.attributes[path] for path in GOOD} == GOOD
    with pytest.raises(Refused) as refusal:
        await target.apply(plan_for(written, {"userName": "agent00003@contoso.example"}))
    assert refusal.value.code == "uniqueness"


async def test_a_conflict_over_a_free_user_name_is_somebody_elses_write(target, genesys):
    account = await target.get(genesys.account(2).id)
    genesys.fault(method="PATCH", status=409)
    with pytest.raises(Stale):
        await target.apply(plan_for(account, {"userName": "free@contoso.example", **GOOD}))


async def test_an_entry_that_is_gone_is_added(target, genesys):
    """The plan saw a number that somebody has taken away since, and it has no version to tell."""
    genesys.cloud.org.commit(genesys.account(2), {"phones": {}})
    change = Change(path=MOBILE, before="+12065550199", after="+13175550100", reason="a test")
    plan = Plan(identity_id="i", account_id=genesys.account(2).id, version=None, changes=(change,))
    step, written = await target.apply(plan)
    assert (step.result, step.detail) == (StepResult.DONE, "")
    assert written.attributes[MOBILE] == "+13175550100"


async def test_an_entry_that_is_gone_does_not_have_to_be_removed(target, genesys):
    fault = {"schemas": ["urn:ietf:params:scim:api:messages:2.0:Error"], "scimType": "noTarget", "status": "400"}
    genesys.fault(method="PATCH", status=400, body=fault)
    change = Change(path=MOBILE, before="+12065550199", after=None, reason="a test")
    plan = Plan(identity_id="i", account_id=genesys.account(2).id, version=None, changes=(change,))
    step, _ = await target.apply(plan)
    assert (step.result, step.detail) == (StepResult.DONE, "")


async def test_a_removal_without_effect_is_found_in_the_answer(target, genesys):
    """Genesys may leave a value alone that was to be cleared; here the account is served as it was."""
    account = await target.get(genesys.account(2).id)
    document = {"id": account.id, "userName": account.user_name, "active": True, "title": "Agent"}
    genesys.fault(method="PATCH", status=200, body=document)
    step, _ = await target.apply(plan_for(account, {"title": None}))
    assert (step.result, step.refused) == (StepResult.FAILED, ("title",))


@pytest.mark.parametrize("missing", [{"title": "Lead"}, {"title": "Lead", DEPARTMENT: "Quality"}])
async def test_an_account_that_is_not_there_is_not_split(target, genesys, missing):
    changes = tuple(Change(path=path, before=None, after=value, reason="") for path, value in missing.items())
    with pytest.raises(NotThere):
        await target.apply(Plan(identity_id="i", account_id=NOBODY, version=None, changes=changes))
    assert len(genesys.writes) == 1


async def test_a_missing_permission_is_no_refusal_of_a_value(genesys):
    limited = genesys.target(mapped=EVERYTHING)
    account = await limited.get(genesys.account(2).id)
    genesys.fault(method="PATCH", status=403)
    with pytest.raises(Unauthorized):
        await limited.apply(plan_for(account, GOOD))
    assert len(genesys.writes) == 1


async def test_what_takes_a_permission_of_its_own_does_not_keep_the_rest_out(target, genesys):
    account = await target.get(genesys.account(2).id)
    genesys.fault(method="PATCH", status=403)
    with pytest.raises(Unauthorized):
        await target.apply(plan_for(account, {"roles": ("Agent",), SKILLED: "Billing:3", **GOOD}))
    after = await target.get(account.id)
    assert {path: after.attributes[path] for path in GOOD} == GOOD
    assert (after.attributes["roles"], after.attributes[SKILLED]) == (("employee",), None)
    assert len(genesys.writes) == 2


async def test_somebody_who_writes_between_the_parts_makes_the_plan_stale(target, genesys):
    account = await target.get(genesys.account(2).id)
    genesys.fault(method="PATCH", status=400, body={"message": "no", "code": "bad.request"})
    genesys.cloud.org.commit(genesys.account(2), {"title": "Changed by somebody"})
    with pytest.raises(Stale):
        await target.apply(plan_for(account, GOOD))
    assert genesys.account(2).title == "Changed by somebody"


async def test_every_part_carries_the_version_of_the_last_answer(target, genesys):
    genesys.cloud.switches["unknown_path"] = "invalidPath"
    account = await target.get(genesys.account(2).id)
    step, written = await target.apply(plan_for(account, {"title": "Lead", "nickName": "x", "displayName": "Ada"}))
    assert step.refused == ("nickName",)
    assert int(written.version) == int(account.version) + 2  # title, and displayName after it


async def test_where_patches_are_not_atomic_planning_again_gets_there(target, genesys):
    """What stands before a refused operation stays written, with a new version that the refusal does not tell."""
    genesys.cloud.switches["patch_atomic"] = False
    due = {"title": "Lead", DIVISION: "Atlantis", DEPARTMENT: "Quality", "nickName": "x", MOBILE: "+13175550100"}
    desired = [Desired(path=path, value=value) for path, value in due.items()]
    for _ in range(3):
        account = await target.get(genesys.account(2).id)
        plan = Plan(
            identity_id="i", account_id=account.id, version=account.version,
            changes=diff(desired, account, owned={}).changes,
        )  # fmt: skip
        try:
            step, written = await target.apply(plan)
            break
        except Stale:
            continue
    assert set(step.refused) == {DIVISION, "nickName"}
    assert {path: written.attributes[path] for path in GOOD} == GOOD


async def test_scim_and_custom_attributes_of_one_plan_fail_apart(target, genesys):
    account = await target.get(genesys.account(2).id)
    step, written = await target.apply(plan_for(account, {DIVISION: "Atlantis", VENDOR: "V-017", COST_CENTER: "C-1"}))
    assert (step.result, step.refused) == (StepResult.DONE, (DIVISION,))
    assert (written.attributes[VENDOR], written.attributes[COST_CENTER]) == ("V-017", "C-1")
    assert written == await target.get(account.id)

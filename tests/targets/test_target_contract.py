"""What every target promises (shared/ports.py), held against Genesys and against its preview."""

from __future__ import annotations

import pytest

from infra.local.genesys.app import CLIENT_ID
from infra.local.genesys.platform_custom import HR_SCHEMA_ID
from shared.errors import Misconfigured, NotThere, Refused, Stale, Unreachable
from shared.model import Change, Plan, StepName, StepResult, Urgency
from shared.ports import Target
from shared.rules.attributes.paths import GENESYS
from shared.targets.genesys import GenesysTarget
from shared.targets.preview import PreviewTarget
from tests.targets.conftest import COST_CENTER, ENTERPRISE, EVERYTHING, MOBILE, plan_for

STEPS = [step for step in StepName if step is not StepName.UPDATE]
NOBODY = "00000000-0000-4000-8000-000000000000"


@pytest.fixture(params=["genesys", "preview"])
def either(request: pytest.FixtureRequest, target: Target, preview: Target) -> Target:
    return target if request.param == "genesys" else preview


async def test_an_account_is_found_by_its_user_name_whatever_the_case(either, genesys):
    (found,) = await either.find("AGENT00003@contoso.EXAMPLE")
    assert found.id == genesys.account(3).id
    assert found.active


async def test_an_unknown_user_name_finds_nothing(either):
    assert await either.find("nobody@contoso.example") == ()


@pytest.mark.parametrize("finds_inactive", [True, False])
async def test_an_inactive_account_is_found_whatever_the_scim_filter_does(either, genesys, finds_inactive):
    genesys.cloud.switches["userName_filter_finds_inactive"] = finds_inactive
    genesys.cloud.org.commit(genesys.account(4), {"active": False})
    (found,) = await either.find("agent00004@contoso.example")
    assert (found.id, found.active) == (genesys.account(4).id, False)


async def test_quotes_and_backslashes_in_a_user_name_are_data(either):
    assert await either.find('a" or userName eq "agent00001@contoso.example\\') == ()


@pytest.mark.parametrize("active", [True, False])
async def test_an_account_is_found_by_its_external_id_in_any_state(either, genesys, active):
    there = genesys.account(4)
    genesys.cloud.org.commit(there, {"active": active})
    (found,) = await either.find_by_external_id(there.scim_external_ids["org"])
    assert (found.id, found.active) == (there.id, active)
    assert found == await either.get(there.id)


async def test_an_unknown_external_id_finds_nothing(either):
    assert await either.find_by_external_id(NOBODY) == ()
    assert await either.find_by_external_id('a" or externalId eq "b') == ()


@pytest.mark.parametrize(
    ("shown", "wanted", "found"),
    [
        ("AAAAAAAA-0000-4000-8000-00000000000B", "aaaaaaaa-0000-4000-8000-00000000000b", True),
        ("Employee-7", "employee-7", False),
        ("Employee-7", "Employee-7", True),
        ("somebody else", "employee-7", False),
        (None, "employee-7", False),
    ],
)
async def test_an_external_id_is_compared_again_without_case_only_where_it_is_a_uuid(
    either, genesys, shown, wanted, found
):
    user = {"id": genesys.account(4).id, "userName": "a", "active": True, "externalId": shown}
    genesys.fault(method="GET", path="/scim/v2/users$", status=200, body={"Resources": [user]})
    assert len(await either.find_by_external_id(wanted)) == found


async def test_an_account_is_read_with_version_external_id_and_mapped_paths(either, genesys):
    there = genesys.account(5)
    genesys.cloud.org.commit(there, {"phones": {"work": "+12065550105"}, "manager_id": genesys.account(10).id})
    account = await either.get(there.id)
    assert account is not None
    assert account.version == str(there.version)
    assert account.external_id == there.scim_external_ids["org"]
    assert account.attributes == {
        "displayName": there.display_name,
        "title": "Agent",
        f"{ENTERPRISE}:department": there.department,
        f"{ENTERPRISE}:manager": genesys.account(10).id,
        MOBILE: None,
    }


@pytest.mark.parametrize("writes", [True, False])
async def test_an_account_is_read_with_everything_that_genesys_holds(genesys, writes):
    there, real = genesys.account(5), genesys.target(mapped=EVERYTHING)
    genesys.cloud.org.commit(
        there,
        {
            "phones": {"work": "+12065550105", "zoomphone": "+12065550106"},
            "emails": {"work": "five@contoso.example"},
            "skills": {"Billing": 3.0, "Sales": 2.5},
            "languages": {"French": 4.0},
            "date_hire": "2026-01-31",
            "custom": {HR_SCHEMA_ID: {"cost_center_text": "C-1"}},
        },
    )
    either = real if writes else PreviewTarget(real)
    (found,) = await either.find(there.user_name)
    assert found == await either.get(there.id)
    assert {path: value for path, value in found.attributes.items() if value is not None} == {
        "userName": there.user_name,
        "displayName": there.display_name,
        "active": "true",
        "title": "Agent",
        "externalId": there.scim_external_ids["org"],
        'emails[type eq "work"].value': "five@contoso.example",
        'phoneNumbers[type eq "work"].value': "+12065550105",
        'phoneNumbers[type eq "zoomphone"].value': "+12065550106",
        "roles": ("employee",),
        f"{ENTERPRISE}:division": "Home",
        f"{ENTERPRISE}:department": there.department,
        f"{ENTERPRISE}:employeeNumber": there.employee_number,
        f"{ENTERPRISE}:manager": there.manager_id,
        f"{ENTERPRISE}:dateHire": "2026-01-31",
        f"{GENESYS}:routingSkills": ("Billing:3", "Sales:2.5"),
        f"{GENESYS}:routingLanguages": ("French:4",),
        COST_CENTER: "C-1",
    }
    assert set(found.attributes) == EVERYTHING


async def test_a_preview_writes_no_attribute_of_either_api(genesys):
    preview = PreviewTarget(genesys.target(mapped=EVERYTHING))
    account = await preview.get(genesys.account(5).id)
    assert account is not None
    step, written = await preview.apply(plan_for(account, {"roles": ("Agent",), COST_CENTER: "C-1"}))
    assert (step.result, step.refused, written) == (StepResult.WOULD, (), None)
    assert genesys.writes == []


async def test_unknown_and_deleted_ids_are_none(either, genesys):
    genesys.cloud.org.delete(genesys.account(6))
    assert await either.get(NOBODY) is None
    assert await either.get(genesys.account(6).id) is None


async def test_a_check_tells_state_log_in_and_conversation_on_genesys_clock(either, genesys):
    account = genesys.account(7)
    before = await either.check(account.id)
    assert (before.active, before.last_token_issued, before.in_conversation) == (True, None, False)
    genesys.cloud.control.clock.advance(3600)
    genesys.cloud.sessions.open(account, conversation=True)
    after = await either.check(account.id)
    assert after.last_token_issued == pytest.approx(genesys.cloud.control.clock.now(), abs=5)
    assert after.server_time == pytest.approx(genesys.cloud.control.clock.now(), abs=5)
    assert after.in_conversation is True


async def test_a_check_of_an_unknown_or_deleted_account_says_so(either, genesys):
    genesys.cloud.org.delete(genesys.account(6))
    for account_id in (NOBODY, genesys.account(6).id):
        with pytest.raises(NotThere):
            await either.check(account_id)


async def test_another_urgency_is_the_same_target(either, genesys):
    urgent = either.at(Urgency.REVOCATION)
    assert urgent.enforces is either.enforces
    assert await urgent.get(genesys.account(1).id) == await either.get(genesys.account(1).id)


async def test_both_read_the_same(target, preview, genesys):
    account_id = genesys.account(2).id
    assert target.enforces
    assert not preview.enforces
    assert await target.get(account_id) == await preview.get(account_id)
    assert await target.find("agent00002@contoso.example") == await preview.find("agent00002@contoso.example")


async def test_a_preview_writes_nothing_and_says_what_it_would(preview, genesys):
    account = await preview.get(genesys.account(2).id)
    step, written = await preview.apply(plan_for(account, {"title": "Lead"}))
    steps = [step, *[await preview.at(Urgency.REVOCATION).perform(name, account.id) for name in STEPS]]
    assert written is None
    assert {each.result for each in steps} == {StepResult.WOULD}
    assert [each.name for each in steps] == [StepName.UPDATE, *STEPS]
    assert genesys.writes == []


async def test_an_empty_plan_is_nothing_to_do(either, genesys):
    step, written = await either.apply(plan_for(await either.get(genesys.account(2).id), {}))
    assert (step.result, written) == (StepResult.NOTHING_TO_DO, None)
    assert genesys.writes == []


async def test_a_plan_is_one_patch_with_everything_in_it(target, genesys):
    manager = genesys.account(10).id
    genesys.cloud.org.commit(genesys.account(2), {"phones": {}, "manager_id": ""})
    account = await target.get(genesys.account(2).id)
    changes = {
        "title": "Lead",
        MOBILE: "+13175550100",
        f"{ENTERPRISE}:department": None,
        f"{ENTERPRISE}:manager": manager,
        "active": "false",
    }
    step, written = await target.apply(plan_for(account, changes))
    assert (step.name, step.result, step.detail) == (StepName.UPDATE, StepResult.DONE, "")
    assert written is not None
    assert not written.active
    assert written.version != account.version
    assert written.attributes == {
        "displayName": account.attributes["displayName"],
        "title": "Lead",
        MOBILE: "+13175550100",
        f"{ENTERPRISE}:department": None,
        f"{ENTERPRISE}:manager": manager,
    }
    assert len(genesys.writes) == 1


async def test_a_phone_number_can_be_changed_and_removed(target, genesys):
    genesys.cloud.org.commit(genesys.account(2), {"phones": {}})
    account = await target.get(genesys.account(2).id)
    for number in ("+13175550100", "+13175550101", None):
        _, account = await target.apply(plan_for(account, {MOBILE: number}))
        assert account.attributes[MOBILE] == number


async def test_a_version_that_is_not_current_is_stale(target, genesys):
    account = await target.get(genesys.account(2).id)
    genesys.cloud.org.commit(genesys.account(2), {"title": "Changed by somebody"})
    with pytest.raises(Stale):
        await target.apply(plan_for(account, {"title": "Lead"}))
    assert genesys.account(2).title == "Changed by somebody"


async def test_a_plan_without_a_version_writes_without_a_precondition(target, genesys):
    account = genesys.account(2)
    change = Change(path="title", before=None, after="Lead", reason="a test")
    plan = Plan(identity_id="identity", account_id=account.id, version=None, changes=(change,))
    step, _ = await target.apply(plan)
    assert step.result is StepResult.DONE


async def test_paths_without_effect_are_named_without_their_values(target, genesys):
    genesys.cloud.switches["unknown_path"] = "ignore"
    account = await target.get(genesys.account(2).id)
    step, _ = await target.apply(plan_for(account, {"title": "Lead", "nickName": "Secret"}))
    assert step.result is StepResult.DONE
    assert step.detail == "accepted, but without effect: nickName"
    step, _ = await target.apply(plan_for(await target.get(account.id), {"nickName": "Secret"}))
    assert step.result is StepResult.FAILED


async def test_a_refusal_carries_its_code(target, genesys):
    account = await target.get(genesys.account(2).id)
    with pytest.raises(Refused) as refusal:
        await target.apply(plan_for(account, {"nickName": "Secret"}))
    assert refusal.value.code == "invalidPath"
    assert "Secret" not in str(refusal.value)


async def test_an_answer_lost_after_a_guarded_write_is_left_to_the_next_convergence(target, genesys):
    """It was written: trying again inside the call could not tell that from somebody else's write."""
    account = await target.get(genesys.account(2).id)
    genesys.fault(method="PATCH", reset="after")
    with pytest.raises(Unreachable):
        await target.apply(plan_for(account, {"title": "Lead"}))
    again = await target.get(account.id)
    assert again.attributes["title"] == "Lead"
    assert len(genesys.writes) == 1


def test_a_mapping_with_a_path_that_scim_does_not_know_is_a_wrong_setting(genesys):
    with pytest.raises(Misconfigured) as wrong:
        GenesysTarget(genesys.client(client_id=CLIENT_ID), mapped_paths=frozenset({"emails[", "title", "a b"}))
    assert len(wrong.value.problems) == 2

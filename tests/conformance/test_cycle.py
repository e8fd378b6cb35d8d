"""Does the simulated provisioning cycle do what Microsoft's documentation says of Entra's?"""

from __future__ import annotations

import pytest

from infra.local.entra.population import agent_id, application_id, group_id
from infra.local.genesys.population import genesys_id
from tests.conformance import scenes
from tests.conformance.entra_cycle import Write, run_cycle
from tests.conformance.entra_cycle.report import NEW, OLD
from tests.conformance.worlds import read

ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
JOINER = {
    "accountEnabled": True,
    "displayName": "Joan Clarke",
    "mailNickname": "joan",
    "userPrincipalName": "joan@contoso.example",
    "department": "Sales",
    "passwordProfile": {"password": "not-used"},
}


def replace(path, value):
    return {"op": "replace", "path": path, "value": value}


async def assign(worlds, object_id, role="00000000-0000-0000-0000-000000000000"):
    path = f"/servicePrincipals/{application_id()}/appRoleAssignedTo"
    body = {"principalId": object_id, "resourceId": application_id(), "appRoleId": role}
    return await worlds.in_entra("POST", path, body)


@pytest.fixture
def cycle(worlds, dialect):
    async def run(name="gallery", links=None):
        return await run_cycle(worlds.graph, worlds.genesys, read(name), dialect=dialect, links=links)

    return run


async def test_the_untouched_world_needs_no_correction(worlds, cycle):
    report = await cycle()

    assert (report.writes, report.errors) == ([], [])
    assert worlds.written(0) == []


async def test_a_drifted_account_is_corrected_once(worlds, cycle):
    await worlds.in_genesys(
        3,
        replace("title", "Janitor"),
        replace(f"{ENTERPRISE}:department", "Cellar"),
        replace('phoneNumbers[type eq "work"].value', "+12065550199"),
        {"op": "remove", "path": 'phoneNumbers[type eq "mobile"]'},
        {"op": "remove", "path": f"{ENTERPRISE}:manager"},
    )

    first, second = await cycle(), await cycle()
    after = await worlds.account(3)

    assert first.paths(genesys_id("user", 3)) == {
        "title": "Agent",
        f"{ENTERPRISE}:department": "Support",
        f"{ENTERPRISE}:manager": genesys_id("user", 10),
        'phoneNumbers[type eq "work"].value': "+12065550003",
        'phoneNumbers[type eq "mobile"].value': "+14255550003",
    }
    assert {write.operation for write in first.writes} == {"add", "replace"}
    assert (after["title"], after[ENTERPRISE]["manager"]["value"]) == ("Agent", genesys_id("user", 10))
    assert (first.errors, second.writes, second.errors) == ([], [], [])


async def test_letter_case_alone_is_no_change(worlds, cycle):
    await worlds.in_genesys(3, replace("title", "AGENT"))

    assert (await cycle()).writes == []


async def test_a_disabled_person_is_deactivated_and_enabled_again(worlds, cycle):
    await worlds.in_entra("PATCH", f"/users/{agent_id(4)}", {"accountEnabled": False})
    off, again = await cycle(), await cycle()
    await worlds.in_entra("PATCH", f"/users/{agent_id(4)}", {"accountEnabled": True})
    on = await cycle()

    assert off.writes == [Write(account=genesys_id("user", 4), operation="replace", path="active", value=False)]
    assert again.writes == []
    assert on.writes == [Write(account=genesys_id("user", 4), operation="replace", path="active", value=True)]
    assert (await worlds.account(4))["active"] is True


async def test_a_soft_deleted_person_is_deactivated_and_a_purged_one_deleted(worlds, cycle):
    links: dict[str, str] = {}
    await cycle(links=links)
    await worlds.in_entra("DELETE", f"/users/{agent_id(4)}")
    off, again = await cycle(links=links), await cycle(links=links)
    await worlds.in_entra("DELETE", f"/directory/deletedItems/{agent_id(4)}")
    gone, never_again = await cycle(links=links), await cycle(links=links)

    assert off.writes == [Write(account=genesys_id("user", 4), operation="replace", path="active", value=False)]
    assert gone.writes == [Write(account=genesys_id("user", 4), operation="delete")]
    assert (again.writes, never_again.writes) == ([], [])
    assert await worlds.named("agent00004@contoso.example") is None


async def test_who_leaves_every_assigned_group_is_deactivated_unless_the_job_skips_that(worlds, cycle):
    await worlds.in_entra("DELETE", f"/groups/{group_id('CC Agents')}/members/{agent_id(4)}/$ref")
    worlds.tenant.synchronization.job.change_secrets({"SkipOutOfScopeDeletions": "True"})
    skipping = await cycle()
    worlds.tenant.synchronization.job.change_secrets({"SkipOutOfScopeDeletions": None})
    minding = await cycle()

    assert skipping.writes == []
    assert minding.paths(genesys_id("user", 4)) == {"active": False}


async def test_people_that_a_job_never_knew_are_left_alone(worlds, cycle):
    await worlds.in_entra("DELETE", f"/groups/{group_id('CC Agents')}/members/{agent_id(4)}/$ref")

    report = await cycle(links={})

    assert [write for write in report.writes if write.account == genesys_id("user", 4)] == []


async def test_everybody_is_in_scope_when_the_job_syncs_all(worlds, cycle):
    worlds.tenant.synchronization.job.change_secrets({"SyncAll": "true"})
    await worlds.in_entra("DELETE", f"/groups/{group_id('CC Agents')}/members/{agent_id(4)}/$ref")

    report = await cycle()

    assert report.paths(genesys_id("user", 4)) == {}


async def test_a_joiner_is_created_and_linked_to_the_manager_in_a_second_step(worlds, cycle):
    joiner = (await worlds.in_entra("POST", "/users", JOINER))["id"]
    body = {"@odata.id": f"https://graph.microsoft.com/v1.0/users/{agent_id(10)}"}
    await worlds.in_entra("PUT", f"/users/{joiner}/manager/$ref", body)
    unassigned = await cycle()
    await assign(worlds, joiner)

    created, second = await cycle(), await cycle()
    account = await worlds.named("joan@contoso.example")

    assert unassigned.writes == []
    assert [(write.operation, write.path) for write in created.writes] == [
        ("create", ""),
        ("add", f"{ENTERPRISE}:manager"),
    ]
    assert (account["displayName"], account["active"]) == ("Joan Clarke", True)
    assert account[ENTERPRISE]["manager"]["value"] == genesys_id("user", 10)
    assert second.writes == []


async def test_a_disabled_joiner_is_never_created(worlds, cycle):
    joiner = (await worlds.in_entra("POST", "/users", {**JOINER, "accountEnabled": False}))["id"]
    await assign(worlds, joiner)

    report = await cycle()

    assert (report.writes, report.errors) == ([], [])
    assert await worlds.named("joan@contoso.example") is None


async def test_a_guest_s_name_is_turned_back_into_the_address(worlds, cycle):
    await scenes.guest(worlds)

    report = await cycle()

    assert [write.operation for write in report.writes] == ["create"]
    assert await worlds.named("marian@partner.example") is not None


async def test_an_attribute_that_became_null_keeps_its_old_value(worlds, cycle):
    await worlds.in_entra("PATCH", f"/users/{agent_id(3)}", {"jobTitle": None, "mobilePhone": None})

    report = await cycle()

    assert report.writes == []
    assert (await worlds.account(3))["title"] == "Agent"


async def test_a_renamed_person_keeps_the_account_that_the_job_knows(worlds, cycle):
    links: dict[str, str] = {}
    await cycle(links=links)
    await worlds.in_entra("PATCH", f"/users/{agent_id(4)}", {"userPrincipalName": "edsger@contoso.example"})

    report, second = await cycle(links=links), await cycle(links=links)

    assert report.paths(genesys_id("user", 4)) == {"userName": "edsger@contoso.example"}
    assert second.writes == []


async def test_a_group_gains_and_loses_members_and_keeps_those_it_was_given_by_hand(worlds, cycle):
    stranger = {"userName": "x@y.example", "displayName": "X"}
    strange = (await worlds.genesys.post("/api/v2/scim/v2/users", json=stranger)).json()["id"]
    there = genesys_id("group", "CC Supervisors")
    await worlds.genesys.patch(
        f"/api/v2/scim/v2/groups/{there}",
        json={
            "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
            "Operations": [{"op": "add", "path": "members", "value": [{"value": strange}]}],
        },
    )
    group = f"/groups/{group_id('CC Supervisors')}/members"
    await worlds.in_entra("POST", f"{group}/$ref", {"@odata.id": f"https://x/v1.0/directoryObjects/{agent_id(3)}"})
    await worlds.in_entra("DELETE", f"{group}/{agent_id(10)}/$ref")

    report, second = await cycle(), await cycle()
    answer = await worlds.genesys.get(f"/api/v2/scim/v2/groups/{there}", params={"attributes": "members"})

    assert report.writes == [
        Write(account=there, operation="add", path="members", value=genesys_id("user", 3)),
        Write(account=there, operation="remove", path="members", value=genesys_id("user", 10)),
    ]
    assert {member["value"] for member in answer.json()["members"]} == {
        genesys_id("user", 3),
        genesys_id("user", 20),
        strange,
    }
    assert second.writes == []


async def test_a_refused_write_is_an_error_and_no_write(worlds, cycle):
    await worlds.in_entra("PATCH", f"/users/{agent_id(3)}", {"mobilePhone": "extension 7"})

    report = await cycle()

    assert report.writes == []
    assert [error.split(" ", 3)[:3] for error in report.refused] == [["patch", f"{genesys_id('user', 3)}:", "400"]]


async def test_each_dialect_is_worded_as_entra_words_it(worlds):
    bodies = []

    async def keep(request):
        if request.method == "PATCH":
            bodies.append(request.content.decode())

    worlds.genesys.event_hooks["request"].append(keep)
    for dialect in (OLD, NEW):
        await worlds.in_genesys(3, replace("title", "x"), replace("active", False))
        await worlds.in_genesys(3, {"op": "remove", "path": 'phoneNumbers[type eq "work"]'})
        bodies.clear()
        await run_cycle(worlds.graph, worlds.genesys, read("gallery"), dialect=dialect)
        assert len(bodies) == 1
        for expected in WORDING[dialect]:
            assert expected in bodies[0].replace(" ", "")


WORDING = {
    OLD: [
        '{"op":"Replace","path":"active","value":"True"}',
        '{"op":"Replace","path":"title","value":"Agent"}',
        '{"op":"Add","path":"phoneNumbers[typeeq\\"work\\"].value","value":"+12065550003"}',
    ],
    NEW: [
        '{"op":"replace","value":{"active":true,"title":"Agent"}}',
        '{"op":"add","path":"phoneNumbers[typeeq\\"work\\"].value","value":"+12065550003"}',
    ],
}

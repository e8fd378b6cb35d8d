"""What can be read and written in the directory?"""

from __future__ import annotations

from typing import Any

import pytest

from infra.local.entra.population import FIRST, LAST, agent_id, agent_upn, application_id, group_id
from infra.local.entra.tokens import TENANT_ID
from tests.protocol.entra.conftest import AGENTS, World

ADA = agent_id(1)
PILOT = group_id("CC Pilot")
NOBODY = "00000000-0000-4000-8000-000000000000"
APPLICATION = f"/servicePrincipals/{application_id()}/appRoleAssignedTo"
JOINER = {
    "accountEnabled": True,
    "displayName": "Hedy Lamarr",
    "mailNickname": "hedy",
    "userPrincipalName": "hedy@contoso.example",
    "passwordProfile": {"password": "frequency-hopping"},
}


def code(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]["code"]


async def hire(world: World, **more: Any) -> str:
    answer = await world.admin.post("/users", json=JOINER | more)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


async def test_agents_have_the_ids_and_names_that_their_number_implies(world: World):
    answer = await world.admin.get(f"/users/{agent_upn(12)}?$select=id,displayName,jobTitle,department,employeeId")

    found = answer.json()
    assert found["id"] == agent_id(12) == "97f1ca71-35df-5f6b-bd9c-f6068b2c8a98"
    assert found["displayName"] == f"{FIRST[2]} {LAST[1]}"
    assert (found["jobTitle"], found["department"], found["employeeId"]) == ("Agent", "Support", "10012")


async def test_without_select_a_user_has_only_the_eleven_default_properties(world: World):
    found = (await world.admin.get(f"/users/{ADA}")).json()

    assert set(found) - {"@odata.context"} == {
        "businessPhones", "displayName", "givenName", "id", "jobTitle", "mail", "mobilePhone", "officeLocation",
        "preferredLanguage", "surname", "userPrincipalName",
    }  # fmt: skip
    assert found["@odata.context"].endswith("/v1.0/$metadata#users/$entity")


async def test_extension_attributes_come_as_one_object_and_only_when_selected(world: World):
    found = (await world.admin.get(f"/users/{ADA}?$select=accountEnabled,onPremisesExtensionAttributes")).json()

    assert found["accountEnabled"] is True
    assert list(found["onPremisesExtensionAttributes"]) == [f"extensionAttribute{n}" for n in range(1, 16)]
    assert found["onPremisesExtensionAttributes"]["extensionAttribute1"] == "Tier2"
    assert found["onPremisesExtensionAttributes"]["extensionAttribute15"] is None


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/users/ADA?$select=nope", (400, "BadRequest")),
        ("/users/ADA?$select=extensionAttribute1", (400, "BadRequest")),
        ("/users/ADA?$expand=memberOf", (400, "BadRequest")),
        ("/users/NOBODY", (404, "Request_ResourceNotFound")),
        ("/groups/ADA", (404, "Request_ResourceNotFound")),
        ("/users/ADA/manager?$select=nope", (400, "BadRequest")),
        ("/users?$top=1000", (400, "Request_BadRequest")),
        ("/users?$top=0", (400, "Request_BadRequest")),
        ("/users?$skiptoken=%FF", (400, "Directory_ExpiredPageToken")),
        ("/users?$filter=shoeSize eq 44", (400, "BadRequest")),
        ("/users?$filter=jobTitle gt 'A'", (400, "BadRequest")),
        ("/users?$filter=jobTitle eq 'A' xor jobTitle eq 'B'", (400, "BadRequest")),
        ("/users?$filter=jobTitle ne 'Agent'", (400, "Request_UnsupportedQuery")),
        ("/users?$filter=endsWith(mail,'example')", (400, "Request_UnsupportedQuery")),
        ("/users?$orderby=displayName", (400, "Request_UnsupportedQuery")),
        ("/users?$bogus=1", (400, "Request_UnsupportedQuery")),
        ("/shoes", (400, "BadRequest")),
        ("//users/ADA", (404, "ResourceNotFound")),
        ("/groups/PILOT/transitiveMembers/microsoft.graph.user", (400, "Request_UnsupportedQuery")),
        ("/directory/deletedItems/ADA", (404, "Request_ResourceNotFound")),
        ("/servicePrincipals/NOBODY/appRoleAssignedTo", (404, "Request_ResourceNotFound")),
    ],
)
async def test_a_wrong_question_gets_graphs_error(world: World, path: str, expected: tuple[int, str]):
    path = path.replace("ADA", ADA).replace("NOBODY", NOBODY).replace("PILOT", PILOT)

    answer = await world.admin.get(world.url + "/v1.0" + path, headers={"client-request-id": "mine"})

    assert code(answer) == expected
    inner = answer.json()["error"]["innerError"]
    assert inner["request-id"] == answer.headers["request-id"]
    assert inner["client-request-id"] == "mine"


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("POST", "/users", {k: v for k, v in JOINER.items() if k != "mailNickname"}, 400),
        ("POST", "/users", JOINER | {"userPrincipalName": agent_upn(1)}, 400),
        ("POST", "/users", JOINER | {"accountEnabled": "yes"}, 400),
        ("POST", "/users", JOINER | {"shoeSize": 44}, 400),
        ("POST", "/users", None, 400),
        ("PATCH", f"/users/{ADA}", {"id": NOBODY}, 400),
        ("PATCH", f"/users/{ADA}", {"userPrincipalName": "nobody"}, 400),
        ("PATCH", f"/users/{ADA}", {"onPremisesExtensionAttributes": {"extensionAttribute16": "x"}}, 400),
        ("PATCH", f"/users/{NOBODY}", {"jobTitle": "x"}, 404),
        ("PUT", f"/users/{ADA}", {"jobTitle": "x"}, 405),
        ("PUT", f"/users/{ADA}/manager/$ref", {"@odata.id": f"https://x/{NOBODY}"}, 404),
        ("POST", "/groups", {"displayName": "no nickname"}, 400),
        ("POST", f"/groups/{PILOT}/members/$ref", {"@odata.id": f"https://x/{ADA}"}, 400),
        ("POST", f"/groups/{PILOT}/members/$ref", {"@odata.id": "nonsense"}, 400),
        ("POST", f"/groups/{PILOT}/members/$ref", {"@odata.id": f"https://x/{NOBODY}"}, 404),
        ("DELETE", f"/groups/{PILOT}/members/{agent_id(9)}/$ref", None, 404),
        ("PATCH", f"/groups/{PILOT}", {"members@odata.bind": [f"https://x/{agent_id(n)}" for n in range(21)]}, 400),
        ("POST", f"/users/{ADA}/checkMemberGroups", {"groupIds": [PILOT] * 21}, 400),
        ("POST", f"/users/{ADA}/checkMemberGroups", {}, 400),
        ("POST", "/directoryObjects/getByIds", {"ids": []}, 400),
        ("POST", APPLICATION, {"principalId": NOBODY, "resourceId": application_id()}, 404),
        ("POST", APPLICATION, {"principalId": ADA, "resourceId": NOBODY}, 400),
    ],
)
async def test_a_wrong_write_is_refused_and_changes_nothing(
    world: World, method: str, path: str, body: Any, status: int
):
    before = dict(world.tenant.directory.records)

    answer = await world.admin.request(method, path, json=body)

    assert answer.status_code == status
    assert world.tenant.directory.records == before


async def test_a_users_life_goes_from_creation_to_the_bin_and_back_and_then_ends(world: World):
    hedy = await hire(world, department="Sales")
    assert (await world.admin.patch(f"/users/{hedy}", json={"accountEnabled": False})).status_code == 204
    assert (await world.admin.get(f"/users/{hedy}?$select=accountEnabled")).json()["accountEnabled"] is False

    assert (await world.admin.delete(f"/users/{hedy}")).status_code == 204
    assert code(await world.admin.get(f"/users/{hedy}")) == (404, "Request_ResourceNotFound")
    bin_ = f"/directory/deletedItems/{hedy}"
    deleted = (await world.admin.get(f"{bin_}?$select=deletedDateTime,userPrincipalName,department")).json()
    assert deleted["@odata.type"] == "#microsoft.graph.user"
    assert deleted["deletedDateTime"]
    assert deleted["userPrincipalName"] == hedy.replace("-", "") + "hedy@contoso.example"
    listed = (await world.admin.get("/directory/deletedItems/microsoft.graph.user")).json()["value"]
    assert [one["id"] for one in listed] == [hedy]

    restored = await world.admin.post(f"{bin_}/restore")
    assert restored.json()["userPrincipalName"] == "hedy@contoso.example"
    assert (await world.admin.get("/users/hedy@contoso.example")).json()["id"] == hedy

    await world.admin.delete(f"/users/{hedy}")
    assert (await world.admin.delete(bin_)).status_code == 204
    assert code(await world.admin.get(bin_)) == (404, "Request_ResourceNotFound")


async def test_a_deleted_user_is_purged_after_thirty_days_unless_restored_in_time(world: World):
    gone, back = agent_id(2), agent_id(3)
    await world.admin.delete(f"/users/{gone}")
    await world.admin.delete(f"/users/{back}")
    await world.admin.post(f"/directory/deletedItems/{back}/restore")

    await world.control("clock", {"advance_s": 30 * 86_400 + 1})

    assert (await world.admin.get(f"/directory/deletedItems/{gone}")).status_code == 404
    assert (await world.admin.get(f"/users/{back}")).status_code == 200


async def test_a_renamed_user_is_found_under_the_new_name_only(world: World):
    renamed = {"userPrincipalName": "Ada@contoso.example"}

    assert (await world.admin.patch(f"/users/{ADA}", json=renamed)).status_code == 204

    assert (await world.admin.get("/users/ada@contoso.example")).json()["id"] == ADA
    assert (await world.admin.get(f"/users/{agent_upn(1)}")).status_code == 404
    assert await hire(world, userPrincipalName=agent_upn(1))


async def test_a_restore_is_refused_when_the_name_has_been_taken(world: World):
    await world.admin.delete(f"/users/{ADA}")
    await hire(world, userPrincipalName=agent_upn(1))

    assert (await world.admin.post(f"/directory/deletedItems/{ADA}/restore")).status_code == 400


async def test_extension_attributes_merge_and_belong_to_the_other_side_when_synchronised(world: World):
    path = f"/users/{ADA}"
    await world.admin.patch(path, json={"onPremisesExtensionAttributes": {"extensionAttribute2": "Spanish"}})
    attributes = (await world.admin.get(f"{path}?$select=onPremisesExtensionAttributes")).json()
    assert (
        attributes["onPremisesExtensionAttributes"].items()
        >= {
            "extensionAttribute1": "Tier2",
            "extensionAttribute2": "Spanish",
        }.items()
    )

    await world.admin.patch(path, json={"onPremisesSyncEnabled": True})
    refused = await world.admin.patch(path, json={"onPremisesExtensionAttributes": {"extensionAttribute2": "x"}})
    assert refused.status_code == 400


async def test_pages_hold_every_user_once_and_links_keep_the_question(world: World):
    answer = (await world.admin.get("/users?$select=id,accountEnabled&$top=7&$count=true")).json()
    assert answer["@odata.count"] == AGENTS
    seen, sizes = [], []
    while True:
        seen += [one["id"] for one in answer["value"]]
        sizes.append(len(answer["value"]))
        assert all(set(one) == {"id", "accountEnabled"} for one in answer["value"])
        if "@odata.nextLink" not in answer:
            break
        assert "$select=id%2CaccountEnabled" in answer["@odata.nextLink"].replace(",", "%2C")
        await world.admin.delete(f"/users/{seen[0]}")  # a write between two pages loses nobody else
        answer = (await world.admin.get(answer["@odata.nextLink"])).json()

    assert sizes == [7, 7, 6]
    assert sorted(seen) == sorted(agent_id(n) for n in range(1, AGENTS + 1))


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        (f"userPrincipalName eq '{agent_upn(7).upper()}'", [7]),
        ("employeeId eq '10003'", [3]),
        ("accountEnabled eq false", []),
        ("startsWith(displayName,'ada ')", [10, 20]),
        ("jobTitle eq 'Supervisor' and department eq 'Sales'", [10]),
        ("employeeId eq '10001' or jobTitle eq 'Supervisor' and department eq 'Billing'", [1, 20]),
        ("employeeId in ('10004', '10005')", [4, 5]),
        (f"id in ('{agent_id(4)}','{agent_id(5)}')", [4, 5]),
    ],
)
async def test_filters_of_the_simple_kinds(world: World, text: str, numbers: list[int]):
    answer = await world.admin.get("/users", params={"$filter": text})

    assert {one["id"] for one in answer.json()["value"]} == {agent_id(n) for n in numbers}


async def test_advanced_filters_work_for_who_accepts_an_index(world: World):
    text = "jobTitle ne 'Agent' and onPremisesExtensionAttributes/extensionAttribute1 eq 'Tier2'"

    answer = await world.admin.get(
        "/users", params={"$filter": text, "$count": "true"}, headers={"ConsistencyLevel": "eventual"}
    )

    assert [one["id"] for one in answer.json()["value"]] == [agent_id(10)]


async def test_the_manager_is_there_when_expanded_and_404_when_there_is_none(world: World):
    found = (await world.admin.get(f"/users/{ADA}?$select=id&$expand=manager($select=id)")).json()
    assert found["manager"] == {"@odata.type": "#microsoft.graph.user", "id": agent_id(10)}
    assert (await world.admin.get(f"/users/{ADA}/manager")).json()["jobTitle"] == "Supervisor"

    other = {"@odata.id": f"{world.url}/v1.0/users/{agent_id(20)}"}
    assert (await world.admin.put(f"/users/{ADA}/manager/$ref", json=other)).status_code == 204
    assert (await world.admin.get(f"/users/{ADA}/manager?$select=id")).json()["id"] == agent_id(20)

    assert (await world.admin.delete(f"/users/{ADA}/manager/$ref")).status_code == 204
    assert (await world.admin.delete(f"/users/{ADA}/manager/$ref")).status_code == 404
    assert "manager" not in (await world.admin.get(f"/users/{ADA}?$expand=manager")).json()
    assert (await world.admin.get(f"/users/{ADA}/manager")).status_code == 404


async def test_members_come_and_go_and_a_deleted_one_is_not_shown_but_kept(world: World):
    late = {"@odata.id": f"{world.url}/v1.0/directoryObjects/{agent_id(9)}"}
    assert (await world.admin.post(f"/groups/{PILOT}/members/$ref", json=late)).status_code == 204
    assert (await world.admin.delete(f"/groups/{PILOT}/members/{agent_id(2)}/$ref")).status_code == 204
    await world.admin.delete(f"/users/{agent_id(3)}")

    async def members() -> set[str]:
        return {one["id"] for one in (await world.admin.get(f"/groups/{PILOT}/members?$select=id")).json()["value"]}

    assert await members() == {agent_id(n) for n in (1, 4, 5, 9)}
    await world.admin.post(f"/directory/deletedItems/{agent_id(3)}/restore")
    assert await members() == {agent_id(n) for n in (1, 3, 4, 5, 9)}


async def test_members_come_in_pages_of_a_hundred_and_at_most_999(world: World):
    await world.control("seed", {"agents": 100})
    path = f"/groups/{group_id('CC Agents')}/members"

    first = (await world.admin.get(path)).json()
    rest = (await world.admin.get(first["@odata.nextLink"])).json()

    assert (len(first["value"]), len(rest["value"])) == (100, AGENTS)
    assert "@odata.nextLink" not in rest
    assert len((await world.admin.get(f"{path}?$top=999")).json()["value"]) == 100 + AGENTS


async def test_nested_groups_count_only_where_membership_is_transitive(world: World):
    outer = (
        await world.admin.post(
            "/groups",
            json={
                "displayName": "Everybody",
                "mailEnabled": False,
                "mailNickname": "all",
                "securityEnabled": True,
                "members@odata.bind": [f"{world.url}/v1.0/groups/{PILOT}"],
            },
        )
    ).json()["id"]

    direct = (await world.admin.get(f"/groups/{outer}/members?$select=id")).json()["value"]
    assert direct == [{"@odata.type": "#microsoft.graph.group", "id": PILOT}]
    transitive = (await world.admin.get(f"/groups/{outer}/transitiveMembers?$select=id")).json()["value"]
    assert {one["id"] for one in transitive} == {PILOT, *(agent_id(n) for n in range(1, 6))}
    cast = await world.admin.get(
        f"/groups/{outer}/transitiveMembers/microsoft.graph.user?$select=id&$count=true",
        headers={"ConsistencyLevel": "eventual"},
    )
    assert cast.json()["@odata.count"] == 5

    assert len((await world.admin.get(f"/users/{ADA}/transitiveMemberOf")).json()["value"]) == 3
    checked = await world.admin.post(f"/users/{ADA}/checkMemberGroups", json={"groupIds": [outer, NOBODY]})
    assert checked.json()["value"] == [outer]
    of = (await world.admin.get(f"/users/{ADA}/memberOf?$select=displayName")).json()["value"]
    assert {one["displayName"] for one in of} == {"CC Agents", "CC Pilot"}


async def test_a_group_lives_like_a_user(world: World):
    assert (await world.admin.patch(f"/groups/{PILOT}", json={"description": "first ones"})).status_code == 204
    assert (await world.admin.get(f"/groups/{PILOT}")).json()["description"] == "first ones"
    names = (await world.admin.get("/groups?$filter=startsWith(displayName,'CC')&$select=displayName")).json()
    assert {one["displayName"] for one in names["value"]} == {"CC Agents", "CC Supervisors", "CC Pilot"}

    await world.admin.delete(f"/groups/{PILOT}")
    assert (await world.admin.get(f"/groups/{PILOT}/members")).status_code == 404
    deleted = (await world.admin.get("/directory/deletedItems/microsoft.graph.group?$select=displayName")).json()
    assert [one["displayName"] for one in deleted["value"]] == ["CC Pilot"]
    await world.admin.post(f"/directory/deletedItems/{PILOT}/restore")
    assert len((await world.admin.get(f"/groups/{PILOT}/members")).json()["value"]) == 5


async def test_objects_can_be_looked_up_by_their_ids(world: World):
    answer = await world.admin.post("/directoryObjects/getByIds", json={"ids": [ADA, PILOT, NOBODY], "types": ["user"]})

    assert [one["id"] for one in answer.json()["value"]] == [ADA]


async def test_revoking_sign_in_sessions_moves_their_start(world: World):
    path = f"/users/{ADA}?$select=signInSessionsValidFromDateTime"
    before = (await world.admin.get(path)).json()["signInSessionsValidFromDateTime"]

    answer = await world.admin.post(f"/users/{ADA}/revokeSignInSessions")

    assert answer.json()["value"] is True
    assert (await world.admin.get(path)).json()["signInSessionsValidFromDateTime"] > before


async def test_assignments_of_an_application_can_be_listed_added_and_removed(world: World):
    found = (await world.admin.get("/servicePrincipals?$filter=displayName eq 'Genesys Cloud'")).json()["value"]
    assert [one["id"] for one in found] == [application_id()]
    assert (await world.admin.get(f"/servicePrincipals/{application_id()}")).json()["displayName"] == "Genesys Cloud"
    path = f"/servicePrincipals/{application_id()}/appRoleAssignedTo"
    names = {one["principalDisplayName"] for one in (await world.admin.get(path)).json()["value"]}
    assert names == {"CC Agents", "CC Supervisors"}

    wish = {"principalId": ADA, "resourceId": application_id(), "appRoleId": NOBODY}
    added = (await world.admin.post(path, json=wish)).json()
    assert (added["principalType"], added["principalId"]) == ("User", ADA)
    assert len((await world.admin.get(path)).json()["value"]) == 3
    assert (await world.admin.delete(f"{path}/{added['id']}")).status_code == 204
    assert (await world.admin.delete(f"{path}/{added['id']}")).status_code == 404
    assert len((await world.admin.get(path)).json()["value"]) == 2


async def test_the_organisation_names_the_tenant(world: World):
    (tenant,) = (await world.admin.get("/organization")).json()["value"]

    assert tenant["id"] == TENANT_ID


async def test_people_can_be_seeded_without_anybody_being_told(world: World):
    await world.subscribe("users")

    done = await world.control("seed", {"agents": 2, "users": [{"userPrincipalName": "x@contoso.example"}]})

    assert done["ids"][:2] == [agent_id(AGENTS + 1), agent_id(AGENTS + 2)]
    assert (await world.admin.get("/users/x@contoso.example")).json()["id"] == done["ids"][2]
    assert (await world.deliveries())["waiting"] == 0

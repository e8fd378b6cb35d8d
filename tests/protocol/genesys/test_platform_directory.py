"""Names and ids, platform groups with their versions, and role grants."""

from __future__ import annotations

import pytest

from infra.local.genesys.population import genesys_id
from tests.protocol.genesys.calls import ADA, AGENTS_GROUP, BILLING_GROUP, GRACE, NOBODY, USERS

GROUP = f"/api/v2/groups/{BILLING_GROUP}"
SUBJECT = f"/api/v2/authorization/subjects/{ADA}"
AGENT, SUPERVISOR = genesys_id("role", "Agent"), genesys_id("role", "Supervisor")
HOME, EMEA = genesys_id("division", "Home"), genesys_id("division", "EMEA")


@pytest.mark.parametrize(
    ("path", "name", "found"),
    [
        ("/api/v2/routing/skills", "bill", ["Billing", "Billing Disputes"]),
        ("/api/v2/routing/languages", "Fre", ["French"]),
        ("/api/v2/authorization/roles", "Agent", ["Agent"]),
        ("/api/v2/authorization/divisions", "EM", ["EMEA"]),
        ("/api/v2/routing/queues", "*Supp*", ["Support"]),
        ("/api/v2/routing/skills", "illing", []),
    ],
)
async def test_a_name_is_a_prefix_in_any_case(api, path, name, found):
    listed = (await api.get(path, params={"name": name})).json()

    assert [entity["name"] for entity in listed["entities"]] == found
    assert listed["total"] == len(found)


async def test_pages_link_to_each_other(api):
    first = (await api.get("/api/v2/routing/skills", params={"pageSize": 3})).json()
    second = (await api.get(first["nextUri"])).json()
    last = (await api.get(first["lastUri"])).json()

    assert (first["pageCount"], second["pageNumber"], last["pageNumber"]) == (3, 2, 3)
    assert second["previousUri"] == first["selfUri"] == first["firstUri"]
    assert len(last["entities"]) == 2


@pytest.mark.parametrize(
    ("path", "name"),
    [
        (f"/api/v2/routing/skills/{genesys_id('skill', 'Sales')}", "Sales"),
        (f"/api/v2/authorization/roles/{AGENT}", "Agent"),
        (f"/api/v2/authorization/divisions/{EMEA}", "EMEA"),
        ("/api/v2/authorization/divisions/home", "Home"),
        (f"/api/v2/routing/queues/{genesys_id('queue', 'Sales')}", "Sales"),
    ],
)
async def test_a_named_thing_is_read_by_id(api, path, name):
    assert (await api.get(path)).json()["name"] == name


async def test_an_unknown_id_is_404(api):
    assert (await api.get(f"/api/v2/routing/skills/{NOBODY}")).json()["code"] == "not.found"
    assert (await api.get(f"/api/v2/groups/{NOBODY}")).status_code == 404


@pytest.mark.parametrize(
    ("condition", "total"),
    [
        ({"fields": ["name"], "value": "cc agents", "type": "EXACT"}, 1),
        ({"fields": ["name"], "value": "CC", "type": "STARTS_WITH"}, 6),
        ({"fields": ["name"], "values": ["sup", "pil"], "type": "CONTAINS"}, 2),
        ({"fields": ["name"], "value": "Agents", "type": "EXACT"}, 0),
    ],
)
async def test_groups_are_searched_by_name(api, condition, total):
    assert (await api.post("/api/v2/groups/search", json={"query": [condition]})).json()["total"] == total


@pytest.mark.parametrize("condition", [{"fields": ["id"]}, {"fields": ["name"], "type": "FUZZY"}])
async def test_a_group_search_refuses_the_rest(api, condition):
    assert (await api.post("/api/v2/groups/search", json={"query": [condition]})).status_code == 400


async def test_platform_membership_is_202_and_guarded_by_the_version(api):
    stale = await api.post(f"{GROUP}/members", json={"memberIds": [ADA], "version": 9})
    added = await api.post(f"{GROUP}/members", json={"memberIds": [ADA, GRACE], "version": 1})
    removed = await api.delete(f"{GROUP}/members", params={"ids": GRACE})

    assert (stale.status_code, stale.json()["code"]) == (409, "general.conflict")
    assert (added.status_code, removed.status_code) == (202, 202)
    assert [user["id"] for user in (await api.get(f"{GROUP}/members")).json()["entities"]] == [ADA]
    assert (await api.get(f"{GROUP}/individuals")).json()["total"] == 1
    assert (await api.get(GROUP)).json()["version"] == 3


async def test_platform_membership_takes_50_at_most_and_only_people(api):
    many = await api.post(f"{GROUP}/members", json={"memberIds": [ADA] * 51, "version": 1})
    nobody = await api.post(f"{GROUP}/members", json={"memberIds": [NOBODY], "version": 1})

    assert (many.status_code, nobody.status_code) == (400, 404)


async def test_a_group_is_made_on_the_platform_and_used_through_scim(api):
    made = await api.post("/api/v2/groups", json={"name": "CC New", "type": "official", "visibility": "public"})
    again = await api.post("/api/v2/groups", json={"name": "CC New"})

    assert again.status_code == 409
    assert (await api.post("/api/v2/groups", json={})).status_code == 400
    assert (await api.get(f"/api/v2/scim/v2/groups/{made.json()['id']}")).json()["displayName"] == "CC New"
    assert (await api.get("/api/v2/groups")).json()["total"] == 7


async def grants(api):
    listed = (await api.get(SUBJECT)).json()["grants"]
    return {(grant["subjectId"], grant["role"]["name"], grant["division"]["name"]) for grant in listed}


async def test_grants_show_what_is_inherited_and_from_which_group(api):
    assert await grants(api) == {(ADA, "employee", "Home"), (AGENTS_GROUP, "Agent", "Home")}


async def test_grants_are_added_removed_and_replaced(api):
    pair = {"grants": [{"roleId": SUPERVISOR, "divisionId": EMEA}, {"roleId": AGENT}]}
    inherited = {(AGENTS_GROUP, "Agent", "Home")}

    assert (await api.post(f"{SUBJECT}/bulkadd", json=pair)).status_code == 204
    added = await grants(api)
    await api.post(f"{SUBJECT}/bulkremove", json={"grants": [{"roleId": AGENT, "divisionId": HOME}]})
    removed = await grants(api)
    await api.post(f"{SUBJECT}/bulkreplace", json={"grants": [{"roleId": AGENT}]})
    replaced = await grants(api)

    assert added - inherited == {(ADA, "employee", "Home"), (ADA, "Supervisor", "EMEA"), (ADA, "Agent", "Home")}
    assert removed - inherited == {(ADA, "employee", "Home"), (ADA, "Supervisor", "EMEA")}
    assert replaced - inherited == {(ADA, "Agent", "Home")}
    assert (await api.get(f"{USERS}/{ADA}")).json()["roles"] == [{"value": "Agent"}]


async def test_one_grant_comes_and_goes_by_its_path(api):
    path = f"{SUBJECT}/divisions/{EMEA}/roles/{SUPERVISOR}"

    await api.post(path)
    with_it = await grants(api)
    await api.delete(path)

    assert with_it - await grants(api) == {(ADA, "Supervisor", "EMEA")}


async def test_a_role_granted_to_a_group_reaches_its_members(api):
    role = f"/api/v2/authorization/roles/{SUPERVISOR}"
    granted = await api.post(role, params={"subjectType": "PC_GROUP"}, json={"subjectIds": [AGENTS_GROUP]})

    assert granted.status_code == 204
    assert (AGENTS_GROUP, "Supervisor", "Home") in await grants(api)
    assert (await api.get(f"/api/v2/authorization/subjects/{AGENTS_GROUP}")).json()["name"] == "CC Agents"


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        (f"/api/v2/authorization/subjects/{NOBODY}/bulkadd", {"grants": []}, 404),
        (f"{SUBJECT}/bulkadd", {"grants": [{"roleId": NOBODY}]}, 404),
        (f"{SUBJECT}/bulkadd", {"grants": [{"roleId": AGENT, "divisionId": NOBODY}]}, 404),
        (f"{SUBJECT}/bulkadd", {}, 400),
    ],
)
async def test_a_bad_grant_is_refused(api, path, body, status):
    assert (await api.post(path, json=body)).status_code == status

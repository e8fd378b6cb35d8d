"""Platform user calls: versions, the lone state, searches, skills, divisions, custom attributes."""

from __future__ import annotations

import pytest

from infra.local.genesys.platform_custom import HR_SCHEMA_ID
from infra.local.genesys.population import genesys_id
from tests.protocol.genesys.calls import ADA, GENESYS, GRACE, NOBODY, USERS, log_in, set_active, switch, user_name

USER = f"/api/v2/users/{ADA}"
CUSTOM = f"{USER}/customattributes"
STALE = {"title": "Lead", "version": 7}


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"title": "Lead", "version": 1}, 200, None),
        ({"state": "inactive", "version": 1}, 200, None),
        ({"name": "Ada L.", "department": "Legal", "manager": {"id": GRACE}, "version": 1}, 200, None),
        ({"employerInfo": {"employeeId": "7", "dateHire": "2026-01-01"}, "version": 1}, 200, None),
        ({"title": "Lead"}, 400, "bad.request"),
        (STALE, 409, "general.conflict"),
        ({"state": "inactive", "title": "Lead", "version": 1}, 400, "bad.request"),
        ({"state": "asleep", "version": 1}, 400, "invalid.value"),
        ({"manager": NOBODY, "version": 1}, 400, "invalid.value"),
        ([], 400, "bad.request"),
    ],
)
async def test_a_platform_change_needs_the_version_and_the_state_alone(api, body, status, code):
    response = await api.patch(USER, json=body)

    assert (response.status_code, response.json().get("code")) == (status, code)
    assert (await api.get(USER)).json()["version"] == (2 if status == 200 else 1)


async def test_a_version_conflict_says_so_in_words(api):
    assert "does not match the current version" in (await api.patch(USER, json=STALE)).json()["message"]


async def test_scim_sees_what_the_platform_changed(api):
    await api.patch(USER, json={"title": "Lead", "version": 1})

    document = await api.get(f"{USERS}/{ADA}")
    assert (document.json()["title"], document.headers["ETag"]) == ("Lead", '"2"')


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"state": "inactive", "version": 1, "stateChangeReason": "Conduct"}, 200),
        ({"state": "deleted", "version": 1}, 200),
        ({"state": "inactive", "version": 1, "stateChangeReason": "Mood"}, 400),
        ({"state": "inactive", "version": 3}, 409),
        ({"state": "inactive"}, 400),
    ],
)
async def test_the_state_resource_changes_the_state(api, body, status):
    response = await api.put(f"{USER}/state", json=body)

    assert response.status_code == status
    if status == 200:
        after = (await api.get(f"{USER}/state")).json()
        assert (after["state"], after["version"]) == (body["state"], 2)
        assert after["stateChangeReason"] == body.get("stateChangeReason", "Unknown")


async def test_deactivation_by_state_can_end_sessions_too(api):
    await switch(api, deactivation_ends_tokens=True)
    await log_in(api, ADA)
    await api.put(f"{USER}/state", json={"state": "inactive", "version": 1})

    assert (await api.get("/_control/sessions")).json()["sessions"][0]["state"] == "dead"


@pytest.mark.parametrize(
    ("query", "hits"),
    [
        ([{"fields": ["email"], "value": user_name(1).upper(), "type": "EXACT"}], 1),
        ([{"fields": ["email"], "values": [user_name(1), user_name(2)], "type": "EXACT"}], 2),
        ([{"fields": ["email"], "value": "agent0000", "type": "STARTS_WITH"}], 9),
        ([{"fields": ["name", "username"], "value": "hopper", "type": "CONTAINS"}], 10),
        ([{"fields": ["id"], "value": ADA, "type": "EXACT"}], 1),
        (
            [
                {"fields": ["title"], "value": "Supervisor", "type": "EXACT"},
                {"fields": ["department"], "value": "Sales", "type": "EXACT"},
            ],
            1,
        ),
        ([{"fields": ["state"], "value": "inactive", "type": "EXACT"}], 0),
        ([{"fields": ["state"], "values": ["active"], "type": "EXACT"}], 30),
    ],
)
async def test_a_search_joins_its_conditions(api, query, hits):
    found = (await api.post("/api/v2/users/search", json={"query": query, "pageSize": 5})).json()

    assert found["total"] == hits
    assert len(found["results"]) == min(5, hits)


@pytest.mark.parametrize(
    "body", [{}, {"query": []}, {"query": [{"value": "x"}]}, {"query": [{"fields": ["id"], "type": "FUZZY"}]}]
)
async def test_a_search_that_says_nothing_is_400(api, body):
    assert (await api.post("/api/v2/users/search", json=body)).status_code == 400


@pytest.mark.parametrize(("state", "total"), [(None, 29), ("active", 29), ("inactive", 1), ("any", 30), ("deleted", 0)])
async def test_a_list_shows_one_state_in_an_envelope(api, state, total):
    await set_active(api, ADA, False)

    listed = (await api.get("/api/v2/users", params={"pageSize": 10} | ({"state": state} if state else {}))).json()

    assert (listed["total"], listed["pageCount"]) == (total, -(-total // 10))
    assert ("nextUri" in listed) == (total > 10)
    assert len(listed["entities"]) == min(10, total)


@pytest.mark.parametrize(
    "query", [{"state": "asleep"}, {"pageSize": "x"}, {"pageNumber": 0}, {"state": "inactive", "pageNumber": 401}]
)
async def test_a_list_refuses_what_genesys_refuses(api, query):
    assert (await api.get("/api/v2/users", params=query)).status_code == 400


async def test_skills_are_set_by_id_and_seen_by_scim(api):
    billing, sales = genesys_id("skill", "Billing"), genesys_id("skill", "Sales")
    skills = f"{USER}/routingskills"

    await api.patch(f"{skills}/bulk", json=[{"id": billing, "proficiency": 3}, {"id": sales, "proficiency": 1}])
    removed = await api.delete(f"{skills}/{sales}")
    again = await api.delete(f"{skills}/{sales}")
    held = (await api.get(f"{USERS}/{ADA}")).json()[GENESYS]["routingSkills"]
    replaced = (await api.put(f"{skills}/bulk", json=[{"id": sales, "proficiency": 2}])).json()

    assert (removed.status_code, again.status_code) == (204, 404)
    assert held == [{"name": "Billing", "proficiency": 3.0}]
    assert [entity["name"] for entity in replaced["entities"]] == ["Sales"]
    assert (await api.get(skills)).json()["total"] == 1
    expanded = (await api.get(USER, params={"expand": "skills,languages,groups"})).json()
    assert [skill["name"] for skill in expanded["skills"]] == ["Sales"]
    assert (expanded["languages"], len(expanded["groups"])) == ([], 2)


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ([{"id": NOBODY, "proficiency": 1}], 404),
        ([{"id": genesys_id("skill", "Billing"), "proficiency": 9}], 400),
        ([{"id": NOBODY}] * 51, 400),
        ({}, 400),
    ],
)
async def test_a_bad_skill_is_refused(api, body, status):
    assert (await api.patch(f"{USER}/routingskills/bulk", json=body)).status_code == status


@pytest.mark.parametrize(
    ("division", "users", "status"),
    [("EMEA", [ADA], 204), ("Atlantis", [ADA], 404), ("EMEA", [NOBODY], 404)],
)
async def test_users_move_between_divisions(api, division, users, status):
    path = f"/api/v2/authorization/divisions/{genesys_id('division', division)}/objects/USER"

    assert (await api.post(path, json=users)).status_code == status
    assert (await api.get(USER)).json()["division"]["name"] == ("EMEA" if status == 204 else "Home")


async def test_custom_attributes_are_amended_replaced_and_removed(api):
    body = {"schemaId": HR_SCHEMA_ID, "schemaVersion": 1}

    await api.patch(CUSTOM, json={**body, "attributes": {"bpo_vendor_id_text": "V-017"}})
    amended = await api.patch(CUSTOM, json={**body, "attributes": {"cost_center_text": "9"}})
    shown = (
        await api.get(USER, params={"expand": "customAttributes", "userCustomAttributeSchemaIds": HR_SCHEMA_ID})
    ).json()
    cleared = await api.patch(CUSTOM, json={**body, "attributes": {"cost_center_text": None}})
    replaced = await api.put(CUSTOM, json={**body, "attributes": {"cost_center_text": "10"}})

    assert amended.json()["attributes"] == {"bpo_vendor_id_text": "V-017", "cost_center_text": "9"}
    assert shown["customAttributes"][0]["attributes"]["cost_center_text"] == "9"
    assert cleared.json()["attributes"] == {"bpo_vendor_id_text": "V-017"}
    assert replaced.json()["attributes"] == {"cost_center_text": "10"}
    assert (await api.get(f"{CUSTOM}/{HR_SCHEMA_ID}")).json()["userId"] == ADA
    assert (await api.delete(f"{CUSTOM}/{HR_SCHEMA_ID}")).status_code == 204
    assert (await api.get(f"{CUSTOM}/{HR_SCHEMA_ID}")).status_code == 404


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"schemaId": NOBODY, "attributes": {}}, 404),
        ({"schemaId": HR_SCHEMA_ID}, 400),
        ({"schemaId": HR_SCHEMA_ID, "attributes": {"unknown": 1}}, 400),
        ({"schemaId": HR_SCHEMA_ID, "schemaVersion": 2, "attributes": {}}, 409),
    ],
)
async def test_a_bad_custom_record_is_refused(api, body, status):
    assert (await api.patch(CUSTOM, json=body)).status_code == status


async def test_custom_schemas_can_be_read_and_made(api):
    schemas = "/api/v2/users/customattributes/schemas"
    made = await api.post(schemas, json={"name": "Badge", "jsonSchema": {"properties": {"badge_text": {}}}})

    assert made.status_code == 201
    assert (await api.get(schemas)).json()["total"] == 2
    assert (await api.get(f"{schemas}/{made.json()['id']}")).json()["name"] == "Badge"
    assert (await api.post(schemas, json={})).status_code == 400

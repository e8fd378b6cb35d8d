"""Listing, reading, creating and replacing SCIM users; versions, media types and errors."""

from __future__ import annotations

import pytest

from tests.protocol.genesys.calls import (
    ADA,
    ENTERPRISE,
    GENESYS,
    GRACE,
    NOBODY,
    SCIM,
    USERS,
    patch,
    patch_op,
    replace,
    switch,
    user_name,
)

NEW = {"userName": "new@contoso.example", "displayName": "New Person"}


@pytest.mark.parametrize("tree", ["/api/v2/scim/v2", "/api/v2/scim"])
@pytest.mark.parametrize("segment", ["users", "Users", "USERS"])
async def test_both_trees_answer_whatever_the_case_of_the_segment(api, tree, segment):
    response = await api.get(f"{tree}/{segment}/{ADA}")

    assert response.status_code == 200
    assert response.headers["Content-Type"] == "application/scim+json"
    assert response.json()["meta"]["location"] == f"{tree}/users/{ADA}"


async def test_a_user_document_has_what_genesys_documents(api):
    document = (await api.get(f"{USERS}/{ADA}")).json()

    assert document["userName"] == user_name(1)
    assert document["emails"] == [
        {"value": user_name(1), "type": "other", "primary": True},
        {"value": user_name(1), "type": "work", "primary": False},
    ]
    assert document["roles"] == [{"value": "employee"}]
    assert document["groups"][0]["type"] == "Group"
    assert document[ENTERPRISE]["division"] == "Home"
    assert document[GENESYS]["externalIds"][0]["value"] == document["externalId"]
    assert None not in document.values()


@pytest.mark.parametrize(
    ("query", "total", "shown"),
    [
        ({}, 30, 25),
        ({"count": 7}, 30, 7),
        ({"count": 0}, 30, 0),
        ({"startIndex": 26}, 30, 5),
        ({"startIndex": 0, "count": 2}, 30, 2),
        ({"startIndex": 31}, 30, 0),
    ],
)
async def test_pages_start_at_1_and_hold_25_unless_asked(api, query, total, shown):
    listing = (await api.get(USERS, params=query)).json()

    assert (listing["totalResults"], listing["itemsPerPage"], len(listing["Resources"])) == (total, shown, shown)


async def test_the_largest_page_is_a_switch(api):
    await switch(api, max_count=10)

    assert (await api.get(USERS, params={"count": 100})).json()["itemsPerPage"] == 10


async def test_a_count_that_is_no_number_is_400(api):
    assert (await api.get(USERS, params={"count": "many"})).json()["scimType"] == "invalidValue"


@pytest.mark.parametrize(
    ("query", "keys"),
    [
        ({"attributes": "id,active"}, {"schemas", "id", "userName", "active", "meta"}),
        ({"attributes": "displayName"}, {"schemas", "id", "userName", "active", "meta", "displayName"}),
        (
            {"attributes": "urn:ietf:params:scim:schemas:core:2.0:User:title,meta.version"},
            {"schemas", "id", "userName", "active", "meta", "title"},
        ),
        (
            {"attributes": f"{ENTERPRISE}:manager.value,{GENESYS}"},
            {"schemas", "id", "userName", "active", "meta", ENTERPRISE, GENESYS},
        ),
    ],
)
async def test_attributes_select_and_the_always_set_stays(api, query, keys):
    document = (await api.get(f"{USERS}/{ADA}", params=query)).json()

    assert set(document) == keys


async def test_an_extension_attribute_is_selected_without_its_neighbours(api):
    document = (await api.get(f"{USERS}/{ADA}", params={"attributes": f"{ENTERPRISE}:department"})).json()

    assert document[ENTERPRISE] == {"department": "Sales"}


async def test_excluded_attributes_go_but_never_the_always_set(api):
    excluded = f"roles,userName,{GENESYS}:externalIds"
    document = (await api.get(f"{USERS}/{ADA}", params={"excludedAttributes": excluded})).json()

    assert "roles" not in document
    assert GENESYS not in document
    assert document["userName"] == user_name(1)


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ({"count": 25}, 200),
        ({"count": 26}, 429),
        ({"count": 26, "attributes": "id,active"}, 200),
        ({"count": 26, "attributes": "roles"}, 429),
        (
            {"count": 26, "excludedAttributes": f"externalId,roles,{GENESYS}:routingSkills,{GENESYS}:routingLanguages"},
            200,
        ),
    ],
)
async def test_large_pages_of_expensive_attributes_can_be_refused(api, query, status):
    await switch(api, large_page_429=True)

    assert (await api.get(USERS, params=query)).status_code == status


async def test_an_unchanged_version_is_304_and_a_changed_one_is_sent(api):
    first = await api.get(f"{USERS}/{ADA}")
    same = await api.get(f"{USERS}/{ADA}", headers={"If-None-Match": first.headers["ETag"]})
    await patch(api, ADA, replace("title", "Lead"))
    changed = await api.get(f"{USERS}/{ADA}", headers={"If-None-Match": first.headers["ETag"]})

    assert (first.headers["ETag"], same.status_code, same.content) == ('"1"', 304, b"")
    assert (changed.status_code, changed.headers["ETag"]) == (200, '"2"')


@pytest.mark.parametrize("method", ["PATCH", "PUT", "DELETE"])
async def test_a_stale_if_match_is_400_invalid_vers(api, method):
    body = patch_op(replace("title", "Lead")) if method == "PATCH" else NEW
    response = await api.request(method, f"{USERS}/{ADA}", json=body, headers={"If-Match": '"7"'})

    assert (response.status_code, response.json()["scimType"]) == (400, "invalidVers")


async def test_a_current_if_match_passes(api):
    response = await api.patch(f"{USERS}/{ADA}", json=patch_op(replace("title", "Lead")), headers={"If-Match": '"1"'})

    assert response.status_code == 200


async def test_a_new_user_is_201_with_location_default_role_and_no_password(api):
    response = await api.post(USERS, json={**NEW, "password": "secret", "externalId": "e-9", "nickName": "n"})

    document = response.json()
    assert response.status_code == 201
    assert response.headers["Location"] == document["meta"]["location"]
    assert (document["active"], document["roles"]) == (True, [{"value": "employee"}])
    assert (document["externalId"], document[ENTERPRISE]["division"]) == ("e-9", "Home")
    assert not {"password", "nickName"} & set(document)
    assert (await api.get(f"{USERS}/{document['id']}")).status_code == 200


async def test_a_new_user_carries_what_the_document_says(api):
    document = (
        await api.post(
            USERS,
            json={
                **NEW,
                "active": False,
                "roles": [{"value": "Agent"}],
                ENTERPRISE: {"department": "Support", "manager": {"value": ADA}},
                GENESYS: {"routingSkills": [{"name": "Billing", "proficiency": 2}]},
            },
        )
    ).json()

    assert (document["active"], document["roles"]) == (False, [{"value": "Agent"}])
    assert document[ENTERPRISE]["manager"]["value"] == ADA
    assert document[GENESYS]["routingSkills"] == [{"name": "Billing", "proficiency": 2.0}]


@pytest.mark.parametrize(
    ("body", "scim_type"),
    [
        ({"displayName": "x"}, "invalidValue"),
        ({"userName": "x@contoso.example"}, "invalidValue"),
        ([], "invalidSyntax"),
    ],
)
async def test_user_name_and_display_name_are_required(api, body, scim_type):
    response = await api.post(USERS, json=body)

    assert (response.status_code, response.json()["scimType"]) == (400, scim_type)


@pytest.mark.parametrize(("mode", "status", "scim_type"), [("409", 409, None), ("uniqueness", 400, "uniqueness")])
async def test_a_user_name_in_use_is_refused_whatever_its_case(api, mode, status, scim_type):
    await switch(api, duplicate_user=mode)

    response = await api.post(USERS, json={**NEW, "userName": user_name(1).upper()})

    assert (response.status_code, response.json().get("scimType")) == (status, scim_type)


async def test_a_put_replaces_the_writable_set(api):
    response = await api.put(f"{USERS}/{ADA}", json={"userName": user_name(1), "displayName": "Ada", "groups": []})

    document = response.json()
    assert response.status_code == 200
    assert "roles" not in document
    assert "title" not in document
    assert document["groups"]
    assert document[ENTERPRISE] == {"division": "Home"}


async def test_a_put_can_keep_what_it_does_not_mention(api):
    await switch(api, put_clears_missing=False)

    document = (await api.put(f"{USERS}/{ADA}", json={"displayName": "Ada"})).json()

    assert (document["displayName"], document["title"]) == ("Ada", "Agent")


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", f"{USERS}/{NOBODY}", 404),
        ("PATCH", f"{USERS}/{NOBODY}", 404),
        ("DELETE", f"{USERS}/{NOBODY}", 404),
        ("POST", f"{USERS}/{ADA}", 405),
        ("POST", f"{SCIM}/groups", 405),
        ("DELETE", f"{SCIM}/groups/{NOBODY}", 405),
        ("POST", f"{SCIM}/Bulk", 404),
        ("GET", f"{SCIM}/Me", 404),
        ("POST", f"{SCIM}/.search", 404),
        ("GET", f"{SCIM}/schemas/urn:nothing", 404),
        ("GET", f"{SCIM}/resourcetypes/Device", 404),
        ("GET", f"{SCIM}/schemas?filter=id eq x", 403),
    ],
)
async def test_what_does_not_exist_is_refused_as_a_scim_error(api, method, path, status):
    response = await api.request(method, path, json=patch_op())

    assert response.status_code == status
    assert response.json()["schemas"] == ["urn:ietf:params:scim:api:messages:2.0:Error"]
    assert response.json()["status"] == str(status)


@pytest.mark.parametrize(
    ("content_type", "status"),
    [
        ("application/json", 200),
        ("application/scim+json", 200),
        ("application/json; charset=utf-8", 200),
        ("text/plain", 415),
        ("application/xml", 415),
    ],
)
async def test_only_the_two_media_types_are_taken(api, content_type, status):
    body = '{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[]}'
    response = await api.patch(f"{USERS}/{ADA}", content=body, headers={"Content-Type": content_type})

    assert response.status_code == status


async def test_a_body_that_is_not_json_is_400(api):
    response = await api.patch(f"{USERS}/{ADA}", content="{", headers={"Content-Type": "application/json"})

    assert (response.status_code, response.json()["scimType"]) == (400, "invalidSyntax")


async def test_a_body_over_the_limit_is_413(api):
    response = await api.post(USERS, json={**NEW, "title": "x" * 4_300_000})

    assert (response.status_code, "Maximum bytes" in response.json()["detail"]) == (413, True)


async def test_discovery_documents_match_what_the_server_does(api):
    config = (await api.get(f"{SCIM}/ServiceProviderConfig")).json()
    kinds = (await api.get(f"{SCIM}/resourcetypes")).json()
    schemas = (await api.get(f"{SCIM}/schemas")).json()

    assert (config["patch"]["supported"], config["bulk"]["supported"], config["sort"]["supported"]) == (
        True,
        False,
        False,
    )
    assert config["filter"]["maxResults"] == 25
    assert [kind["id"] for kind in kinds["Resources"]] == ["User", "Group"]
    assert (await api.get(f"{SCIM}/resourcetypes/user")).json()["endpoint"] == "/users"
    assert schemas["totalResults"] == 4
    assert (await api.get(f"{SCIM}/schemas/{GENESYS}")).json()["id"] == GENESYS


async def test_an_external_id_can_belong_to_the_oauth_client_that_wrote_it(api, limited):
    await switch(api, external_id_scope="client")
    await patch(api, GRACE, replace("externalId", "mine"))

    assert (await api.get(f"{USERS}/{GRACE}")).json()["externalId"] == "mine"
    assert "externalId" not in (await limited.get(f"{USERS}/{GRACE}")).json()
    assert (await limited.get(USERS, params={"filter": "externalId eq mine"})).json()["totalResults"] == 0

"""Active, inactive, deleted, and back: what each change takes along."""

from __future__ import annotations

import pytest

from tests.protocol.genesys.calls import (
    ADA,
    AGENTS_GROUP,
    ENTERPRISE,
    USERS,
    find,
    patch,
    replace,
    set_active,
    switch,
    user_name,
)

SEARCH = "/api/v2/users/search"


async def deleted(api):
    await patch(api, ADA, replace(f"{ENTERPRISE}:division", "EMEA"))
    assert (await api.delete(f"{USERS}/{ADA}")).status_code == 204


@pytest.mark.parametrize(("drops", "roles"), [(True, None), (False, [{"value": "employee"}])])
async def test_whether_deactivation_drops_direct_roles_is_a_switch(api, drops, roles):
    await switch(api, inactive_drops_direct_roles=drops)

    inactive = (await set_active(api, ADA, False)).json()
    active = (await set_active(api, ADA, True)).json()

    assert (inactive["active"], inactive.get("roles")) == (False, roles)
    assert (active["active"], active.get("roles")) == (True, roles)


async def test_roles_of_groups_come_back_with_activation(api):
    await set_active(api, ADA, False)
    await set_active(api, ADA, True)

    user = (await api.get(f"/api/v2/users/{ADA}", params={"expand": "authorization"})).json()

    assert [role["name"] for role in user["authorization"]["roles"]] == ["Agent"]


async def test_inherited_roles_can_be_shown_in_scim(api):
    await switch(api, scim_roles_show_inherited=True)

    assert {"value": "Agent"} in (await api.get(f"{USERS}/{ADA}")).json()["roles"]


async def test_a_deleted_user_is_gone_for_scim_and_found_by_the_platform(api):
    await deleted(api)

    assert (await api.get(f"{USERS}/{ADA}")).status_code == 404
    assert (await find(api, f"userName eq {user_name(1)}"))["totalResults"] == 0
    assert (await api.get(f"/api/v2/users/{ADA}")).status_code == 404
    user = (await api.get(f"/api/v2/users/{ADA}", params={"state": "deleted"})).json()
    assert (user["state"], user["division"]["name"]) == ("deleted", "Home")


async def test_deletion_takes_memberships_and_roles_along(api):
    await deleted(api)

    members = (await api.get(f"/api/v2/groups/{AGENTS_GROUP}")).json()["memberCount"]
    assert members == 29


@pytest.mark.parametrize("active", [True, False])
async def test_a_post_brings_a_deleted_user_back_without_roles_or_groups(api, active):
    await deleted(api)

    response = await api.post(USERS, json={"userName": user_name(1), "displayName": "Ada", "active": active})

    document = response.json()
    assert (response.status_code, document["id"], document["active"]) == (201, ADA, active)
    assert not {"roles", "groups"} & set(document)
    assert document[ENTERPRISE]["division"] == "Home"


async def test_a_post_on_a_deleted_user_can_be_409(api):
    await switch(api, post_restores_deleted=False)
    await deleted(api)

    response = await api.post(USERS, json={"userName": user_name(1), "displayName": "Ada"})

    assert response.status_code == 409


async def test_the_platform_finds_a_person_in_any_state_by_mail(api):
    await deleted(api)
    query = [
        {"fields": ["email"], "value": user_name(1), "type": "EXACT"},
        {"fields": ["state"], "values": ["active", "inactive", "deleted"], "type": "EXACT"},
    ]

    found = (await api.post(SEARCH, json={"query": query})).json()
    without = (await api.post(SEARCH, json={"query": query[:1]})).json()

    assert [user["id"] for user in found["results"]] == [ADA]
    assert without["total"] == 0


async def test_a_state_change_on_the_platform_restores_too(api):
    await deleted(api)
    version = (await api.get(f"/api/v2/users/{ADA}/state")).json()["version"]

    response = await api.patch(f"/api/v2/users/{ADA}", json={"state": "active", "version": version})

    assert (response.status_code, response.json()["state"]) == (200, "active")
    assert (await api.get(f"{USERS}/{ADA}")).json()["active"] is True

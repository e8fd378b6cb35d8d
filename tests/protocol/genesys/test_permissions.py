"""Who may do what: 403 and its two codes."""

from __future__ import annotations

import pytest

from tests.protocol.genesys.calls import ADA, AGENTS_GROUP, ENTERPRISE, GROUPS, SCIM, USERS, patch, replace, switch

USER = f"/api/v2/users/{ADA}"
OPEN = [
    ("GET", USERS),
    ("GET", f"{USERS}/{ADA}"),
    ("GET", f"{SCIM}/serviceproviderconfig"),
    ("GET", f"{SCIM}/schemas"),
    ("GET", "/api/v2/tokens/me"),
    ("GET", "/api/v2/routing/languages"),
    ("GET", "/api/v2/organizations/limits/namespaces/scim"),
    ("GET", USER),
]
CLOSED = [
    ("POST", USERS, "missing.any.permissions"),
    ("DELETE", f"{USERS}/{ADA}", "missing.permissions"),
    ("GET", GROUPS, "missing.permissions"),
    ("GET", f"{GROUPS}/{AGENTS_GROUP}", "missing.permissions"),
    ("PATCH", f"{GROUPS}/{AGENTS_GROUP}", "missing.permissions"),
    ("DELETE", f"/api/v2/tokens/{ADA}", "missing.permissions"),
    ("GET", f"{USER}/state", "missing.permissions"),
    ("GET", "/api/v2/routing/skills", "missing.permissions"),
    ("GET", "/api/v2/authorization/roles", "missing.permissions"),
    ("GET", f"/api/v2/authorization/subjects/{ADA}", "missing.permissions"),
    ("POST", f"/api/v2/authorization/subjects/{ADA}/bulkremove", "missing.permissions"),
    ("DELETE", f"{USER}/station/associatedstation", "missing.permissions"),
    ("GET", "/api/v2/presence/definitions", "missing.permissions"),
    ("PATCH", f"{USER}/presences/purecloud", "missing.permissions"),
    ("GET", f"{USER}/queues", "missing.permissions"),
    ("DELETE", f"/api/v2/routing/queues/q/members/{ADA}", "missing.any.permissions"),
    ("POST", "/api/v2/conversations/c/disconnect", "missing.permissions"),
    ("POST", "/api/v2/analytics/conversations/details/query", "missing.permissions"),
    ("GET", "/api/v2/oauth/clients", "missing.permissions"),
    ("GET", "/api/v2/users/customattributes/schemas", "missing.permissions"),
    ("PATCH", f"{USER}/routingskills/bulk", "missing.permissions"),
]


@pytest.mark.parametrize(("method", "path"), OPEN)
async def test_some_calls_need_little_or_nothing(limited, method, path):
    assert (await limited.request(method, path)).status_code == 200


@pytest.mark.parametrize(("method", "path", "code"), CLOSED)
async def test_a_call_without_its_permission_is_403_before_anything_else(limited, method, path, code):
    response = await limited.request(method, path)

    assert (response.status_code, response.json()["code"]) == (403, code)
    assert response.json()["messageParams"]["permissions"] in response.json()["message"]


async def test_a_part_without_its_permission_refuses_the_patch_or_is_left_out(limited):
    operations = (replace("title", "Lead"), replace("roles", [{"value": "Supervisor"}]))

    refused = await patch(limited, ADA, *operations)
    await switch(limited, subaction_without_permission="skip")
    partly = await patch(limited, ADA, *operations)

    assert (refused.status_code, refused.json()["code"]) == (403, "missing.permissions")
    assert (partly.status_code, partly.json()["title"]) == (200, "Lead")
    assert partly.json()["roles"] == [{"value": "employee"}]


async def test_the_limited_client_may_still_edit_users(limited):
    assert (await patch(limited, ADA, replace(f"{ENTERPRISE}:department", "Legal"))).status_code == 200

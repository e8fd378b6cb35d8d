"""Who gets an access token, and what does it open?"""

from __future__ import annotations

import base64
import json
from typing import Any

import httpx
import pytest

from infra.local.entra.app import build
from infra.local.entra.population import agent_id, application_id, group_id
from infra.local.entra.tokens import TENANT_ID
from infra.local.simulation.clock import Clock
from tests.protocol.entra.conftest import World, served

ADA = agent_id(1)
PILOT = group_id("CC Pilot")
MSI = {"api-version": "2019-08-01", "resource": "https://graph.microsoft.com"}


def claims(token: str) -> dict[str, Any]:
    body = token.split(".")[1]
    return dict(json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4))))


async def test_the_managed_identity_endpoint_gives_a_token_that_graph_takes(world: World):
    header = {"X-IDENTITY-HEADER": world.tenant.identity_header}

    answer = await world.admin.get(f"{world.url}/msi/token", params=MSI, headers=header)

    found = answer.json()
    assert set(found) >= {"access_token", "expires_on", "resource", "token_type"}
    assert found["expires_on"].isdigit()
    inside = claims(found["access_token"])
    assert inside["tid"] == TENANT_ID
    assert inside["appid"] == world.tenant.app.id
    assert "User.Read.All" in inside["roles"]
    bearer = {"Authorization": f"Bearer {found['access_token']}"}
    assert (await world.admin.get(f"/users/{ADA}", headers=bearer)).status_code == 200


@pytest.mark.parametrize(
    ("header", "change", "status"),
    [
        ("wrong", {}, 401),
        (None, {"api-version": "2018-02-01"}, 400),
        (None, {"resource": ""}, 400),
        (None, {"client_id": "somebody-else"}, 400),
    ],
)
async def test_the_managed_identity_endpoint_refuses(
    world: World, header: str | None, change: dict[str, str], status: int
):
    headers = {"X-IDENTITY-HEADER": header or world.tenant.identity_header}

    answer = await world.admin.get(f"{world.url}/msi/token", params=MSI | change, headers=headers)

    assert answer.status_code == status


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({}, (200, None)),
        ({"client_secret": "guess"}, (401, "invalid_client")),
        ({"client_id": "nobody"}, (400, "unauthorized_client")),
        ({"grant_type": "password"}, (400, "unsupported_grant_type")),
        ({"scope": "User.Read"}, (400, "invalid_scope")),
    ],
)
async def test_client_credentials(world: World, change: dict[str, str], expected: tuple[int, str | None]):
    form = {
        "grant_type": "client_credentials",
        "client_id": world.tenant.admin.id,
        "client_secret": world.tenant.admin.secret,
        "scope": "https://graph.microsoft.com/.default",
    }

    answer = await world.admin.post(f"{world.url}/{TENANT_ID}/oauth2/v2.0/token", data=form | change)

    found = answer.json()
    assert (answer.status_code, found.get("error")) == expected
    if expected[0] == 200:
        assert found["token_type"] == "Bearer"
        bearer = {"Authorization": f"Bearer {found['access_token']}"}
        assert (await world.admin.get("/users", headers=bearer)).status_code == 200


async def test_the_openid_configuration_names_the_token_endpoint(world: World):
    found = (await world.admin.get(f"{world.url}/{TENANT_ID}/v2.0/.well-known/openid-configuration")).json()

    assert found["token_endpoint"] == f"{world.url}/{TENANT_ID}/oauth2/v2.0/token"
    authority = f"{world.url}/{TENANT_ID}/oauth2/v2.0/authorize"
    discovery = await world.admin.get(
        f"{world.url}/common/discovery/instance", params={"authorization_endpoint": authority}
    )
    assert discovery.json()["tenant_discovery_endpoint"].startswith(f"{world.url}/{TENANT_ID}/")


@pytest.mark.parametrize("authorization", [None, "", "Basic eDp5", "Bearer", "Bearer nonsense", "Bearer a.b.c"])
async def test_without_a_good_bearer_graph_answers_401(world: World, authorization: str | None):
    headers = {} if authorization is None else {"Authorization": authorization}
    async with httpx.AsyncClient(verify=False) as stranger:
        answer = await stranger.get(f"{world.url}/v1.0/users", headers=headers)

    assert answer.status_code == 401
    assert answer.json()["error"]["code"] == "InvalidAuthenticationToken"


async def test_a_token_for_another_resource_is_refused(world: World):
    token = world.tenant.tokens.issue(world.tenant.app, "https://servicebus.azure.net", 3600)

    answer = await world.admin.get("/users", headers={"Authorization": f"Bearer {token.value}"})

    assert answer.status_code == 401


async def test_a_token_ends_when_the_machine_says_so_or_when_told():
    now = [1_800_000_000.0]
    app, tenant = build(Clock(), agents=1, machine=lambda: now[0])
    async with served(app) as url, httpx.AsyncClient(verify=False) as client:

        async def status(token: str) -> int:
            answer = await client.get(f"{url}/v1.0/users", headers={"Authorization": f"Bearer {token}"})
            return answer.status_code

        token = tenant.tokens.issue(tenant.app, "https://graph.microsoft.com", 3600)
        tenant.clock.advance(86_400)  # the client that caches it does not know the simulated clock
        assert await status(token.value) == 200
        now[0] = token.expires_on
        assert await status(token.value) == 401

        fresh = tenant.tokens.issue(tenant.app, "https://graph.microsoft.com", 3600)
        assert await status(fresh.value) == 200
        await client.post(f"{url}/_control/tokens", json={"expire": "*"})
        assert await status(fresh.value) == 401


@pytest.mark.parametrize(
    ("role", "method", "path"),
    [
        ("User.Read.All", "GET", f"/users/{ADA}"),
        ("User.Read.All", "GET", "/directory/deletedItems/microsoft.graph.user"),
        ("GroupMember.Read.All", "GET", f"/groups/{PILOT}/members"),
        ("Application.Read.All", "GET", f"/servicePrincipals/{application_id()}/appRoleAssignedTo"),
        ("User.RevokeSessions.All", "POST", f"/users/{ADA}/revokeSignInSessions"),
        ("User.ReadWrite.All", "DELETE", f"/users/{ADA}"),
    ],
)
async def test_each_door_has_its_permission(world: World, role: str, method: str, path: str):
    app = world.tenant.app
    await world.control("roles", {"client": app.id, "roles": []})
    refused = await world.admin.request(method, path, headers=world.bearer(_again(world)))
    assert (refused.status_code, refused.json()["error"]["code"]) == (403, "Authorization_RequestDenied")

    await world.control("roles", {"client": app.id, "roles": [role]})
    allowed = await world.admin.request(method, path, headers=world.bearer(_again(world)))
    assert allowed.status_code < 300


def _again(world: World):
    client = world.tenant.tokens.client(world.tenant.app.id)
    assert client is not None
    return client


@pytest.mark.parametrize(("policy", "status"), [("refuse", 403), ("omit", 200)])
async def test_the_leave_date_needs_a_permission_of_its_own(world: World, policy: str, status: int):
    await world.switch(leave_date_without_role=policy)
    await world.control("roles", {"client": world.tenant.app.id, "roles": ["User.Read.All"]})

    answer = await world.admin.get(
        f"/users/{ADA}?$select=id,employeeLeaveDateTime", headers=world.bearer(_again(world))
    )

    assert answer.status_code == status
    assert "employeeLeaveDateTime" not in answer.json()
    as_admin = (await world.admin.get(f"/users/{ADA}?$select=employeeLeaveDateTime")).json()
    assert as_admin["employeeLeaveDateTime"] is None


@pytest.mark.parametrize(("enough", "status"), [(False, 403), (True, 201)])
async def test_whether_reading_members_is_enough_to_subscribe_to_groups_is_a_switch(
    world: World, enough: bool, status: int
):
    await world.switch(group_member_role_subscribes=enough)
    await world.control("roles", {"client": world.tenant.app.id, "roles": ["GroupMember.Read.All"]})
    bearer = world.bearer(_again(world))

    answer = await world.admin.post("/subscriptions", json=world.wish("groups"), headers=bearer)

    assert answer.status_code == status
    users = await world.admin.post("/subscriptions", json=world.wish("users"), headers=bearer)
    assert users.status_code == 403

"""Genesys' own SDK, unmodified but for the host, finds nothing to complain about."""

from __future__ import annotations

import asyncio
import warnings
from types import ModuleType
from typing import Any

import pytest

from infra.local.genesys import CLIENT_ID, CLIENT_SECRET
from tests.protocol.genesys.calls import ADA, log_in, sessions, user_name


@pytest.fixture(scope="module")
def sdk() -> ModuleType:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import PureCloudPlatformClientV2

    module: ModuleType = PureCloudPlatformClientV2
    return module


def leave(sdk: Any, url: str) -> dict[str, Any]:
    """One leaver, the way a script on the SDK would do it."""
    client = sdk.api_client.ApiClient(host=url).get_client_credentials_token(CLIENT_ID, CLIENT_SECRET)
    scim, tokens, users = sdk.SCIMApi(client), sdk.TokensApi(client), sdk.UsersApi(client)
    listed = scim.get_scim_v2_users(filter=f"userName eq {user_name(1)}")
    before = scim.get_scim_v2_user(listed.resources[0].id)
    operation = sdk.ScimV2PatchOperation()
    operation.op, operation.path, operation.value = "replace", "active", False
    request = sdk.ScimV2PatchRequest()
    request.schemas = ["urn:ietf:params:scim:api:messages:2.0:PatchOp"]
    request.operations = [operation]
    after = scim.patch_scim_v2_user(before.id, request, if_match=f'"{before.meta.version}"')
    tokens.delete_token(before.id)
    expand = ["authorization", "lasttokenissued", "station", "presence", "routingStatus"]
    user = users.get_user(before.id, expand=expand)
    try:
        scim.patch_scim_v2_user(before.id, request, if_match='"1"')
    except sdk.rest.ApiException as error:
        stale = error
    client.get_http_client().rest_client.pool_manager.clear()
    return {"before": before, "after": after, "user": user, "stale": stale}


async def test_the_sdk_logs_in_finds_deactivates_and_ends_sessions(sdk, url, api):
    await log_in(api, ADA)

    seen = await asyncio.to_thread(leave, sdk, url)

    assert (seen["before"].active, seen["before"].display_name) == (True, "Grace Lovelace")
    assert (seen["after"].active, seen["after"].meta.version) == (False, "2")
    assert seen["user"].state == "inactive"
    assert seen["user"].last_token_issued.date_issued is not None
    assert seen["user"].presence.presence_definition.system_presence == "On Queue"
    assert (seen["stale"].status, "invalidVers" in seen["stale"].body) == (400, True)
    assert [session["state"] for session in await sessions(api, ADA)] == ["dead"]

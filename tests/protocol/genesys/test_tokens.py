"""The token endpoint, and when a token stops working."""

from __future__ import annotations

import httpx
import pytest

from infra.local.genesys import CLIENT_ID, CLIENT_SECRET, LIMITED_ID
from tests.protocol.genesys.calls import ADA, USERS, advance, switch

GRANT = {"grant_type": "client_credentials"}


async def test_client_credentials_give_a_bearer_token_and_its_lifetime(url):
    async with httpx.AsyncClient(base_url=url) as client:
        response = await client.post("/oauth/token", auth=(CLIENT_ID, CLIENT_SECRET), data=GRANT)

    assert response.status_code == 200
    assert response.json().keys() == {"access_token", "token_type", "expires_in"}
    assert response.json()["expires_in"] == 86_399


@pytest.mark.parametrize(
    ("auth", "form", "status", "error"),
    [
        ((CLIENT_ID, "wrong"), GRANT, 401, "invalid_client"),
        (("nobody", CLIENT_SECRET), GRANT, 401, "invalid_client"),
        (None, GRANT, 401, "invalid_client"),
        ((CLIENT_ID, CLIENT_SECRET), {"grant_type": "password"}, 400, "unsupported_grant_type"),
    ],
)
async def test_a_bad_token_request_gets_an_oauth_error(url, auth, form, status, error):
    async with httpx.AsyncClient(base_url=url) as client:
        response = await client.post("/oauth/token", auth=auth, data=form)

    assert (response.status_code, response.json()["error"]) == (status, error)


@pytest.mark.parametrize(
    ("header", "code"),
    [(None, "authentication.required"), ("Basic abc", "authentication.required"), ("Bearer abc", "bad.credentials")],
)
async def test_a_call_without_a_valid_token_is_401_in_the_platform_shape(api, header, code):
    if header is None:
        del api.headers["Authorization"]
    else:
        api.headers["Authorization"] = header

    response = await api.get(USERS)

    assert (response.status_code, response.json()["code"]) == (401, code)
    assert response.json()["contextId"] == response.headers["ININ-Correlation-Id"]


async def test_a_token_expires_with_the_virtual_clock(api):
    await switch(api, token_lifetime_s=300)
    fresh = (await api.post("/oauth/token", auth=(CLIENT_ID, CLIENT_SECRET), data=GRANT)).json()
    api.headers["Authorization"] = f"Bearer {fresh['access_token']}"

    assert (await api.get("/api/v2/tokens/me")).status_code == 200
    await advance(api, 301)
    assert (await api.get("/api/v2/tokens/me")).status_code == 401


async def test_revoking_all_tokens_makes_the_next_call_401_and_a_new_token_work(api):
    revoked = await api.post("/_control/tokens/revoke")

    assert revoked.json() == {"revoked": 1}
    assert (await api.get(f"{USERS}/{ADA}")).status_code == 401
    fresh = (await api.post("/oauth/token", auth=(CLIENT_ID, CLIENT_SECRET), data=GRANT)).json()
    again = await api.get(f"{USERS}/{ADA}", headers={"Authorization": f"Bearer {fresh['access_token']}"})
    assert again.status_code == 200


async def test_a_disabled_oauth_client_loses_its_tokens_and_gets_no_new_ones(api, limited):
    response = await api.put(f"/api/v2/oauth/clients/{LIMITED_ID}", json={"state": "disabled"})

    assert response.json()["state"] == "disabled"
    assert (await limited.get(USERS)).status_code == 401
    refused = await limited.post("/oauth/token", auth=(LIMITED_ID, "limited-genesys-secret"), data=GRANT)
    assert refused.status_code == 401


async def test_the_token_probe_names_the_oauth_client(api):
    assert (await api.get("/api/v2/tokens/me")).json()["OAuthClient"]["id"] == CLIENT_ID
    assert (await api.delete("/api/v2/tokens/me")).status_code == 200
    assert (await api.get("/api/v2/tokens/me")).status_code == 401


async def test_oauth_clients_say_who_made_them(api):
    listed = (await api.get("/api/v2/oauth/clients")).json()

    makers = [client["createdBy"]["id"] for client in listed["entities"] if "createdBy" in client]
    assert listed["total"] == 3
    assert len(makers) == 1
    personal = next(client["id"] for client in listed["entities"] if "createdBy" in client)
    assert (await api.get(f"/api/v2/oauth/clients/{personal}")).json()["createdBy"]["id"] == makers[0]
    assert (await api.delete(f"/api/v2/oauth/clients/{personal}")).status_code == 204
    assert (await api.get(f"/api/v2/oauth/clients/{personal}")).status_code == 404

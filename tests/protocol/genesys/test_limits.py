"""The allowance: what the headers say, when 429 comes, and when it ends."""

from __future__ import annotations

from infra.local.genesys import CLIENT_ID, CLIENT_SECRET
from tests.protocol.genesys.calls import ADA, USERS, advance, switch
from tests.protocol.genesys.conftest import signed_in

ME = "/api/v2/tokens/me"


async def test_every_answer_says_what_is_spent(api):
    answers = [await api.get(path) for path in (ME, f"{USERS}/{ADA}", f"{USERS}/nobody", "/api/v2/nothing")]

    assert [answer.status_code for answer in answers] == [200, 200, 404, 404]
    assert [answer.headers["inin-ratelimit-count"] for answer in answers] == ["1", "2", "3", "4"]
    assert {answer.headers["inin-ratelimit-allowed"] for answer in answers} == {"300"}
    assert 1 <= int(answers[0].headers["inin-ratelimit-reset"]) <= 60


async def test_above_the_allowance_is_429_until_the_window_ends(api):
    await switch(api, rate_allowed=2)

    statuses = [(await api.get(ME)).status_code for _ in range(3)]
    refused = await api.get(ME)
    await advance(api, int(refused.headers["Retry-After"]))
    after = await api.get(ME)

    assert statuses == [200, 200, 429]
    assert refused.json()["code"] == "too.many.requests"
    assert refused.json()["limit"]["value"] == 2
    assert f"[{refused.headers['Retry-After']}] seconds" in refused.json()["message"]
    assert refused.headers["inin-ratelimit-count"] == "2"
    assert (after.status_code, after.headers["inin-ratelimit-count"]) == (200, "1")


async def test_each_token_has_its_own_allowance_unless_clients_are_counted(api, url):
    await switch(api, rate_allowed=1)
    async with signed_in(url, CLIENT_ID, CLIENT_SECRET) as second:
        own = [(await client.get(ME)).status_code for client in (api, second)]
        await switch(api, rate_scope="client")
        shared = [(await client.get(ME)).status_code for client in (api, second)]

    assert (own, shared) == ([200, 200], [200, 429])


async def test_gateway_errors_on_scim_paths_can_have_the_scim_shape(api):
    await switch(api, rate_allowed=0, gateway_errors="scim")

    response = await api.get(USERS)

    assert (response.status_code, response.json()["status"]) == (429, "429")
    assert "Retry-After" in response.headers


async def test_the_window_length_is_a_switch(api):
    await switch(api, rate_allowed=1, rate_window_s=5)

    await api.get(ME)
    await advance(api, 5)

    assert (await api.get(ME)).status_code == 200


async def test_the_limits_can_be_read(api):
    namespace = "/api/v2/organizations/limits/namespaces/scim"

    assert (await api.get(namespace)).json()["entities"][0]["value"] == 300
    assert (await api.get(f"{namespace}/defaults")).json()["entities"][0]["namespace"] == "scim"

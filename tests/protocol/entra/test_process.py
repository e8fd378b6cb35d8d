"""Does the simulator start as a process, and say where it is?"""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path

import httpx
import pytest

from infra.local.entra.app import build
from infra.local.entra.population import agent_id, group_id
from infra.local.simulation.clock import Clock
from tests.protocol.entra.conftest import Webhook, World, bearer, served

ROOT = Path(__file__).parents[3]


async def test_the_process_prints_one_line_when_ready_and_ends_when_asked():
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "infra.local.entra", "--port", "0", "--agents", "3", "--switch", "stale_reads=1"),
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    try:
        ready = json.loads(await process.stdout.readline())
        app = ready["clients"]["app"]
        async with httpx.AsyncClient(verify=False) as client:
            token = await client.get(
                ready["identity_endpoint"],
                params={"api-version": "2019-08-01", "resource": "https://graph.microsoft.com"},
                headers={"X-IDENTITY-HEADER": ready["identity_header"]},
            )
            headers = {"Authorization": f"Bearer {token.json()['access_token']}"}
            users = (await client.get(f"{ready['graph']}/users", headers=headers)).json()["value"]
            control = (await client.get(ready["control"])).json()
            described = (await client.get(f"{ready['control']}/tenant")).json()
    finally:
        process.terminate()
        rest = await process.stdout.read()
        status = await process.wait()

    assert token.json()["client_id"] == app["client_id"]
    assert {one["id"] for one in users} == {agent_id(1), agent_id(2), agent_id(3)}
    assert control["switches"]["stale_reads"] == 1
    assert described["groups"]["CC Agents"] == group_id("CC Agents")
    assert (rest, status) == (b"", 0)


@pytest.mark.parametrize(
    ("what", "body"),
    [
        ("lifecycle", {"subscription": "*", "event": "renewed"}),
        ("tokens", {"expire": "some"}),
        ("roles", {"client": "nobody", "roles": []}),
        ("seed", {"users": [{"shoeSize": 44}]}),
        ("stale", []),
    ],
)
async def test_a_nonsensical_order_is_refused(world: World, what: str, body: object):
    assert (await world.admin.post(f"{world.url}/_control/{what}", json=body)).status_code == 400


async def test_a_misspelt_switch_is_refused():
    with pytest.raises(ValueError, match="silent"):
        build(Clock(), switches={"silent": True})


async def test_public_https_urls_can_be_delivered_to_a_laptop(world: World, webhook: Webhook):
    app, tenant = build(Clock(), agents=1, webhook_base=webhook.base)
    async with served(app) as url:
        answer = await world.admin.post(
            f"{url}/v1.0/subscriptions",
            json=world.wish(notificationUrl="https://contoso.example/api/notifications?code=x"),
            headers=bearer(tenant, tenant.app),
        )

        assert answer.json()["notificationUrl"] == "https://contoso.example/api/notifications?code=x"
        assert webhook.greetings[0].startswith("/api/notifications?code=x&validationToken=")
        await world.admin.patch(
            f"{url}/v1.0/users/{agent_id(1)}",
            json={"jobTitle": "x"},
            headers=bearer(tenant, tenant.admin),
        )
        await webhook.told(1)

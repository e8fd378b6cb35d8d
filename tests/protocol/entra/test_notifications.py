"""What reaches the webhook, when, and how often?"""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from aiohttp import web

from infra.local.entra.population import agent_id, group_id
from infra.local.entra.tokens import TENANT_ID
from tests.protocol.entra.conftest import World

ADA = agent_id(1)
PILOT = group_id("CC Pilot")
AGENTS = group_id("CC Agents")


async def edit(world: World, user: str = ADA) -> None:
    answer = await world.admin.patch(f"/users/{user}", json={"jobTitle": "Other"})
    assert answer.status_code == 204


async def test_an_edit_arrives_as_updated_with_ids_and_nothing_of_the_person(world: World):
    subscription = await world.subscribe("users")

    await world.admin.patch(f"/users/{ADA}", json={"accountEnabled": False, "jobTitle": "Former agent"})

    (item,) = await world.webhook.told(1)
    assert item["subscriptionId"] == subscription["id"]
    assert item["clientState"] == "s3cret"
    assert item["changeType"] == "updated"
    assert item["resource"] == f"Users/{ADA}"
    assert item["tenantId"] == TENANT_ID
    assert item["subscriptionExpirationDateTime"].endswith("+00:00")
    data = item["resourceData"]
    assert data.pop("sequenceNumber") > 0
    assert data.pop("eventTime").endswith("Z")
    assert data == {
        "@odata.type": "#Microsoft.Graph.User",
        "@odata.id": f"Users/{ADA}",
        "id": ADA,
        "organizationId": TENANT_ID,
    }
    assert "Former" not in str(item)


async def test_optional_fields_can_be_left_out(world: World):
    await world.switch(optional_fields=False)
    await world.subscribe("users")

    await edit(world)

    (item,) = await world.webhook.told(1)
    assert set(item["resourceData"]) == {"@odata.type", "@odata.id", "id", "organizationId"}
    assert "id" not in item


async def test_only_the_purge_is_deleted_everything_else_is_updated(world: World):
    await world.subscribe("users")
    path, deleted = f"/users/{ADA}", f"/directory/deletedItems/{ADA}"
    told: list[dict[str, Any]] = []

    for method, url, body in [
        ("PATCH", path, {"accountEnabled": False}),
        ("DELETE", path, None),
        ("POST", f"{deleted}/restore", None),
        ("DELETE", path, None),
        ("DELETE", deleted, None),
    ]:
        await world.admin.request(method, url, json=body)
        told = await world.webhook.told(len(told) + 1)

    assert [item["changeType"] for item in told] == ["updated", "updated", "updated", "updated", "deleted"]
    assert {item["resourceData"]["id"] for item in told} == {ADA}


async def test_a_creation_is_several_updates(world: World):
    await world.subscribe("users")

    made = await world.admin.post(
        "/users",
        json={
            "accountEnabled": True,
            "displayName": "Hedy Lamarr",
            "mailNickname": "hedy",
            "userPrincipalName": "hedy@contoso.example",
            "passwordProfile": {"password": "frequency-hopping"},
        },
    )

    items = await world.webhook.told(3)
    assert [(item["changeType"], item["resourceData"]["id"]) for item in items] == [("updated", made.json()["id"])] * 3


async def test_membership_is_told_of_the_group_and_a_removal_is_marked_by_a_string(world: World):
    await world.subscribe("users")
    await world.subscribe("groups")

    await world.admin.post(f"/groups/{PILOT}/members/$ref", json={"@odata.id": f"https://x/{agent_id(9)}"})
    await world.webhook.told(1)
    await world.admin.delete(f"/groups/{PILOT}/members/{ADA}/$ref")

    joined, left = await world.webhook.told(2)
    assert joined["resource"] == f"Groups/{PILOT}"
    assert joined["resourceData"]["@odata.type"] == "#Microsoft.Graph.Group"
    assert joined["resourceData"]["members@delta"] == [{"id": agent_id(9)}]
    assert left["resourceData"]["members@delta"] == [{"id": ADA, "@removed": "deleted"}]
    assert (await world.settled())["counts"] == {"delivered": 2}


async def test_a_deleted_member_leaves_the_groups_news_only_with_the_purge(world: World):
    await world.subscribe("groups")

    await world.admin.delete(f"/users/{ADA}")
    assert (await world.settled())["attempts"] == []
    await world.admin.delete(f"/directory/deletedItems/{ADA}")

    items = await world.webhook.told(2)
    assert {item["resourceData"]["id"] for item in items} == {PILOT, AGENTS}
    assert all(item["resourceData"]["members@delta"] == [{"id": ADA, "@removed": "deleted"}] for item in items)


async def test_many_members_are_split_over_notifications(world: World):
    await world.switch(members_per_notification=2)
    await world.subscribe(f"groups/{PILOT}")
    links = [f"https://x/{agent_id(n)}" for n in range(6, 11)]

    await world.admin.patch(f"/groups/{PILOT}", json={"members@odata.bind": links})

    parts = [item["resourceData"]["members@delta"] for item in await world.webhook.told(3)]
    assert [len(part) for part in parts] == [2, 2, 1]
    assert {one["id"] for part in parts for one in part} == {agent_id(n) for n in range(6, 11)}


async def test_a_subscription_to_one_object_hears_of_that_one_only(world: World):
    await world.subscribe(f"users/{agent_id(2)}")
    await world.subscribe(f"groups/{PILOT}/members")

    await edit(world, ADA)
    await edit(world, agent_id(2))
    await world.admin.delete(f"/groups/{PILOT}/members/{agent_id(3)}/$ref")

    items = await world.webhook.told(2)
    assert {item["resource"] for item in items} == {
        f"Users/{agent_id(2)}",
        f"Groups/{PILOT}/members/{agent_id(3)}",
    }


async def test_one_post_carries_many_notifications_of_several_subscriptions(world: World):
    one, two = await world.subscribe("users"), await world.subscribe("users")
    await world.switch(delivery_delay_s=60, notifications_per_post=4)

    await asyncio.gather(*(edit(world, agent_id(n)) for n in range(1, 5)))
    await world.control("clock", {"advance_s": 60})

    await world.webhook.told(8)
    assert [len(post) for post in world.webhook.posts] == [4, 4]
    assert {item["subscriptionId"] for item in world.webhook.posts[0]} == {one["id"], two["id"]}


async def test_subscriptions_can_be_kept_apart(world: World):
    await world.subscribe("users")
    await world.subscribe("users")
    await world.switch(mixed_subscriptions=False)

    await edit(world)

    await world.webhook.told(2)
    assert [len(post) for post in world.webhook.posts] == [1, 1]


@pytest.mark.parametrize("status", [400, 404, 429, 500, 503, 302])
async def test_whatever_is_not_2xx_is_posted_again(world: World, status: int):
    await world.subscribe("users")
    await world.switch(retry_base_s=60.0)
    answers = iter([status, status])

    async def answer(_: web.Request) -> web.StreamResponse:
        return web.Response(status=next(answers, 202))

    world.webhook.answer = answer
    await edit(world)

    await world.attempted(1)
    await world.control("clock", {"advance_s": 60})
    await world.attempted(2)
    await world.control("clock", {"advance_s": 120})
    (item,) = await world.webhook.told(1)
    state = await world.settled()
    assert [one["status"] for one in state["attempts"]] == [status, status, 202]
    assert [one["attempt"] for one in state["attempts"]] == [1, 2, 3]
    assert state["attempts"][2]["at"] - state["attempts"][0]["at"] == pytest.approx(180, abs=30)
    assert state["attempts"][0]["objects"] == [ADA] == [item["resourceData"]["id"]]
    assert state["counts"] == {"retried": 2, "delivered": 1}


async def test_a_notification_is_given_up_after_four_hours(world: World):
    await world.subscribe("users", minutes=600)
    await world.switch(retry_base_s=900.0)

    async def answer(_: web.Request) -> web.StreamResponse:
        return web.Response(status=503)

    world.webhook.answer = answer
    await edit(world)

    for tried in range(1, 5):  # at 0, 15, 45 and 105 min; the last one at 3 h 45 min
        await world.attempted(tried)
        await world.control("clock", {"advance_s": 900 * 2 ** (tried - 1)})
    state = await world.settled()
    assert state["counts"] == {"retried": 4, "dropped": 1}
    assert len(state["attempts"]) == 5


async def test_a_late_answer_counts_as_none(world: World):
    await world.subscribe("users")
    await world.switch(delivery_timeout_s=0.3, retry_base_s=0.01)
    release = asyncio.Event()
    calls = 0

    async def answer(_: web.Request) -> web.StreamResponse:
        nonlocal calls
        calls += 1
        if calls == 1:
            await release.wait()
        return web.Response(status=202)

    world.webhook.answer = answer
    await edit(world)

    await world.webhook.told(1)
    release.set()
    state = await world.settled()
    assert [(one["status"], one["reason"]) for one in state["attempts"]] == [(0, "timeout"), (202, "")]


async def test_an_unreachable_webhook_is_tried_again(world: World):
    await world.subscribe("users")
    await world.switch(retry_base_s=0.01)
    calls = 0

    async def answer(request: web.Request) -> web.StreamResponse:
        nonlocal calls
        calls += 1
        if calls == 1 and request.transport is not None:
            request.transport.abort()
        return web.Response(status=202 if calls > 1 else 500)

    world.webhook.answer = answer
    await edit(world)

    await world.webhook.told(1)
    assert (await world.settled())["attempts"][0]["status"] == 0


async def test_duplicates_come_when_switched_on(world: World):
    await world.subscribe("users")
    await world.switch(duplicate_rate=1.0)

    await edit(world)

    first, second = await world.webhook.told(2)
    assert first == second


async def test_order_can_be_lost_within_a_post(world: World):
    await world.subscribe("users")
    await world.switch(reorder=True, delivery_delay_s=60)
    numbers = range(1, 11)

    for number in numbers:
        await edit(world, agent_id(number))
    await world.control("clock", {"advance_s": 60})

    told = [item["resourceData"]["id"] for item in await world.webhook.told(10)]
    assert sorted(told) == sorted(agent_id(n) for n in numbers)
    assert told != [agent_id(n) for n in numbers]


async def test_silence_loses_what_happens_meanwhile(world: World):
    made = await world.subscribe("users")
    await world.switch(silence=True)
    await edit(world, agent_id(2))
    await world.switch(silence=False)
    await edit(world, ADA)

    (item,) = await world.webhook.told(1)

    assert item["resourceData"]["id"] == ADA
    assert (await world.settled())["counts"] == {"silenced": 1, "delivered": 1}
    assert (await world.admin.get(f"/subscriptions/{made['id']}")).status_code == 200


async def test_latency_is_simulated_time(world: World):
    await world.subscribe("users")
    await world.switch(delivery_latency_s=600.0)
    await edit(world)
    assert (await world.deliveries())["waiting"] == 1

    await world.control("clock", {"advance_s": 601})

    await world.webhook.told(1)


@pytest.mark.parametrize(
    ("late", "expected"),
    [(1, "healthy"), (3, "slow"), (4, "drop")],
)
async def test_late_answers_make_an_endpoint_slow_and_more_of_them_lose_its_notifications(
    world: World, late: int, expected: str
):
    await world.subscribe("users")
    url = world.webhook.url
    await world.switch(share_minimum=20, slow_hold_s=30.0)
    endpoints = world.tenant.deliveries._endpoints
    for number in range(20):
        endpoints.answered(url, world.clock.now(), 4.0 if number < late else 0.1, timed_out=False)

    await edit(world)

    state: dict[str, Any] = await world.deliveries()
    assert state["endpoints"] == {url: expected}
    if expected == "healthy":
        await world.webhook.told(1)
    elif expected == "slow":
        edited = world.clock.now()
        await world.control("clock", {"advance_s": 1})
        await world.control("clock", {"advance_s": 30})
        (attempt,) = (await world.attempted(1))["attempts"]
        assert attempt["at"] - edited > 30
    else:
        assert (await world.settled())["counts"] == {"dropped": 1}
        await world.control("clock", {"advance_s": 601})
        await edit(world)
        await world.webhook.told(1)

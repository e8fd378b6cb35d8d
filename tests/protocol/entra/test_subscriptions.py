"""How do graph subscriptions come, live and end?"""

from __future__ import annotations

import asyncio
import re
from typing import Any

import pytest
from aiohttp import web

from infra.local.entra.moments import seconds_of, zulu
from infra.local.entra.population import agent_id
from infra.local.entra.tokens import TENANT_ID
from tests.protocol.entra.conftest import World

MINUTE, DAY = 60.0, 86_400.0


def code(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]["code"]


async def test_a_creation_shakes_hands_with_both_urls_before_it_answers(world: World):
    made = await world.subscribe("/users")

    assert made["clientState"] == "s3cret"
    assert made["applicationId"] == world.tenant.admin.id
    assert made["latestSupportedTlsVersion"] == "v1_2"
    first, second = world.webhook.greetings
    assert first.startswith("/api/notifications?code=a%2Fb&validationToken=Validation%3a+Testing+client+application+")
    assert re.fullmatch(r"/api/lifecycle\?validationToken=Validation%3a[\w+%.-]+", second)


def _text(status: int = 200, content_type: str = "text/plain", form: str = "{}"):
    async def greet(request: web.Request) -> web.StreamResponse:
        text = form.format(request.query["validationToken"])
        return web.Response(status=status, text=text, content_type=content_type)

    return greet


async def _dropping(request: web.Request) -> web.StreamResponse:
    assert request.transport is not None
    request.transport.abort()
    return web.Response()


@pytest.mark.parametrize(
    "greet",
    [
        pytest.param(_text(status=202), id="202 instead of 200"),
        pytest.param(_text(content_type="application/json"), id="not text/plain"),
        pytest.param(_text(form='"{}"'), id="quoted"),
        pytest.param(_text(form="{}\n"), id="with a line end"),
        pytest.param(_text(form="hello"), id="another text"),
        pytest.param(_dropping, id="connection dropped"),
    ],
)
async def test_a_handshake_that_is_not_exact_is_a_validation_error(world: World, greet: Any):
    world.webhook.greet = greet

    answer = await world.admin.post("/subscriptions", json=world.wish())

    assert code(answer) == (400, "ValidationError")
    assert "must respond with 200 OK" in answer.json()["error"]["message"]
    assert (await world.admin.get("/subscriptions")).json()["value"] == []


async def test_a_late_handshake_is_a_time_out(world: World):
    forever = asyncio.Event()

    async def late(_: web.Request) -> web.StreamResponse:
        await forever.wait()
        return web.Response()

    world.webhook.greet = late
    await world.switch(handshake_timeout_s=0.05)

    answer = await world.admin.post("/subscriptions", json=world.wish())

    forever.set()
    assert code(answer) == (400, "InvalidRequest")
    assert "timed out" in answer.json()["error"]["message"]


@pytest.mark.parametrize(
    ("wish", "expected"),
    [
        ({"minutes": 41_761}, (400, "ExtensionError")),
        ({"resource": ""}, (400, "InvalidRequest")),
        ({"resource": "users?$select=id"}, (400, "InvalidRequest")),
        ({"resource": "me/messages"}, (400, "ExtensionError")),
        ({"changeType": "created,updated"}, (400, "InvalidRequest")),
        ({"expirationDateTime": "tomorrow"}, (400, "InvalidRequest")),
        ({"clientState": "x" * 129}, (400, "InvalidRequest")),
        ({"notificationUrl": "http://contoso.example/hook"}, (400, "InvalidRequest")),
        ({"notificationUrl": "nonsense"}, (400, "InvalidRequest")),
        ({"lifecycleNotificationUrl": "http://contoso.example/hook"}, (400, "InvalidRequest")),
    ],
)
async def test_what_breaks_a_limit_is_refused_before_any_handshake(
    world: World, wish: dict[str, Any], expected: tuple[int, str]
):
    answer = await world.admin.post("/subscriptions", json=world.wish(**wish))

    assert code(answer) == expected
    assert world.webhook.greetings == []


async def test_http_is_for_loopback_only_and_can_be_forbidden(world: World):
    await world.switch(http_notification_urls=False)

    assert code(await world.admin.post("/subscriptions", json=world.wish())) == (400, "InvalidRequest")


@pytest.mark.parametrize(("minutes", "granted"), [(-5, 45), (1, 45), (46, 46), (41_760, 41_760)])
async def test_a_short_life_is_raised_to_45_minutes_and_the_longest_is_29_days(
    world: World, minutes: int, granted: int
):
    made = await world.subscribe(minutes=minutes)

    left = seconds_of(made["expirationDateTime"]) - world.clock.now()
    assert left == pytest.approx(granted * MINUTE, abs=10)


async def test_dates_are_taken_as_the_sdk_writes_them(world: World):
    when = zulu(world.clock.now() + 50 * MINUTE).replace("Z", ".123456+00:00")

    made = await world.subscribe(expirationDateTime=when)

    assert seconds_of(made["expirationDateTime"]) == int(seconds_of(when))


async def test_the_hundred_and_first_subscription_of_an_app_is_forbidden(world: World):
    for _ in range(3):
        await world.subscribe()
    await world.switch(subscriptions_per_app=3)

    assert code(await world.admin.post("/subscriptions", json=world.wish())) == (403, "ExtensionError")
    mine = world.bearer(world.tenant.app)
    assert (await world.admin.post("/subscriptions", json=world.wish(), headers=mine)).status_code == 201


async def test_duplicates_are_accepted_or_refused_as_switched(world: World):
    await world.subscribe("users")
    await world.subscribe("users")
    await world.switch(duplicate_subscriptions="refuse")

    assert code(await world.admin.post("/subscriptions", json=world.wish("/users"))) == (409, "ExtensionError")


async def test_the_list_hides_the_secret_comes_in_pages_and_knows_only_the_apps_own(world: World):
    made = {(await world.subscribe())["id"] for _ in range(3)}
    await world.switch(subscriptions_page=2)

    first = (await world.admin.get("/subscriptions")).json()
    rest = (await world.admin.get(first["@odata.nextLink"])).json()

    assert {one["id"] for one in first["value"] + rest["value"]} == made
    assert all(one["clientState"] is None for one in first["value"])
    other = world.bearer(world.tenant.app)
    assert (await world.admin.get("/subscriptions", headers=other)).json()["value"] == []
    assert (await world.admin.get(f"/subscriptions/{made.pop()}", headers=other)).status_code == 404


async def test_the_list_can_show_what_is_gone_and_hide_what_lives(world: World):
    gone = await world.subscribe(minutes=45)
    await world.control("clock", {"advance_s": 46 * MINUTE})
    live = await world.subscribe()
    await world.switch(list_shows_expired=True, list_hides_newest=True)

    listed = (await world.admin.get("/subscriptions")).json()["value"]

    assert [one["id"] for one in listed] == [gone["id"]]
    assert (await world.admin.get(f"/subscriptions/{live['id']}")).status_code == 200
    assert code(await world.admin.delete(f"/subscriptions/{gone['id']}")) == (404, "ResourceNotFound")


async def test_a_renewal_moves_the_end_and_greets_only_a_new_url(world: World):
    made = await world.subscribe()
    path = f"/subscriptions/{made['id']}"
    later = zulu(world.clock.now() + 2 * DAY)

    renewed = await world.admin.patch(path, json={"expirationDateTime": later})
    assert renewed.status_code == 200
    assert renewed.json()["expirationDateTime"] == later
    assert len(world.webhook.greetings) == 2

    moved = await world.admin.patch(path, json={"notificationUrl": f"{world.webhook.base}/api/moved"})
    assert moved.status_code == 200
    assert world.webhook.greetings[2].startswith("/api/moved?validationToken=")

    world.webhook.greet = _text(status=500)
    refused = await world.admin.patch(path, json={"notificationUrl": world.webhook.url})
    assert code(refused) == (400, "ValidationError")
    assert (await world.admin.get(path)).json()["notificationUrl"].endswith("/api/moved")


async def test_a_plain_renewal_greets_when_switched_on(world: World):
    made = await world.subscribe()
    await world.switch(handshake_on_renewal=True)

    later = {"expirationDateTime": zulu(world.clock.now() + DAY)}
    assert (await world.admin.patch(f"/subscriptions/{made['id']}", json=later)).status_code == 200

    assert len(world.webhook.greetings) == 3


@pytest.mark.parametrize("change", [{"clientState": "new"}, {"lifecycleNotificationUrl": "https://x/y"}])
async def test_secret_and_lifecycle_url_cannot_be_changed(world: World, change: dict[str, str]):
    made = await world.subscribe()

    assert code(await world.admin.patch(f"/subscriptions/{made['id']}", json=change)) == (400, "InvalidRequest")


async def test_an_expired_subscription_is_silent_and_not_found(world: World):
    made = await world.subscribe(minutes=45)
    path = f"/subscriptions/{made['id']}"

    await world.control("clock", {"advance_s": 45 * MINUTE + 1})
    await world.admin.patch(f"/users/{agent_id(1)}", json={"jobTitle": "x"})

    assert (await world.settled())["attempts"] == []
    later = {"expirationDateTime": zulu(world.clock.now() + DAY)}
    assert code(await world.admin.patch(path, json=later)) == (404, "ResourceNotFound")
    assert code(await world.admin.post(f"{path}/reauthorize")) == (404, "ResourceNotFound")


async def test_a_deleted_subscription_is_heard_of_no_more(world: World):
    made = await world.subscribe()
    assert (await world.admin.delete(f"/subscriptions/{made['id']}")).status_code == 204

    await world.admin.patch(f"/users/{agent_id(1)}", json={"jobTitle": "x"})

    assert (await world.settled())["attempts"] == []


async def test_the_end_of_the_access_token_is_announced_and_holds_deliveries_back(world: World):
    made = await world.subscribe(minutes=3 * DAY / MINUTE)
    await world.control("clock", {"advance_s": DAY - 180 * MINUTE + 1})
    (item,) = await world.webhook.told(1)
    assert set(item) == {
        "subscriptionId", "subscriptionExpirationDateTime", "tenantId", "clientState", "lifecycleEvent",
    }  # fmt: skip
    assert item["lifecycleEvent"] == "reauthorizationRequired"
    assert item["tenantId"] == TENANT_ID

    await world.control("clock", {"advance_s": 15 * MINUTE})
    await world.webhook.told(2)

    await world.control("clock", {"advance_s": 180 * MINUTE})
    await world.webhook.told(3)
    await world.admin.patch(f"/users/{agent_id(1)}", json={"jobTitle": "x"})
    await world.until(lambda state: state["held"] == 1)

    assert (await world.admin.post(f"/subscriptions/{made['id']}/reauthorize")).status_code == 204
    items = await world.webhook.told(4)
    assert items[3]["changeType"] == "updated"


async def test_what_was_held_for_more_than_four_hours_is_lost(world: World):
    made = await world.subscribe(minutes=3 * DAY / MINUTE)
    await world.switch(reauthorization=False)
    await world.control("clock", {"advance_s": DAY + 1})
    await world.admin.patch(f"/users/{agent_id(1)}", json={"jobTitle": "x"})
    await world.until(lambda state: state["held"] == 1)
    await world.control("clock", {"advance_s": 4 * 3600 + 1})

    await world.admin.post(f"/subscriptions/{made['id']}/reauthorize")

    assert (await world.settled())["counts"] == {"dropped": 1}


async def test_any_lifecycle_event_can_be_sent_and_removal_removes(world: World):
    made = await world.subscribe()

    for event in ("missed", "reauthorizationRequired", "subscriptionRemoved"):
        done = await world.control("lifecycle", {"subscription": "*", "event": event})
        assert done["sent"] == [made["id"]]

    items = await world.webhook.told(3)
    assert {one["lifecycleEvent"] for one in items} == {"missed", "reauthorizationRequired", "subscriptionRemoved"}
    assert (await world.admin.get(f"/subscriptions/{made['id']}")).status_code == 404


@pytest.mark.parametrize("resource", ["users/{id}/memberOf", "servicePrincipals/{id}/appRoleAssignedTo"])
async def test_some_resources_are_accepted_and_stay_silent(world: World, resource: str):
    await world.subscribe(resource.format(id=agent_id(1)))

    await world.admin.patch(f"/users/{agent_id(1)}", json={"jobTitle": "x"})

    assert (await world.settled())["attempts"] == []

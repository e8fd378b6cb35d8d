"""What do stale replicas, batches and throttling do to a reader?"""

from __future__ import annotations

from typing import Any

import pytest

from infra.local.entra.population import agent_id, group_id
from tests.protocol.entra.conftest import World

ADA = agent_id(1)
PILOT = group_id("CC Pilot")


async def title(world: World, key: str = ADA) -> str | int:
    answer = await world.admin.get(f"/users/{key}?$select=jobTitle")
    return str(answer.json()["jobTitle"]) if answer.status_code == 200 else answer.status_code


async def write(world: World, value: str) -> None:
    assert (await world.admin.patch(f"/users/{ADA}", json={"jobTitle": value})).status_code == 204


async def test_a_replica_lags_for_a_number_of_reads_after_the_next_write(world: World):
    await world.control("stale", {"id": ADA, "reads": 2})

    await write(world, "new")

    assert [await title(world) for _ in range(3)] == ["Agent", "Agent", "new"]


async def test_a_replica_can_go_back_to_before_the_latest_write(world: World):
    await write(world, "new")
    assert await title(world) == "new"

    await world.control("stale", {"id": ADA, "reads": 1, "when": "now"})

    assert [await title(world) for _ in range(2)] == ["Agent", "new"]


async def test_a_replica_lags_for_seconds_of_the_simulated_clock(world: World):
    await world.control("stale", {"id": "*", "seconds": 300})
    await write(world, "new")
    assert [await title(world) for _ in range(3)] == ["Agent"] * 3

    await world.control("clock", {"advance_s": 301})

    assert await title(world) == "new"


async def test_a_new_object_is_not_there_yet_and_a_deleted_one_still_is(world: World):
    await world.switch(stale_reads=1)
    made = await world.admin.post(
        "/users",
        json={
            "accountEnabled": True,
            "displayName": "Hedy Lamarr",
            "mailNickname": "hedy",
            "userPrincipalName": "hedy@contoso.example",
            "passwordProfile": {"password": "frequency-hopping"},
            "jobTitle": "Inventor",
        },
    )
    hedy = made.json()["id"]
    assert [await title(world, hedy) for _ in range(2)] == [404, "Inventor"]

    await world.admin.delete(f"/users/{hedy}")
    assert [await title(world, hedy) for _ in range(2)] == ["Inventor", 404]


async def test_replicas_that_alternate_make_time_run_backwards(world: World):
    await world.switch(stale_reads=2, replicas_alternate=True)

    await write(world, "new")

    assert [await title(world) for _ in range(5)] == ["Agent", "new", "Agent", "new", "new"]


async def test_memberships_are_stale_with_their_group(world: World):
    await world.control("stale", {"id": PILOT, "reads": 1})
    await world.admin.delete(f"/groups/{PILOT}/members/{ADA}/$ref")

    async def ids() -> set[str]:
        return {one["id"] for one in (await world.admin.get(f"/groups/{PILOT}/members?$select=id")).json()["value"]}

    assert ADA in await ids()
    assert ADA not in await ids()


async def test_listings_show_the_old_value_without_using_it_up(world: World):
    await world.control("stale", {"id": ADA, "reads": 1})
    await write(world, "new")

    for _ in range(2):
        listed = await world.admin.get("/users", params={"$filter": f"id eq '{ADA}'", "$select": "jobTitle"})
        assert listed.json()["value"] == [{"id": ADA, "jobTitle": "Agent"}]
    assert [await title(world) for _ in range(2)] == ["Agent", "new"]


@pytest.mark.parametrize(
    "order",
    [{"id": ADA}, {"reads": 1}, {"id": ADA, "reads": 1, "when": "later"}, {"id": ADA, "reads": 1, "when": "now"}],
)
async def test_a_nonsensical_order_for_staleness_is_refused(world: World, order: dict[str, Any]):
    assert (await world.admin.post(f"{world.url}/_control/stale", json=order)).status_code == 400


async def batch(world: World, *requests: dict[str, Any]) -> dict[str, dict[str, Any]]:
    answer = await world.admin.post("/$batch", json={"requests": list(requests)})
    assert answer.status_code == 200, answer.text
    return {one["id"]: one for one in answer.json()["responses"]}


def get(number: int, **more: Any) -> dict[str, Any]:
    return {"id": str(number), "method": "GET", "url": f"/users/{agent_id(number)}?$select=id,accountEnabled"} | more


async def test_a_batch_answers_each_item_in_any_order(world: World):
    answer = await world.admin.post("/$batch", json={"requests": [get(n) for n in range(1, 21)]})

    responses = answer.json()["responses"]
    assert [one["id"] for one in responses] != [str(n) for n in range(1, 21)]
    for one in responses:
        assert one["status"] == 200
        assert one["body"]["id"] == agent_id(int(one["id"]))
        assert set(one["body"]) == {"@odata.context", "id", "accountEnabled"}


async def test_items_of_a_batch_fail_alone_and_take_their_dependants_along(world: World):
    change = {"method": "PATCH", "body": {"jobTitle": "x"}, "headers": {"Content-Type": "application/json"}}
    found = await batch(
        world,
        get(1),
        get(99),
        get(2, dependsOn=["99"]),
        get(3, dependsOn=["2"]),
        get(4, dependsOn=["1"]),
        get(5, **change),
        get(6, **(change | {"headers": {}})),
        get(7, url="//users"),
        get(8, url="/users/$count/x/y"),
    )

    assert {key: one["status"] for key, one in found.items()} == {
        "1": 200, "99": 404, "2": 424, "3": 424, "4": 200, "5": 204, "6": 400, "7": 404, "8": 400,
    }  # fmt: skip
    assert found["99"]["body"]["error"]["code"] == "Request_ResourceNotFound"
    assert "body" not in found["5"]


@pytest.mark.parametrize(
    "requests",
    [
        [],
        [get(n) for n in range(1, 22)],
        [get(1), get(1)],
        [{"id": "1", "method": "GET"}],
        [get(1, url="https://graph.microsoft.com/v1.0/users")],
        [get(1, method="HEAD")],
        [get(1, dependsOn=["7"])],
    ],
)
async def test_a_malformed_batch_is_refused_as_a_whole(world: World, requests: list[Any]):
    answer = await world.admin.post("/$batch", json={"requests": requests})

    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "BadRequest")


async def test_one_item_is_throttled_inside_an_outer_200(world: World):
    await world.control(
        "faults", {"method": "GET", "path": f"/users/{agent_id(2)}", "status": 429, "headers": {"Retry-After": "10"}}
    )

    found = await batch(world, get(1), get(2), get(3))

    assert {key: one["status"] for key, one in found.items()} == {"1": 200, "2": 429, "3": 200}
    assert found["2"]["headers"]["Retry-After"] == "10"
    assert found["2"]["body"]["error"]["code"] == "TooManyRequests"


async def test_stale_reads_happen_in_batches_too(world: World):
    await world.control("stale", {"id": ADA, "reads": 1})
    await world.admin.patch(f"/users/{ADA}", json={"accountEnabled": False})

    assert (await batch(world, get(1)))["1"]["body"]["accountEnabled"] is True
    assert (await batch(world, get(1)))["1"]["body"]["accountEnabled"] is False


async def test_the_journal_names_the_objects_and_the_items(world: World):
    await batch(world, get(1), get(2))

    entries = (await world.admin.get(f"{world.url}/_control/log")).json()["entries"]
    assert entries[-1]["note"]["objects"] == [agent_id(1), agent_id(2)]
    assert [one["status"] for one in entries[-1]["note"]["requests"]] == [200, 200]


@pytest.mark.parametrize(
    ("style", "accepts"),
    [
        ("integer", lambda value: value is not None and value.isdigit() and 1 <= int(value) <= 10),
        ("fractional", lambda value: value is not None and "." in value and 0 < float(value) <= 10),
        ("absent", lambda value: value is None),
    ],
)
async def test_an_app_that_used_up_its_units_is_told_to_wait(world: World, style: str, accepts: Any):
    await world.switch(resource_units=4, retry_after=style)

    first = await world.admin.get(f"/groups/{PILOT}/members")
    second = await world.admin.get(f"/users/{ADA}?$select=id")
    third = await world.admin.get(f"/users/{ADA}")

    assert (first.headers["x-ms-resource-unit"], second.headers["x-ms-resource-unit"]) == ("3", "1")
    assert "x-ms-throttle-limit-percentage" not in first.headers
    assert second.headers["x-ms-throttle-limit-percentage"] == "1.00"
    assert third.status_code == 429
    assert third.json()["error"]["code"] == "TooManyRequests"
    assert third.headers["x-ms-throttle-information"] == "ResourceUnitLimitExceeded"
    assert accepts(third.headers.get("Retry-After"))
    other = world.bearer(world.tenant.app)
    assert (await world.admin.get(f"/users/{ADA}", headers=other)).status_code == 200

    await world.control("clock", {"advance_s": 10})
    assert (await world.admin.get(f"/users/{ADA}")).status_code == 200


@pytest.mark.parametrize("retry_after", ["7", "2.128", None])
async def test_faults_speak_graphs_language(world: World, retry_after: str | None):
    headers = {"Retry-After": retry_after} if retry_after else {}
    await world.control("faults", {"path": "/users/", "status": 429, "headers": headers})

    answer = await world.admin.get(f"/users/{ADA}", headers={"client-request-id": "mine"})

    assert answer.status_code == 429
    assert answer.json()["error"]["code"] == "TooManyRequests"
    assert answer.headers.get("Retry-After") == retry_after
    assert answer.headers["client-request-id"] == "mine"
    assert answer.headers["request-id"] == answer.json()["error"]["innerError"]["request-id"]


async def test_a_faults_own_body_is_left_alone(world: World):
    await world.control("faults", {"path": "/users/", "status": 500, "body": {"mine": True}})

    assert (await world.admin.get(f"/users/{ADA}")).json() == {"mine": True}


async def test_writes_have_a_limit_of_their_own(world: World):
    await world.switch(writes=1)
    await write(world, "first")

    refused = await world.admin.patch(f"/users/{ADA}", json={"jobTitle": "second"})

    assert refused.status_code == 429
    assert refused.headers["x-ms-throttle-information"] == "WriteLimitExceeded"
    assert await title(world) == "first"

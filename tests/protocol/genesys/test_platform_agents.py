"""Station, presence, routing status, conversations and queues of an agent at work."""

from __future__ import annotations

import pytest

from infra.local.genesys.population import genesys_id
from tests.protocol.genesys.calls import ADA, NOBODY, log_in, switch

USER = f"/api/v2/users/{ADA}"
QUERY = "/api/v2/analytics/conversations/details/query"


def open_calls_of(user):
    return {
        "interval": "2026-01-01T00:00:00Z/2027-01-01T00:00:00Z",
        "segmentFilters": [{"type": "and", "predicates": [{"dimension": "userId", "value": user}]}],
        "conversationFilters": [
            {"type": "and", "predicates": [{"dimension": "conversationEnd", "operator": "notExists"}]}
        ],
    }


async def test_a_station_is_left_once(api):
    await log_in(api, ADA)
    path = f"{USER}/station/associatedstation"

    first, second = await api.delete(path), await api.delete(path)
    await switch(api, station_delete_without_station=404)
    third = await api.delete(path)

    assert [answer.status_code for answer in (first, second, third)] == [202, 202, 404]
    assert (await api.get(f"{USER}/station")).json() == {}


async def test_presence_takes_the_agent_off_the_queue(api):
    await log_in(api, ADA)
    definitions = (await api.get("/api/v2/presence/definitions")).json()["entities"]
    offline = next(entry["id"] for entry in definitions if entry["systemPresence"] == "Offline")
    body = {"presenceDefinition": {"id": offline}}

    response = await api.patch(f"{USER}/presences/PURECLOUD", json=body)

    assert response.json()["presenceDefinition"]["systemPresence"] == "Offline"
    assert (await api.get(f"{USER}/routingstatus")).json()["status"] == "OFF_QUEUE"
    assert (await api.get(f"{USER}/presences/purecloud")).json() == response.json()


async def test_offline_can_be_refused_while_the_agent_is_connected(api):
    await switch(api, offline_presence_for_live_sessions=False)
    await log_in(api, ADA)
    body = {"presenceDefinition": {"id": genesys_id("presence", "Offline")}}

    assert (await api.patch(f"{USER}/presences/purecloud", json=body)).status_code == 400


async def test_an_unknown_presence_is_400(api):
    response = await api.patch(f"{USER}/presences/purecloud", json={"presenceDefinition": {"id": NOBODY}})

    assert response.json()["code"] == "invalid.value"


@pytest.mark.parametrize(
    ("on_queue", "status", "code"),
    [(True, "IDLE", 200), (True, "OFF_QUEUE", 400), (False, "IDLE", 400), (False, "OFF_QUEUE", 200), (True, "X", 400)],
)
async def test_the_routing_status_follows_presence(api, on_queue, status, code):
    if on_queue:
        await log_in(api, ADA)

    response = await api.put(f"{USER}/routingstatus", json={"status": status})

    assert response.status_code == code
    if code == 400:
        assert response.json()["code"] == "general.bad.request"


async def test_an_open_call_is_found_and_ended(api):
    await switch(api, token_delete_ends_conversations=False)
    await log_in(api, ADA, conversation=True)

    (call,) = (await api.post(QUERY, json=open_calls_of(ADA))).json()["conversations"]
    ended = await api.post(f"/api/v2/conversations/{call['conversationId']}/disconnect")

    assert call["participants"][0]["userId"] == ADA
    assert ended.status_code == 202
    assert (await api.post(QUERY, json=open_calls_of(ADA))).json()["totalHits"] == 0
    everything = {"segmentFilters": open_calls_of(ADA)["segmentFilters"]}
    assert "conversationEnd" in (await api.post(QUERY, json=everything)).json()["conversations"][0]
    assert (await api.post(f"/api/v2/conversations/{NOBODY}/disconnect")).status_code == 404


async def test_open_calls_come_in_pages(api):
    for _ in range(3):
        await log_in(api, ADA, conversation=True)

    pages = [
        (await api.post(QUERY, json={**open_calls_of(ADA), "paging": {"pageSize": 2, "pageNumber": number}})).json()
        for number in (1, 2, 3)
    ]

    assert [len(page["conversations"]) for page in pages] == [2, 1, 0]
    assert {page["totalHits"] for page in pages} == {3}


async def queues(api, joined=None):
    response = await api.get(f"{USER}/queues", params={} if joined is None else {"joined": joined})
    return {entity["id"] for entity in response.json()["entities"]}


async def test_an_agent_leaves_all_queues_joined_or_not(api, cloud):
    support = genesys_id("queue", "Support")
    cloud.org.accounts[ADA].queues = {support: True, genesys_id("queue", "Sales"): False}

    assert await queues(api) == {support}
    for queue in await queues(api, "true") | await queues(api, "false"):
        assert (await api.delete(f"/api/v2/routing/queues/{queue}/members/{ADA}")).status_code == 204
    assert await queues(api) | await queues(api, "false") == set()
    assert (await api.delete(f"/api/v2/routing/queues/{support}/members/{ADA}")).status_code == 404


async def test_queue_members_change_in_bulk(api, cloud):
    queue = genesys_id("queue", "Escalations")
    members = f"/api/v2/routing/queues/{queue}/members"
    cloud.org.accounts[ADA].queues = {}

    await api.post(members, json=[{"id": ADA}, {"id": NOBODY}])
    joined = await queues(api)
    await api.post(members, params={"delete": "true"}, json=[{"id": ADA}])

    assert (joined, await queues(api)) == ({queue}, set())
    assert (await api.post(members, json=[{"id": ADA}] * 101)).status_code == 400
    assert (await api.post(f"/api/v2/routing/queues/{NOBODY}/members", json=[])).status_code == 404

"""Reading identities in batches: every id is answered once, and one that fails does not cost the others."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence

import pytest

from infra.local.entra.population import agent_id, agent_upn, group_id
from infra.local.entra.replicas import Lag
from shared.entra.client import GraphClient
from shared.entra.source import GraphSource, ReadPlan
from shared.errors import NotThere, Refused, SyncError, Throttled, Unauthorized, Unreachable
from shared.model import Identity, Presence
from shared.ports import ReadFailure, Source
from tests.entra.conftest import Entra

EXTENSION = "onPremisesExtensionAttributes.extensionAttribute"
BATCH = "/v1.0/$batch"
ADA = agent_id(1)
THROTTLED = {"error": {"code": "TooManyRequests", "message": ""}}


def source_with(graph: GraphClient, plan: ReadPlan, now: Callable[[], float] = lambda: 1_000.0) -> GraphSource:
    async def planned() -> ReadPlan:
        return plan

    return GraphSource(graph, plan=planned, now=now)


@pytest.fixture
def source(graph: GraphClient) -> GraphSource:
    properties = ("displayName", "businessPhones", f"{EXTENSION}1", f"{EXTENSION}2")
    return source_with(graph, ReadPlan(properties=properties))


async def read(source: Source, ids: Sequence[str]) -> dict[str, Identity | ReadFailure]:
    readings = [reading async for reading in source.read(ids)]
    assert len(readings) == len({reading.id for reading in readings})
    return {reading.id: reading for reading in readings}


async def test_an_identity_comes_with_its_attributes_as_text(source: GraphSource):
    assert await read(source, [ADA]) == {
        ADA: Identity(
            id=ADA,
            presence=Presence.PRESENT,
            account_enabled=True,
            user_principal_name=agent_upn(1),
            attributes={
                "displayName": "Grace Lovelace",
                "businessPhones": ("+12065550001",),
                f"{EXTENSION}1": "Tier2",
                f"{EXTENSION}2": None,
            },
            read_at=1_000.0,
        )
    }


async def test_nothing_is_read_for_nobody(entra: Entra, source: GraphSource):
    assert await read(source, []) == {}
    assert entra.calls(BATCH) == []


async def test_45_ids_are_three_calls_and_a_throttled_one_is_asked_once_more(entra: Entra, source: GraphSource):
    ids = [agent_id(number) for number in range(1, 46)]
    entra.fault(path=f"/users/{ids[17]}", status=429, headers={"Retry-After": "0.05"}, body=THROTTLED)

    found = await read(source, ids)

    assert found.keys() == set(ids)
    assert all(isinstance(one, Identity) and one.presence is Presence.PRESENT for one in found.values())
    assert len(entra.calls(BATCH)) == 4


async def test_an_item_that_is_throttled_for_long_fails_alone_with_graphs_wait(entra: Entra, source: GraphSource):
    ids = [agent_id(number) for number in range(1, 6)]
    entra.fault(path=f"/users/{ids[2]}", status=429, headers={"Retry-After": "10.5"}, body=THROTTLED)

    found = await read(source, ids)

    failed = found.pop(ids[2])
    assert isinstance(failed, ReadFailure)
    assert isinstance(failed.error, Throttled)
    assert failed.error.retry_after == 10.5
    assert all(isinstance(one, Identity) for one in found.values())
    assert len(entra.calls(BATCH)) == 1


async def test_a_whole_call_that_is_throttled_for_a_moment_is_sent_once_more(entra: Entra, source: GraphSource):
    entra.fault(path=r"/v1.0/\$batch", status=429, headers={"Retry-After": "0.05"}, body=THROTTLED)

    found = await read(source, [ADA, agent_id(2)])

    assert all(isinstance(one, Identity) for one in found.values())
    assert len(entra.calls(BATCH)) == 2


@pytest.mark.parametrize("headers", [{}, {"Retry-After": "3"}])
async def test_throttling_without_a_short_wait_is_handed_on_at_once(
    entra: Entra, source: GraphSource, headers: dict[str, str]
):
    entra.fault(path=f"/users/{ADA}", status=429, headers=headers, body=THROTTLED)

    found = (await read(source, [ADA]))[ADA]

    assert isinstance(found, ReadFailure)
    assert isinstance(found.error, Throttled)
    assert len(entra.calls(BATCH)) == 1


async def test_an_item_that_stays_throttled_is_asked_once_more_only(entra: Entra, source: GraphSource):
    entra.fault(path=f"/users/{ADA}", status=429, headers={"Retry-After": "0.05"}, body=THROTTLED, times=None)

    found = (await read(source, [ADA]))[ADA]

    assert isinstance(found, ReadFailure)
    assert len(entra.calls(BATCH)) == 2


@pytest.mark.parametrize(
    ("status", "error"), [(503, Unreachable), (403, Unauthorized), (401, Unauthorized), (400, Refused)]
)
async def test_a_failed_item_is_a_failure_of_that_identity_only(
    entra: Entra, source: GraphSource, status: int, error: type[SyncError]
):
    entra.fault(path=f"/users/{ADA}", status=status)

    found = await read(source, [ADA, agent_id(2)])

    failed = found[ADA]
    assert isinstance(failed, ReadFailure)
    assert type(failed.error) is error
    assert isinstance(found[agent_id(2)], Identity)


async def test_a_call_that_fails_costs_its_own_twenty(entra: Entra, source: GraphSource):
    entra.fault(path=r"/v1.0/\$batch", status=503)

    found = await read(source, [agent_id(number) for number in range(1, 46)])

    failed = [one for one in found.values() if isinstance(one, ReadFailure)]
    assert len(found) == 45
    assert len(failed) in (5, 20)
    assert all(isinstance(one.error, Unreachable) for one in failed)


@pytest.mark.parametrize("body", [{}, {"responses": 7}, {"responses": [7, {"id": "0"}, {"id": "0", "status": 200}]}])
async def test_an_item_that_graph_left_out_is_a_failure(entra: Entra, source: GraphSource, body: object):
    entra.fault(path=r"/v1.0/\$batch", status=200, body=body)

    found = (await read(source, [ADA]))[ADA]

    assert isinstance(found, ReadFailure)
    assert isinstance(found.error, Unreachable)


async def test_the_deleted_the_purged_and_the_unknown_are_told_apart_by_presence(entra: Entra, source: GraphSource):
    deleted, purged, unknown = agent_id(3), agent_id(4), str(uuid.uuid4())
    await entra.write("DELETE", f"/users/{deleted}")
    await entra.write("DELETE", f"/users/{purged}")
    await entra.write("DELETE", f"/directory/deletedItems/{purged}")

    found = await read(source, [ADA, deleted, purged, unknown])

    presences = {id_: one.presence for id_, one in found.items() if isinstance(one, Identity)}
    assert presences == {
        ADA: Presence.PRESENT,
        deleted: Presence.SOFT_DELETED,
        purged: Presence.ABSENT,
        unknown: Presence.ABSENT,
    }
    soft = found[deleted]
    assert isinstance(soft, Identity)
    assert soft.attributes["displayName"] == "Edsger Lovelace"
    assert (soft.user_principal_name or "").endswith(agent_upn(3))
    assert len(entra.calls(BATCH)) == 2


async def test_a_deleted_group_is_nobody(entra: Entra, source: GraphSource):
    group = await entra.write(
        "POST",
        "/groups",
        {"displayName": "Old", "mailNickname": "old", "mailEnabled": True, "groupTypes": ["Unified"],
         "securityEnabled": False},
    )  # fmt: skip
    await entra.write("DELETE", f"/groups/{group['id']}")

    [found] = (await read(source, [group["id"]])).values()

    assert isinstance(found, Identity)
    assert found.presence is Presence.ABSENT


async def test_a_disabled_account_is_read_as_disabled_as_soon_as_the_replica_knows(entra: Entra, source: GraphSource):
    entra.tenant.directory.replicas.order(ADA, Lag(reads=1))
    await entra.write("PATCH", f"/users/{ADA}", {"accountEnabled": False})

    seen = [(await read(source, [ADA]))[ADA] for _ in range(2)]

    assert [one.account_enabled for one in seen if isinstance(one, Identity)] == [True, False]


@pytest.mark.parametrize("broken", ["", "me", "ada@contoso.example", f"{ADA}/manager", "../groups", f"{{{ADA}}}"])
async def test_a_malformed_id_is_refused_without_a_call(entra: Entra, source: GraphSource, broken: str):
    found = (await read(source, [broken]))[broken]

    assert isinstance(found, ReadFailure)
    assert isinstance(found.error, Refused)
    assert entra.calls(BATCH) == []


async def test_an_id_that_is_asked_twice_is_read_once(entra: Entra, source: GraphSource):
    assert (await read(source, [ADA, ADA.upper(), ADA])).keys() == {ADA}

    [call] = entra.calls(BATCH)
    assert call["status"] == 200


async def test_a_property_that_graph_does_not_know_is_refused_for_each(graph: GraphClient):
    source = source_with(graph, ReadPlan(properties=("shoeSize",)))

    found = (await read(source, [ADA]))[ADA]

    assert isinstance(found, ReadFailure)
    assert isinstance(found.error, Refused)


async def test_several_values_stay_apart_and_none_is_an_empty_list(entra: Entra, graph: GraphClient):
    await entra.write("PATCH", f"/users/{ADA}", {"businessPhones": [], "otherMails": ["a@b.example", "c@d.example"]})
    plan = ReadPlan(properties=("businessPhones", "otherMails", "accountEnabled"))

    [found] = (await read(source_with(graph, plan), [ADA])).values()

    assert isinstance(found, Identity)
    assert found.attributes == {
        "businessPhones": (),
        "otherMails": ("a@b.example", "c@d.example"),
        "accountEnabled": "True",
    }


async def test_the_manager_is_read_along(entra: Entra, graph: GraphClient):
    boss, nobody = agent_id(2), agent_id(5)
    await entra.write(
        "PUT", f"/users/{ADA}/manager/$ref", {"@odata.id": f"{entra.graph_url}/users/{boss}"}
    )  # fmt: skip
    await entra.write("DELETE", f"/users/{nobody}/manager/$ref")

    found = await read(source_with(graph, ReadPlan(manager=True)), [ADA, nobody])

    managers = {id_: one.attributes for id_, one in found.items() if isinstance(one, Identity)}
    assert managers == {ADA: {"manager": boss}, nobody: {"manager": None}}
    assert len(entra.calls(BATCH)) == 1


async def test_who_asks_for_no_manager_gets_none(source: GraphSource):
    [found] = (await read(source, [ADA])).values()

    assert isinstance(found, Identity)
    assert "manager" not in found.attributes


async def test_a_reader_that_leaves_early_leaves_nothing_running(entra: Entra, source: GraphSource):
    readings = source.read([agent_id(number) for number in range(1, 46)])
    async for _ in readings:
        break
    await readings.aclose()

    assert (await read(source, [ADA])).keys() == {ADA}


async def test_membership_counts_nested_groups_and_not_strangers(entra: Entra, source: GraphSource):
    outer = await entra.write(
        "POST", "/groups", {"displayName": "Outer", "mailNickname": "outer", "mailEnabled": False,
                            "securityEnabled": True},
    )  # fmt: skip
    inner = group_id("CC Agents")
    await entra.write(
        "POST", f"/groups/{outer['id']}/members/$ref", {"@odata.id": f"{entra.graph_url}/directoryObjects/{inner}"}
    )

    assert await source.is_member(inner.upper(), ADA.upper())
    assert await source.is_member(outer["id"], ADA)
    assert not await source.is_member(group_id("CC Supervisors"), ADA)


async def test_membership_of_somebody_deleted_is_an_error_and_not_a_no(source: GraphSource):
    with pytest.raises(NotThere):
        await source.is_member(group_id("CC Agents"), str(uuid.uuid4()))

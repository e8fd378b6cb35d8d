"""Whatever is posted to the webhook: nothing good is lost, nothing bad gets in, nobody sees a stack trace."""

from __future__ import annotations

import json
from typing import Any

import pytest

from infra.local.director import Agent, Director
from shared.model import Outcome
from tests.journeys.remembering import history, outcome_of

pytestmark = pytest.mark.asyncio(loop_scope="session")


def notification(director: Director, who: Agent, **changed: Any) -> dict[str, Any]:
    environment = director.world.environment
    return {
        "subscriptionId": "5c0a1fd2-0d7e-4e0c-9f7a-3d1c6d1f0a11",
        "clientState": environment["CLIENT_STATE"],
        "changeType": "updated",
        "resource": f"Users/{who.identity_id}",
        "subscriptionExpirationDateTime": "2027-03-01T11:00:00+00:00",
        "tenantId": environment["ENTRA_TENANT_ID"],
        "resourceData": {
            "@odata.type": "#Microsoft.Graph.User",
            "@odata.id": f"Users/{who.identity_id}",
            "id": who.identity_id,
            "organizationId": environment["ENTRA_TENANT_ID"],
        },
        **changed,
    }


def body(*items: Any) -> bytes:
    return json.dumps({"value": list(items)}).encode()


async def test_the_handshake_echoes_the_decoded_token_as_plain_text(director: Director) -> None:
    answer = await director.post(b"", validationToken="Validation: Testing + reachability <é>")

    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain")
    assert answer.text == "Validation: Testing + reachability <é>"


@pytest.mark.parametrize("token", ["", "x" * 5000, "line\nbreak", "nul\x00"])
async def test_a_validation_token_that_graph_never_sends_is_400(director: Director, token: str) -> None:
    answer = await director.post(b"", validationToken=token)

    assert answer.status_code in (400, 202)
    assert token not in answer.text or not token


async def test_an_html_token_is_never_served_as_a_page(director: Director) -> None:
    answer = await director.post(b"", validationToken="<script>alert(1)</script>")

    assert answer.headers["content-type"].startswith("text/plain")
    assert answer.headers["x-content-type-options"] == "nosniff"


UNREADABLE = {
    "empty": b"",
    "no json": b"not json",
    "a list": b"[]",
    "text": b'"text"',
    "null": b"null",
    "no list": b'{"value": 7}',
    "no objects": b'{"value": [null, 7, "x", []]}',
    "no utf-8": b"\xff\xfe",
    "cut off": b"{" * 99,
}


@pytest.mark.parametrize("bad", UNREADABLE.values(), ids=UNREADABLE.keys())
async def test_what_can_never_be_read_is_accepted_and_dropped(director: Director, bad: bytes) -> None:
    """Anything else than 2xx would bring the same body back for four hours."""
    answer = await director.post(bad)

    assert (answer.status_code, answer.text) == (202, "")


async def test_a_huge_body_is_413(director: Director) -> None:
    answer = await director.post(b" " * 5_000_000)

    assert answer.status_code == 413


async def test_one_forged_item_among_a_hundred_costs_only_itself(director: Director, person: Agent) -> None:
    strangers = [
        Agent(identity_id=f"00000000-0000-4000-8000-{number:012d}", account_id="", upn="") for number in range(99)
    ]
    items = [notification(director, who) for who in [*strangers, person]]
    items[50] = notification(director, strangers[50], clientState="forged")
    await director.update(person, department="Claims")

    answer = await director.post(body(*items))
    assert answer.status_code == 202
    assert await outcome_of(director, person, stage="converge")


@pytest.mark.parametrize(
    "changed",
    [
        {"clientState": "wrong"},
        {"clientState": None},
        {"tenantId": "11111111-1111-4111-8111-111111111111"},
        {"resource": "Devices/1", "resourceData": {"id": "1"}},
        {"resourceData": {"id": "../../users"}},
    ],
    ids=["client state", "no client state", "tenant", "resource", "id"],
)
async def test_a_forged_notification_causes_no_read(director: Director, person: Agent, changed: dict[str, Any]) -> None:
    before = await _reads(director, person)
    answer = await director.post(body(notification(director, person, **changed)))

    assert answer.status_code == 202
    await director.quiet()
    assert await _reads(director, person) == before


async def _reads(director: Director, who: Agent) -> tuple[Outcome, ...]:
    return await history(director, who)


async def test_an_unknown_user_id_is_read_and_comes_to_nothing(director: Director) -> None:
    nobody = Agent(identity_id="99999999-9999-4999-8999-999999999999", account_id="", upn="")
    answer = await director.post(body(notification(director, nobody)))

    assert answer.status_code == 202
    await director.quiet()
    assert await history(director, nobody) == ()


async def test_a_purged_agent_is_revoked_by_the_proof_that_she_is_gone(director: Director, person: Agent) -> None:
    """`deleted` means purged: the id is 404 everywhere, and this time Graph has said why."""
    await director.update(person, department="Claims")
    assert (await outcome_of(director, person, stage="converge")).account_id == person.account_id
    await director.control("graph", "POST", "/outage", {"mode": "off"})
    await director.graph("DELETE", f"/users/{person.identity_id}")
    await director.graph("DELETE", f"/directory/deletedItems/{person.identity_id}")

    outcome = await outcome_of(director, person, stage="first")
    assert outcome.account_id == person.account_id
    assert (await director.account(person))["state"] == "inactive"


async def test_an_unreadable_message_is_parked_and_not_lost(director: Director) -> None:
    from shared.runtime.ledger_open import open_ledger

    await director.control("platform", "POST", "/queues/revocations/messages", {"body": '{"v": 99, "type": "order"}'})
    ledger = open_ledger(director.world.environment["LEDGER"])

    async def parked() -> str | None:
        rows = await ledger.parked()
        return next((row.why for row in rows if row.queue == "revocations"), None)

    try:
        assert "version" in await director.until(parked, "the message is parked")
    finally:
        await ledger.close()


async def test_a_lifecycle_notification_renews_the_subscription_at_once(director: Director) -> None:
    subscriptions = await director.subscribe()
    mine = next(one for one in subscriptions if one["resource"] == "users")
    before = mine["expirationDateTime"]
    await director.control(
        "graph", "POST", "/lifecycle", {"subscription": mine["id"], "event": "reauthorizationRequired"}
    )

    async def renewed() -> bool | None:
        found = await director.graph("GET", f"/subscriptions/{mine['id']}", client="app")
        return found["expirationDateTime"] > before or None

    assert await director.until(renewed, "the subscription is renewed")

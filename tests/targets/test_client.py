"""Tokens, both error shapes, lost connections, the closed gate and the log of the way to Genesys."""

from __future__ import annotations

import asyncio
import itertools
import logging

import pytest

from infra.local.genesys.app import CLIENT_SECRET, LIMITED_ID
from shared.errors import NotThere, Refused, Stale, Throttled, Unauthorized, Unreachable
from shared.model import StepName, Urgency
from shared.runtime.budget import Budget
from shared.targets.client import Request


def reading(number: int, genesys) -> Request:
    return Request(
        method="GET", route="/api/v2/scim/v2/users/{id}", ids={"id": genesys.account(number).id}, idempotent=True
    )


def token_requests(genesys) -> int:
    return len(genesys.seen("POST", "/oauth/token"))


async def test_twenty_calls_at_once_fetch_one_access_token(genesys):
    client = genesys.client()
    await asyncio.gather(*(client.send(reading(1 + n % 12, genesys), Urgency.ROUTINE) for n in range(20)))
    assert token_requests(genesys) == 1


async def test_a_token_that_dies_under_twenty_calls_is_replaced_once(genesys):
    client = genesys.client(budget=Budget(in_flight=20))
    await client.send(reading(1, genesys), Urgency.ROUTINE)
    genesys.cloud.tokens.revoke_all()
    answers = await asyncio.gather(*(client.send(reading(1 + n % 12, genesys), Urgency.ROUTINE) for n in range(20)))
    assert [answer.status for answer in answers] == [200] * 20
    assert token_requests(genesys) == 2


async def test_a_401_with_a_fresh_token_is_unauthorized(genesys):
    genesys.fault(path="^/api", status=401, times=None)
    client = genesys.client()
    with pytest.raises(Unauthorized):
        await client.send(reading(1, genesys), Urgency.ROUTINE)
    assert token_requests(genesys) == 2
    assert len(genesys.seen("GET", "/users/")) == 2


async def test_a_rotated_secret_is_read_again(genesys):
    secrets = iter(["the secret of last year", CLIENT_SECRET])

    async def secret() -> str:
        return next(secrets)

    await genesys.client(secret=secret).warm()
    assert token_requests(genesys) == 2


async def test_a_secret_that_is_refused_twice_is_unauthorized_and_not_shown(genesys):
    reads = 0

    async def secret() -> str:
        nonlocal reads
        reads += 1
        return "wrong-and-secret"

    with pytest.raises(Unauthorized) as refusal:
        await genesys.client(secret=secret).warm()
    assert reads == 2
    assert "wrong-and-secret" not in str(refusal.value)


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ({"status": 503}, Unreachable),
        ({"reset": "before"}, Unreachable),
        ({"status": 429, "headers": {"Retry-After": "3"}}, Throttled),
        ({"status": 200, "body": {"token_type": "bearer"}}, Unauthorized),
    ],
)
async def test_a_token_endpoint_that_fails_is_a_passing_reason(genesys, fault, error):
    genesys.fault(path="/oauth/token", **fault)
    client = genesys.client()
    with pytest.raises(error):
        await client.send(reading(1, genesys), Urgency.ROUTINE)
    await client.send(reading(1, genesys), Urgency.ROUTINE)


async def test_a_missing_permission_is_named(genesys):
    target = genesys.target(client_id=LIMITED_ID)
    with pytest.raises(Unauthorized) as refusal:
        await target.perform(StepName.END_SESSIONS, genesys.account(1).id)
    assert "oauth:token:delete" in str(refusal.value)


SCIM_ERROR = "urn:ietf:params:scim:api:messages:2.0:Error"


@pytest.mark.parametrize(
    ("status", "body", "error", "code"),
    [
        (400, {"schemas": [SCIM_ERROR], "status": "400", "scimType": "invalidValue"}, Refused, "invalidValue"),
        (400, {"message": "Ada", "code": "invalid.value", "status": 400}, Refused, "invalid.value"),
        (400, {"schemas": [SCIM_ERROR], "status": "400", "scimType": "invalidVers"}, Stale, None),
        (400, {"message": "Version 3 does not match the current version 4", "code": "bad.request"}, Stale, None),
        (409, {"schemas": [SCIM_ERROR], "status": "409"}, Stale, None),
        (413, {"message": "over the size limit"}, Refused, ""),
        (403, {"schemas": [SCIM_ERROR], "status": "403", "detail": "Ada Lovelace"}, Unauthorized, None),
        (408, None, Unreachable, None),
        (504, {"message": "timeout", "code": "request.timeout", "status": 504}, Unreachable, None),
        (500, "no JSON of ours", Unreachable, None),
        (302, None, Refused, ""),
    ],
)
async def test_both_error_shapes_become_the_same_errors(genesys, status, body, error, code):
    genesys.fault(method="GET", status=status, body=body)
    with pytest.raises(error) as raised:
        await genesys.client().send(reading(1, genesys), Urgency.ROUTINE)
    if code is not None:
        assert raised.value.code == code
    assert type(raised.value) is error
    assert "Ada" not in str(raised.value)


@pytest.mark.parametrize(
    ("headers", "retry_after"),
    [
        ({"Retry-After": "37", "inin-ratelimit-reset": "5"}, 38.0),
        ({"Retry-After": "soon", "inin-ratelimit-reset": "5"}, 6.0),
        ({}, 10.0),
    ],
)
async def test_a_429_says_how_long_and_closes_the_gate_for_everybody(genesys, headers, retry_after):
    budget = Budget(max_wait_s=0.05)
    client = genesys.client(budget=budget)
    # The simulator puts its own rate headers on what it answers itself, never on a fault.
    genesys.fault(method="GET", status=429, headers=headers)
    with pytest.raises(Throttled) as throttled:
        await client.send(reading(1, genesys), Urgency.ROUTINE)
    assert throttled.value.retry_after == retry_after
    with pytest.raises(Throttled):
        await client.send(reading(2, genesys), Urgency.PERSON)
    assert len(genesys.seen("GET", "/users/")) == 1


async def test_the_rate_headers_reach_the_budget(genesys):
    genesys.cloud.switches["rate_allowed"] = 180
    client = genesys.client()
    for number in (1, 2, 3):
        await client.send(reading(number, genesys), Urgency.ROUTINE)
    assert (client.budget.allowance.allowed, client.budget.allowance.spent) == (180, 3)


async def test_a_storm_stops_at_its_share_and_a_revocation_passes_it(genesys):
    genesys.cloud.switches["rate_allowed"] = 40
    client = genesys.client()
    calls = [asyncio.create_task(client.send(reading(1 + n % 12, genesys), Urgency.ROUTINE)) for n in range(60)]
    for next_done in itertools.islice(asyncio.as_completed(calls), 32):
        await next_done
    await client.send(reading(1, genesys), Urgency.REVOCATION)
    assert sum(call.done() for call in calls) == 32
    assert [entry["status"] for entry in genesys.seen("GET", "/users/")] == [200] * 33
    for call in calls:
        call.cancel()
    await asyncio.gather(*calls, return_exceptions=True)


@pytest.mark.parametrize(("idempotent", "tries"), [(True, 2), (False, 1)])
async def test_a_lost_connection_is_made_again_once_where_that_does_no_harm(genesys, idempotent, tries):
    genesys.fault(method="DELETE", reset="after", times=None)
    request = Request(
        method="DELETE", route="/api/v2/tokens/{id}", ids={"id": genesys.account(1).id}, idempotent=idempotent
    )
    with pytest.raises(Unreachable):
        await genesys.client().send(request, Urgency.SESSIONS)
    assert len(genesys.seen("DELETE")) == tries


async def test_a_lost_connection_costs_an_idempotent_call_nothing(genesys):
    genesys.fault(method="GET", reset="before")
    assert (await genesys.client().send(reading(1, genesys), Urgency.ROUTINE)).status == 200


async def test_a_background_call_waits_less_for_its_answer(genesys, monkeypatch):
    monkeypatch.setattr("shared.targets.client.BACKGROUND_TIMEOUT_S", 0.1)
    client = genesys.client()
    await client.warm()
    genesys.fault(method="GET", path="/users/", status=404, delay_s=1.0, times=None)
    with pytest.raises(Unreachable):
        await client.send(reading(1, genesys), Urgency.BACKGROUND)
    with pytest.raises(NotThere):
        await client.send(reading(1, genesys), Urgency.ROUTINE)


@pytest.mark.parametrize("name", ["\ud800", "a" * 70_000])
async def test_what_no_url_can_hold_is_refused(genesys, name):
    with pytest.raises(Refused):
        await genesys.target().find(name)


@pytest.mark.parametrize(
    "body",
    [{"access_token": "two words"}, {"access_token": "\u20ac"}, {"access_token": ""}, {"access_token": "a\nb"}],
)
async def test_an_access_token_that_no_header_can_carry_is_unauthorized(genesys, body):
    genesys.fault(path="/oauth/token", status=200, body=body)
    with pytest.raises(Unauthorized):
        await genesys.client().send(reading(1, genesys), Urgency.ROUTINE)


async def test_an_address_where_nobody_listens_is_unreachable(genesys, unused_tcp_port):
    genesys.url = f"http://127.0.0.1:{unused_tcp_port}"
    with pytest.raises(Unreachable):
        await genesys.client().warm()


async def test_logs_hold_ids_and_no_names_tokens_or_secrets(genesys, caplog):
    caplog.set_level(logging.DEBUG)
    target = genesys.target()
    await target.find("agent00001@contoso.example")
    await target.find("nobody@contoso.example")
    await target.at(Urgency.REVOCATION).perform(StepName.DEACTIVATE, genesys.account(1).id)
    genesys.fault(method="GET", status=400, body={"message": "agent00001@contoso.example", "code": "bad.request"})
    with pytest.raises(Refused) as refusal:
        await target.find("agent00001@contoso.example")
    ours = [record for record in caplog.records if record.name == "shared.targets.client"]
    assert "PATCH /api/v2/scim/v2/users/{id} with 200" in ours[-2].getMessage()
    assert "correlation " in ours[-2].getMessage()
    text = "\n".join(f"{record.name} {record.getMessage()}" for record in caplog.records) + str(refusal.value)
    for forbidden in ("contoso", "nobody", "Bearer", CLIENT_SECRET, *genesys.cloud.tokens._tokens):
        assert forbidden not in text

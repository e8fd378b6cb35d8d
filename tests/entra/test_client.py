"""One request to Graph: what each refusal means, what is tried again, and what never leaves."""

from __future__ import annotations

import asyncio
import logging
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from aiohttp import web
from kiota_abstractions.method import Method

from infra.local.entra.population import agent_id, group_id
from shared.entra.answers import failure, retry_after
from shared.entra.client import GraphClient
from shared.entra.credentials import credential
from shared.errors import (
    Misconfigured,
    NotThere,
    Refused,
    Stale,
    SyncError,
    Throttled,
    Transient,
    Unauthorized,
    Unreachable,
)
from tests.entra.conftest import Entra, serve

ADA = agent_id(1)
ADA_PATH = f"/v1.0/users/{ADA}"


async def read_ada(graph: GraphClient):
    return await graph.send(graph.urls.user(ADA, select=["id", "accountEnabled"]))


async def test_a_user_is_read_with_exactly_the_selected_properties(entra: Entra, graph: GraphClient):
    found = await read_ada(graph)

    assert {name: value for name, value in found.items() if "@" not in name} == {"id": ADA, "accountEnabled": True}
    [call] = entra.calls(ADA_PATH)
    assert call["status"] == 200


async def test_a_base_url_with_a_slash_at_its_end_makes_no_double_slash(entra: Entra):
    async with credential("managed_identity") as signed_in:
        client = GraphClient(signed_in, base_url=f"{entra.graph_url}/")
        assert (await read_ada(client))["id"] == ADA
        await client.aclose()


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (400, Refused),
        (403, Unauthorized),
        (404, NotThere),
        (408, Unreachable),
        (409, Stale),
        (410, Refused),
        (412, Stale),
        (429, Throttled),
        (500, Unreachable),
        (502, Unreachable),
        (503, Unreachable),
        (504, Unreachable),
    ],
)
async def test_each_refusal_has_its_meaning_and_is_not_asked_again(
    entra: Entra, graph: GraphClient, status: int, error: type[SyncError]
):
    body = {"error": {"code": "SomeCode", "message": "Ada Lovelace <ada@contoso.example> is not well"}}
    entra.fault(path=ADA_PATH, status=status, body=body, times=None)

    with pytest.raises(error) as refused:
        await read_ada(graph)

    assert type(refused.value) is error
    assert f"{status} SomeCode" in str(refused.value)
    assert "Ada" not in str(refused.value)
    assert len(entra.calls(ADA_PATH)) == 1
    if isinstance(refused.value, Refused):
        assert refused.value.code == "SomeCode"


@pytest.mark.parametrize(
    ("told", "seconds"),
    [("2", 2.0), ("2.128", 2.128), ("0", 0.0), ("", None), ("soon", None), ("inf", None), ("-1", 0.0)],
)
def test_the_wait_is_what_graph_said_fractions_included(told: str, seconds: float | None):
    error = failure("GET /users", 429, {"retry-after": told} if told else {}, None)

    assert isinstance(error, Throttled)
    assert error.retry_after == seconds


def test_the_wait_may_be_a_date():
    wait = retry_after({"retry-after": format_datetime(datetime.now(UTC) + timedelta(seconds=90), usegmt=True)})

    assert wait is not None
    assert 80 < wait <= 90


@pytest.mark.parametrize(
    ("told", "seconds"),
    [
        ("inf", None),
        ("-inf", None),
        ("nan", None),
        ("1e12", 300.0),
        ("86400", 300.0),
        ("-5", 0.0),
        ("Fri, 31 Dec 9999 23:59:59 GMT", 300.0),
        ("Thu, 01 Jan 1970 00:00:00 GMT", 0.0),
        ("Thu, 01 Jan 1970 00:00:00 -0000", None),
        ("Thu, 99 Jan 1970 00:00:00 GMT", None),
        ("soon", None),
    ],
)
def test_no_announcement_silences_us_for_long(told: str, seconds: float | None):
    assert retry_after({"retry-after": told}) == seconds


@pytest.mark.parametrize("body", [b"[" * 100_000, b"\xff\xfe", b'{"id": 1' + b"0" * 5_000 + b"}"])
async def test_an_answer_that_cannot_be_read_is_unreachable(entra: Entra, graph: GraphClient, body: bytes):
    async def answer(_: web.Request) -> web.Response:
        return web.Response(body=body, content_type="application/json")

    app = web.Application()
    app.router.add_get("/v1.0/{path:.*}", answer)
    runner, url = await serve(app)
    async with credential("managed_identity") as signed_in:
        client = GraphClient(signed_in, base_url=f"{url}/v1.0")
        with pytest.raises(Unreachable):
            await read_ada(client)
        await client.aclose()
    await runner.cleanup()


async def test_half_a_surrogate_pair_does_not_get_further(entra: Entra, graph: GraphClient):
    entra.fault(path=ADA_PATH, status=200, body={"displayName": "\ud800 \U0001f600"})

    assert (await read_ada(graph))["displayName"] == "? \U0001f600"


@pytest.mark.parametrize(
    "body", [None, [], {"error": "x"}, {"error": {"code": 7}}, {"error": {"code": "Ada Lovelace"}}]
)
def test_a_refusal_without_graphs_code_is_told_by_its_status(body: object):
    error = failure("GET /users", 422, {}, body)

    assert isinstance(error, Refused)
    assert (error.code, str(error)) == ("422", "Graph answered GET /users with 422.")


async def test_a_missing_permission_is_named(entra: Entra, graph: GraphClient):
    entra.tenant.tokens.grant(entra.tenant.app.id, frozenset())

    with pytest.raises(Unauthorized, match="403 Authorization_RequestDenied"):
        await read_ada(graph)


async def test_many_waiters_with_a_refused_token_ask_for_one_new_token(entra: Entra, graph: GraphClient):
    await read_ada(graph)
    entra.tenant.tokens.expire_all()
    entra.forget()

    found = await asyncio.gather(*(read_ada(graph) for _ in range(30)))

    assert {one["id"] for one in found} == {ADA}
    assert len(entra.calls("/msi/token")) == 1


async def test_many_waiters_without_a_token_share_one_refusal(entra: Entra, graph: GraphClient):
    entra.fault(path="/msi/token", status=400, body={"statusCode": 400}, times=None)

    refused = await asyncio.gather(*(read_ada(graph) for _ in range(10)), return_exceptions=True)

    assert {type(one) for one in refused} == {Unauthorized}
    assert len(entra.calls("/msi/token")) == 1


async def test_a_waiter_that_leaves_takes_the_token_from_nobody(entra: Entra, graph: GraphClient):
    first, second = asyncio.create_task(read_ada(graph)), asyncio.create_task(read_ada(graph))
    await asyncio.sleep(0)
    first.cancel()

    assert (await second)["id"] == ADA
    assert len(entra.calls("/msi/token")) == 1


async def test_one_token_serves_until_it_is_refused(entra: Entra, graph: GraphClient):
    await asyncio.gather(*(read_ada(graph) for _ in range(5)))

    assert len(entra.calls("/msi/token")) == 1


async def test_a_fresh_token_that_is_refused_too_ends_the_call(entra: Entra, graph: GraphClient):
    entra.fault(path=ADA_PATH, status=401, times=None, body={"error": {"code": "InvalidAuthenticationToken"}})

    with pytest.raises(Unauthorized, match="401 InvalidAuthenticationToken"):
        await read_ada(graph)

    assert len(entra.calls(ADA_PATH)) == 2


@pytest.mark.parametrize(
    ("rule", "error"),
    [
        ({"status": 400, "body": {"statusCode": 400}}, Unauthorized),
        ({"status": 401, "body": {"statusCode": 401}}, Unauthorized),
        ({"reset": "before"}, Unreachable),
    ],
)
async def test_without_a_token_the_error_says_who_is_to_blame(
    entra: Entra, graph: GraphClient, rule: dict[str, object], error: type[Transient]
):
    entra.fault(path="/msi/token", times=None, **rule)

    with pytest.raises(error):
        await read_ada(graph)

    assert entra.calls(ADA_PATH) == []


@pytest.mark.parametrize("reset", ["before", "after"])
async def test_a_lost_connection_is_opened_once_more(entra: Entra, graph: GraphClient, reset: str):
    entra.fault(path=ADA_PATH, reset=reset)

    assert (await read_ada(graph))["id"] == ADA
    assert len(entra.calls(ADA_PATH)) == 2


async def test_a_connection_lost_twice_is_unreachable(entra: Entra, graph: GraphClient):
    entra.fault(path=ADA_PATH, reset="before", times=None)

    with pytest.raises(Unreachable):
        await read_ada(graph)

    assert len(entra.calls(ADA_PATH)) == 2


async def test_a_post_that_may_have_been_done_is_not_sent_again(entra: Entra, graph: GraphClient):
    entra.fault(path="/v1.0/subscriptions", reset="after")
    request = graph.urls.subscriptions(Method.POST)

    with pytest.raises(Unreachable):
        await graph.send(request, {})

    assert len(entra.calls("/v1.0/subscriptions")) == 1


async def test_silence_ends_at_the_timeout(entra: Entra, graph: GraphClient):
    await graph.warm()
    entra.tenant.control.outage = "hang"

    with pytest.raises(Unreachable, match=f"GET {ADA_PATH}: ReadTimeout"):
        await graph.send(graph.urls.user(ADA, select=["id"]), timeout=0.1)


@pytest.mark.parametrize(("status", "body"), [(200, [1]), (302, {"a": 1}), (302, None)])
async def test_an_answer_that_is_not_graphs_is_unreachable(entra: Entra, graph: GraphClient, status: int, body: object):
    entra.fault(path=ADA_PATH, status=status, body=body)

    with pytest.raises(Unreachable):
        await read_ada(graph)


@pytest.mark.parametrize(
    "link", ["https://elsewhere.example/v1.0/users", "http://[", "{graph}.elsewhere.example/users"]
)
async def test_our_token_follows_no_link_to_elsewhere(entra: Entra, graph: GraphClient, link: str):
    with pytest.raises(Refused) as refused:
        await graph.follow(link.replace("{graph}", entra.url))

    assert refused.value.code == "foreign_link"


async def test_a_link_is_followed_as_it_is(entra: Entra, graph: GraphClient):
    page = await graph.follow(f"{entra.graph_url}/users?$top=2&$select=id")

    assert len(page["value"]) == 2


async def test_the_log_has_graphs_request_id_and_no_body(graph: GraphClient, caplog: pytest.LogCaptureFixture):
    with caplog.at_level(logging.DEBUG, logger="shared.entra"):
        await graph.send(graph.urls.user(ADA, select=["id", "displayName", "userPrincipalName"]))

    [record] = [record for record in caplog.records if record.name == "shared.entra.client"]
    assert len(vars(record)["request_id"]) == 36
    assert "displayName" not in caplog.text
    assert "contoso" not in caplog.text


async def test_membership_is_asked_with_the_sdks_path(entra: Entra, graph: GraphClient):
    request = graph.urls.check_member_groups(ADA)

    document = await graph.send(request, {"groupIds": [group_id("CC Agents")]}, reads=True)

    assert document["value"] == [group_id("CC Agents")]


def test_the_client_imports_the_sdk_only_when_it_builds_a_url():
    script = (
        "import sys; import shared.entra.client, shared.entra.source, shared.entra.subscriptions;"
        "import shared.entra.credentials;"
        "print(sorted({'msgraph', 'msgraph_core', 'azure.identity', 'aiohttp'} & set(sys.modules)))"
    )

    shown = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)

    assert shown.stdout.strip() == "[]"


async def test_only_the_two_credentials_that_the_settings_name_exist():
    async with credential("azure_cli") as cli:
        assert type(cli).__name__ == "AzureCliCredential"
    with pytest.raises(Misconfigured, match="`default`"):
        credential("default")

"""Do Microsoft's own clients take this for Graph? msgraph-sdk and azure-identity, unmodified."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from azure.identity.aio import ManagedIdentityCredential
from kiota_abstractions.authentication import AuthenticationProvider
from kiota_abstractions.base_request_configuration import RequestConfiguration
from kiota_abstractions.method import Method
from kiota_abstractions.request_information import RequestInformation
from kiota_authentication_azure.azure_identity_authentication_provider import AzureIdentityAuthenticationProvider
from kiota_http.middleware.options import RetryHandlerOption
from msgraph.graph_request_adapter import GraphRequestAdapter
from msgraph.graph_service_client import GraphServiceClient
from msgraph_core import GraphClientFactory  # type: ignore[import-untyped]

from infra.local.entra.population import agent_id, group_id
from tests.protocol.entra.conftest import World

# Importing the SDK's URL builders defines classes that the SDK itself has deprecated.
pytestmark = pytest.mark.filterwarnings(r"ignore::DeprecationWarning:(msgraph|kiota_abstractions)\.")

ADA = agent_id(1)
SCOPE = "https://graph.microsoft.com/.default"


@pytest.fixture
async def identity(world: World, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[ManagedIdentityCredential]:
    monkeypatch.setenv("IDENTITY_ENDPOINT", f"{world.url}/msi/token")
    monkeypatch.setenv("IDENTITY_HEADER", world.tenant.identity_header)
    credential = ManagedIdentityCredential()
    yield credential
    await credential.close()


@pytest.fixture
def provider(identity: ManagedIdentityCredential) -> AuthenticationProvider:
    return AzureIdentityAuthenticationProvider(identity, scopes=[SCOPE], is_cae_enabled=False)


class GraphError(Exception):
    def __init__(self, status: int, code: str | None) -> None:
        super().__init__(f"{status} {code}")
        self.status, self.code = status, code


class Graph:
    """URL builders and the retry middleware of the SDK, plain JSON in and out: how the fast path uses it."""

    def __init__(self, auth: AuthenticationProvider, base_url: str) -> None:
        self._transport = httpx.AsyncHTTPTransport(verify=False)
        self._http = GraphClientFactory.create_with_default_middleware(
            client=httpx.AsyncClient(timeout=30.0, transport=self._transport),
            options={RetryHandlerOption.get_key(): RetryHandlerOption(delay=1, max_retries=3)},
        )
        self._adapter = GraphRequestAdapter(auth, client=self._http)
        self._adapter.base_url = base_url.rstrip("/")
        self.build = GraphServiceClient(request_adapter=self._adapter)

    async def send(self, info: RequestInformation) -> Any:
        info.headers.try_add("Accept", "application/json")
        info.path_parameters["baseurl"] = self._adapter.base_url
        request = await self._adapter.convert_to_native_async(info)
        response = await self._http.send(request)
        if response.status_code >= 400:
            raise GraphError(response.status_code, response.json()["error"]["code"])
        return response.json() if response.content else None

    async def follow(self, link: str) -> Any:
        info = RequestInformation()
        info.http_method, info.url = Method.GET, link
        return await self.send(info)

    async def aclose(self) -> None:
        await self._http.aclose()
        await self._transport.aclose()  # the SDK's middleware does not close what it wraps


@pytest.fixture
async def graph(world: World, provider: AuthenticationProvider) -> AsyncIterator[Graph]:
    client = Graph(provider, f"{world.url}/v1.0")
    yield client
    await client.aclose()


async def test_the_managed_identity_credential_is_satisfied(world: World, identity: ManagedIdentityCredential):
    token = await identity.get_token(SCOPE)

    headers = {"Authorization": f"Bearer {token.token}"}
    assert (await world.admin.get(f"/users/{ADA}", headers=headers)).status_code == 200
    assert (await identity.get_token("https://servicebus.azure.net/.default")).token != token.token


async def test_url_builders_and_json_read_and_page(graph: Graph):
    from msgraph.generated.users.item.user_item_request_builder import UserItemRequestBuilder as One

    query = One.UserItemRequestBuilderGetQueryParameters(
        select=["id", "accountEnabled"], expand=["manager($select=id)"]
    )
    info = graph.build.users.by_user_id(ADA).to_get_request_information(RequestConfiguration(query_parameters=query))
    user = await graph.send(info)
    assert user["accountEnabled"] is True
    assert user["manager"]["id"] == agent_id(10)

    members = graph.build.groups.by_group_id(group_id("CC Agents")).members
    query_class = type(members).MembersRequestBuilderGetQueryParameters
    info = members.to_get_request_information(RequestConfiguration(query_parameters=query_class(select=["id"], top=15)))
    page = await graph.send(info)
    rest = await graph.follow(page["@odata.nextLink"])
    assert len({one["id"] for one in page["value"] + rest["value"]}) == 20


async def test_url_builders_and_json_keep_a_subscription(world: World, graph: Graph):
    info = graph.build.subscriptions.to_get_request_information()
    info.http_method = Method.POST
    info.set_stream_content(json.dumps(world.wish()).encode(), "application/json")
    created = await graph.send(info)

    info = graph.build.subscriptions.by_subscription_id(created["id"]).to_delete_request_information()
    assert await graph.send(info) is None
    info = graph.build.subscriptions.by_subscription_id(created["id"]).to_get_request_information()
    with pytest.raises(GraphError, match="404 ResourceNotFound"):
        await graph.send(info)


async def test_a_base_url_with_a_trailing_slash_is_caught(world: World, provider: AuthenticationProvider):
    graph = Graph(provider, f"{world.url}/v1.0/")
    graph._adapter.base_url += "/"
    with pytest.raises(GraphError, match="404"):
        await graph.send(graph.build.users.by_user_id(ADA).to_get_request_information())
    await graph.aclose()


async def test_the_retry_middleware_absorbs_a_429(world: World, graph: Graph):
    await world.control("faults", {"path": "/users/", "status": 429, "headers": {"Retry-After": "1"}})

    user = await graph.send(graph.build.users.by_user_id(ADA).to_get_request_information())

    assert user["id"] == ADA
    entries = (await world.admin.get(f"{world.url}/_control/log")).json()["entries"]
    assert [one["status"] for one in entries if one["path"].endswith(ADA)] == [429, 200]


async def test_the_typed_client_reads_users_and_members_and_keeps_a_subscription(
    world: World, provider: AuthenticationProvider
):
    from msgraph.generated.models.o_data_errors.o_data_error import ODataError
    from msgraph.generated.models.subscription import Subscription

    transport = httpx.AsyncHTTPTransport(verify=False)
    http = GraphClientFactory.create_with_default_middleware(client=httpx.AsyncClient(transport=transport))
    adapter = GraphRequestAdapter(provider, client=http)
    adapter.base_url = f"{world.url}/v1.0"
    client = GraphServiceClient(request_adapter=adapter)

    user = await client.users.by_user_id(ADA).get()
    assert user is not None
    assert user.display_name == "Grace Lovelace"
    with pytest.raises(ODataError) as missing:
        await client.users.by_user_id(group_id("CC Agents")).get()
    assert missing.value.response_status_code == 404
    assert missing.value.error is not None
    assert missing.value.error.code == "Request_ResourceNotFound"

    members = await client.groups.by_group_id(group_id("CC Pilot")).members.get()
    assert members is not None
    assert members.value is not None
    assert {one.id for one in members.value} == {agent_id(n) for n in range(1, 6)}

    expires = datetime.now(UTC) + timedelta(days=1)
    made = await client.subscriptions.post(
        Subscription(
            change_type="updated,deleted",
            notification_url=world.webhook.url,
            lifecycle_notification_url=world.webhook.lifecycle_url,
            resource="users",
            expiration_date_time=expires,
            client_state="s3cret",
            latest_supported_tls_version="v1_2",
        )
    )
    assert made is not None
    assert made.id is not None
    one = client.subscriptions.by_subscription_id(made.id)
    renewed = await one.patch(Subscription(expiration_date_time=expires + timedelta(days=1)))
    assert renewed is not None
    assert renewed.expiration_date_time is not None
    assert renewed.expiration_date_time - expires > timedelta(hours=23)
    await one.reauthorize.post()
    await one.delete()
    await http.aclose()
    await transport.aclose()

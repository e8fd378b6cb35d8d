"""How does a caller get a token, and what becomes of tokens and OAuth clients?"""

from __future__ import annotations

from typing import Any

from aiohttp import web

from infra.local.genesys import permissions as need
from infra.local.genesys.directory import iso
from infra.local.genesys.errors import not_found
from infra.local.genesys.gateway import Call, Cloud, answer, guarded
from infra.local.genesys.paging import entities
from infra.local.genesys.tokens import CredentialsRefusedError, OAuthClient


class OAuth:
    """Handlers of `/oauth/token`, `/api/v2/tokens` and `/api/v2/oauth/clients`."""

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud

    async def issue(self, request: web.Request) -> web.Response:
        """The token endpoint of the login host: form body, Basic authentication."""
        form = await request.post()
        try:
            value, lifetime = self._cloud.tokens.issue(
                request.headers.get("Authorization", ""), str(form.get("grant_type", ""))
            )
        except CredentialsRefusedError as refused:
            return web.json_response(
                {"error": refused.error, "error_description": refused.description}, status=refused.status
            )
        return web.json_response({"access_token": value, "token_type": "bearer", "expires_in": lifetime})

    async def me(self, call: Call) -> web.Response:
        client = call.token.client
        organization = {"id": "5b7c8d1e-0000-4000-8000-000000000001", "name": "Contoso"}
        return answer(
            {
                "organization": organization,
                "homeOrganization": organization,
                "authorizedScope": [],
                "OAuthClient": {"id": client.id, "name": client.name, "organization": organization},
            }
        )

    async def forget_me(self, call: Call) -> web.Response:
        self._cloud.tokens.forget(call.token.value)
        return web.Response(status=200)

    async def delete_tokens(self, call: Call) -> web.Response:
        """All tokens of one user: its sessions end, unless single sign-on brings them back."""
        account = self._cloud.org.accounts.get(call.path("id"))
        if account is None:
            raise not_found("user", call.path("id"))
        ended, back = self._cloud.sessions.end_tokens(account, "tokens deleted")
        call.note(
            user=account.id,
            active_before=account.active,
            active_after=account.active,
            sessions_ended=ended,
            sessions_back=back,
        )
        status = "tokens_delete_status" if ended else "tokens_delete_without_tokens"
        if self._cloud.switches[status] == 404:
            raise not_found("tokens of user", account.id)
        return web.Response(status=int(self._cloud.switches[status]))

    async def clients(self, call: Call) -> web.Response:
        found = [_document(client) for client in self._cloud.tokens.clients.values()]
        return answer(entities(call.request, found))

    async def client(self, call: Call) -> web.Response:
        return answer(_document(self._client(call)))

    async def change_client(self, call: Call) -> web.Response:
        """Disabling a client ends the tokens it holds."""
        client = self._client(call)
        body = await call.document()
        client.state = str(body.get("state", client.state))
        client.name = str(body.get("name", client.name))
        client.lifetime_s = int(body.get("accessTokenValiditySeconds", client.lifetime_s))
        if client.state != "active":
            self._cloud.tokens.revoke_all(client.id)
        call.note(client=client.id, state=client.state)
        return answer(_document(client))

    async def delete_client(self, call: Call) -> web.Response:
        client = self._client(call)
        self._cloud.tokens.revoke_all(client.id)
        del self._cloud.tokens.clients[client.id]
        call.note(client=client.id)
        return web.Response(status=204)

    def _client(self, call: Call) -> OAuthClient:
        client = self._cloud.tokens.clients.get(call.path("id"))
        if client is None:
            raise not_found("client", call.path("id"))
        return client


def _document(client: OAuthClient) -> dict[str, Any]:
    document: dict[str, Any] = {
        "id": client.id,
        "name": client.name,
        "accessTokenValiditySeconds": client.lifetime_s,
        "authorizedGrantType": "CLIENT_CREDENTIALS",
        "dateCreated": iso(client.created),
        "state": client.state,
        "selfUri": f"/api/v2/oauth/clients/{client.id}",
    }
    if client.created_by:
        document["createdBy"] = {"id": client.created_by, "selfUri": f"/api/v2/users/{client.created_by}"}
    return document


def add_routes(app: web.Application, cloud: Cloud) -> None:
    oauth = OAuth(cloud)
    app.router.add_post("/oauth/token", oauth.issue)
    for method, path, handler, any_of in (
        ("GET", "/api/v2/tokens/me", oauth.me, need.NONE),
        ("DELETE", "/api/v2/tokens/me", oauth.forget_me, need.NONE),
        ("DELETE", "/api/v2/tokens/{id}", oauth.delete_tokens, need.TOKENS_DELETE),
        ("GET", "/api/v2/oauth/clients", oauth.clients, need.CLIENT_VIEW),
        ("GET", "/api/v2/oauth/clients/{id}", oauth.client, need.CLIENT_VIEW),
        ("PUT", "/api/v2/oauth/clients/{id}", oauth.change_client, need.CLIENT_EDIT),
        ("DELETE", "/api/v2/oauth/clients/{id}", oauth.delete_client, need.CLIENT_DELETE),
    ):
        app.router.add_route(method, path, guarded(handler, any_of))

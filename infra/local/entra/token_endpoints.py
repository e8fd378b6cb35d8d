"""Where do access tokens come from? Two doors: App Service's managed identity endpoint, and client credentials.

Learn: azure/app-service/overview-managed-identity (REST endpoint reference),
entra/identity-platform/v2-oauth2-client-creds-grant-flow.
"""

from __future__ import annotations

import hmac
from urllib.parse import urlsplit

from aiohttp import web

from infra.local.entra.tenant import Tenant
from infra.local.entra.tokens import TENANT_ID, AccessToken, Client

MSI_VERSION = "2019-08-01"


class TokenEndpoints:
    def __init__(self, tenant: Tenant) -> None:
        self._tenant = tenant

    def add_routes(self, app: web.Application) -> None:
        app.router.add_get("/msi/token", self.managed_identity)
        app.router.add_post("/{tenant}/oauth2/v2.0/token", self.client_credentials)
        app.router.add_get("/{tenant}/v2.0/.well-known/openid-configuration", self.configuration)
        app.router.add_get("/common/discovery/instance", self.discovery)

    async def managed_identity(self, request: web.Request) -> web.Response:
        header = request.headers.get("X-IDENTITY-HEADER", "")
        if not hmac.compare_digest(header.encode(), self._tenant.identity_header.encode()):
            return web.json_response({"statusCode": 401, "message": "The identity header is wrong."}, status=401)
        resource = request.query.get("resource", "")
        if request.query.get("api-version") != MSI_VERSION or not resource:
            message = f"api-version={MSI_VERSION} and a resource are required."
            return web.json_response({"statusCode": 400, "message": message}, status=400)
        client = self._client(self._tenant.app.id)
        asked = request.query.get("client_id", client.id)
        if asked != client.id:
            message = "No user assigned managed identity was found for the given client id."
            return web.json_response({"statusCode": 400, "message": message}, status=400)
        token = self._issue(client, resource)
        return web.json_response(
            {
                "access_token": token.value,
                "expires_on": str(token.expires_on),
                "resource": resource,
                "token_type": "Bearer",
                "client_id": client.id,
            }
        )

    async def client_credentials(self, request: web.Request) -> web.Response:
        if request.match_info["tenant"] not in (TENANT_ID, "contoso.example"):
            return _oauth_error(400, "invalid_request", "AADSTS90002: Tenant not found.")
        form = await request.post()
        if form.get("grant_type") != "client_credentials":
            return _oauth_error(400, "unsupported_grant_type", "AADSTS70003: The grant type is not supported.")
        client = self._tenant.tokens.client(str(form.get("client_id")))
        if client is None:
            return _oauth_error(400, "unauthorized_client", "AADSTS700016: Application not found in the directory.")
        if not hmac.compare_digest(str(form.get("client_secret")).encode(), client.secret.encode()):
            return _oauth_error(401, "invalid_client", "AADSTS7000215: Invalid client secret provided.")
        scope = str(form.get("scope", ""))
        if not scope.endswith("/.default"):
            return _oauth_error(400, "invalid_scope", "AADSTS1002012: The scope must end with /.default.")
        token = self._issue(client, scope.removesuffix("/.default"))
        return web.json_response(
            {
                "token_type": "Bearer",
                "expires_in": token.expires_in,
                "ext_expires_in": token.expires_in,
                "access_token": token.value,
            }
        )

    async def configuration(self, request: web.Request) -> web.Response:
        root = f"{request.scheme}://{request.host}/{request.match_info['tenant']}"
        return web.json_response(
            {
                "token_endpoint": f"{root}/oauth2/v2.0/token",
                "authorization_endpoint": f"{root}/oauth2/v2.0/authorize",
                "issuer": f"{request.scheme}://{request.host}/{TENANT_ID}/v2.0",
                "jwks_uri": f"{root}/discovery/v2.0/keys",
            }
        )

    async def discovery(self, request: web.Request) -> web.Response:
        host = request.host
        endpoint = request.query.get("authorization_endpoint", "")
        tenant = urlsplit(endpoint).path.strip("/").partition("/")[0] or TENANT_ID
        configuration = f"{request.scheme}://{host}/{tenant}/v2.0/.well-known/openid-configuration"
        metadata = [{"preferred_network": host, "preferred_cache": host, "aliases": [host]}]
        return web.json_response(
            {"tenant_discovery_endpoint": configuration, "api-version": "1.1", "metadata": metadata}
        )

    def _client(self, client_id: str) -> Client:
        client = self._tenant.tokens.client(client_id)
        assert client is not None
        return client

    def _issue(self, client: Client, audience: str) -> AccessToken:
        life = float(self._tenant.control.switches["access_token_s"])
        return self._tenant.tokens.issue(client, audience, life)


def _oauth_error(status: int, error: str, description: str) -> web.Response:
    return web.json_response({"error": error, "error_description": description}, status=status)

"""A simulated tenant on a real socket, our client signed in to it as in Azure, and a webhook that Graph can call."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest
from aiohttp import web

from infra.local.entra.app import build
from infra.local.entra.tenant import Tenant
from infra.local.simulation.clock import Clock
from shared.entra.client import GraphClient
from shared.entra.credentials import credential
from shared.entra.notifications import Parsed, handshake, parse
from shared.errors import Refused

TENANT_ID = "0f6c3f0e-8b0d-4a0b-8d53-5f1f0b6f7b10"


async def serve(app: web.Application) -> tuple[web.AppRunner, str]:
    """On a free port; the URL without a slash at its end."""
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0][:2]
    return runner, f"http://{host}:{port}"


@dataclass
class Entra:
    url: str
    tenant: Tenant

    @property
    def graph_url(self) -> str:
        return f"{self.url}/v1.0"

    def fault(self, **rule: Any) -> None:
        self.tenant.control.faults.add(rule)

    def calls(self, path: str, method: str = "") -> list[dict[str, Any]]:
        """What was asked of that path since the start or the last `forget`."""
        entries = self.tenant.control.journal.since(0)
        return [e for e in entries if e["path"] == path and method in ("", e["method"])]

    def forget(self) -> None:
        self.tenant.control.journal.clear()

    async def write(self, method: str, path: str, body: object = None) -> Any:
        """As an administrator."""
        token = self.tenant.tokens.issue(self.tenant.admin, "https://graph.microsoft.com", 3600).value
        async with httpx.AsyncClient(trust_env=False) as http:
            answer = await http.request(
                method, self.graph_url + path, json=body, headers={"Authorization": f"Bearer {token}"}
            )
        answer.raise_for_status()
        return answer.json() if answer.content else None


@pytest.fixture
async def entra(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Entra]:
    app, tenant = build(Clock(), agents=50)
    runner, url = await serve(app)
    monkeypatch.setenv("IDENTITY_ENDPOINT", f"{url}/msi/token")
    monkeypatch.setenv("IDENTITY_HEADER", tenant.identity_header)
    try:
        yield Entra(url, tenant)
    finally:
        await runner.cleanup()


@pytest.fixture
async def graph(entra: Entra) -> AsyncIterator[GraphClient]:
    async with credential("managed_identity") as signed_in:
        client = GraphClient(signed_in, base_url=entra.graph_url, timeout=5.0)
        try:
            yield client
        finally:
            await client.aclose()


@dataclass
class Webhook:
    """What Graph calls back. `status` is its answer to every handshake, before which it calls `meanwhile`."""

    url: str = ""
    status: int = 200
    client_states: tuple[str, ...] = ("a-client-state-of-the-tests",)
    received: list[Parsed] = field(default_factory=list)
    meanwhile: Callable[[], Awaitable[object]] | None = None

    async def answer(self, request: web.Request) -> web.Response:
        try:
            echo = handshake(request.query.get("validationToken"))
        except Refused:
            return web.Response(status=400)
        if echo is not None:
            if self.meanwhile is not None:
                await self.meanwhile()
            return web.Response(status=self.status, text=echo)
        self.received.append(parse(await request.read(), client_states=self.client_states, tenant_id=TENANT_ID))
        return web.Response(status=202)


@pytest.fixture
async def webhook() -> AsyncIterator[Webhook]:
    hook = Webhook()
    app = web.Application()
    app.router.add_post("/{path:.*}", hook.answer)
    runner, url = await serve(app)
    hook.url = f"{url}/api/graph/notifications"
    try:
        yield hook
    finally:
        await runner.cleanup()

"""The Entra simulator in process, on a real socket, with a clock that the test moves."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest
from aiohttp import web

from infra.local.entra.app import build
from infra.local.entra.moments import zulu
from infra.local.entra.tenant import Tenant
from infra.local.entra.tokens import GRAPH, Client
from infra.local.simulation.clock import Clock

AGENTS = 20
DEADLINE_S = 10.0


@dataclass
class Webhook:
    """Stands for the application: answers the handshake, keeps what it is told."""

    base: str = ""
    posts: list[list[dict[str, Any]]] = field(default_factory=list)
    greetings: list[str] = field(default_factory=list)
    answer: Callable[[web.Request], Awaitable[web.StreamResponse]] | None = None
    greet: Callable[[web.Request], Awaitable[web.StreamResponse]] | None = None
    _told: asyncio.Condition = field(default_factory=asyncio.Condition)

    @property
    def url(self) -> str:
        return f"{self.base}/api/notifications?code=a%2Fb"

    @property
    def lifecycle_url(self) -> str:
        return f"{self.base}/api/lifecycle"

    @property
    def items(self) -> list[dict[str, Any]]:
        return [item for post in self.posts for item in post]

    async def handle(self, request: web.Request) -> web.StreamResponse:
        if "validationToken" in request.query:
            self.greetings.append(request.raw_path)
            if self.greet is not None:
                return await self.greet(request)
            return web.Response(text=request.query["validationToken"])
        response = web.Response(status=202) if self.answer is None else await self.answer(request)
        if response.status == 202:
            async with self._told:
                self.posts.append((await request.json())["value"])
                self._told.notify_all()
        return response

    async def told(self, number: int) -> list[dict[str, Any]]:
        """The notifications accepted so far, once there are `number`."""
        async with asyncio.timeout(DEADLINE_S), self._told:
            await self._told.wait_for(lambda: len(self.items) >= number)
        return self.items


def bearer(tenant: Tenant, client: Client) -> dict[str, str]:
    return {"Authorization": f"Bearer {tenant.tokens.issue(client, GRAPH, 3600).value}"}


@dataclass
class World:
    """A tenant on a socket and an administrator's client."""

    url: str
    tenant: Tenant
    clock: Clock
    admin: httpx.AsyncClient
    webhook: Webhook

    def bearer(self, client: Client) -> dict[str, str]:
        return bearer(self.tenant, client)

    async def control(self, what: str, body: dict[str, Any]) -> dict[str, Any]:
        answer = await self.admin.post(f"{self.url}/_control/{what}", json=body)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    async def switch(self, **wanted: Any) -> None:
        await self.control("switches", wanted)

    async def deliveries(self) -> dict[str, Any]:
        return dict((await self.admin.get(f"{self.url}/_control/deliveries")).json())

    async def until(self, true: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """The deliveries as soon as `true` of them."""
        async with asyncio.timeout(DEADLINE_S):
            while not true(state := await self.deliveries()):
                await asyncio.sleep(0.005)
        return state

    async def attempted(self, number: int) -> dict[str, Any]:
        """The deliveries once `number` POSTs have been made."""
        return await self.until(lambda state: len(state["attempts"]) >= number)

    async def settled(self) -> dict[str, Any]:
        """The deliveries once nothing is under way."""
        return await self.until(lambda state: state["waiting"] == 0)

    async def subscribe(self, resource: str = "users", **more: Any) -> dict[str, Any]:
        answer = await self.admin.post("/subscriptions", json=self.wish(resource, **more))
        assert answer.status_code == 201, answer.text
        return dict(answer.json())

    def wish(self, resource: str = "users", *, minutes: float = 60, **more: Any) -> dict[str, Any]:
        return {
            "changeType": "updated,deleted",
            "notificationUrl": self.webhook.url,
            "lifecycleNotificationUrl": self.webhook.lifecycle_url,
            "resource": resource,
            "expirationDateTime": zulu(self.clock.now() + minutes * 60),
            "clientState": "s3cret",
            **more,
        }


@asynccontextmanager
async def served(app: web.Application) -> AsyncIterator[str]:
    """The application on a free port of 127.0.0.1; gives `http://host:port`."""
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        host, port = runner.addresses[0][:2]
        yield f"http://{host}:{port}"
    finally:
        await runner.cleanup()


@pytest.fixture
async def webhook() -> AsyncIterator[Webhook]:
    receiver = Webhook()
    app = web.Application()
    app.router.add_post("/{path:.*}", receiver.handle)
    async with served(app) as base:
        receiver.base = base
        yield receiver


@pytest.fixture
async def world(webhook: Webhook) -> AsyncIterator[World]:
    clock = Clock()
    app, tenant = build(clock, agents=AGENTS, switches={"delivery_delay_s": 0.01})
    async with served(app) as url:
        headers = bearer(tenant, tenant.admin)
        async with httpx.AsyncClient(base_url=f"{url}/v1.0", headers=headers, verify=False) as admin:
            yield World(url=url, tenant=tenant, clock=clock, admin=admin, webhook=webhook)

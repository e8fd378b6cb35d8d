"""How is a simulated Genesys Cloud put together and served? One aiohttp application on a real socket.

cloud = build(agents=50)
async with serving(cloud) as url: ...
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from aiohttp import web

from infra.local.genesys import control_routes, oauth_routes, platform_routes, scim_routes
from infra.local.genesys.gateway import MAX_BYTES, Cloud, gate
from infra.local.genesys.limits import RateLimits
from infra.local.genesys.permissions import EVERYTHING, LIMITED
from infra.local.genesys.population import genesys_id, populate
from infra.local.genesys.sessions import Sessions
from infra.local.genesys.switches import DEFAULTS
from infra.local.genesys.tokens import OAuthClient, Tokens
from infra.local.simulation.clock import Clock
from infra.local.simulation.control import Control

CLIENT_ID = "8d5c0c6a-1f1e-4b4e-9a55-3a1c8a2e0001"
CLIENT_SECRET = "local-genesys-secret"
LIMITED_ID = "8d5c0c6a-1f1e-4b4e-9a55-3a1c8a2e0002"
LIMITED_SECRET = "limited-genesys-secret"
PERSONAL_ID = "8d5c0c6a-1f1e-4b4e-9a55-3a1c8a2e0003"
PERSONAL_SECRET = "personal-genesys-secret"


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """A simulator that answers at `url`."""

    cloud: Cloud
    url: str
    runner: web.AppRunner

    async def stop(self) -> None:
        await self.runner.cleanup()


def clients(created: float) -> list[OAuthClient]:
    """The local client, which may do everything; a limited one; and one that agent 10 made for themselves."""
    return [
        OAuthClient(
            id=CLIENT_ID, name="Entra sync", secret=CLIENT_SECRET, permissions=EVERYTHING, created=created
        ),
        OAuthClient(id=LIMITED_ID, name="Limited", secret=LIMITED_SECRET, permissions=LIMITED, created=created),
        OAuthClient(
            id=PERSONAL_ID, name="Report export", secret=PERSONAL_SECRET, permissions=LIMITED, created=created,
            created_by=genesys_id("user", 10),
        ),
    ]  # fmt: skip


def build(*, agents: int = 50, seed: int = 1, clock: Clock | None = None) -> Cloud:
    """A Genesys organisation with `agents` accounts; the same for the same arguments."""
    clock = clock or Clock()
    control = Control(clock, dict(DEFAULTS))
    org = populate(clock, control.switches, agents=agents, seed=seed)
    return Cloud(
        control=control,
        org=org,
        sessions=Sessions(org, seed),
        tokens=Tokens(clock, control.switches, clients(clock.now()), seed),
        limits=RateLimits(clock, control.switches),
    )


def application(cloud: Cloud) -> web.Application:
    """All routes behind the steering and the gate."""
    app = web.Application(middlewares=[cloud.control.middleware, gate(cloud)], client_max_size=MAX_BYTES)
    oauth_routes.add_routes(app, cloud)
    scim_routes.add_routes(app, cloud)
    platform_routes.add_routes(app, cloud)
    control_routes.add_routes(app, cloud)
    cloud.control.add_routes(app)
    return app


async def start(cloud: Cloud, *, host: str = "127.0.0.1", port: int = 0) -> Running:
    """Listen; port 0 takes a free one. The caller calls `stop()`."""
    runner = web.AppRunner(application(cloud), access_log=None, shutdown_timeout=1.0)
    await runner.setup()
    await web.TCPSite(runner, host, port).start()
    bound = runner.addresses[0][1]
    return Running(cloud=cloud, url=f"http://{host}:{bound}", runner=runner)


@asynccontextmanager
async def serving(cloud: Cloud, *, host: str = "127.0.0.1", port: int = 0) -> AsyncIterator[str]:
    """The base URL while the block runs."""
    running = await start(cloud, host=host, port=port)
    try:
        yield running.url
    finally:
        await running.stop()

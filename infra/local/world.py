"""Which processes are the local world, and with which settings does the app run in it?

Entra with Graph, Genesys Cloud, and the platform (bus and Functions host), which starts the workers that run the app.
The app gets application settings and nothing else: it does not know that it is at home.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import secrets
import shutil
import socket
import tempfile
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from infra.local.processes import Part, StartError

ROOT = Path(__file__).resolve().parents[2]
APP_PORT, BUS_PORT, GRAPH_PORT, GENESYS_PORT = 7071, 7075, 7081, 7082
NOTIFICATIONS = "/api/graph/notifications"
OPEN_PATHS = (NOTIFICATIONS, "/api/health/live")
# What waits for Graph's replicas in Azure would only make a laptop's world slow: the same looks, sooner.
LOCAL_SETTINGS = {
    "MODE": "enforce",
    "OUT_OF_SCOPE": "deactivate",
    "LOOKS_S": "2,10",
    "REVOCATION_LOOKS_S": "3,20,60",
    "VERIFY_AFTER_S": "2",
    "RETRY_REVOCATION_S": "0.5,1,2,5",
    "RETRY_ROUTINE_S": "1,5,10",
    "RETRY_REFUSED_S": "1,2,5",
}


# Entra's own job runs beside the app, as in the field: its schema is the mapping, its assignments are the scope.
PROVISIONING = """\
version = 1

[entra]
schema = "job"
service_principal = "{application}"
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class WorldConfig:
    """What can be chosen about the local world.

    Attributes:
        free_ports: take any free ports instead of the well-known ones plus `port_offset`.
        settings: application settings that differ from the local defaults.
        folder: where logs, the ledger, the provisioning file and `stack.json` go.
        provisioning: another provisioning file than one that follows Entra's job.
    """

    folder: Path
    free_ports: bool = False
    port_offset: int = 0
    agents: int = 50
    workers: int = 1
    settings: Mapping[str, str] = field(default_factory=dict)
    provisioning: str = ""
    app: Path = ROOT


class World:
    """The running local world. `stack` is design §11's `.local/stack.json`."""

    def __init__(self, config: WorldConfig) -> None:
        self.config = config
        logs = config.folder / "logs"
        self.entra = Part("entra", logs / "entra.log")
        self.genesys = Part("genesys", logs / "genesys.log")
        self.platform = Part("platform", logs / "platform.log")
        self.stack: dict[str, Any] = {}
        self.environment: dict[str, str] = {}

    async def start(self) -> None:
        """Start every part and wait until each answers; what started is stopped again when one does not.

        Raises:
            StartError: says which part, and why.
        """
        try:
            await self._start()
        except BaseException:
            await self.stop()
            raise

    async def _start(self) -> None:
        app_port, bus_port, graph_port, genesys_port = self._ports()
        agents = str(self.config.agents)
        entra, genesys = await asyncio.gather(
            self.entra.start("infra.local.entra", ["--port", graph_port, "--agents", agents], {}),
            self.genesys.start("infra.local.genesys", ["--port", genesys_port, "--agents", agents], {}),
        )
        app_url = f"http://127.0.0.1:{app_port}"
        self.environment = self._settings(entra, genesys, app_url)
        provisioning = self.config.folder / "provisioning.toml"
        provisioning.write_text(self.config.provisioning or PROVISIONING.format(application=entra["application"]))
        arguments = ["--app", str(self.config.app), "--port", app_port, "--bus-port", bus_port]
        for path in OPEN_PATHS:
            arguments += ["--open-path", path]
        platform = await self.platform.start("infra.local.platform", arguments, self.environment)
        self.environment["ServiceBusConnection"] = platform["servicebus"]
        self.stack = _stack(entra, genesys, platform)

    async def stop(self) -> None:
        await self.platform.stop()
        await asyncio.gather(self.entra.stop(), self.genesys.stop())

    async def ended(self) -> str:
        """Wait until a part ends by itself; returns its name."""
        parts = {asyncio.create_task(part.wait()): part for part in (self.entra, self.genesys, self.platform)}
        try:
            done, _ = await asyncio.wait(parts, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in parts:
                task.cancel()
        return parts[done.pop()].name

    def _ports(self) -> tuple[str, str, str, str]:
        wanted = (APP_PORT, BUS_PORT, GRAPH_PORT, GENESYS_PORT)
        if self.config.free_ports:
            app, bus, graph, genesys = _free_ports(len(wanted))
        else:
            app, bus, graph, genesys = (port + self.config.port_offset for port in wanted)
        return str(app), str(bus), str(graph), str(genesys)

    def _settings(self, entra: dict[str, Any], genesys: dict[str, Any], app_url: str) -> dict[str, str]:
        return {
            "FUNCTIONS_WORKER_PROCESS_COUNT": str(self.config.workers),
            "IDENTITY_ENDPOINT": entra["identity_endpoint"],
            "IDENTITY_HEADER": entra["identity_header"],
            "ENTRA_TENANT_ID": entra["tenant_id"],
            "GRAPH_URL": entra["graph"],
            "NOTIFICATION_URL": f"{app_url}{NOTIFICATIONS}",
            "CLIENT_STATE": secrets.token_urlsafe(48),
            "GENESYS_API_URL": genesys["url"],
            "GENESYS_LOGIN_URL": genesys["token_url"].removesuffix("/oauth/token"),
            "GENESYS_CLIENT_ID": genesys["client_id"],
            "GENESYS_CLIENT_SECRET": genesys["client_secret"],
            "LEDGER": f"sqlite:{self.config.folder / 'ledger.db'}",
            "PROVISIONING_FILE": str(self.config.folder / "provisioning.toml"),
            **LOCAL_SETTINGS,
            **self.config.settings,
        }


@asynccontextmanager
async def running(config: WorldConfig) -> AsyncIterator[World]:
    """The local world for the time of a `with` block."""
    world = World(config)
    await world.start()
    try:
        yield world
    finally:
        await world.stop()


@contextlib.contextmanager
def fresh_folder() -> Any:
    """A folder that is gone afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="entra-genesys-sync-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def write_stack(world: World) -> Path:
    """Write `stack.json`, whole or not at all; readable by its owner only, since it holds the local secrets."""
    path = world.config.folder / "stack.json"
    draft = path.with_suffix(".tmp")
    draft.touch(mode=0o600)
    draft.write_text(json.dumps(world.stack, indent=2) + "\n")
    draft.replace(path)
    return path


def _stack(entra: dict[str, Any], genesys: dict[str, Any], platform: dict[str, Any]) -> dict[str, Any]:
    admin = entra["clients"]["admin"]
    return {
        "app": platform["app"],
        "graph": entra["graph"],
        "graph_token": entra["token"],
        "graph_client": {
            "tenant_id": entra["tenant_id"],
            "client_id": admin["client_id"],
            "client_secret": admin["client_secret"],
        },
        "genesys": genesys["url"],
        "genesys_token": genesys["token_url"],
        "genesys_client": {"client_id": genesys["client_id"], "client_secret": genesys["client_secret"]},
        "servicebus": platform["servicebus"],
        "console": f"{platform['app']}/api/console",
        "operator": platform["operators"],
        "control": {"graph": entra["control"], "genesys": genesys["control"], "platform": platform["control"]},
    }


def _free_ports(count: int) -> list[int]:
    sockets = [socket.socket() for _ in range(count)]
    try:
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]
    finally:
        for one in sockets:
            one.close()


__all__ = ["ROOT", "StartError", "World", "WorldConfig", "fresh_folder", "running", "write_stack"]

"""What makes up the local platform? Bus, workers, triggers and HTTP front, started and stopped in order."""

from __future__ import annotations

import asyncio
import os
import secrets
import socket
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from aiohttp import web

from infra.local.platform.admin import Admin
from infra.local.platform.bindings import Function, HttpTrigger, QueueTrigger, TimerTrigger, read_function
from infra.local.platform.codec import Codec
from infra.local.platform.control import PlatformControl
from infra.local.platform.easyauth import EasyAuth, local_operators
from infra.local.platform.frontend import MAX_BODY, Frontend
from infra.local.platform.invocations import Invoker
from infra.local.platform.listeners import Listener
from infra.local.platform.routes import Routes
from infra.local.platform.settings import HostError, read_host_json
from infra.local.platform.timers import Timer
from infra.local.platform.workers import Workers, process_count
from infra.local.servicebus.queues import Namespace, QueueConfig
from infra.local.simulation.clock import Clock

#: Real seconds that running invocations get when the platform stops.
GRACE_S = 5.0

DEFAULT_QUEUES = {
    "doorbell": QueueConfig(),
    "revocations": QueueConfig(),
    "changes": QueueConfig(session=True),
    "hr-terminations": QueueConfig(duplicate_window_s=600.0),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class PlatformSettings:
    """`port` and `bus_port` 0 take free ones; `environment` is the workers', on top of this process' own."""

    app: Path
    port: int = 0
    bus_port: int = 0
    queues: Mapping[str, QueueConfig] = field(default_factory=lambda: DEFAULT_QUEUES)
    environment: Mapping[str, str] = field(default_factory=dict)
    connection: str = "ServiceBusConnection"
    authentication: bool = True
    open_paths: tuple[str, ...] = ()
    master_key: str = ""


class Platform:
    """One local Azure: `start`, use, `stop`. Everything runs on the loop that `start` was called on."""

    def __init__(self, settings: PlatformSettings, clock: Clock | None = None) -> None:
        self.settings = settings
        self.clock = clock or Clock()
        self.namespace = Namespace(self.clock, settings.queues)
        self.auth = EasyAuth(local_operators(), enabled=settings.authentication, excluded=settings.open_paths)
        self.master_key = settings.master_key or secrets.token_urlsafe(24)
        self.functions: dict[str, Function] = {}
        self.url = ""
        self.connection_string = ""
        self._workers: Workers | None = None
        self._listeners: list[Listener] = []
        self._timers: dict[str, Timer] = {}
        self._runner: web.AppRunner | None = None
        self._state = "Initializing"

    async def start(self) -> None:
        """Returns when requests are answered and messages are taken.

        Raises:
            HostError: the app cannot be hosted, or a port is taken; what was started has been stopped again.
        """
        try:
            await self._start()
        except BaseException:
            await self.stop(grace_s=0.0)
            raise

    async def stop(self, grace_s: float = GRACE_S) -> None:
        """Take no more, let what runs end within `grace_s` real seconds, end the workers."""
        self._state = "Stopping"
        stopping = [listener.stop(grace_s) for listener in self._listeners]
        stopping += [timer.stop(grace_s) for timer in self._timers.values()]
        await asyncio.gather(*stopping)
        if self._runner is not None:
            await self._runner.cleanup()
        if self._workers is not None:
            await self._workers.stop()
        await self.namespace.close()

    def describe(self) -> dict[str, object]:
        """What `python -m infra.local.platform` prints when it is ready."""
        return {
            "app": self.url,
            "servicebus": self.connection_string,
            "operators": {name: f"Bearer {token}" for name, token in self.auth.tokens.items()},
            "master_key": self.master_key,
            "control": f"{self.url}/_control",
        }

    async def _start(self) -> None:
        settings = self.settings
        host = read_host_json(settings.app / "host.json")
        listening = _listen(settings.port)
        self.url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        try:
            bus_port = await self.namespace.listen(settings.bus_port)
        except OSError as error:
            raise HostError(f"The Service Bus port {settings.bus_port} cannot be opened: {error.strerror}") from error
        self.connection_string = (
            f"Endpoint=sb://127.0.0.1:{bus_port};SharedAccessKeyName=local;SharedAccessKey=bG9jYWw=;"
            "UseDevelopmentEmulator=true;"
        )
        environment = self._environment()
        workers = self._workers = Workers(settings.app.resolve(), process_count(environment), environment)
        await workers.start()
        self.functions = {
            item.name: read_function(item.name, item.raw_bindings, environment) for item in workers.metadata
        }
        codec = Codec(workers.protos)
        invoker = Invoker(workers, self.namespace, self.clock, host.function_timeout_s)
        self._timers = {
            function.name: Timer(function, self.clock, invoker, codec)
            for function in self.functions.values()
            if isinstance(function.trigger, TimerTrigger)
        }
        enabled = [function for function in self.functions.values() if not function.disabled]
        listeners = [
            Listener(function, self.namespace, host.bus, invoker, codec)
            for function in enabled
            if isinstance(function.trigger, QueueTrigger)
        ]
        routes = Routes([item for item in enabled if isinstance(item.trigger, HttpTrigger)], host.route_prefix)
        frontend = Frontend(routes, self.auth, invoker, codec, self.master_key)
        control = PlatformControl(self.namespace, workers, invoker, self._timers)
        application = web.Application(client_max_size=MAX_BODY, middlewares=[control.middleware])
        control.add_routes(application)
        Admin(self.functions, self._timers, frontend, invoker, codec, lambda: self._state).add_routes(application)
        application.router.add_route("*", r"/{what:_control|admin}{rest:(?:/.*)?}", _nothing)
        application.router.add_route("*", "/{path:.*}", frontend.handle)
        self._runner = web.AppRunner(application, access_log=None, shutdown_timeout=GRACE_S)
        await self._runner.setup()
        await web.SockSite(self._runner, listening).start()
        self._listeners = listeners
        for listener in listeners:
            listener.start()
        for timer in self._timers.values():
            if not timer.function.disabled:
                timer.start()
        self._state = "Running"

    def _environment(self) -> dict[str, str]:
        """What the app reads as its settings: the variables that App Service itself would set are set here."""
        return {
            **os.environ,
            "FUNCTIONS_WORKER_RUNTIME": "python",
            "WEBSITE_HOSTNAME": self.url.removeprefix("http://"),
            "AzureWebJobsScriptRoot": str(self.settings.app.resolve()),
            "WEBSITE_AUTH_ENABLED": "True" if self.settings.authentication else "False",
            self.settings.connection: self.connection_string,
            **self.settings.environment,
        }


async def _nothing(_: web.Request) -> web.Response:
    """Below these two paths are no functions."""
    return web.Response(status=404)


def _listen(port: int) -> socket.socket:
    """The HTTP port, taken before anything else starts: the app learns its own address from it."""
    listening = socket.socket()
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind(("127.0.0.1", port))
    except OSError as error:
        listening.close()
        raise HostError(f"The HTTP port {port} cannot be opened: {error.strerror}") from error
    return listening

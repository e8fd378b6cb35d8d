"""Which processes run the app, and what happens when one dies? Started, dealt invocations in turn, restarted.

A worker that ends takes its running invocations with it: they fail with `WorkerLostError`, as in Azure, and a new
process takes its number.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from infra.local.platform.settings import HostError
from infra.local.platform.worker_process import Worker
from infra.local.worker.protocol import Frames, load_protos

log = logging.getLogger(__name__)

#: Real seconds between two attempts to start a worker again.
RESTART_S = 1.0
MAX_WORKERS = 10


class Workers:
    """All workers of one host. `metadata` is what indexing reported, one `RpcFunctionMetadata` per function."""

    def __init__(self, app: Path, count: int, environment: Mapping[str, str]) -> None:
        self.protos: Any = load_protos()
        self.metadata: list[Any] = []
        self.restarts = 0
        self._app = app
        self._count = count
        self._environment = dict(environment)
        self._server: asyncio.Server | None = None
        self._port = 0
        self._workers: list[Worker] = []
        self._by_connection: dict[Frames, Worker] = {}
        self._turn = itertools.count()
        self._available = asyncio.Event()
        self._watchers: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        """Start every worker and index the app.

        Raises:
            HostError: the app does not index; the message carries the runtime's own text.
        """
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(lambda: Frames(self._received, self._lost), "127.0.0.1", 0)
        self._port = self._server.sockets[0].getsockname()[1]
        self._workers = [Worker(number, self.protos) for number in range(self._count)]
        results = await asyncio.gather(*(self._launch(worker) for worker in self._workers), return_exceptions=True)
        for result in results:
            if isinstance(result, BaseException):
                raise result

    async def stop(self, grace_s: float = 2.0) -> None:
        """Ask the workers to end, kill those that do not within `grace_s` real seconds, and wait for all."""
        # First those who would start a successor.
        for watcher in self._watchers:
            watcher.cancel()
        await asyncio.gather(*self._watchers, return_exceptions=True)
        for worker in self._workers:
            worker.terminate()
        processes = [worker.process for worker in self._workers if worker.process is not None]
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(grace_s):
                await asyncio.gather(*(process.wait() for process in processes))
        for process in processes:
            if process.returncode is None:
                process.kill()
            await process.wait()
        if self._server is not None:
            self._server.close()
            await self._server.wait_closed()

    async def choose(self) -> Worker:
        """The next worker in turn; waits while none is ready, as the host buffers while a worker restarts."""
        while True:
            ready = [worker for worker in self._workers if worker.ready]
            if ready:
                return ready[next(self._turn) % len(ready)]
            self._available.clear()
            await self._available.wait()

    def at(self, number: int) -> Worker:
        """
        Raises:
            ValueError: there is no such worker.
        """
        if not 0 <= number < len(self._workers):
            raise ValueError(f"there is no worker {number}")
        return self._workers[number]

    def describe(self) -> list[dict[str, object]]:
        return [worker.describe() for worker in self._workers]

    async def _launch(self, worker: Worker) -> None:
        metadata = await worker.launch(self._app, self._port, self._environment)
        self.metadata = self.metadata or metadata
        self._available.set()
        watcher = asyncio.create_task(self._watch(worker))
        self._watchers.add(watcher)
        watcher.add_done_callback(self._watchers.discard)

    def _received(self, frames: Frames, frame: bytes) -> None:
        message = self.protos.StreamingMessage.FromString(frame)
        if message.WhichOneof("content") == "start_stream":
            worker = self._workers[int(message.start_stream.worker_id)]
            self._by_connection[frames] = worker
            worker.connect(frames)
        else:
            self._by_connection[frames].receive(message)

    def _lost(self, frames: Frames) -> None:
        worker = self._by_connection.pop(frames, None)
        if worker is not None:
            worker.lose()

    async def _watch(self, worker: Worker) -> None:
        """Until the process ends; then start its successor, again and again until one runs."""
        assert worker.process is not None
        code = await worker.process.wait()
        worker.lose()
        log.warning("Worker %d ended with code %d; it is started again.", worker.number, code)
        while True:
            self.restarts += 1
            successor = self._workers[worker.number] = Worker(worker.number, self.protos)
            try:
                await self._launch(successor)
            except HostError as error:
                log.warning("Worker %d could not be started again: %s", worker.number, error)
                await asyncio.sleep(RESTART_S)
            else:
                return


def process_count(environment: Mapping[str, str]) -> int:
    """`FUNCTIONS_WORKER_PROCESS_COUNT`, default 1.

    Raises:
        HostError: it is not a number from 1 to 10.
    """
    text = environment.get("FUNCTIONS_WORKER_PROCESS_COUNT", "1")
    if not text.isdecimal() or not 1 <= int(text) <= MAX_WORKERS:
        raise HostError(f"FUNCTIONS_WORKER_PROCESS_COUNT must be a number from 1 to {MAX_WORKERS}, not '{text}'.")
    return int(text)

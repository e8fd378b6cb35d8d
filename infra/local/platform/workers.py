"""Which processes run the app, and what happens when one dies? Started, dealt invocations in turn, restarted.

A worker that ends takes its running invocations with it: they fail with `WorkerLostError`, as in Azure, and a new
process takes its number.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import logging
import os
import signal
import sys
import time
from asyncio.subprocess import DEVNULL, Process
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from infra.local.platform.settings import HostError
from infra.local.worker.protocol import Frames, load_protos

log = logging.getLogger(__name__)

ROOT = Path(__file__).resolve().parents[3]
HOST_VERSION = "4.1048.200"
#: Seconds that a worker may take to connect and to index the app (the real host gives it a minute).
START_S = 60.0
#: Seconds between the end of a worker that ran and the start of its successor after a failed start.
RESTART_S = 1.0
SUCCESS = 1


class WorkerLostError(RuntimeError):
    """The worker process ended while it ran the invocation."""


class Worker:
    """One process and its connection. `functions` maps names to the ids of this worker's indexing."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.process: Process | None = None
        self.paused = False
        self.ready = False
        self.started_at = 0.0
        self.connected: asyncio.Future[Frames] = asyncio.get_running_loop().create_future()
        self.functions: dict[str, str] = {}
        self.running: dict[str, asyncio.Future[Any]] = {}

    def describe(self) -> dict[str, object]:
        return {
            "worker": self.number,
            "pid": None if self.process is None else self.process.pid,
            "ready": self.ready,
            "paused": self.paused,
            "running": len(self.running),
        }

    def kill(self) -> None:
        self.signal(signal.SIGKILL)

    def signal(self, number: signal.Signals) -> None:
        if self.process is not None and self.process.returncode is None:
            self.process.send_signal(number)


class Workers:
    """All workers of one host. `metadata` holds what indexing reported, `RpcFunctionMetadata` each."""

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
        self._turn = itertools.count()
        self._requests = itertools.count(1)
        self._answers: dict[str, asyncio.Future[Any]] = {}
        self._available = asyncio.Event()
        self._watchers: set[asyncio.Task[None]] = set()
        self._stopping = False

    async def start(self) -> None:
        """Start every worker and index the app.

        Raises:
            HostError: the app does not index; the message carries the runtime's own text.
        """
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(lambda: Frames(self._received, self._lost), "127.0.0.1", 0)
        self._port = self._server.sockets[0].getsockname()[1]
        self._workers = [Worker(number) for number in range(self._count)]
        results = await asyncio.gather(*(self._launch(worker) for worker in self._workers), return_exceptions=True)
        for result in results:
            if isinstance(result, BaseException):
                raise result

    async def stop(self, grace_s: float = 2.0) -> None:
        """Ask the workers to end, kill those that do not within `grace_s` real seconds, and wait for all."""
        self._stopping = True
        terminate = self.protos.StreamingMessage(worker_terminate=self.protos.WorkerTerminate())
        for worker in self._workers:
            worker.signal(signal.SIGCONT)
            if worker.connected.done() and not worker.connected.cancelled() and not worker.connected.exception():
                worker.connected.result().send(terminate.SerializeToString())
        processes = [worker.process for worker in self._workers if worker.process is not None]
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(grace_s):
                await asyncio.gather(*(process.wait() for process in processes))
        for process in processes:
            if process.returncode is None:
                process.kill()
            await process.wait()
        for watcher in self._watchers:
            watcher.cancel()
        await asyncio.gather(*self._watchers, return_exceptions=True)
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

    async def invoke(self, worker: Worker, function: str, request: Any) -> Any:
        """Run one `InvocationRequest`, whose function id is filled in here; the `InvocationResponse`.

        Raises:
            WorkerLostError: the process ended before it answered.
        """
        if not worker.ready:
            raise WorkerLostError(f"worker {worker.number} ended before the invocation started")
        request.function_id = worker.functions[function]
        answer: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        worker.running[request.invocation_id] = answer
        message = self.protos.StreamingMessage(request_id=request.invocation_id, invocation_request=request)
        worker.connected.result().send(message.SerializeToString())
        try:
            return await answer
        finally:
            worker.running.pop(request.invocation_id, None)

    def describe(self) -> list[dict[str, object]]:
        return [worker.describe() for worker in self._workers]

    def kill(self, number: int) -> None:
        self._at(number).kill()

    def pause(self, number: int) -> None:
        """Stop the process where it stands; its invocations hang until it is resumed."""
        worker = self._at(number)
        worker.signal(signal.SIGSTOP)
        worker.paused = True

    def resume(self, number: int) -> None:
        worker = self._at(number)
        worker.signal(signal.SIGCONT)
        worker.paused = False

    def _at(self, number: int) -> Worker:
        if not 0 <= number < len(self._workers):
            raise ValueError(f"there is no worker {number}")
        return self._workers[number]

    async def _launch(self, worker: Worker) -> None:
        worker.started_at = time.monotonic()
        worker.process = process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "infra.local.worker", "--app", str(self._app),
            "--connect", f"127.0.0.1:{self._port}", "--id", str(worker.number),
            cwd=ROOT, env=self._environment, stdin=DEVNULL, stdout=sys.stderr.fileno(),
        )  # fmt: skip
        ended = asyncio.create_task(process.wait())
        try:
            async with asyncio.timeout(START_S):
                first: set[asyncio.Future[Any]] = {ended, worker.connected}
                await asyncio.wait(first, return_when=asyncio.FIRST_COMPLETED)
                if not worker.connected.done():
                    raise HostError(f"A worker ended with code {process.returncode} before it had connected.")
                frames = await worker.connected
                await self._prepare(worker, frames)
        except TimeoutError:
            process.kill()
            raise HostError(f"A worker did not index the app within {START_S:.0f} s.") from None
        finally:
            ended.cancel()
        worker.ready = True
        self._available.set()
        watcher = asyncio.create_task(self._watch(worker, process))
        self._watchers.add(watcher)
        watcher.add_done_callback(self._watchers.discard)

    async def _prepare(self, worker: Worker, frames: Frames) -> None:
        protos, app = self.protos, str(self._app)
        init = protos.WorkerInitRequest(
            host_version=HOST_VERSION, function_app_directory=app, worker_directory=str(ROOT)
        )
        await self._ask(frames, "worker_init", worker_init_request=init)
        request = protos.FunctionsMetadataRequest(function_app_directory=app)
        indexed = await self._ask(frames, "metadata", functions_metadata_request=request)
        metadata = list(indexed.function_metadata_results)
        if not metadata:
            raise HostError(f"No functions were found in {self._app}: function_app.py is missing or registers none.")
        for function in metadata:
            load = protos.FunctionLoadRequest(function_id=function.function_id, metadata=function)
            await self._ask(frames, f"load of {function.name}", function_load_request=load)
        worker.functions = {function.name: function.function_id for function in metadata}
        self.metadata = self.metadata or metadata

    async def _ask(self, frames: Frames, what: str, **content: Any) -> Any:
        number = str(next(self._requests))
        answer: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._answers[number] = answer
        frames.send(self.protos.StreamingMessage(request_id=number, **content).SerializeToString())
        try:
            response = await answer
        finally:
            self._answers.pop(number, None)
        if response.result.status != SUCCESS:
            problem = response.result.exception
            raise HostError(f"The app does not index ({what}): {problem.message}\n{problem.stack_trace}".rstrip())
        return response

    def _received(self, frames: Frames, frame: bytes) -> None:
        message = self.protos.StreamingMessage.FromString(frame)
        kind = message.WhichOneof("content")
        content = getattr(message, kind)
        if kind == "start_stream":
            worker = self._workers[int(content.worker_id.partition(":")[0])]
            if not worker.connected.done():
                worker.connected.set_result(frames)
            return
        if kind == "invocation_response":
            for worker in self._workers:
                answer = worker.running.get(content.invocation_id)
                if answer is not None and not answer.done():
                    answer.set_result(content)
            return
        waiting = self._answers.get(message.request_id)
        if waiting is not None and not waiting.done():
            waiting.set_result(content)

    def _lost(self, frames: Frames) -> None:
        for worker in self._workers:
            if worker.connected.done() and not worker.connected.cancelled() and worker.connected.result() is frames:
                self._fail(worker)
                if not worker.ready and not self._stopping:
                    for answer in self._answers.values():
                        if not answer.done():
                            answer.set_exception(HostError("A worker ended while it indexed the app."))

    def _fail(self, worker: Worker) -> None:
        worker.ready = False
        for answer in list(worker.running.values()):
            if not answer.done():
                answer.set_exception(WorkerLostError(f"worker {worker.number} ended while it ran the invocation"))

    async def _watch(self, worker: Worker, process: Process) -> None:
        code = await process.wait()
        self._fail(worker)
        if self._stopping:
            return
        log.warning("Worker %d (pid %d) ended with code %d; it is started again.", worker.number, process.pid, code)
        while not self._stopping:
            self.restarts += 1
            successor = Worker(worker.number)
            self._workers[worker.number] = successor
            try:
                await self._launch(successor)
            except HostError as error:
                log.error("Worker %d could not be started again: %s", worker.number, error)  # noqa: TRY400
                await asyncio.sleep(RESTART_S)
            else:
                return


def process_count(environment: Mapping[str, str] = os.environ) -> int:
    """`FUNCTIONS_WORKER_PROCESS_COUNT`, 1 to 10, default 1.

    Raises:
        HostError: it is something else.
    """
    text = environment.get("FUNCTIONS_WORKER_PROCESS_COUNT", "1")
    if not text.isdecimal() or not 1 <= int(text) <= 10:
        raise HostError(f"FUNCTIONS_WORKER_PROCESS_COUNT must be a number from 1 to 10, not '{text}'.")
    return int(text)

"""What does the host know of one worker process? Its connection, the functions it has indexed, the calls it runs."""

from __future__ import annotations

import asyncio
import itertools
import signal
import sys
from asyncio.subprocess import DEVNULL, Process
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from infra.local.platform.settings import HostError
from infra.local.worker.protocol import Frames

ROOT = Path(__file__).resolve().parents[3]
HOST_VERSION = "4.1048.200"
#: Seconds that a worker may take to connect and to index the app (the real host gives it a minute).
START_S = 60.0
SUCCESS = 1
#: File descriptor: what the app prints must not mix with the host's own standard output.
STDERR = 2


class WorkerLostError(RuntimeError):
    """The worker process ended before it answered."""


class Worker:
    """One process, from its start to its end; its successor is another object with the same number."""

    def __init__(self, number: int, protos: Any) -> None:
        self.number = number
        self.process: Process | None = None
        self.paused = False
        self.ready = False
        self._protos = protos
        self._connected: asyncio.Future[Frames] = asyncio.get_running_loop().create_future()
        self._functions: dict[str, str] = {}
        self._requests = itertools.count(1)
        self._answers: dict[str, asyncio.Future[Any]] = {}
        self._running: dict[str, asyncio.Future[Any]] = {}

    async def launch(self, app: Path, port: int, environment: Mapping[str, str]) -> list[Any]:
        """Start the process, let it index the app; what it reports, one `RpcFunctionMetadata` per function.

        Raises:
            HostError: the app does not index; the message carries the runtime's own text.
        """
        self.process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "infra.local.worker", "--app", str(app),
            "--connect", f"127.0.0.1:{port}", "--id", str(self.number),
            cwd=ROOT, env=environment, stdin=DEVNULL, stdout=STDERR,
        )  # fmt: skip
        ended = asyncio.create_task(self.process.wait())
        try:
            async with asyncio.timeout(START_S):
                first: set[asyncio.Future[Any]] = {ended, self._connected}
                await asyncio.wait(first, return_when=asyncio.FIRST_COMPLETED)
                if not self._connected.done():
                    raise HostError(f"A worker ended with code {self.process.returncode} before it had connected.")
                metadata = await self._prepare(app)
        except TimeoutError:
            self.kill()
            raise HostError(f"A worker did not index the app within {START_S:.0f} s.") from None
        except WorkerLostError:
            raise HostError("A worker ended while it indexed the app.") from None
        finally:
            ended.cancel()
        self.ready = True
        return metadata

    async def invoke(self, function: str, request: Any) -> Any:
        """Run one `InvocationRequest`, whose function id is filled in here; the `InvocationResponse`.

        Raises:
            WorkerLostError: the process ended before it answered.
        """
        if not self.ready:
            raise WorkerLostError(f"worker {self.number} ended before the invocation started")
        request.function_id = self._functions[function]
        answer: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._running[request.invocation_id] = answer
        self._send(self._protos.StreamingMessage(request_id=request.invocation_id, invocation_request=request))
        try:
            return await answer
        finally:
            self._running.pop(request.invocation_id, None)

    def connect(self, frames: Frames) -> None:
        if not self._connected.done():
            self._connected.set_result(frames)

    def receive(self, message: Any) -> None:
        """One message of the process: the answer to a request, or to an invocation."""
        kind = message.WhichOneof("content")
        content = getattr(message, kind)
        if kind == "invocation_response":
            answer = self._running.get(content.invocation_id)
        else:
            answer = self._answers.get(message.request_id)
        if answer is not None and not answer.done():
            answer.set_result(content)

    def lose(self) -> None:
        """The process or its connection is gone: nobody waits for it any longer."""
        self.ready = False
        for answer in (*self._running.values(), *self._answers.values()):
            if not answer.done():
                answer.set_exception(WorkerLostError(f"worker {self.number} ended while it ran the invocation"))

    def terminate(self) -> None:
        """Ask it to end; a paused one must run to hear it, and one that has not connected yet cannot hear."""
        self.resume()
        if self._connected.done():
            self._send(self._protos.StreamingMessage(worker_terminate=self._protos.WorkerTerminate()))
        else:
            self.kill()

    def kill(self) -> None:
        self._signal(signal.SIGKILL)

    def pause(self) -> None:
        self._signal(signal.SIGSTOP)
        self.paused = True

    def resume(self) -> None:
        self._signal(signal.SIGCONT)
        self.paused = False

    def describe(self) -> dict[str, object]:
        return {
            "worker": self.number,
            "pid": None if self.process is None else self.process.pid,
            "ready": self.ready,
            "paused": self.paused,
            "running": len(self._running),
        }

    async def _prepare(self, app: Path) -> list[Any]:
        protos, folder = self._protos, str(app)
        await self._ask(
            "worker_init_request",
            protos.WorkerInitRequest(
                host_version=HOST_VERSION, function_app_directory=folder, worker_directory=str(ROOT)
            ),
        )
        indexed = await self._ask(
            "functions_metadata_request", protos.FunctionsMetadataRequest(function_app_directory=folder)
        )
        metadata = list(indexed.function_metadata_results)
        if not metadata:
            raise HostError(f"No functions were found in {app}: function_app.py is missing or registers none.")
        for function in metadata:
            load = protos.FunctionLoadRequest(function_id=function.function_id, metadata=function)
            await self._ask("function_load_request", load)
        self._functions = {function.name: function.function_id for function in metadata}
        return metadata

    async def _ask(self, kind: str, request: Any) -> Any:
        number = str(next(self._requests))
        answer: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._answers[number] = answer
        self._send(self._protos.StreamingMessage(request_id=number, **{kind: request}))
        try:
            response = await answer
        finally:
            self._answers.pop(number, None)
        if response.result.status != SUCCESS:
            problem = response.result.exception
            raise HostError(f"The app does not index: {problem.message}\n{problem.stack_trace}".rstrip())
        return response

    def _send(self, message: Any) -> None:
        self._connected.result().send(message.SerializeToString())

    def _signal(self, number: signal.Signals) -> None:
        if self.process is not None and self.process.returncode is None:
            self.process.send_signal(number)

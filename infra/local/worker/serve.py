"""How does one protocol message become one answer? The proxy worker's part, played over our own socket."""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import azure_functions_runtime as runtime

from infra.local.worker.logs import invocation
from infra.local.worker.protocol import Frames, load_protos

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class WorkerRequest:
    """The shape that the runtime expects of its caller (azure-functions-runtime, `handle_event`)."""

    name: str
    request: Any
    properties: dict[str, Any]


# Request in the StreamingMessage → the runtime's verb, and the field of the answer.
VERBS: dict[str, tuple[Callable[[WorkerRequest], Awaitable[Any]], str]] = {
    "worker_init_request": (runtime.worker_init_request, "worker_init_response"),
    "functions_metadata_request": (runtime.functions_metadata_request, "function_metadata_response"),
    "function_load_request": (runtime.function_load_request, "function_load_response"),
    "invocation_request": (runtime.invocation_request, "invocation_response"),
}


class Worker:
    """One worker process: connects, says who it is, and answers until the host closes or terminates it."""

    def __init__(self, app: Path, number: int) -> None:
        self._app = app
        self._number = number
        self._protos = load_protos()
        self._tasks: set[asyncio.Task[None]] = set()
        self._closed = asyncio.Event()
        self._host = ""

    async def serve(self, host: str, port: int) -> None:
        """Returns when the connection is gone. Does not wait for functions that are still running."""
        self._host = host
        os.chdir(self._app)
        runtime.start_threadpool_executor()
        loop = asyncio.get_running_loop()
        _, frames = await loop.create_connection(lambda: Frames(self._received, self._lost), host, port)
        hello = self._protos.StreamingMessage(start_stream=self._protos.StartStream(worker_id=str(self._number)))
        frames.send(hello.SerializeToString())
        await self._closed.wait()
        # A sync function may hang in the thread pool; interpreter exit would join it.
        logging.shutdown()
        os._exit(0)

    def _received(self, frames: Frames, frame: bytes) -> None:
        message = self._protos.StreamingMessage.FromString(frame)
        kind = message.WhichOneof("content")
        if kind == "worker_terminate":
            frames.close()
        elif kind in VERBS:
            task = asyncio.get_running_loop().create_task(self._answer(frames, kind, message))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        else:
            log.warning("The host sent %s, which this worker does not know.", kind)

    def _lost(self, _: Frames) -> None:
        self._closed.set()

    async def _answer(self, frames: Frames, kind: str, message: Any) -> None:
        if kind == "invocation_request":
            invocation.set(message.invocation_request.invocation_id)
        verb, field = VERBS[kind]
        answer = await verb(WorkerRequest(kind, message, {"host": self._host, "protos": self._protos}))
        reply = self._protos.StreamingMessage(request_id=message.request_id, **{field: answer})
        frames.send(reply.SerializeToString())

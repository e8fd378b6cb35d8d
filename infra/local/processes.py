"""How does one part of the local world run? As a process that says in one JSON line when it is ready."""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import json
import os
import signal
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

PR_SET_PDEATHSIG = 1
READY_S = 60.0
STOP_S = 15.0


class StartError(RuntimeError):
    """A part of the local world did not start; the message says which and shows the end of its log."""


class Part:
    """One process of the local world: its ready line is in `described`, its standard error in `log`."""

    def __init__(self, name: str, log: Path) -> None:
        self.name = name
        self.log = log
        self.described: dict[str, Any] = {}
        self._process: asyncio.subprocess.Process | None = None
        self._drain: asyncio.Task[None] | None = None

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    async def start(self, module: str, arguments: Sequence[str], environment: Mapping[str, str]) -> dict[str, Any]:
        """Run `python -m module`, wait for its ready line.

        Raises:
            StartError: it ended or stayed silent.
        """
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as errors:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", module, *arguments,
                stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE, stderr=errors,
                env={**os.environ, **environment}, preexec_fn=_end_with_parent, start_new_session=True,
            )  # fmt: skip
        try:
            self.described = await asyncio.wait_for(self._ready_line(), READY_S)
        except TimeoutError:
            await self.stop()
            raise StartError(f"{self.name} was not ready after {READY_S:.0f} s.\n{self._end_of_log()}") from None
        self._drain = asyncio.create_task(self._read_on())
        return self.described

    async def wait(self) -> int:
        """Until the process ends by itself."""
        assert self._process is not None
        return await self._process.wait()

    async def stop(self) -> None:
        """Ask it to end; insist after a while."""
        process = self._process
        if process is None:
            return
        if process.returncode is None:
            process.send_signal(signal.SIGTERM)
            try:
                await asyncio.wait_for(process.wait(), STOP_S)
            except TimeoutError:
                process.kill()
                await process.wait()
        if self._drain is not None:
            await self._drain
            self._drain = None

    async def _ready_line(self) -> dict[str, Any]:
        assert self._process is not None
        assert self._process.stdout is not None
        line = await self._process.stdout.readline()
        if not line:
            await self._process.wait()
            raise StartError(f"{self.name} did not start.\n{self._end_of_log()}")
        described: dict[str, Any] = json.loads(line)
        return described

    async def _read_on(self) -> None:
        """A full pipe would stop the process."""
        assert self._process is not None
        assert self._process.stdout is not None
        with contextlib.suppress(ValueError):
            async for _ in self._process.stdout:
                pass

    def _end_of_log(self) -> str:
        return "\n".join(self.log.read_text("utf-8", "replace").splitlines()[-15:])


def _end_with_parent() -> None:
    """The kernel ends the part when whoever started it is gone, even by SIGKILL (Linux)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)

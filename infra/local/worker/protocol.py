"""How do host and worker talk? FunctionRpc StreamingMessages, each behind a four-byte length, on one TCP connection.

Azure carries the same messages over gRPC; the length is the only thing that differs, and neither the app nor
Microsoft's runtime sees it.
"""

from __future__ import annotations

import asyncio
import importlib
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

PROTOS = Path(__file__).resolve().parents[3] / ".local" / "protos" / "azfn_protos"
HEADER = 4


class ProtosMissingError(RuntimeError):
    """The protobuf classes of the Functions protocol are not unpacked."""


def load_protos(folder: Path = PROTOS) -> Any:
    """The FunctionRpc message classes as one namespace, in the form that `azure_functions_runtime` expects.

    The wheel's own `__init__` is not executed: it would import grpc, which this transport does not need.

    Raises:
        ProtosMissingError: `python -m infra.local.setup_runtime` has not been run.
    """
    if "azfn_protos" in sys.modules:
        return sys.modules["azfn_protos"]
    if not (folder / "FunctionRpc_pb2.py").is_file():
        raise ProtosMissingError(
            f"The protocol classes are missing in {folder}. Run: python -m infra.local.setup_runtime"
        )
    package = ModuleType("azfn_protos")
    package.__path__ = [str(folder)]
    sys.modules["azfn_protos"] = package
    for name in ("FunctionRpc_pb2", "shared.NullableTypes_pb2"):
        module = importlib.import_module(f"azfn_protos.{name}")
        for word in (word for word in vars(module) if word[0].isupper()):
            setattr(package, word, getattr(module, word))
    return package


class Frames(asyncio.Protocol):
    """One connection: whole frames in through `received`, out through `send`; `lost` is called once at its end."""

    def __init__(self, received: Callable[[Frames, bytes], None], lost: Callable[[Frames], None]) -> None:
        self._received = received
        self._lost = lost
        self._buffer = bytearray()
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        start = 0
        while len(self._buffer) - start >= HEADER:
            end = start + HEADER + int.from_bytes(self._buffer[start : start + HEADER], "big")
            if len(self._buffer) < end:
                break
            self._received(self, bytes(self._buffer[start + HEADER : end]))
            start = end
        del self._buffer[:start]

    def connection_lost(self, _: Exception | None) -> None:
        self._transport = None
        self._lost(self)

    def send(self, frame: bytes) -> None:
        """Silently nothing once the connection is lost: `lost` has told, and the caller's future fails there."""
        if self._transport is not None:
            self._transport.write(len(frame).to_bytes(HEADER, "big") + frame)

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()

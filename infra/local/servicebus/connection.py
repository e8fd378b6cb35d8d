"""How does one TCP connection speak AMQP 1.0? Headers, SASL, frames, keep-alive; what a channel does not concern.

SASL takes whatever comes, because the emulator dialect of the SDKs is ANONYMOUS followed by a `$cbs` token.
"""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import Callable
from typing import TYPE_CHECKING

from infra.local.servicebus.channel import WINDOW, Channel
from infra.local.servicebus.errors import AmqpError, CodecError
from infra.local.servicebus.performatives import (
    ATTACH,
    BEGIN,
    CLOSE,
    DETACH,
    END,
    MAX_FRAME,
    OPEN,
    SASL_INIT,
    SASL_OUTCOME,
    Fields,
    error,
    frame,
    parse,
    performative,
    sasl_mechanisms,
)
from infra.local.servicebus.values import UByte, UInt, UShort
from infra.local.simulation.clock import Alarm

if TYPE_CHECKING:
    from infra.local.servicebus.queues import Namespace

MIN_FRAME = 512
IDLE_TIMEOUT_MS = 240_000
HEADER_AMQP, HEADER_SASL = b"AMQP\x00\x01\x00\x00", b"AMQP\x03\x01\x00\x00"


class Connection(asyncio.Protocol):
    """One client."""

    def __init__(self, namespace: Namespace, on_lost: Callable[[Connection], None]) -> None:
        self.namespace = namespace
        self.peer_max_frame = MAX_FRAME
        self._on_lost = on_lost
        self._channels: dict[int, Channel] = {}
        self._received = bytearray()
        self._unsent: list[bytes] = []
        self._needs_header = True
        self._transport: asyncio.Transport | None = None
        self._keep_alive: asyncio.TimerHandle | None = None
        self._last_frame_at = namespace.clock.now()
        self._idle_alarm: Alarm | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        if self.namespace.faults.outage:
            self.abort()
        self.watch_idleness()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - why it is lost changes nothing
        self._transport = None
        self._on_lost(self)
        if self._keep_alive is not None:
            self._keep_alive.cancel()
        if self._idle_alarm is not None:
            self._idle_alarm.cancel()
        for channel in self._channels.values():
            channel.close()
        self._channels.clear()

    def data_received(self, data: bytes) -> None:
        self._received += data
        try:
            while self._transport is not None and self._next():
                pass
        except CodecError as problem:
            self.close(AmqpError("amqp:decode-error", str(problem)))

    def send(self, channel: int, body: bytes) -> None:
        self._write(frame(channel, body))

    def abort(self) -> None:
        """Cut the connection without a word: the client sees a reset, as from a network that failed."""
        self._unsent.clear()
        if self._transport is not None:
            raw = self._transport.get_extra_info("socket")
            if raw is not None:
                raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self._transport.abort()
            self._transport = None

    def close(self, problem: AmqpError | None = None) -> None:
        """Say close, with the reason if there is one, and close the socket behind it."""
        self.send(0, performative(CLOSE, [error(problem)]))
        self._flush()
        if self._transport is not None:
            self._transport.close()
            self._transport = None

    def watch_idleness(self) -> None:
        """Close the connection when nothing has come for `faults.idle_drop_s`, as Service Bus does after minutes."""
        if self._idle_alarm is not None:
            self._idle_alarm.cancel()
            self._idle_alarm = None
        limit = self.namespace.faults.idle_drop_s
        if limit is None or self._transport is None:
            return
        due = self._last_frame_at + limit
        if due <= self.namespace.clock.now():
            self.close(AmqpError("amqp:connection:forced", f"The connection was inactive for {limit:g} seconds."))
        else:
            self._idle_alarm = self.namespace.clock.call_at(due, self.watch_idleness)

    def _next(self) -> bool:
        """Work on one header or frame; False when it is not complete yet."""
        if len(self._received) < 8:
            return False
        if self._needs_header:
            self._on_header(bytes(self._received[:8]))
            del self._received[:8]
            return True
        size = int.from_bytes(self._received[:4], "big")
        if not 8 <= size <= MAX_FRAME:
            raise CodecError(f"a frame of {size} bytes")
        if len(self._received) < size:
            return False
        raw = bytes(self._received[:size])
        del self._received[:size]
        if size > 8:
            self._last_frame_at = self.namespace.clock.now()
            self._on_frame(memoryview(raw))
        return True

    def _on_header(self, header: bytes) -> None:
        if header not in (HEADER_AMQP, HEADER_SASL):
            self.abort()
            return
        self._write(header)
        if header == HEADER_SASL:
            self._write(frame(0, sasl_mechanisms(["ANONYMOUS", "MSSBCBS", "PLAIN", "EXTERNAL"]), sasl=True))
        self._needs_header = False

    def _on_frame(self, raw: memoryview) -> None:
        code, fields, payload = parse(raw)
        number = raw[6] << 8 | raw[7]
        if raw[5] == 1:
            if code == SASL_INIT:
                self._write(frame(0, performative(SASL_OUTCOME, [UByte(0)]), sasl=True))
                self._needs_header = True
        elif code == OPEN:
            self._on_open(fields)
        elif code == BEGIN:
            self._channels[number] = Channel(self, number, fields.number(1))
            window: list[object] = [UShort(number), UInt(0), UInt(WINDOW), UInt(WINDOW), UInt(255)]
            self.send(number, performative(BEGIN, window))
        elif code == END:
            channel = self._channels.pop(number, None)
            if channel is not None:
                channel.close()
            self.send(number, performative(END, []))
        elif code == CLOSE:
            self.close()
        elif ATTACH <= code <= DETACH:
            # Late frames of a channel that has ended are normal: SDKs send them when they close.
            channel = self._channels.get(number)
            if channel is not None:
                channel.on_performative(code, fields, payload)
        else:
            raise CodecError(f"no such performative: 0x{code:02x}")

    def _on_open(self, fields: Fields) -> None:
        self.peer_max_frame = max(MIN_FRAME, min(fields.optional_number(2) or MAX_FRAME, MAX_FRAME))
        idle_ms = fields.optional_number(4)
        if idle_ms:
            self._beat(idle_ms / 2000)
        opened: list[object] = ["servicebus", None, UInt(MAX_FRAME), UShort(4999), UInt(IDLE_TIMEOUT_MS)]
        self.send(0, performative(OPEN, opened))

    def _beat(self, every: float) -> None:
        """An empty frame in good time, in real seconds, keeps the client from giving up on us."""
        self._write(frame(0, b""))
        self._keep_alive = asyncio.get_running_loop().call_later(every, self._beat, every)

    def _write(self, raw: bytes) -> None:
        """What is written in one turn of the event loop leaves in one piece."""
        if not self._unsent:
            asyncio.get_running_loop().call_soon(self._flush)
        self._unsent.append(raw)

    def _flush(self) -> None:
        if self._unsent and self._transport is not None:
            self._transport.write(b"".join(self._unsent))
        self._unsent.clear()

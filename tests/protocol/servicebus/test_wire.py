"""What does a client that is not the SDK get to see? Frames by hand, right ones and wrong ones."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
from azure.servicebus._pyamqp import _decode as sdk_decode
from hypothesis import given, settings
from hypothesis import strategies as st

from infra.local.servicebus.connection import HEADER_AMQP, HEADER_SASL, Connection
from infra.local.servicebus.consumer import enqueue_raw
from infra.local.servicebus.encoding import encode
from infra.local.servicebus.messages import Message, Properties
from infra.local.servicebus.performatives import (
    ATTACH,
    BEGIN,
    CLOSE,
    DETACH,
    DISPOSITION,
    END,
    FLOW,
    OPEN,
    SASL_INIT,
    SASL_MECHANISMS,
    SASL_OUTCOME,
    SOURCE,
    TARGET,
    TRANSFER,
    Fields,
    frame,
    parse,
    performative,
)
from infra.local.servicebus.queues import Namespace, QueueConfig
from infra.local.servicebus.values import Described, Symbol, UInt, ULong, UShort
from infra.local.simulation.clock import Clock
from tests.protocol.servicebus.conftest import steady


class Peer:
    """One TCP connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    def say(self, code: int, *fields: object, payload: bytes = b"", sasl: bool = False) -> None:
        self.writer.write(frame(0, performative(code, list(fields)) + payload, sasl=sasl))

    async def hear_raw(self) -> bytes:
        size = await asyncio.wait_for(self.reader.readexactly(4), 5)
        return size + await self.reader.readexactly(int.from_bytes(size, "big") - 4)

    async def hear(self, *codes: int) -> tuple[int, Fields, bytes]:
        """The next frame of one of these kinds."""
        while True:
            raw = await self.hear_raw()
            if len(raw) > 8:
                code, fields, payload = parse(memoryview(raw))
                if not codes or code in codes:
                    return code, fields, bytes(payload)

    async def open(self) -> None:
        self.writer.write(HEADER_AMQP)
        self.say(OPEN, "test", None, UInt(512))
        self.say(BEGIN, None, UInt(0), UInt(100), UInt(100))
        assert await self.reader.readexactly(8) == HEADER_AMQP
        await self.hear(BEGIN)

    def attach(self, *, handle: int = 0, receiver: bool, address: str, filters: object = None) -> None:
        source = Described(ULong(SOURCE), [address, *[None] * 6, filters])
        self.say(
            ATTACH, f"link{handle}", UInt(handle), receiver, None, None, source, Described(ULong(TARGET), [address])
        )

    async def ended(self) -> bytes:
        """Everything until the broker closes the connection."""
        return await asyncio.wait_for(self.reader.read(), 5)


@pytest.fixture
async def peer(namespace: Namespace) -> AsyncIterator[Peer]:
    port = await namespace.listen()
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    yield Peer(reader, writer)
    writer.close()


async def test_sasl_then_amqp(peer):
    peer.writer.write(HEADER_SASL)
    assert await peer.reader.readexactly(8) == HEADER_SASL
    _, mechanisms, _ = await peer.hear(SASL_MECHANISMS)
    assert Symbol("ANONYMOUS") in mechanisms.get(0).items
    peer.say(SASL_INIT, Symbol("ANONYMOUS"), sasl=True)
    _, outcome, _ = await peer.hear(SASL_OUTCOME)
    assert outcome.number(0) == 0

    await peer.open()


@pytest.mark.parametrize("code", [OPEN, BEGIN, ATTACH, FLOW, DETACH, END, CLOSE])
async def test_the_sdk_finds_every_field_of_what_we_send(peer, code):
    await peer.open() if code not in (OPEN, BEGIN) else peer.writer.write(HEADER_AMQP)
    if code in (OPEN, BEGIN):
        peer.say(OPEN, "test")
        peer.say(BEGIN, None, UInt(0), UInt(100), UInt(100))
        await peer.reader.readexactly(8)
    peer.attach(receiver=False, address="plain")
    peer.say(DETACH, UInt(0), True)
    peer.say(END)
    peer.say(CLOSE)

    raw = await peer.hear_raw()
    while parse(memoryview(raw))[0] != code:
        raw = await peer.hear_raw()

    kind, fields = sdk_decode.decode_frame(memoryview(raw)[8:])
    widths = {OPEN: 10, BEGIN: 8, ATTACH: 14, FLOW: 11, DETACH: 3, END: 1, CLOSE: 1}
    assert kind == code
    assert len(fields) >= widths[code]


async def test_a_message_larger_than_the_peers_frames_comes_in_pieces(peer, plain):
    enqueue_raw(plain, bytes(range(256)) * 8)
    await peer.open()
    peer.attach(receiver=True, address="plain")
    peer.say(FLOW, UInt(0), UInt(100), UInt(0), UInt(100), UInt(0), UInt(0), UInt(1))

    pieces, more = [], True
    while more:
        raw = await peer.hear_raw()
        assert len(raw) <= 512
        code, fields, payload = parse(memoryview(raw))
        if code == TRANSFER:
            pieces.append(bytes(payload))
            more = fields.flag(5)

    assert len(pieces) > 4
    assert Message.parse(b"".join(pieces)).body() == bytes(range(256)) * 8


async def test_a_message_that_comes_in_pieces_is_one_message(peer, plain):
    message = Message.compose(b"x" * 900, Properties(message_id="m"), {})
    payload = message.raw_properties + message.raw_body
    await peer.open()
    peer.attach(receiver=False, address="plain")
    peer.say(TRANSFER, UInt(0), UInt(0), b"t", UInt(0), False, True, payload=payload[:400])
    peer.say(TRANSFER, UInt(0), None, None, None, None, True, payload=payload[400:800])
    peer.say(TRANSFER, UInt(0), None, None, None, None, False, payload=payload[800:])

    _, fields, _ = await peer.hear(DISPOSITION)

    assert (fields.number(1), fields.get(4)) == (0, Described(ULong(0x24), []))
    [stored] = plain.peek()
    assert stored.message.body() == b"x" * 900


async def test_an_aborted_delivery_never_was(peer, plain):
    await peer.open()
    peer.attach(receiver=False, address="plain")
    peer.say(TRANSFER, UInt(0), UInt(0), b"t", UInt(0), False, True, payload=b"\x00\x53\x75" + encode(b"a"))
    peer.say(TRANSFER, UInt(0), None, None, None, None, False, None, None, None, True)
    peer.say(TRANSFER, UInt(0), UInt(1), b"u", UInt(0), False, False, payload=b"\x00\x53\x75" + encode(b"b"))

    _, fields, _ = await peer.hear(DISPOSITION)

    assert fields.number(1) == 1
    assert [stored.message.body() for stored in plain.peek()] == [b"b"]


async def test_what_is_no_message_is_rejected_and_the_link_lives_on(peer, plain):
    await peer.open()
    peer.attach(receiver=False, address="plain")
    peer.say(TRANSFER, UInt(0), UInt(0), b"t", UInt(0), False, False, payload=b"\x45")
    peer.say(TRANSFER, UInt(0), UInt(1), b"u", UInt(0), False, False, payload=b"\x00\x53\x75" + encode(b"b"))

    _, refused, _ = await peer.hear(DISPOSITION)
    _, accepted, _ = await peer.hear(DISPOSITION)

    assert refused.composite(4).composite(0).get(0) == "amqp:decode-error"
    assert accepted.get(4) == Described(ULong(0x24), [])


async def test_a_batch_with_one_bad_message_is_refused_whole(peer, lanes):
    inside = [Message.compose(b"", Properties(session_id=session_id), {}) for session_id in ("s", None)]
    payload = b"".join(b"\x00\x53\x75" + encode(message.raw_properties + message.raw_body) for message in inside)
    await peer.open()
    peer.attach(receiver=False, address="lanes")
    peer.say(TRANSFER, UInt(0), UInt(0), b"t", UInt(0x80013700), False, False, payload=payload)

    _, refused, _ = await peer.hear(DISPOSITION)

    assert refused.composite(4).composite(0).get(0) == "amqp:not-allowed"
    assert lanes.peek() == []


async def test_drained_credit_is_used_up(peer):
    await peer.open()
    peer.attach(receiver=True, address="plain")
    peer.say(FLOW, UInt(0), UInt(100), UInt(0), UInt(100), UInt(0), UInt(0), UInt(5), None, True)

    _, fields, _ = await peer.hear(FLOW)

    assert (fields.number(5), fields.number(6), fields.flag(8)) == (5, 0, True)


async def test_a_refused_link_is_attached_to_nothing_and_detached_with_the_reason(peer):
    await peer.open()
    peer.attach(receiver=True, address="nowhere")

    _, attached, _ = await peer.hear(ATTACH)
    _, detached, _ = await peer.hear(DETACH)

    assert (attached.get(5), attached.get(6)) == (None, None)
    assert detached.composite(2).get(0) == "amqp:not-found"


async def test_frames_of_a_channel_that_has_ended_are_ignored(peer):
    await peer.open()
    peer.say(END)
    peer.attach(receiver=True, address="plain")
    peer.say(BEGIN, None, UInt(0), UInt(100), UInt(100))

    code, _, _ = await peer.hear()
    assert code == END
    code, fields, _ = await peer.hear()
    assert (code, fields.get(0)) == (BEGIN, UShort(0))


@pytest.mark.parametrize(
    ("raw", "condition"),
    [
        (b"\x00\x00\x00\x04", "amqp:decode-error"),
        (b"\xff\xff\xff\xff", "amqp:decode-error"),
        (frame(0, b"\x40"), "amqp:decode-error"),
        (frame(0, performative(BEGIN, [])), "amqp:decode-error"),
        (frame(0, performative(0x99, [])), "amqp:decode-error"),
        (frame(0, performative(ATTACH, ["a", "b"])), "amqp:decode-error"),
    ],
    ids=["tiny frame", "huge frame", "no performative", "missing field", "unknown", "wrong type"],
)
async def test_a_broken_frame_closes_the_connection_with_a_reason(peer, raw, condition):
    await peer.open()
    peer.writer.write(raw + b"\x00" * 8)

    _, fields, _ = await peer.hear(CLOSE)

    assert fields.composite(0).get(0) == condition
    assert await peer.ended() == b""


async def test_another_protocol_is_cut_off(peer):
    peer.writer.write(b"GET / HT")

    with pytest.raises(ConnectionResetError):
        await peer.ended()


async def test_the_broker_keeps_a_quiet_client_connected(peer):
    peer.writer.write(HEADER_AMQP)
    peer.say(OPEN, "test", None, UInt(512), None, UInt(20))
    await peer.reader.readexactly(8)
    await peer.hear(OPEN)

    assert await peer.hear_raw() == frame(0, b"")
    assert await peer.hear_raw() == frame(0, b"")


class Sink(asyncio.Transport):
    """Takes what the broker writes."""

    def write(self, data: bytes | bytearray | memoryview) -> None:
        pass

    def close(self) -> None:
        pass

    def abort(self) -> None:
        pass


VALUES = st.one_of(
    st.none(), st.booleans(), st.integers(0, 5).map(UInt), st.sampled_from(["plain", "lanes", "$cbs", "x"]),
    st.builds(
        Described, st.sampled_from((0x24, 0x25, 0x27, SOURCE, TARGET)).map(ULong), st.lists(st.none(), max_size=3)
    ),
    st.builds(Described, st.just(ULong(SOURCE)), st.sampled_from(("plain", "lanes")).map(lambda name: [name])),
)  # fmt: skip
FRAMES = st.builds(
    lambda code, fields, payload: frame(0, performative(code, fields) + payload),
    st.integers(0x10, 0x19),
    st.lists(VALUES, max_size=11),
    st.binary(max_size=20),
)


@given(st.lists(st.one_of(FRAMES, st.binary(max_size=30)), max_size=12))
@settings(steady, max_examples=200)
def test_no_sequence_of_frames_breaks_the_broker(frames):
    async def play() -> None:
        namespace = Namespace(Clock(), {"plain": QueueConfig(), "lanes": QueueConfig(session=True)})
        connection = Connection(namespace, lambda _: None)
        connection.connection_made(Sink())
        connection.data_received(HEADER_AMQP + frame(0, performative(BEGIN, [None, UInt(0)])))
        for raw in frames:
            connection.data_received(raw)
        connection.connection_lost(None)

    asyncio.run(play())

"""Does the codec carry every AMQP type, agree with the SDK's own codec, and survive garbage?"""

from __future__ import annotations

import struct
import uuid
from typing import Any

import pytest
from azure.servicebus._pyamqp import _decode as sdk_decode
from azure.servicebus._pyamqp import _encode as sdk_encode
from azure.servicebus._pyamqp.types import TYPE, VALUE, AMQPTypes
from hypothesis import given, settings
from hypothesis import strategies as st

from infra.local.servicebus.decoding import MAX_DEPTH, decode, skip
from infra.local.servicebus.encoding import EMPTY_MAP, described, encode, map_with
from infra.local.servicebus.errors import CodecError
from infra.local.servicebus.values import (
    Array,
    Byte,
    Char,
    Decimal,
    Described,
    Float,
    Int,
    Short,
    Symbol,
    Timestamp,
    UByte,
    UInt,
    ULong,
    UShort,
)
from tests.protocol.servicebus.conftest import steady

pytestmark = pytest.mark.timeout(60)


def signed(bits: int) -> st.SearchStrategy[int]:
    return st.integers(-(2 ** (bits - 1)), 2 ** (bits - 1) - 1)


def unsigned(bits: int) -> st.SearchStrategy[int]:
    return st.integers(0, 2**bits - 1)


SYMBOLS = st.text(st.characters(min_codepoint=33, max_codepoint=126), max_size=300).map(Symbol)
STRINGS = st.text(st.characters(exclude_categories=["Cs"]), max_size=300)
PLAIN = {
    type(None): st.none(),
    bool: st.booleans(),
    int: signed(64),
    float: st.floats(allow_nan=False),
    str: STRINGS,
    bytes: st.binary(max_size=300),
    uuid.UUID: st.uuids(),
    Symbol: SYMBOLS,
    Timestamp: signed(64).map(Timestamp),
    UByte: unsigned(8).map(UByte),
    UShort: unsigned(16).map(UShort),
    UInt: unsigned(32).map(UInt),
    ULong: unsigned(64).map(ULong),
    Byte: signed(8).map(Byte),
    Short: signed(16).map(Short),
    Int: signed(32).map(Int),
    Float: st.floats(width=32, allow_nan=False).map(Float),
}
PRIMITIVES = st.one_of(*PLAIN.values())
IN_ARRAYS = (int, Int, UInt, ULong, Timestamp, bool, float, uuid.UUID, str, Symbol, bytes)
#: azure-servicebus 7.15 gives each boolean and each zero its own constructor, even inside an array: not AMQP.
WRITTEN_BADLY_BY_THE_SDK = (bool, UInt, ULong)


def arrays(*kinds: type) -> st.SearchStrategy[Array]:
    return st.sampled_from(kinds).flatmap(
        lambda kind: st.lists(PLAIN[kind], min_size=1, max_size=5).map(lambda items: Array(kind, tuple(items)))
    )


ARRAYS = arrays(*IN_ARRAYS)


def nested(leaves: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.recursive(
        leaves,
        lambda inner: st.one_of(st.lists(inner, max_size=6), st.dictionaries(st.one_of(STRINGS, SYMBOLS), inner)),
        max_leaves=12,
    )


READ_BY_THE_SDK = nested(st.one_of(PRIMITIVES, ARRAYS))
WRITTEN_BY_THE_SDK = nested(
    st.one_of(PRIMITIVES, arrays(*(kind for kind in IN_ARRAYS if kind not in WRITTEN_BADLY_BY_THE_SDK)))
)
EVERYTHING = nested(
    st.one_of(
        PRIMITIVES,
        ARRAYS,
        st.characters(exclude_categories=["Cs"]).map(Char),
        st.sampled_from((4, 8, 16)).flatmap(lambda size: st.binary(min_size=size, max_size=size)).map(Decimal),
        st.builds(Described, st.one_of(PLAIN[ULong], SYMBOLS), PRIMITIVES),
    )
)


def typed(value: object) -> object:
    """A value with its types made visible to `==`, by which a `UInt(1)` equals `True`."""
    if isinstance(value, list):
        return [typed(item) for item in value]
    if isinstance(value, dict):
        return {(type(key), key): typed(item) for key, item in value.items()}
    if isinstance(value, Array):
        return Array, value.kind, [typed(item) for item in value.items]
    if isinstance(value, Described):
        return Described, typed(value.code), typed(value.value)
    return type(value), value


SDK_TYPES = {
    type(None): AMQPTypes.null,
    bool: AMQPTypes.boolean,
    int: AMQPTypes.long,
    float: AMQPTypes.double,
    str: AMQPTypes.string,
    bytes: AMQPTypes.binary,
    uuid.UUID: AMQPTypes.uuid,
    Symbol: AMQPTypes.symbol,
    Timestamp: AMQPTypes.timestamp,
    UByte: AMQPTypes.ubyte,
    UShort: AMQPTypes.ushort,
    UInt: AMQPTypes.uint,
    ULong: AMQPTypes.ulong,
    Byte: AMQPTypes.byte,
    Short: AMQPTypes.short,
    Int: AMQPTypes.int,
    Float: AMQPTypes.float,
}


def for_sdk(value: object) -> object:
    """The value as the SDK's encoder wants it."""
    if isinstance(value, list):
        return {TYPE: AMQPTypes.list, VALUE: [for_sdk(item) for item in value]}
    if isinstance(value, dict):
        return {TYPE: AMQPTypes.map, VALUE: [(for_sdk(key), for_sdk(item)) for key, item in value.items()]}
    if isinstance(value, Array):
        return {TYPE: AMQPTypes.array, VALUE: [for_sdk(item) for item in value.items]}
    return {TYPE: SDK_TYPES[type(value)], VALUE: value}


def as_sdk_reads(value: object) -> object:
    """The value as the SDK's decoder returns it: text is bytes, widths are forgotten."""
    if isinstance(value, list):
        return [as_sdk_reads(item) for item in value]
    if isinstance(value, dict):
        return {as_sdk_reads(key): as_sdk_reads(item) for key, item in value.items()}
    if isinstance(value, Array):
        return [as_sdk_reads(item) for item in value.items]
    return value.encode() if isinstance(value, str) else value


@given(EVERYTHING)
@steady
def test_what_is_encoded_decodes_to_the_same_value_of_the_same_types(value):
    raw = encode(value)

    decoded, end = decode(raw)

    assert typed(decoded) == typed(value)
    assert end == skip(raw, 0) == len(raw)


@given(READ_BY_THE_SDK)
@steady
def test_the_sdk_reads_what_we_write(value):
    raw = memoryview(encode(value))

    rest, decoded = sdk_decode._DECODE_BY_CONSTRUCTOR[raw[0]](raw[1:], 0)

    assert decoded == as_sdk_reads(value)
    assert not rest


@given(WRITTEN_BY_THE_SDK)
@steady
def test_we_read_what_the_sdk_writes(value):
    raw = bytearray()
    sdk_encode.encode_value(raw, for_sdk(value))

    decoded, end = decode(bytes(raw))

    assert typed(decoded) == typed(value)
    assert end == skip(bytes(raw), 0) == len(raw)


@given(st.binary(max_size=200))
@settings(steady, max_examples=300)
def test_garbage_is_a_value_or_a_codec_error(raw):
    decodes_or_refuses(raw)


@given(EVERYTHING, st.data())
@steady
def test_a_damaged_value_is_a_value_or_a_codec_error(value, data):
    raw = bytearray(encode(value))
    raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))

    decodes_or_refuses(bytes(raw))


def decodes_or_refuses(raw: bytes) -> None:
    try:
        _, end = decode(raw)
    except CodecError:
        try:
            assert skip(raw, 0) <= len(raw)
        except CodecError:
            return
    else:
        assert end == skip(raw, 0) <= len(raw)


@given(EVERYTHING, st.data())
@steady
def test_a_truncated_value_is_a_codec_error(value, data):
    raw = encode(value)
    cut = data.draw(st.integers(0, len(raw) - 1))

    with pytest.raises(CodecError):
        decode(raw[:cut])
    with pytest.raises(CodecError):
        skip(raw[:cut], 0)


@pytest.mark.parametrize(
    ("raw", "problem"),
    [
        (b"\xf0" + struct.pack(">II", 5, 2**32 - 1) + b"\x40", "too many elements"),
        (b"\x00" * 100_000, "deeply"),
        (b"\xc0\x02\x01" * (MAX_DEPTH + 2), "deeply"),
        (b"\xc1\x02\x01\x40", "half an entry"),
        (b"\xc0\x03\x01\x40\x40", "size"),
        (b"\xc1\x04\x02\x45\x40\x40", "unhashable"),
        (b"\x56\x02", "boolean"),
        (b"\xa1\x02\xff\xff", "utf-8"),
        (b"\xa3\x01\xc3", "ascii"),
        (b"\x73\x00\x11\x00\x00", "chr"),
        (b"\x3f", "constructor"),
    ],
)
def test_hostile_bytes_are_refused_at_once(raw, problem):
    with pytest.raises(CodecError, match=problem):
        decode(raw)


def test_skipping_a_tower_of_descriptors_ends():
    with pytest.raises(CodecError):
        skip(b"\x00" * 100_000, 0)


@pytest.mark.parametrize(
    "value",
    [
        object(),
        UByte(256),
        UInt(-1),
        2**63,
        Symbol("ü"),
        Char("ab"),
        Decimal(b"123"),
        Array(dict, ({},)),
        Array(int, (1, "a")),
    ],
    ids=repr,
)
def test_what_amqp_cannot_carry_is_refused(value):
    with pytest.raises(CodecError):
        encode(value)


@given(st.dictionaries(STRINGS, PRIMITIVES, max_size=40), st.dictionaries(STRINGS, STRINGS, max_size=3))
@steady
def test_a_map_grows_without_touching_what_is_in_it(entries, added):
    grown, _ = decode(map_with(encode(entries), added))

    assert typed(grown) == typed({**entries, **added})


def test_only_maps_grow():
    assert decode(map_with(EMPTY_MAP, {})) == ({}, 9)
    with pytest.raises(CodecError):
        map_with(b"\x45", {})


def test_an_empty_array_may_come_without_its_constructor():
    assert decode(b"\xe0\x01\x00") == (Array(type(None), ()), 3)


def test_an_array_of_described_values_keeps_the_descriptor():
    raw = b"\xe0\x07\x02\x00\x53\x70\x50\x07\x08"

    assert decode(raw)[0] == Array(Described, (Described(0x70, 7), Described(0x70, 8)))


def test_descriptors_of_lists_are_small():
    assert described(0x24, []) == b"\x00\x53\x24\x45"

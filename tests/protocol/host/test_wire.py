"""What stands on the wire between host and worker?"""

from __future__ import annotations

import hashlib
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.local import setup_runtime
from infra.local.platform.codec import Codec
from infra.local.servicebus.consumer import Consumer, Delivery, enqueue_raw
from infra.local.servicebus.queues import Namespace, QueueConfig
from infra.local.simulation.clock import Clock
from infra.local.worker.protocol import PROTOS, Frames, ProtosMissingError, load_protos


@given(st.lists(st.binary(max_size=50), max_size=6), st.data())
def test_frames_arrive_whole_however_the_bytes_are_cut(frames: list[bytes], data: st.DataObject) -> None:
    stream = b"".join(len(frame).to_bytes(4, "big") + frame for frame in frames)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=5)))
    received: list[bytes] = []
    connection = Frames(lambda _, frame: received.append(frame), lambda _: None)

    for start, end in zip([0, *cuts], [*cuts, len(stream)], strict=True):
        connection.data_received(stream[start:end])

    assert received == frames


async def delivered(*messages: dict[str, Any]) -> list[Delivery]:
    queue = Namespace(Clock(), {"q": QueueConfig()}).entity("q")
    for message in messages:
        enqueue_raw(queue, b"{}", **message)
    return await Consumer(queue).receive(len(messages))


def kinds(metadata: dict[str, Any]) -> dict[str, str | None]:
    return {name: value.WhichOneof("data") for name, value in metadata.items()}


async def test_one_message_has_strings_as_strings_and_the_rest_as_json() -> None:
    (delivery,) = await delivered({"message_id": "m", "properties": {"k": 1}})

    metadata = Codec(load_protos()).metadata(delivery)

    found = kinds(metadata)
    assert {name for name, kind in found.items() if kind == "string"} == {"MessageId", "LockToken"}
    assert metadata["DeliveryCount"].json == "1"
    assert metadata["SequenceNumber"].json == "1"
    assert json.loads(metadata["EnqueuedTimeUtc"].json).endswith("Z")
    assert json.loads(metadata["UserProperties"].json) == {"k": 1}
    assert found["SessionId"] is None
    assert not {"TimeToLive", "LockedUntil", "State", "ScheduledEnqueueTimeUtc"} & set(metadata)


async def test_a_batch_has_arrays_and_leaves_empty_strings_out() -> None:
    deliveries = await delivered({"message_id": "a"}, {"message_id": None}, {"message_id": "c"})

    metadata = Codec(load_protos()).batch_metadata(deliveries)

    assert list(metadata["MessageIdArray"].collection_string.string) == ["a", "c"]
    assert list(metadata["SequenceNumberArray"].collection_sint64.sint64) == [1, 2, 3]
    assert json.loads(metadata["DeliveryCountArray"].json) == [1, 1, 1]
    assert json.loads(metadata["UserPropertiesArray"].json) == [{}, {}, {}]
    assert len(json.loads(metadata["ExpiresAtUtcArray"].json)) == 3


@pytest.mark.parametrize(("binary", "kind"), [(True, "bytes"), (False, "string")])
def test_bodies_are_text_unless_the_binding_says_binary(*, binary: bool, kind: str) -> None:
    codec = Codec(load_protos())

    assert codec.body(b"\xff", binary=binary).WhichOneof("data") == kind
    assert codec.bodies([b"x"], binary=binary).WhichOneof("data") == f"collection_{kind}"


def test_missing_protocol_classes_are_said_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(__import__("sys").modules, "azfn_protos", raising=False)

    with pytest.raises(ProtosMissingError, match="setup_runtime"):
        load_protos(tmp_path)


def test_a_second_set_up_finds_everything_in_place() -> None:
    assert setup_runtime.install_runtime().endswith("is installed.")
    assert setup_runtime.unpack_protos(PROTOS).endswith(f"are in {PROTOS}.")


def test_only_the_protocol_classes_leave_the_wheel(tmp_path: Path) -> None:
    wheel = tmp_path / "a.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr("tests/protos/FunctionRpc_pb2.py", "x = 1")
        archive.writestr("tests/protos/shared/__init__.py", "")
        archive.writestr("tests/other.py", "")

    setup_runtime.extract(wheel, tmp_path / "out")

    found = sorted(str(path.relative_to(tmp_path / "out")) for path in (tmp_path / "out").rglob("*.py"))
    assert found == ["FunctionRpc_pb2.py", "shared/__init__.py"]


def test_another_file_under_the_same_name_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    content = b"not the wheel"

    def pip(*arguments: str) -> None:
        (Path(arguments[arguments.index("--dest") + 1]) / "x-1-py3-none-any.whl").write_bytes(content)

    monkeypatch.setattr(setup_runtime, "_pip", pip)

    with pytest.raises(setup_runtime.SetupRuntimeError, match="not the file this project was tested with"):
        setup_runtime.download(("x", "1", "0" * 64), tmp_path)
    assert setup_runtime.download(("x", "1", hashlib.sha256(content).hexdigest()), tmp_path).read_bytes() == content

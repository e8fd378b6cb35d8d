"""A batch from the doorbell: what can't be read or parked, and a watch that hangs, cost nobody else."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from typing import Any

import pytest
from azure.core.credentials import AccessToken
from azure.functions.servicebus import ServiceBusMessage

from functions import batches
from functions.letters import open_letter
from shared.errors import StoreDown
from shared.messages import Message, encode
from shared.model import Cause, Lifecycle, Ring
from shared.runtime.bell import DOORBELL
from shared.wiring import App, build
from tests.bus.conftest import Bus, Wire
from tests.settings.test_settings import COMPLETE

SAFETY_S = 20.0
RING = Ring(kind="user", id="8a7c1b1e-6f51-4d0a-9a34-0b6a2d2f9c01", cause=Cause.LOOK, rung_at=1.0, trace="t", look=1)
NOTE = Lifecycle(subscription_id="5c0a1fd2-0d7e-4e0c-9f7a-3d1c6d1f0a11", event="missed", rung_at=1.0, trace="t")
GARBAGE = b"\xff no message"


class SignedIn:
    """A credential that always has a token."""

    async def get_token(self, *_: str, **__: Any) -> AccessToken:
        return AccessToken("token", int(time.time()) + 3600)

    async def close(self) -> None:
        return


def letter(body: Message | bytes, **parts: Any) -> ServiceBusMessage:
    raw = body if isinstance(body, bytes) else encode(body)
    return ServiceBusMessage(body=raw, application_properties={}, user_properties={}, **{"message_id": "m1", **parts})


@pytest.fixture
async def app(bus: Bus) -> AsyncIterator[App]:
    """Its Graph is a port where nobody answers."""
    mute = await asyncio.start_server(Wire(silent=True).serve, "127.0.0.1", 0)
    port = mute.sockets[0].getsockname()[1]
    app = build(
        COMPLETE
        | {"ServiceBusConnection": bus.connection_string, "LEDGER": "sqlite::memory:", "BELL_TIMEOUT_S": "5"}
        | {"GRAPH_URL": f"http://127.0.0.1:{port}/v1.0"}
    )
    app.__dict__["credential"] = SignedIn()
    yield app
    await app.close()
    mute.close()


async def test_what_cannot_be_read_is_parked(app: App, bus: Bus):
    assert await open_letter(letter(GARBAGE), DOORBELL, app, (Ring,)) is None
    [parked] = await app.ledger.parked()
    assert (parked.key, parked.queue, parked.body) == ("doorbell.m1", DOORBELL, "\ufffd no message")
    assert bus.bodies(DOORBELL) == []


async def test_what_cannot_be_parked_is_sent_again_alone_as_it_was(app: App, bus: Bus):
    await app.ledger.close()
    assert await open_letter(letter(GARBAGE, session_id="lane-2"), "changes", app, (Ring,)) is None
    [stored] = bus.namespace.entity("changes").peek(10)
    assert (stored.message.body(), stored.message.properties.session_id) == (GARBAGE, "lane-2")


async def test_an_unreadable_letter_costs_the_others_of_its_batch_nothing(
    app: App, bus: Bus, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("shared.entra.batch.TIMEOUT_S", 0.1)
    await app.ledger.close()
    async with asyncio.timeout(SAFETY_S):
        await batches.sort_batch([letter(GARBAGE), letter(RING)], app)
    assert sorted(bus.kinds(DOORBELL)) == ["?", "ring"]


async def test_a_letter_that_nobody_takes_is_raised_after_the_others_are_out(
    app: App, bus: Bus, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("shared.entra.batch.TIMEOUT_S", 0.1)

    async def down(*_: object, **__: object) -> None:
        raise StoreDown("The bus is down.")

    await app.ledger.close()
    monkeypatch.setattr(app.bell, "resend", down)
    async with asyncio.timeout(SAFETY_S):
        with pytest.raises(StoreDown):
            await batches.sort_batch([letter(GARBAGE), letter(RING)], app)
    assert bus.kinds(DOORBELL) == ["ring"]


async def test_a_watch_that_hangs_delays_and_fails_nobody(
    app: App, bus: Bus, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    monkeypatch.setattr("shared.entra.batch.TIMEOUT_S", 0.1)
    monkeypatch.setattr(batches, "WATCH_S", 0.1)
    async with asyncio.timeout(SAFETY_S):
        await batches.sort_batch([letter(NOTE), letter(RING)], app)
    assert bus.kinds(DOORBELL) == ["ring"]
    await asyncio.gather(*batches.watches)
    assert "alarm watch_failing resource=- why=TimeoutError" in caplog.text

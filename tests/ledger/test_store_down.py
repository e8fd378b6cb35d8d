"""Whatever goes wrong in a store, callers see `StoreDown`, `Stale` or `Refused`, and trying again heals."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from aiohttp import web

from infra.local.azurite import TableServer, table_server
from shared.errors import Refused, Stale, StoreDown, SyncError
from shared.model import Link
from shared.runtime.ledger import RowLedger
from shared.runtime.ledger_open import open_ledger
from tests.ledger.examples import ACCOUNT, a_parked, an_intent, an_outcome, identity

ADA = identity()

OPERATIONS: dict[str, Callable[[RowLedger], Awaitable[object]]] = {
    "epoch": lambda ledger: ledger.epoch(),
    "init": lambda ledger: ledger.init(),
    "links": lambda ledger: ledger.links([ADA]),
    "put_link": lambda ledger: ledger.put_link(Link(identity_id=ADA, account_id=ACCOUNT)),
    "identity_of": lambda ledger: ledger.identity_of(ACCOUNT),
    "mark": lambda ledger: ledger.mark(ADA),
    "raise_mark": lambda ledger: ledger.raise_mark(ADA),
    "open_intent": lambda ledger: ledger.open_intent(an_intent(ADA)),
    "open_intents": lambda ledger: ledger.open_intents(ADA),
    "record": lambda ledger: ledger.record(an_outcome(ADA)),
    "history": lambda ledger: ledger.history(ADA),
    "park": lambda ledger: ledger.park(a_parked("a", at=1.0)),
    "parked": lambda ledger: ledger.parked(),
    "unpark": lambda ledger: ledger.unpark("a"),
    "state": lambda ledger: ledger.state("name"),
    "put_state": lambda ledger: ledger.put_state("name", "value"),
    "put_state if new": lambda ledger: ledger.put_state("name", "value", etag=""),
    "put_state if the same": lambda ledger: ledger.put_state("name", "value", etag='W/"x"'),
}


async def all_down(ledger: RowLedger) -> None:
    for name, operation in OPERATIONS.items():
        try:
            await operation(ledger)
        except StoreDown:
            continue
        pytest.fail(f"{name} did not notice")


async def test_a_tables_server_that_stops_in_the_middle_is_store_down(azurite: TableServer) -> None:
    with table_server() as server:
        ledger = open_ledger(server.connection_string)
        await ledger.put_link(Link(identity_id=ADA, account_id=ACCOUNT))
        raising = asyncio.gather(*(ledger.raise_mark(ADA) for _ in range(20)), return_exceptions=True)
        server.stop()

        for result in await raising:
            assert isinstance(result, int | StoreDown)
        await all_down(ledger)
        await ledger.close()


async def test_a_locked_file_is_store_down_until_it_is_free(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    ledger = open_ledger(f"sqlite:{path}", timeout=0.01)
    await ledger.init()
    other = sqlite3.connect(path)
    other.execute("BEGIN IMMEDIATE")

    with pytest.raises(StoreDown):
        await ledger.raise_mark(ADA)
    assert await ledger.mark(ADA) == 0

    other.rollback()
    other.close()
    assert await ledger.raise_mark(ADA) == 1
    await ledger.close()


@pytest.mark.parametrize("content", [b"not a database" * 100, None], ids=["another file", "a folder"])
async def test_a_path_that_holds_no_database_is_store_down(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "ledger.db"
    path.mkdir() if content is None else path.write_bytes(content)
    ledger = open_ledger(f"sqlite:{path}")

    await all_down(ledger)
    await ledger.close()


async def test_a_closed_file_is_store_down() -> None:
    ledger = open_ledger("sqlite::memory:")
    await ledger.close()
    await ledger.close()

    await all_down(ledger)


@asynccontextmanager
async def answering(
    handler: Callable[[web.Request], Awaitable[web.StreamResponse]], *, timeout: float = 5.0
) -> AsyncIterator[RowLedger]:
    """A ledger in a storage account where every request gets the same answer."""
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", handler)
    runner = web.AppRunner(app, shutdown_timeout=0)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    ledger = open_ledger(f"AccountName=a;AccountKey=a2V5;TableEndpoint=http://127.0.0.1:{port}/a;", timeout=timeout)
    try:
        yield ledger
    finally:
        await ledger.close()
        await runner.cleanup()


@pytest.mark.parametrize(
    ("status", "code", "error"),
    [
        (409, "EntityAlreadyExists", Stale),
        (412, "UpdateConditionNotSatisfied", Stale),
        (400, "PropertyValueTooLarge", Refused),
        (413, "RequestBodyTooLarge", Refused),
        (401, "AuthenticationFailed", StoreDown),
        (403, "AuthorizationFailure", StoreDown),
        (404, "TableNotFound", StoreDown),
        (409, "TableBeingDeleted", StoreDown),
        (429, "TooManyRequests", StoreDown),
        (500, "InternalError", StoreDown),
        (503, "ServerBusy", StoreDown),
        (200, "", StoreDown),
    ],
)
async def test_every_answer_of_azure_tables_is_one_of_our_errors(
    status: int, code: str, error: type[SyncError]
) -> None:
    async def handler(request: web.Request) -> web.Response:
        return web.json_response({"odata.error": {"code": code, "message": {"value": "no"}}}, status=status)

    async with answering(handler) as ledger:
        for operation in ("state", "put_state if the same"):
            with pytest.raises(error):
                await OPERATIONS[operation](ledger)


async def test_an_account_that_does_not_answer_in_time_is_store_down() -> None:
    late = asyncio.Event()

    async def handler(request: web.Request) -> web.Response:
        await late.wait()
        return web.Response()

    async with answering(handler, timeout=0.05) as ledger:
        with pytest.raises(StoreDown, match=r"within 0\.05 s"):
            await ledger.mark(ADA)
        late.set()

"""Streams side by side: everything comes out, as soon as it is there, and nothing is left running."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing

import pytest

from shared.entra import batch
from shared.entra.batch import Item, call, chunks, together
from shared.entra.client import GraphClient
from shared.errors import Unreachable
from tests.entra.conftest import Entra


async def test_every_value_of_every_stream_comes_out():
    async def three(start: int) -> AsyncGenerator[int, None]:
        for number in range(start, start + 3):
            await asyncio.sleep(0)
            yield number

    found = [value async for value in together((three(start) for start in range(0, 30, 3)), limit=4)]

    assert sorted(found) == list(range(30))


async def test_a_value_does_not_wait_for_a_slower_stream():
    slow = asyncio.Event()

    async def waits() -> AsyncGenerator[str, None]:
        await slow.wait()
        yield "slow"

    async def quick() -> AsyncGenerator[str, None]:
        yield "quick"

    async with aclosing(together([waits(), quick()])) as values:
        assert await anext(values) == "quick"
        slow.set()
        assert await anext(values) == "slow"


async def test_no_more_than_the_limit_run_at_a_time():
    running, most = 0, 0

    async def stream() -> AsyncGenerator[int, None]:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await asyncio.sleep(0)
        yield 1
        running -= 1

    assert len([value async for value in together((stream() for _ in range(20)), limit=4)]) == 20
    assert most == 4


async def test_an_exception_ends_all_and_is_raised():
    ended = asyncio.Event()

    async def endless() -> AsyncGenerator[int, None]:
        try:
            await asyncio.Event().wait()
            yield 1
        finally:
            ended.set()

    async def broken() -> AsyncGenerator[int, None]:
        yield 2
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        async for _ in together([endless(), broken()]):
            pass

    assert ended.is_set()


async def test_leaving_early_ends_what_runs():
    ended = asyncio.Event()

    async def endless() -> AsyncGenerator[int, None]:
        try:
            yield 1
            await asyncio.Event().wait()
        finally:
            ended.set()

    async with aclosing(together([endless()])) as values:
        assert await anext(values) == 1

    assert ended.is_set()


@pytest.mark.parametrize(("count", "sizes"), [(0, []), (1, [1]), (20, [20]), (21, [20, 1]), (45, [20, 20, 5])])
def test_a_call_takes_twenty(count: int, sizes: list[int]):
    assert [len(chunk) for chunk in chunks(range(count))] == sizes


async def test_a_batch_that_stays_silent_fails_each_of_its_items_soon(
    entra: Entra, graph: GraphClient, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(batch, "TIMEOUT_S", 0.1)
    entra.fault(method="POST", path="batch$", delay_s=2.0, times=None)

    answers = [answer async for answer in call(graph, [Item(key=key, url=f"/users/{key}") for key in "ab"])]

    assert [(answer.key, type(answer.error)) for answer in answers] == [("a", Unreachable), ("b", Unreachable)]


@pytest.mark.parametrize("id_", [[], {}, None, 7.5])
async def test_an_item_with_an_id_that_is_none_costs_only_itself(entra: Entra, graph: GraphClient, id_: object):
    responses = [{"id": id_, "status": 200, "body": {}}, {"id": "0", "status": 200, "body": {"id": "a"}}]
    entra.fault(method="POST", path="batch$", status=200, body={"responses": responses})

    answers = [answer async for answer in call(graph, [Item(key=key, url=f"/users/{key}") for key in "ab"])]

    assert [(answer.key, answer.body, type(answer.error)) for answer in answers] == [
        ("a", {"id": "a"}, type(None)),
        ("b", None, Unreachable),
    ]

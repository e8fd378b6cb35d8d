"""How do we ask Graph many things at once? `$batch` calls of 20, some in flight, each answer handed on at once.

Graph limits every item on its own and leaves the outer status at 200 (microsoft-graph.md §4.3), so each answer is
its own JSON or its own error.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TypeVar

from shared.entra.answers import failure
from shared.entra.client import GraphClient, JsonObject
from shared.errors import NotThere, SyncError, Throttled, Unreachable

PER_CALL = 20
IN_FLIGHT = 4
PATIENCE = 2.0  # seconds that a call waits for a throttled item before it hands the refusal on

TIMEOUT_S = 5.0  # twenty people wait for one answer; each is rung again alone when it does not come

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One GET in a batch; `key` names its answer, `url` is relative to the version root."""

    key: str
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What Graph said to one item: a body, or why there is none."""

    key: str
    body: JsonObject | None = None
    error: SyncError | None = None

    @property
    def is_absent(self) -> bool:
        return isinstance(self.error, NotThere)


def chunks(values: Sequence[T], size: int = PER_CALL) -> Iterator[Sequence[T]]:
    return (values[start : start + size] for start in range(0, len(values), size))


async def call(client: GraphClient, items: Sequence[Item]) -> AsyncGenerator[Answer, None]:
    """One `$batch` of at most 20 items: exactly one answer for each, in any order; raises no error of our tree.

    Items that are throttled for a moment only are asked once more, after the others are out.
    """
    later: dict[str, float] = {}
    for answer in await _ask(client, items):
        wait = answer.error.retry_after if isinstance(answer.error, Throttled) else None
        if wait is not None and wait <= PATIENCE:
            later[answer.key] = wait
        else:
            yield answer
    if later:
        await asyncio.sleep(max(later.values()))
        for answer in await _ask(client, [item for item in items if item.key in later]):
            yield answer


async def together(streams: Iterable[AsyncIterator[T]], limit: int = IN_FLIGHT) -> AsyncGenerator[T, None]:
    """Merge streams, `limit` of them running at a time; each value comes out as soon as it is there.

    An exception of one stream ends all. Leaving early cancels what runs.
    """
    waiting = iter(streams)
    ready: asyncio.Queue[T | asyncio.Task[None]] = asyncio.Queue()

    async def pump(stream: AsyncIterator[T]) -> None:
        async for value in stream:
            ready.put_nowait(value)

    def start(stream: AsyncIterator[T]) -> asyncio.Task[None]:
        task = asyncio.create_task(pump(stream))
        task.add_done_callback(ready.put_nowait)
        return task

    running = {start(stream) for stream in islice(waiting, limit)}
    try:
        while running:
            value = await ready.get()
            if not isinstance(value, asyncio.Task):
                yield value
                continue
            running.discard(value)
            value.result()
            running.update(start(stream) for stream in islice(waiting, 1))
    finally:
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)


async def _ask(client: GraphClient, items: Sequence[Item]) -> list[Answer]:
    """Send one call; what goes wrong with it as a whole goes wrong with each item."""
    requests = [{"id": str(number), "method": "GET", "url": item.url} for number, item in enumerate(items)]
    try:
        timeout = min(TIMEOUT_S, client.timeout)
        document = await client.send(client.urls.batch(), {"requests": requests}, reads=True, timeout=timeout)
    except SyncError as error:
        return [Answer(key=item.key, error=error) for item in items]
    responses = document.get("responses")
    by_id = {
        str(response.get("id")): response
        for response in (responses if isinstance(responses, list) else ())
        if isinstance(response, dict)
    }
    return [_answer(item, by_id.get(str(number))) for number, item in enumerate(items)]


def _answer(item: Item, response: JsonObject | None) -> Answer:
    status = response.get("status") if response else None
    if response is None or not isinstance(status, int):
        return Answer(key=item.key, error=Unreachable("Graph left an item of a batch unanswered."))
    body = response.get("body")
    if status >= 400:
        headers = response.get("headers")
        lowered = {str(k).lower(): str(v) for k, v in headers.items()} if isinstance(headers, dict) else {}
        return Answer(key=item.key, error=failure(f"GET {item.url.partition('?')[0]}", status, lowered, body))
    if not isinstance(body, dict):
        return Answer(key=item.key, error=Unreachable("Graph answered an item of a batch without a body."))
    return Answer(key=item.key, body=body)

"""Which documents of the Platform API do we read? Only the fields that we use, everything else is skipped."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime

import msgspec

from shared.errors import NotThere
from shared.model import Instant, SessionCheck
from shared.targets.answers import Answer
from shared.targets.client import Request

PAGE_SIZE = 100

Send = Callable[[Request], Awaitable[Answer]]


class Dated(msgspec.Struct, rename="camel"):
    date_issued: datetime | None = None


class RoutingStatus(msgspec.Struct):
    status: str | None = None


class PlatformUser(msgspec.Struct, rename="camel"):
    """`GET /api/v2/users/{id}`, with `lasttokenissued` and `routingStatus` when expanded."""

    state: str
    version: int | None = None
    last_token_issued: Dated | None = None
    routing_status: RoutingStatus | None = None


class Definition(msgspec.Struct, rename="camel"):
    """One presence definition."""

    id: str
    system_presence: str | None = None


class Definitions(msgspec.Struct):
    entities: list[Definition] = []


class Entity(msgspec.Struct):
    id: str
    name: str = ""


class EntityPage(msgspec.Struct, rename="camel"):
    """The list envelope (genesys-api.md §8)."""

    entities: list[Entity] = []
    page_count: int = 1


class SearchResults(msgspec.Struct):
    results: list[Entity] = []


class Conversation(msgspec.Struct, rename="camel"):
    conversation_id: str
    conversation_end: datetime | None = None


class Conversations(msgspec.Struct, rename="camel"):
    conversations: list[Conversation] = []


async def session_check(send: Send, account_id: str) -> SessionCheck:
    """State, tokens and routing of one person in one call (genesys-api.md §7.3).

    Raises:
        NotThere: Genesys does not know the id, or the person is deleted there.
    """
    answer = await send(
        Request(
            method="GET",
            route="/api/v2/users/{id}",
            ids={"id": account_id},
            params={"expand": "authorization,lasttokenissued,station,presence,routingStatus"},
            idempotent=True,
        )
    )
    user = answer.read(PlatformUser)
    if user.state == "deleted":
        raise NotThere(f"{answer.what}: the account is deleted")
    issued = user.last_token_issued.date_issued if user.last_token_issued else None
    return SessionCheck(
        active=user.state == "active",
        server_time=answer.server_time,
        last_token_issued=instant(issued) if issued else None,
        routing_status=user.routing_status.status if user.routing_status else None,
    )


def instant(moment: datetime) -> Instant:
    """Genesys writes UTC; a time without zone would be read in the machine's."""
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


async def every_page(send: Send, first: Request) -> AsyncIterator[Entity]:
    """All entities of a paged list."""
    number = pages = 1
    while number <= pages:
        params = {**first.params, "pageSize": str(PAGE_SIZE), "pageNumber": str(number)}
        page = (await send(replace(first, params=params))).read(EntityPage)
        for entity in page.entities:
            yield entity
        # A page with nothing on it is the last one, whatever number it claims to know.
        number, pages = number + 1, page.page_count if page.entities else number

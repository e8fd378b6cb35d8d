"""How does the platform API page its lists? The entity envelope with its links."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from aiohttp import web
from yarl import URL

from infra.local.genesys.errors import bad_request

PAGE_SIZE = 25
T = TypeVar("T")


def numbers(page_size: object, page_number: object) -> tuple[int, int]:
    """The page asked for.

    Raises:
        PlatformProblem: 400 for what is no positive number.
    """
    try:
        size, number = int(str(page_size)), int(str(page_number))
    except ValueError as error:
        raise bad_request("pageSize and pageNumber are numbers.") from error
    if size < 1 or number < 1:
        raise bad_request("pageSize and pageNumber start at 1.")
    return size, number


def entities(request: web.Request, found: list[dict[str, Any]]) -> dict[str, Any]:
    """The page of documents that the query asks for, in the envelope."""
    return entities_of(request, found, lambda document: document)


def entities_of(request: web.Request, found: Sequence[T], show: Callable[[T], dict[str, Any]]) -> dict[str, Any]:
    """The same for things that become documents only when they are on the page."""
    size, number = numbers(request.query.get("pageSize", PAGE_SIZE), request.query.get("pageNumber", 1))
    pages = -(-len(found) // size)

    def link(page: int) -> str:
        return str(URL(request.path).with_query({**request.query, "pageSize": size, "pageNumber": page}))

    envelope: dict[str, Any] = {
        "entities": [show(thing) for thing in found[(number - 1) * size : number * size]],
        "pageSize": size,
        "pageNumber": number,
        "total": len(found),
        "pageCount": pages,
        "firstUri": link(1),
        "selfUri": link(number),
        "lastUri": link(max(1, pages)),
    }
    if number < pages:
        envelope["nextUri"] = link(number + 1)
    if number > 1:
        envelope["previousUri"] = link(number - 1)
    return envelope

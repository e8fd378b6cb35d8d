"""How are up to twenty requests answered in one? `$batch`: each item stands alone, in any order, under an outer 200.

Learn: graph/json-batching.
"""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl

from infra.local.entra.calls import Answer, Call, Document, GraphError, bad_request

MAX_REQUESTS = 20
METHODS = frozenset({"GET", "POST", "PATCH", "PUT", "DELETE"})

Perform = Callable[[Call], Awaitable[Answer]]


class Batch:
    """`perform` answers one item; it never raises."""

    def __init__(self, perform: Perform, switches: Mapping[str, Any], shuffle: random.Random) -> None:
        self._perform = perform
        self._switches = switches
        self._random = shuffle

    async def answer(self, call: Call) -> Answer:
        items = _items(call.document())
        statuses: dict[str, int] = {}
        responses: list[Document] = []
        for item in items:
            answer = await self._one(call, item, statuses)
            statuses[str(item["id"]).lower()] = answer.status
            responses.append(_response(item, answer))
        call.note["requests"] = [
            {"method": item["method"].upper(), "url": item["url"], "status": statuses[str(item["id"]).lower()]}
            for item in items
        ]
        if self._switches["shuffle_batch"]:
            self._random.shuffle(responses)
        return Answer(body={"responses": responses})

    async def _one(self, call: Call, item: Document, statuses: dict[str, int]) -> Answer:
        awaited = [str(one).lower() for one in item.get("dependsOn") or []]
        if any(statuses.get(one, 424) >= 400 for one in awaited):
            body = {"error": {"code": "FailedDependency", "message": "A request that this one depends on has failed."}}
            return Answer(status=424, body=body)
        path, _, query = item["url"].partition("?")
        headers = {str(name).lower(): str(value) for name, value in (item.get("headers") or {}).items()}
        if item.get("body") is not None and "content-type" not in headers:
            body = {"error": {"code": "BadRequest", "message": "Request with a body needs a Content-Type header."}}
            return Answer(status=400, body=body)
        return await self._perform(
            replace(
                call,
                method=item["method"].upper(),
                path=f"/{path.lstrip('/')}" if not path.startswith("//") else path,
                query=dict(parse_qsl(query, keep_blank_values=True)),
                headers=headers,
                body=item.get("body"),
            )
        )


def _items(document: Document) -> list[Document]:
    """The requests of a batch, checked as a whole.

    Raises:
        GraphError: 400.
    """
    items = document.get("requests")
    if not isinstance(items, list) or not items:
        raise bad_request("Invalid batch payload format.", "BadRequest")
    if len(items) > MAX_REQUESTS:
        raise bad_request(f"Number of batch request steps exceeds the maximum value of {MAX_REQUESTS}.", "BadRequest")
    seen: set[str] = set()
    for item in items:
        if not isinstance(item, dict) or not all(isinstance(item.get(name), str) for name in ("id", "method", "url")):
            raise bad_request("Each request of a batch has an id, a method and a url.", "BadRequest")
        if not isinstance(item.get("dependsOn") or [], list) or not isinstance(item.get("headers") or {}, dict):
            raise bad_request(f"Invalid dependsOn or headers in request '{item['id']}'.", "BadRequest")
        if item["id"].lower() in seen:
            raise bad_request(f"The request id '{item['id']}' is not unique within the batch.", "BadRequest")
        if "://" in item["url"] or item["method"].upper() not in METHODS:
            raise GraphError(400, "BadRequest", f"Invalid url or method in request '{item['id']}'.")
        seen.add(item["id"].lower())
    for item in items:
        unknown = [one for one in item.get("dependsOn") or [] if str(one).lower() not in seen]
        if unknown:
            raise bad_request(f"Request '{item['id']}' depends on an unknown request.", "BadRequest")
    return items


def _response(item: Document, answer: Answer) -> Document:
    response: Document = {"id": item["id"], "status": answer.status, "headers": dict(answer.headers)}
    if answer.body is not None:
        response["headers"].setdefault("Content-Type", "application/json")
        response["body"] = answer.body
    return response

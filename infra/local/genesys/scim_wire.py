"""How do SCIM answers travel? Media type, ETag, preconditions, list responses and pages."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from aiohttp import web

from infra.local.genesys.documents import etag
from infra.local.genesys.errors import invalid
from infra.local.genesys.gateway import Call, Cloud
from infra.local.genesys.limits import too_many
from infra.local.genesys.schemas import LIST_RESPONSE

MEDIA_TYPE = "application/scim+json"
DEFAULT_COUNT = 25


def scim_base(call: Call) -> str:
    """The tree the caller uses; `meta.location` stays in it."""
    return "/api/v2/scim/v2" if call.request.path.startswith("/api/v2/scim/v2/") else "/api/v2/scim"


def scim_answer(document: object, status: int = 200, headers: Mapping[str, str] | None = None) -> web.Response:
    return web.Response(body=json.dumps(document).encode(), status=status, headers=headers, content_type=MEDIA_TYPE)


def resource(document: dict[str, Any], version: int, *, location: str, status: int = 200) -> web.Response:
    """One resource with its ETag; a new one with its Location."""
    headers = {"ETag": etag(version)}
    if status == 201:
        headers["Location"] = location
    return scim_answer(document, status, headers)


def listing(resources: list[dict[str, Any]], *, total: int, start: int) -> web.Response:
    return scim_answer(
        {
            "schemas": [LIST_RESPONSE],
            "totalResults": total,
            "startIndex": start,
            "itemsPerPage": len(resources),
            "Resources": resources,
        }
    )


def page(query: Mapping[str, str], cloud: Cloud, *, spares: bool) -> tuple[int, int]:
    """`startIndex` (from 1) and `count` (default 25), the latter cut to the largest page.

    Raises:
        Problem: 400 for what is no number; 429 for a large page with expensive attributes, where that is switched on.
    """
    start, count = _number(query, "startIndex", 1), _number(query, "count", DEFAULT_COUNT)
    if count > DEFAULT_COUNT and not spares and cloud.switches["large_page_429"]:
        raise too_many(1, DEFAULT_COUNT, key="scim.list.count", namespace="scim")
    return max(1, start), min(max(0, count), int(cloud.switches["max_count"]))


def _number(query: Mapping[str, str], name: str, default: int) -> int:
    try:
        return int(query.get(name, default))
    except ValueError as error:
        raise invalid("invalidValue", f"{name} is a number.") from error


def precondition(call: Call, version: int) -> None:
    """Hold a write against its `If-Match`: a stale one is 400 `invalidVers`, not 412."""
    wanted = call.request.headers.get("If-Match")
    if wanted is not None and wanted != "*" and etag(version) not in wanted:
        raise invalid("invalidVers", f"The version supplied does not match the current version {version}.")


def unchanged(call: Call, version: int) -> bool:
    """True when the caller's `If-None-Match` is the current version."""
    return etag(version) in call.request.headers.get("If-None-Match", "")

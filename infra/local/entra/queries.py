"""What does the caller get to see? `$select`, `$top` and paging, `$filter`, `$expand=manager`.

Learn: graph/query-parameters. Without `$select` a user has eleven properties; `accountEnabled`, `department`,
`onPremisesExtensionAttributes` and the like are there only for who names them.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import quote, urlencode

from infra.local.entra.calls import Call, Document, GraphError, bad_request
from infra.local.entra.filters import compile_filter
from infra.local.entra.permissions import LEAVE_DATE
from infra.local.entra.schema import DEFAULTS, EXTENSION_ATTRIBUTES, KNOWN, knows

_EXPAND_MANAGER = re.compile(r"manager(?:\(\s*\$select=([\w,\s]+)\))?", re.IGNORECASE)
_UNDERSTOOD = frozenset({"$select", "$top", "$filter", "$expand", "$count", "$skiptoken", "$orderby", "$search"})
PAGE, MAX_PAGE = 100, 999


def selection(call: Call, *kinds: str) -> tuple[str, ...] | None:
    """The names in `$select`; None when there is none.

    Raises:
        GraphError: 400 for a name that none of the `kinds` has.
    """
    for name in call.query:
        if name.startswith("$") and name not in _UNDERSTOOD:
            raise bad_request(f"The query parameter '{name}' is not supported.", "Request_UnsupportedQuery")
    text = call.query.get("$select", "").strip()
    return _names(text, kinds) if text and text != "*" else None


def project(properties: Mapping[str, Any], kind: str, names: tuple[str, ...] | None) -> Document:
    """The document with the selected properties, absent ones as null; `id` is always there.

    Directory extensions that are not set stay absent.
    """
    wanted = DEFAULTS[kind] if names is None else tuple(dict.fromkeys(("id", *names)))
    document: Document = {}
    for name in wanted:
        if name in properties or name in KNOWN[kind]:
            document[name] = properties.get(name)
    document.pop("manager", None)
    document.pop("passwordProfile", None)
    if "passwordProfile" in wanted:
        document["passwordProfile"] = None
    if document.get("onPremisesExtensionAttributes") is not None:
        attributes = document["onPremisesExtensionAttributes"]
        document["onPremisesExtensionAttributes"] = {
            name: attributes.get(name) for name in sorted(EXTENSION_ATTRIBUTES, key=lambda one: int(one[18:]))
        }
    return document


def guard_leave_date(call: Call, names: tuple[str, ...] | None, policy: str) -> tuple[str, ...] | None:
    """`employeeLeaveDateTime` needs a permission of its own (Learn: graph/api/user-get); without it the answer is open.

    Raises:
        GraphError: 403, when `policy` is "refuse" and the permission is missing.
    """
    if names is None or "employeeLeaveDateTime" not in names or call.principal.roles & LEAVE_DATE:
        return names
    if policy == "omit":
        return tuple(name for name in names if name != "employeeLeaveDateTime")
    raise GraphError(403, "Authorization_RequestDenied", "Insufficient privileges to complete the operation.")


def manager_selection(call: Call) -> tuple[bool, tuple[str, ...] | None]:
    """Whether `$expand=manager` is asked for, and with which properties.

    Raises:
        GraphError: 400 for any other expansion.
    """
    text = call.query.get("$expand", "").strip()
    if not text:
        return False, None
    match = _EXPAND_MANAGER.fullmatch(text)
    if match is None:
        raise bad_request(f"Parsing OData Select and Expand failed: '{text}' cannot be expanded here.", "BadRequest")
    return True, _names(match.group(1), ("user",)) if match.group(1) else None


def matching(call: Call, documents: Iterable[Mapping[str, Any]], *kinds: str) -> list[Mapping[str, Any]]:
    """What passes `$filter`.

    Raises:
        GraphError: 400, see `compile_filter`; `$search` and `$orderby` are refused.
    """
    for name in ("$search", "$orderby"):
        if name in call.query:
            raise bad_request(f"The query parameter '{name}' is not supported here.", "Request_UnsupportedQuery")
    text = call.query.get("$filter")
    if not text:
        return list(documents)
    test = compile_filter(text, kinds, advanced=call.advanced)
    return [document for document in documents if test(document)]


def page(call: Call, ids: Iterable[str], *, size: int = PAGE) -> tuple[list[str], Document]:
    """One page of ids, in an order that writes between two pages do not disturb, and its OData annotations.

    Raises:
        GraphError: 400 for a `$top` outside 1..999 or a foreign `$skiptoken`.
    """
    ordered = sorted(ids)
    annotations: Document = {}
    if call.query.get("$count", "").lower() == "true":
        annotations["@odata.count"] = len(ordered)
    top = call.query.get("$top")
    if top is not None:
        if not top.isdigit() or not 1 <= int(top) <= MAX_PAGE:
            raise bad_request(f"Invalid page size specified: '{top}'. Must be between 1 and 999 inclusive.")
        size = int(top)
    after = _position(call.query.get("$skiptoken", ""))
    left = [one for one in ordered if one > after]
    shown = left[:size]
    if len(left) > size:
        query = {**call.query, "$skiptoken": base64.urlsafe_b64encode(shown[-1].encode()).decode()}
        annotations["@odata.nextLink"] = f"{call.base}{call.path}?{urlencode(query, quote_via=quote, safe='$,()')}"
    return shown, annotations


def context(call: Call, what: str, names: tuple[str, ...] | None, *, single: bool = False) -> Document:
    """The `@odata.context` annotation, for example `…/$metadata#users(id,accountEnabled)/$entity`."""
    selected = f"({','.join(names)})" if names else ""
    return {"@odata.context": f"{call.base}/$metadata#{what}{selected}{'/$entity' if single else ''}"}


def _names(text: str, kinds: tuple[str, ...]) -> tuple[str, ...]:
    names = tuple(dict.fromkeys(name.strip() for name in text.split(",")))
    for name in names:
        if not knows(kinds, name):
            raise bad_request(
                "Parsing OData Select and Expand failed: "
                f"Could not find a property named '{name}' on type 'microsoft.graph.{kinds[0]}'.",
                "BadRequest",
            )
    return names


def _position(token: str) -> str:
    try:
        return base64.urlsafe_b64decode(token).decode()
    except ValueError as error:
        raise bad_request("The specified $skiptoken is not valid.", "Directory_ExpiredPageToken") from error

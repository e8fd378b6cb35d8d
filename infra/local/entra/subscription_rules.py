"""Is this graph subscription acceptable? The limits on its life, its URLs, its secret and its change types.

Learn: graph/api/resources/subscription; the wording of the errors is what tenants report.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from infra.local.entra.calls import Document, GraphError
from infra.local.entra.moments import seconds_of

LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
MINUTE = 60.0


def text_of(body: Document, name: str) -> str:
    """Raises GraphError 400 when the property is missing, empty or not a string."""
    value = body.get(name)
    if not isinstance(value, str) or not value:
        raise GraphError(400, "InvalidRequest", f"Property '{name}' is required.")
    return value


def expiry(text: str, now: float, switches: Mapping[str, Any]) -> float:
    """When the subscription will end: too soon is raised to the minimum, too late is refused.

    Raises:
        GraphError: 400.
    """
    try:
        wanted = seconds_of(text)
    except ValueError as error:
        raise GraphError(400, "InvalidRequest", "Property 'expirationDateTime' is not a valid date.") from error
    limit = int(switches["max_life_min"])
    if wanted > now + limit * MINUTE:
        raise GraphError(400, "ExtensionError", f"Subscription expiration can only be {limit} minutes in the future.")
    return max(wanted, now + float(switches["min_life_min"]) * MINUTE)


def check_change_type(text: str, *, accept_created: bool) -> None:
    """`created` means nothing for users and groups: refused in 2019, accepted in 2022.

    Raises:
        GraphError: 400.
    """
    allowed = {"updated", "deleted"} | ({"created"} if accept_created else set())
    for one in text.split(","):
        if one.strip().lower() not in allowed:
            raise GraphError(400, "InvalidRequest", f"Invalid 'changeType' attribute: '{one.strip()}'.")


def check_client_state(body: Document, longest: int) -> None:
    """Raises GraphError 400."""
    state = body.get("clientState")
    if state is not None and (not isinstance(state, str) or len(state) > longest):
        raise GraphError(400, "InvalidRequest", f"The maximum length of 'clientState' is {longest} characters.")


def check_url(url: object, *, http_loopback: bool) -> None:
    """https, or http on loopback where the local world allows it.

    Raises:
        GraphError: 400.
    """
    parts = urlsplit(url) if isinstance(url, str) else urlsplit("")
    local = http_loopback and parts.scheme == "http" and parts.hostname in LOOPBACK
    if not parts.hostname or not (parts.scheme == "https" or local):
        raise GraphError(400, "InvalidRequest", "The notification URL must be an absolute https URL.")

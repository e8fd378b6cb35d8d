"""What does Graph's refusal mean for us? One table from status and error code to the tree of errors.

Used for whole answers and for the items inside a batch answer, which carry their own status (microsoft-graph.md §4.3).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from shared.errors import NotThere, Refused, Stale, SyncError, Throttled, Unauthorized, Unreachable

LONGEST_WAIT_S = 300.0  # whoever announces more is asked again after this: a gateway's mistake must not silence us


def failure(what: str, status: int, headers: Mapping[str, str], body: object) -> SyncError:
    """The error for an answer of 400 or above.

    Args:
        what: the request in a few words for the sentence, with ids at most.
        headers: names in lower case.
        body: parsed JSON, or None. Graph's own message is not repeated: it may quote names.
    """
    code = _code(body)
    said = f"Graph answered {what} with {status}" + (f" {code}" if code else "")
    match status:
        case 401:
            return Unauthorized(f"{said}: it does not accept our access token.")
        case 403:
            return Unauthorized(f"{said}: our identity lacks a permission, or a quota is used up.")
        case 404:
            return NotThere(f"{said}.", code)
        case 409 | 412:
            return Stale(f"{said}: somebody else changed it meanwhile.")
        case 429:
            return Throttled(f"{said}.", retry_after(headers))
        case 408:
            return Unreachable(f"{said}.")
        case _ if status >= 500:
            return Unreachable(f"{said}.")
        case _:
            return Refused(f"{said}.", code or str(status))


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds to wait, `LONGEST_WAIT_S` at most; None: not told.

    Graph sends whole and fractional seconds (§4.2), HTTP also allows a date.
    """
    value = headers.get("retry-after", "").strip()
    try:
        seconds = float(value)
    except ValueError:
        try:
            seconds = (parsedate_to_datetime(value) - datetime.now(UTC)).total_seconds()
        except (ValueError, TypeError, OverflowError):
            return None
    return min(max(0.0, seconds), LONGEST_WAIT_S) if math.isfinite(seconds) else None


def _code(body: object) -> str:
    """`error.code`; Graph's codes are identifiers, anything else is not repeated."""
    error = body.get("error") if isinstance(body, dict) else None
    code = error.get("code") if isinstance(error, dict) else None
    return code if isinstance(code, str) and code.isascii() and code.replace("_", "").isalnum() else ""

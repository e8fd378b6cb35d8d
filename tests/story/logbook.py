"""What do the simulators' logs look like? Entries for the tests, as the control surfaces give them."""

from __future__ import annotations

from typing import Any

from infra.local.director import agent
from infra.local.story.evidence import Logs

WHO = agent(1)


def entry(number: int, method: str, path: str, at: float, *, status: int = 200, **note: Any) -> dict[str, Any]:
    return {
        "number": number, "at": at, "done": at + 0.1, "method": method, "path": path, "status": status, "note": note,
    }  # fmt: skip


def batch(number: int, at: float, identity_id: str = WHO.identity_id) -> dict[str, Any]:
    return entry(number, "POST", "/v1.0/$batch", at, requests=[{"method": "GET", "url": f"/users/{identity_id}?x"}])


def attempt(at: float, *, status: int = 202, number: int = 1) -> dict[str, Any]:
    return {
        "number": number, "at": at, "done": at + 0.02, "objects": [WHO.identity_id], "attempt": number,
        "status": status, "reason": "",
    }  # fmt: skip


def call(ended: float | None, *, result: str = "succeeded") -> dict[str, Any]:
    return {"number": 1, "function": "graph_notifications", "started": 1.0, "ended": ended, "result": result}


def logs(**changed: tuple[dict[str, Any], ...]) -> Logs:
    """One accepted notification, and what is given besides."""
    whole: dict[str, tuple[dict[str, Any], ...]] = {
        "graph": (),
        "deliveries": (attempt(1.5),),
        "invocations": (call(1.51),),
        "genesys": (),
    }
    return Logs(**{**whole, **changed})

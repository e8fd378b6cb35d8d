"""Nouns with every field filled, for tables that change one of them."""

from __future__ import annotations

from typing import Any

from shared.model import Account, Cause, Identity, Link, Outcome, Presence, Ring, Times, Verdict

PERSON = "6f1d2c3b-4a59-4e68-8b77-0c1d2e3f4a5b"
ACCOUNT = "0b9a8c7d-6e5f-4d3c-9b2a-1f0e9d8c7b6a"
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"


def identity(**changes: Any) -> Identity:
    given: dict[str, Any] = {
        "id": PERSON,
        "presence": Presence.PRESENT,
        "account_enabled": True,
        "user_principal_name": "ada@contoso.example",
        "attributes": {"displayName": "Ada", "jobTitle": "Agent", "department": "Care"},
        "read_at": 1_000.0,
    }
    return Identity(**{**given, **changes})


def account(**changes: Any) -> Account:
    given: dict[str, Any] = {
        "id": ACCOUNT,
        "user_name": "ada@contoso.example",
        "active": True,
        "version": "7",
        "attributes": {"displayName": "Ada", "title": "Agent", f"{ENTERPRISE}:department": "Care"},
    }
    return Account(**{**given, **changes})


def ring(**changes: Any) -> Ring:
    given: dict[str, Any] = {
        "kind": "user",
        "id": PERSON,
        "cause": Cause.NOTIFICATION,
        "rung_at": 900.0,
        "trace": "t1",
        "notified_at": 899.0,
    }
    return Ring(**{**given, **changes})


def link(**changes: Any) -> Link:
    return Link(**{"identity_id": PERSON, "account_id": ACCOUNT, **changes})


def outcome(**changes: Any) -> Outcome:
    given: dict[str, Any] = {
        "identity_id": PERSON,
        "account_id": ACCOUNT,
        "verdict": Verdict.UNCHANGED,
        "enforced": True,
        "cause": Cause.NOTIFICATION,
        "trace": "t1",
        "times": Times(),
        "stage": "converge",
    }
    return Outcome(**{**given, **changes})

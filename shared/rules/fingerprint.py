"""Is this reading the one that was converged last time? A short digest of everything that a convergence reads."""

from __future__ import annotations

import hashlib
import json

from shared.model import Identity

LENGTH = 20


def fingerprint(identity: Identity, mapping: str) -> str:
    """Digest of everything that was read, and of the mapping's version: a new mapping makes every reading new.

    Equal readings have equal digests, whatever their time.
    """
    facts = [
        mapping,
        identity.presence.value,
        identity.account_enabled,
        identity.user_principal_name,
        sorted((name, value) for name, value in identity.attributes.items() if value is not None),
        identity.assigned,
        None if identity.roles is None else sorted(role.id for role in identity.roles),
    ]
    return hashlib.sha256(json.dumps(facts, ensure_ascii=True).encode()).hexdigest()[:LENGTH]


def completed(digest: str, *, enforced: bool) -> str:
    """What is remembered of a completed convergence: one that only observed is told apart from one that wrote."""
    return digest if enforced else f"observed:{digest}"


def is_completed(remembered: str, digest: str, *, observing: bool) -> bool:
    """Whether a reading needs no convergence, because the same one was converged already.

    Args:
        observing: whether one that only observed counts; it must not where writes may be due.
    """
    return remembered == digest or (observing and remembered == f"observed:{digest}")

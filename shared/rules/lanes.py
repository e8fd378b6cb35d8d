"""In which lane is an identity converged? One lane never has two convergences at a time."""

from __future__ import annotations

import hashlib


def lane(identifier: str, lanes: int) -> str:
    """The bus session of an id: the same id always has the same lane, in every process and release.

    Python's own `hash` differs from process to process, so a digest decides.
    """
    number = int.from_bytes(hashlib.sha256(identifier.lower().encode()).digest()[:4], "big") % lanes
    return f"lane-{number:02d}"

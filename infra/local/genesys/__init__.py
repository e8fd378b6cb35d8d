"""A Genesys Cloud organisation on a real socket: SCIM, the platform calls around it, tokens and agents' sessions."""

from __future__ import annotations

from infra.local.genesys.app import (
    CLIENT_ID,
    CLIENT_SECRET,
    LIMITED_ID,
    LIMITED_SECRET,
    Running,
    build,
    serving,
    start,
)
from infra.local.genesys.gateway import Cloud

__all__ = [
    "build",
    "serving",
    "start",
    "Running",
    "Cloud",
    "CLIENT_ID",
    "CLIENT_SECRET",
    "LIMITED_ID",
    "LIMITED_SECRET",
]

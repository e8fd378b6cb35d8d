"""Which platform calls exist? The parts of the platform API that this simulator serves, in one place."""

from __future__ import annotations

from aiohttp import web

from infra.local.genesys import (
    platform_agents,
    platform_custom,
    platform_directory,
    platform_grants,
    platform_skills,
    platform_users,
)
from infra.local.genesys.gateway import Cloud


def add_routes(app: web.Application, cloud: Cloud) -> None:
    for part in (
        platform_custom,
        platform_users,
        platform_agents,
        platform_directory,
        platform_grants,
        platform_skills,
    ):
        part.add_routes(app, cloud)

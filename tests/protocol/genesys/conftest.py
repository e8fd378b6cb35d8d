"""One simulator on a real socket per test, and a client that holds a token for it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest

from infra.local.genesys import CLIENT_ID, CLIENT_SECRET, LIMITED_ID, LIMITED_SECRET, Cloud, build, serving


@pytest.fixture
async def cloud() -> Cloud:
    return build(agents=30)


@pytest.fixture
async def url(cloud: Cloud) -> AsyncIterator[str]:
    async with serving(cloud) as base:
        yield base


@asynccontextmanager
async def signed_in(url: str, client_id: str, secret: str) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=url, verify=False, trust_env=False) as client:
        form = {"grant_type": "client_credentials"}
        response = await client.post("/oauth/token", auth=(client_id, secret), data=form)
        client.headers["Authorization"] = f"Bearer {response.json()['access_token']}"
        yield client


@pytest.fixture
async def api(url: str) -> AsyncIterator[httpx.AsyncClient]:
    """The client that may do everything."""
    async with signed_in(url, CLIENT_ID, CLIENT_SECRET) as client:
        yield client


@pytest.fixture
async def limited(url: str) -> AsyncIterator[httpx.AsyncClient]:
    """The client that may only read and edit users."""
    async with signed_in(url, LIMITED_ID, LIMITED_SECRET) as client:
        yield client

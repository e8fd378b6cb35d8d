"""Whatever the identity endpoint answers, callers see an error of the tree, and never the answer."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest
from aiohttp import web

from shared.entra.access import AccessTokens
from shared.entra.credentials import credential
from shared.errors import Transient
from tests.entra.conftest import serve


@dataclass
class Endpoint:
    """Answers every question for a token in the same way."""

    status: int = 200
    body: bytes = b""
    content_type: str = "application/json"

    async def answer(self, _: web.Request) -> web.Response:
        return web.Response(status=self.status, body=self.body, content_type=self.content_type)


@pytest.fixture
async def endpoint(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Endpoint]:
    endpoint = Endpoint()
    app = web.Application()
    app.router.add_get("/msi/token", endpoint.answer)
    runner, url = await serve(app)
    monkeypatch.setenv("IDENTITY_ENDPOINT", f"{url}/msi/token")
    monkeypatch.setenv("IDENTITY_HEADER", "header")
    yield endpoint
    await runner.cleanup()


@pytest.mark.parametrize(
    ("status", "content_type", "body"),
    [
        (200, "text/html", b"<html>secret</html>"),
        (200, "application/json", b""),
        (200, "application/json", b"{}"),
        (200, "application/json", b"[]"),
        (200, "application/json", b"\xff\xfe"),
        (200, "application/json", b"[" * 100_000),
        (200, "application/json", b'{"access_token":"secret"}'),
        (200, "application/json", b'{"access_token":"secret","expires_on":"soon"}'),
        (400, "application/json", b"[]"),
        (404, "text/html", b"<html>"),
    ],
)
async def test_a_malformed_answer_is_a_passing_error_that_does_not_show_it(endpoint, status, content_type, body):
    endpoint.status, endpoint.content_type, endpoint.body = status, content_type, body
    async with credential("managed_identity") as signed_in:
        with pytest.raises(Transient) as failed:
            await AccessTokens(signed_in).current()
    assert "secret" not in str(failed.value)

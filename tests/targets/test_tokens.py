"""When is the access token renewed, and who waits for it?"""

from __future__ import annotations

import asyncio

import httpx
import pytest

from infra.local.genesys.app import CLIENT_ID, CLIENT_SECRET
from shared.errors import Unreachable
from shared.targets.tokens import AccessTokens

LIFETIME = 86_399.0


class Hands:
    """A monotonic clock that a test sets."""

    def __init__(self) -> None:
        self.time = 0.0

    def __call__(self) -> float:
        return self.time


@pytest.fixture
def hands():
    return Hands()


@pytest.fixture
async def tokens(genesys, hands):
    async def secret() -> str:
        return CLIENT_SECRET

    async with httpx.AsyncClient() as http:
        tokens = AccessTokens(
            http=lambda: http, token_url=f"{genesys.url}/oauth/token", client_id=CLIENT_ID, secret=secret, now=hands
        )
        yield tokens
        await tokens.close()


def requests(genesys) -> int:
    return len(genesys.seen("POST", "/oauth/token"))


async def renewed(tokens, old) -> None:
    async with asyncio.timeout(5):
        while await tokens.get() is old:
            await asyncio.sleep(0.005)


async def test_it_is_kept_for_nine_tenths_of_its_life(tokens, genesys, hands):
    first = await tokens.get()
    hands.time = LIFETIME * 0.89
    assert await tokens.get() is first
    assert requests(genesys) == 1


async def test_after_that_it_is_renewed_once_while_everybody_goes_on_with_the_old_one(tokens, genesys, hands):
    first = await tokens.get()
    hands.time = LIFETIME * 0.91
    assert [await tokens.get() for _ in range(5)] == [first] * 5
    await renewed(tokens, first)
    assert requests(genesys) == 2


async def test_a_failing_token_endpoint_stops_nobody_before_the_token_expires(tokens, genesys, hands):
    first = await tokens.get()
    genesys.fault(path="/oauth/token", status=503, times=None, id="down")
    hands.time = LIFETIME * 0.95
    assert await tokens.get() is first
    async with asyncio.timeout(5):
        while requests(genesys) < 2:
            await asyncio.sleep(0.005)
    hands.time = LIFETIME
    with pytest.raises(Unreachable):
        await tokens.get()
    genesys.cloud.control.faults.clear("down")
    assert await tokens.get() is not first


async def test_one_caller_giving_up_does_not_take_the_renewal_from_the_others(tokens, genesys):
    genesys.fault(path="/oauth/token", delay_s=0.1)
    impatient, patient = asyncio.create_task(tokens.get()), asyncio.create_task(tokens.get())
    await asyncio.sleep(0)
    impatient.cancel()
    assert (await patient).value
    assert requests(genesys) == 1


async def test_refusals_of_an_old_token_do_not_replace_the_new_one(tokens, genesys):
    old = await tokens.get()
    new = await tokens.after_refusal(old)
    assert new is not old
    assert await tokens.after_refusal(old) is new
    assert requests(genesys) == 2


async def test_its_value_is_not_shown(tokens):
    token = await tokens.get()
    assert token.value not in repr(token)

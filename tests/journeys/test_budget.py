"""More leavers than Genesys allows calls: who goes first, and how many calls are answered 429?"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from infra.local.director import Agent, Director

pytestmark = pytest.mark.asyncio(loop_scope="session")
ALLOWED, WINDOW_S = 60, 3.0


async def test_every_first_revocation_goes_before_the_follow_ups_and_next_to_nothing_is_429(
    director: Director, people: Callable[[int], list[Agent]]
) -> None:
    leavers = people(60)
    for who in leavers:
        await director.log_in(who)
    since = await director.genesys_newest()
    await director.allow(ALLOWED, WINDOW_S)
    await asyncio.gather(*(director.disable(who) for who in leavers))

    async def all_out() -> bool | None:
        accounts = [await director.account(who) for who in leavers]
        return all(account["state"] == "inactive" for account in accounts) or None

    await director.until(all_out, "all are inactive", deadline_s=60)
    log = await director.genesys_log(since)
    last_deactivation = max(n for n, call in enumerate(log) if call["method"] == "PATCH")
    follow_ups = [n for n, call in enumerate(log) if "/station/" in call["path"]]
    assert len([n for n in follow_ups if n < last_deactivation]) <= len(leavers) // 4
    assert len([call for call in log if call["status"] == 429]) <= 0.02 * len(log)

"""B1: somebody is disabled while nothing else goes on: how soon is the account inactive?

Twice: people whose account we have in the ledger (one read, one PATCH), and people never seen before (one search more).
The floor is the same two calls, made by hand one after the other in the same world.
"""

from __future__ import annotations

import time
from collections.abc import Sequence

import httpx

from bench.figures import Figures, Finding, Run, distribution, median, ms
from bench.stage import stage
from bench.terminations import GENESYS_MS, GRAPH_MS, disable_in_turn, took
from infra.local.director import Agent, Director, agent

EVERY_S, QUICK_EVERY_S = 0.9, 0.4
BY_HAND = 12
BODY = {
    "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
    "Operations": [{"op": "replace", "path": "active", "value": False}],
}


async def measure(run: Run) -> Finding:
    count = run.count(50, 3)
    every_s = QUICK_EVERY_S if run.quick else EVERY_S
    people = [agent(number) for number in range(1, 2 * count + BY_HAND + 3)]
    warm_up, by_hand = people[:2], people[2 : 2 + BY_HAND]
    linked, unlinked = people[2 + BY_HAND : 2 + BY_HAND + count], people[2 + BY_HAND + count :]
    async with stage(agents=len(people)) as director:
        await director.subscribe()
        await _link(director, [*warm_up, *linked], run)
        await director.latency(graph_ms=GRAPH_MS, genesys_ms=GENESYS_MS)
        await took(director, warm_up, await disable_in_turn(director, warm_up, run, every_s=every_s))
        floor = median([await _by_hand(director, who) for who in by_hand])
        known = await took(director, linked, await disable_in_turn(director, linked, run, every_s=every_s))
        unseen = await took(director, unlinked, await disable_in_turn(director, unlinked, run, every_s=every_s))
        throttled = sum(entry["status"] == 429 for entry in await director.genesys_log())
    measured: Figures = {
        **distribution(known),
        **distribution(unseen, "unlinked_"),
        "overhead_p50_ms": round(ms(median(known)) - GRAPH_MS - GENESYS_MS, 1),
        "throttled": throttled,
    }
    return Finding(measured=measured, floor_ms=ms(floor))


async def _link(director: Director, people: Sequence[Agent], run: Run) -> None:
    """A change of each, so that the ledger knows the accounts; then wait for a fresh rate window."""
    for who in people:
        await director.update(who, department="Claims")

    async def all_linked() -> bool | None:
        accounts = [await director.account(who) for who in people]
        return all(account["department"] == "Claims" for account in accounts) or None

    run.say(f"{len(people)} people are getting known")
    await director.until(all_linked, "the accounts are known", deadline_s=120)
    await director.quiet()
    # What that took of the minute's 300 requests is not what idle means.
    await director.control("genesys", "POST", "/clock", {"advance_s": 61})


async def _by_hand(director: Director, who: Agent) -> float:
    """Read and deactivate, without webhook, bus, ledger and rules; the access tokens are there already."""
    stack = director.stack
    client = stack["genesys_client"]
    async with httpx.AsyncClient() as http:
        answer = await http.post(
            stack["genesys_token"],
            auth=(client["client_id"], client["client_secret"]),
            data={"grant_type": "client_credentials"},
        )
        headers = {"Authorization": f"Bearer {answer.json()['access_token']}"}
        await director.graph("GET", f"/users/{who.identity_id}?$select=id,accountEnabled")
        await http.get(f"{stack['genesys']}/api/v2/scim/v2/serviceproviderconfig", headers=headers)
        started = time.perf_counter()
        await director.graph("GET", f"/users/{who.identity_id}?$select=id,accountEnabled")
        url = f"{stack['genesys']}/api/v2/scim/v2/users/{who.account_id}"
        patched = await http.patch(url, json=BODY, headers={**headers, "Content-Type": "application/scim+json"})
        elapsed = time.perf_counter() - started
    patched.raise_for_status()
    return elapsed

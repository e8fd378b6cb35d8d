"""What do journeys do to the world beside the director's moves? An administrator in Genesys, a ledger in trouble."""

from __future__ import annotations

import contextlib
import sqlite3
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import httpx

from infra.local.director import Agent, Director
from infra.local.world import World, WorldConfig
from shared.messages import encode
from shared.model import Cause, Order, Ring, Stage

PEOPLE = 400  # enough for the fixture `person` of a whole session
PLENTY = (1_000_000, 60.0)  # requests and seconds: only journeys about the budget meet it
SCIM_USERS = "/api/v2/scim/v2/users"
PATCH_OP = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
USER = "urn:ietf:params:scim:schemas:core:2.0:User"


async def own_world(folder: Path, *, agents: int = 30, **settings: str) -> AsyncIterator[Director]:
    """A director of a world with other settings than the one that most journeys share."""
    world = World(WorldConfig(folder=folder, free_ports=True, agents=agents, settings=settings))
    await world.start()
    try:
        async with Director(world) as director:
            await director.allow(*PLENTY)
            await director.subscribe()
            yield director
    finally:
        await world.stop()


async def administer(director: Director, method: str, path: str, body: Any = None) -> dict[str, Any]:
    """One call to Genesys by somebody else than the app; the parsed answer."""
    client = director.stack["genesys_client"]
    async with httpx.AsyncClient(timeout=30.0) as http:
        token = await http.post(
            director.stack["genesys_token"],
            data={"grant_type": "client_credentials"},
            auth=(client["client_id"], client["client_secret"]),
        )
        headers = {"Authorization": f"Bearer {token.raise_for_status().json()['access_token']}"}
        answer = await http.request(method, f"{director.stack['genesys']}{path}", json=body, headers=headers)
    answer.raise_for_status()
    return dict(answer.json()) if answer.content else {}


async def replace_in_genesys(director: Director, account_id: str, **values: object) -> None:
    operations = [{"op": "replace", "path": path, "value": value} for path, value in values.items()]
    await administer(director, "PATCH", f"{SCIM_USERS}/{account_id}", {"schemas": [PATCH_OP], "Operations": operations})


async def hire(director: Director, name: str, *, enabled: bool = True) -> Agent:
    """Somebody new in Entra, without an account."""
    upn = f"{name}@contoso.example"
    user = await director.graph(
        "POST",
        "/users",
        {
            "accountEnabled": enabled,
            "displayName": name,
            "mailNickname": name,
            "userPrincipalName": upn,
            "passwordProfile": {"password": "Correct-Horse-1"},
        },
    )
    return Agent(identity_id=user["id"], account_id="", upn=upn)


@contextlib.asynccontextmanager
async def unheard(director: Director) -> AsyncIterator[None]:
    """What happens to one person in this block, Graph never tells."""
    before = await _silenced(director)
    await director.control("graph", "POST", "/switches", {"silence": True})
    try:
        yield

        async def lost() -> bool | None:
            return await _silenced(director) > before or None

        await director.until(lost, "the notifications are lost")
    finally:
        await director.control("graph", "POST", "/switches", {"silence": False})


async def _silenced(director: Director) -> int:
    return int((await director.control("graph", "GET", "/deliveries"))["counts"].get("silenced", 0))


def sqlite_of(director: Director) -> sqlite3.Connection:
    """The file of the world's ledger."""
    path = director.world.environment["LEDGER"].removeprefix("sqlite:")
    return sqlite3.connect(path, isolation_level=None, timeout=10)


@contextlib.contextmanager
def no_ledger(director: Director) -> Iterator[None]:
    """The ledger answers every question with an error, until the end of the block."""
    with contextlib.closing(sqlite_of(director)) as connection:
        connection.execute("ALTER TABLE rows RENAME TO away")
        try:
            yield
        finally:
            connection.execute("ALTER TABLE away RENAME TO rows")


def damage(director: Director, *at: str) -> None:
    """Put a row there that nobody can read."""
    with contextlib.closing(sqlite_of(director)) as connection:
        connection.execute("INSERT OR REPLACE INTO rows VALUES (?, ?, 'e', 'cut off')", at)


def alarms(director: Director, name: str, who: Agent) -> list[str]:
    """The app's log lines that raise this alarm for this person."""
    return [line for line in log_lines(director, f"alarm {name} ") if who.identity_id in line]


def log_lines(director: Director, words: str) -> list[str]:
    log = director.world.platform.log.read_text(errors="replace")
    return [line for line in log.splitlines() if words in line]


async def send(director: Director, queue: str, message: Ring | Order, session: str | None = None) -> None:
    """Put a message on the bus."""
    await director.control(
        "platform",
        "POST",
        f"/queues/{queue}/messages",
        {"body": encode(message).decode(), "session_id": session, "message_id": message.trace},
    )


def order(who: Agent, stage: Stage, **changed: object) -> Order:
    fields = {
        "identity_id": who.identity_id,
        "account_id": who.account_id,
        "stage": stage,
        "cause": Cause.NOTIFICATION,
        "read_at": time.time(),
        "rung_at": time.time(),
        "trace": f"{stage}-{who.identity_id}",
        **changed,
    }
    return Order(**fields)  # type: ignore[arg-type]


async def no_more_orders(director: Director, who: Agent) -> None:
    """Wait until no look and no order about this person is left."""

    async def nothing_left() -> bool | None:
        for queue in ("doorbell", "revocations"):
            found = await director.control("platform", "GET", f"/queues/{queue}/messages?limit=1000")
            if any(who.identity_id in message["body"] for message in found["messages"]):
                return None
        return True

    await director.until(nothing_left, "no look and no order is left")


async def dead_letters(director: Director) -> int:
    return sum(queue["dead"]["active"] for queue in (await director.queues()).values())


async def becomes(director: Director, who: Agent, state: str) -> None:
    """Wait until this person's account is in this state."""

    async def is_so() -> bool | None:
        return (await director.account(who))["state"] == state or None

    await director.until(is_so, f"the account is {state}")

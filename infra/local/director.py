"""What does one do in the local world, and what did happen? The hands and eyes of the story, the journeys and the
benchmarks: everything goes through the worlds' own doors (Graph, Genesys, the host) and their control surfaces.
"""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self, TypeVar

import httpx

from infra.local.world import World

T = TypeVar("T")
ENTRA_NAMES = uuid.UUID("6f1d3a52-0b1e-4c55-9a77-4f6f7f3f8e01")
GENESYS_NAMES = uuid.UUID("0b7a2f5e-8a77-4a5e-8c39-5a2d4ab1a1b2")
DEADLINE_S = 20.0
POLL_S = 0.02


class NeverError(AssertionError):
    """What was waited for did not happen in time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Agent:
    """One person on both sides; both simulators derive these ids from the number."""

    identity_id: str
    account_id: str
    upn: str


def agent(number: int) -> Agent:
    """The n-th person of the population, from 1."""
    return Agent(
        identity_id=str(uuid.uuid5(ENTRA_NAMES, f"entra-user-{number}")),
        account_id=str(uuid.uuid5(GENESYS_NAMES, f"genesys-user-{number}")),
        upn=f"agent{number:05d}@contoso.example",
    )


class Director:
    """Use as `async with Director(world) as director`."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.stack = world.stack
        self._http = httpx.AsyncClient(timeout=30.0)
        self._tokens: dict[str, str] = {}

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._http.aclose()

    # -- Entra ---------------------------------------------------------------------------------------------------

    async def graph(self, method: str, path: str, body: Any = None, *, client: str = "admin") -> Any:
        """One Graph call as `admin` or as `app`; the parsed answer, None without a body."""
        headers = {"Authorization": f"Bearer {await self._graph_token(client)}"}
        answer = await self._http.request(method, f"{self.stack['graph']}{path}", json=body, headers=headers)
        answer.raise_for_status()
        return answer.json() if answer.content else None

    async def update(self, who: Agent, **properties: object) -> float:
        """Change properties in Entra; returns when Graph had accepted it, in seconds since 1970."""
        await self.graph("PATCH", f"/users/{who.identity_id}", properties)
        return time.time()

    async def disable(self, who: Agent) -> float:
        return await self.update(who, accountEnabled=False)

    async def subscribe(self) -> list[dict[str, Any]]:
        """Run the timer that creates the graph subscriptions; returns them."""
        await self.run_function("watch_subscriptions")

        async def both() -> list[dict[str, Any]] | None:
            # Graph lists only those of the client that asks, so this asks as the app.
            found: list[dict[str, Any]] = (await self.graph("GET", "/subscriptions", client="app"))["value"]
            return found if {one["resource"] for one in found} >= {"users", "groups"} else None

        return await self.until(both, "both graph subscriptions exist")

    async def _graph_token(self, name: str) -> str:
        if name not in self._tokens:
            client = self.world.entra.described["clients"][name]
            form = {
                "grant_type": "client_credentials",
                "client_id": client["client_id"],
                "client_secret": client["client_secret"],
                "scope": "https://graph.microsoft.com/.default",
            }
            answer = await self._http.post(self.stack["graph_token"], data=form)
            answer.raise_for_status()
            self._tokens[name] = answer.json()["access_token"]
        return self._tokens[name]

    # -- Genesys -------------------------------------------------------------------------------------------------

    async def log_in(self, who: Agent, *, conversation: bool = False) -> str:
        """The agent opens the Genesys client: a live session; returns its id."""
        session = await self.control(
            "genesys", "POST", "/sessions", {"user": who.account_id, "conversation": conversation}
        )
        return str(session["id"])

    async def sessions(self, who: Agent) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = (await self.control("genesys", "GET", f"/sessions?user={who.account_id}"))[
            "sessions"
        ]
        return found

    async def account(self, who: Agent) -> dict[str, Any]:
        """The account as it is in Genesys, without a call to the API."""
        found: dict[str, Any] = await self.control("genesys", "GET", f"/accounts/{who.account_id}")
        return found

    async def genesys_log(self, since: int = 0) -> list[dict[str, Any]]:
        """The request log of Genesys: entries with a number above `since`."""
        entries: list[dict[str, Any]] = (await self.control("genesys", "GET", f"/log?since={since}"))["entries"]
        return entries

    async def genesys_newest(self) -> int:
        """The number of the newest entry in Genesys' request log; 0 when it is empty."""
        log = await self.genesys_log()
        return int(log[-1]["number"]) if log else 0

    async def genesys_call(self, who: Agent, method: str, path: str, since: int = 0) -> dict[str, Any]:
        """Wait for a successful call that names this person's account; `path` is a part of the request's path."""

        async def seen() -> dict[str, Any] | None:
            for entry in await self.genesys_log(since):
                if (
                    entry["method"] == method
                    and path in entry["path"]
                    and who.account_id in entry["path"]
                    and 200 <= entry["status"] < 300
                ):
                    return entry
            return None

        return await self.until(seen, f"Genesys has a {method} {path} for {who.account_id}")

    # -- the platform --------------------------------------------------------------------------------------------

    async def post(self, body: bytes, **query: str) -> httpx.Response:
        """Post to the notification URL as Graph would."""
        return await self._http.post(
            f"{self.stack['app']}/api/graph/notifications",
            params=query,
            content=body,
            headers={"Content-Type": "application/json"},
        )

    async def get(self, path: str) -> httpx.Response:
        return await self._http.get(f"{self.stack['app']}{path}")

    async def run_function(self, name: str, value: str = "") -> None:
        """Run any function now, as the host's admin API does."""
        key = self.world.platform.described["master_key"]
        answer = await self._http.post(
            f"{self.stack['app']}/admin/functions/{name}", json={"input": value}, headers={"x-functions-key": key}
        )
        answer.raise_for_status()

    async def invocations(self, function: str, since: int = 0) -> list[dict[str, Any]]:
        """What the host ran, and how it ended."""
        entries = (await self.control("platform", "GET", f"/invocations?since={since}"))["invocations"]
        return [entry for entry in entries if entry["function"] == function]

    async def queues(self) -> dict[str, Any]:
        found: dict[str, Any] = await self.control("platform", "GET", "/queues")
        return found

    async def quiet(self) -> None:
        """Wait until no message is waiting or being worked on; scheduled ones may remain."""

        async def nothing_left() -> bool | None:
            depths = [queue["depth"] for queue in (await self.queues()).values()]
            return all(depth["active"] + depth["locked"] == 0 for depth in depths) or None

        await self.until(nothing_left, "the queues are empty")

    # -- control surfaces ----------------------------------------------------------------------------------------

    async def control(self, whose: str, method: str, path: str, body: Any = None) -> Any:
        """One call to a control surface: `graph`, `genesys` or `platform`."""
        answer = await self._http.request(method, f"{self.stack['control'][whose]}{path}", json=body)
        answer.raise_for_status()
        return answer.json()

    async def break_(self, whose: str, **rule: object) -> None:
        """Add one fault rule (`infra/local/simulation/faults.py`)."""
        await self.control(whose, "POST", "/faults", rule)

    async def mend(self, whose: str) -> None:
        await self.control(whose, "DELETE", "/faults")

    async def latency(self, *, graph_ms: float, genesys_ms: float) -> None:
        await self.control("graph", "POST", "/latency", {"ms": graph_ms})
        await self.control("genesys", "POST", "/latency", {"ms": genesys_ms})

    async def allow(self, requests: int, window_s: float) -> None:
        """How many requests Genesys allows an access token in a window."""
        await self.control("genesys", "POST", "/switches", {"rate_allowed": requests, "rate_window_s": window_s})

    async def stale(self, who: Agent, *, reads: int) -> None:
        """Graph's replicas show the state before this person's next change for so many reads."""
        await self.control("graph", "POST", "/stale", {"id": who.identity_id, "reads": reads})

    async def break_bus(self, fault: Mapping[str, object]) -> None:
        await self.control("platform", "POST", "/bus", dict(fault))

    async def advance(self, seconds: float) -> None:
        """Move the platform's clock: scheduled messages, locks and timers become due."""
        await self.control("platform", "POST", "/clock", {"advance_s": seconds})

    async def until(self, look: Callable[[], Awaitable[T | None]], what: str, deadline_s: float = DEADLINE_S) -> T:
        """Ask again and again until there is an answer.

        Raises:
            NeverError: there was none within the deadline; names what was waited for.
        """
        end = time.monotonic() + deadline_s
        while True:
            answer = await look()
            if answer is not None:
                return answer
            if time.monotonic() > end:
                raise NeverError(f"never in {deadline_s:.0f} s: {what}")
            await asyncio.sleep(POLL_S)

"""How do we bring everybody in both worlds to what the job's schema says? The whole app but its bus, in one process.

Everything is the product over sockets: readings, mapping store, ledger, revocations with their later stages. The bus
is a `Bell` of this module: it keeps what it is given in a list, which `converge_all` empties by calling the verbs that
the functions behind the queues call. What is scheduled for later (looks, the second token kill) stays undone.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from infra.local.entra.population import application_id
from infra.local.entra.tokens import TENANT_ID
from infra.local.genesys import CLIENT_ID, CLIENT_SECRET
from shared.aftercare import aftercare
from shared.converge import converge
from shared.model import Cause, Instant, Lifecycle, Look, Order, Outcome, Ring, Stage
from shared.revoke import revoke
from shared.wiring import App, build
from shared.workroom import Workroom
from tests.conformance.worlds import Worlds

PROVISIONING = f"""\
version = 1

[entra]
schema = "job"
service_principal = "{application_id()}"
"""
MOST_MESSAGES = 1_000


@dataclass(slots=True)
class ListBell:
    """A bus that forgets nothing and delivers when asked.

    Attributes:
        due: what is to be worked on now, in the order in which it came.
        later: what was scheduled, and for when.
    """

    due: list[Ring | Order] = field(default_factory=list)
    later: list[tuple[Ring | Look | Order, Instant]] = field(default_factory=list)

    async def ring(self, rings: Sequence[Ring], *, at: Instant | None = None) -> None:
        self._keep(rings, at)

    async def lifecycle(self, notes: Sequence[Lifecycle]) -> None:
        raise AssertionError(f"nobody announced anything of the subscriptions: {notes}")

    async def look(self, look: Look, *, at: Instant) -> None:
        self.later.append((look, at))

    async def change(self, rings: Sequence[Ring], *, at: Instant | None = None) -> None:
        self._keep(rings, at)

    async def order(self, orders: Sequence[Order], *, at: Instant | None = None) -> None:
        self._keep(orders, at)

    def _keep(self, messages: Sequence[Ring | Order], at: Instant | None) -> None:
        if at is None:
            self.due += messages
        else:
            self.later += [(message, at) for message in messages]


def environment(worlds: Worlds, folder: Path) -> dict[str, str]:
    """The app's settings in these worlds. Their ledger and provisioning file are in `folder`."""
    provisioning = folder / "provisioning.toml"
    provisioning.write_text(PROVISIONING, encoding="utf-8")
    return {
        "MODE": "enforce",
        "OUT_OF_SCOPE": "deactivate",
        "ENTRA_TENANT_ID": TENANT_ID,
        "GRAPH_URL": f"{worlds.graph_url}/v1.0",
        "NOTIFICATION_URL": "http://127.0.0.1:1/api/graph/notifications",
        "CLIENT_STATE": "a-client-state-of-the-tests",
        "ServiceBusConnection": "Endpoint=sb://127.0.0.1;SharedAccessKeyName=nobody;SharedAccessKey=nothing",
        "GENESYS_API_URL": worlds.genesys_url,
        "GENESYS_LOGIN_URL": worlds.genesys_url,
        "GENESYS_CLIENT_ID": CLIENT_ID,
        "GENESYS_CLIENT_SECRET": CLIENT_SECRET,
        "LEDGER": f"sqlite:{folder / 'ledger.db'}",
        "PROVISIONING_FILE": str(provisioning),
    }


def ours(folder: Path, signed_in: Callable[[Worlds], object]) -> Callable[[Worlds], Awaitable[list[Outcome]]]:
    """`converge_all` of the app.

    Args:
        signed_in: makes the managed identity of the worlds' tenant the one of this process.
    """

    async def converge_all(worlds: Worlds) -> list[Outcome]:
        signed_in(worlds)
        app = build(environment(worlds, folder))
        try:
            await app.mapping.refresh()  # as the timer does
            return await _everybody(app, await _ids(worlds))
        finally:
            await app.close()

    return converge_all


async def _everybody(app: App, ids: Sequence[str]) -> list[Outcome]:
    bell = ListBell()
    room = replace(app.room, bell=bell)
    await bell.change([_ring(id_) for id_ in ids])
    outcomes: list[Outcome] = []
    for _ in range(MOST_MESSAGES):
        if not bell.due:
            break
        outcome = await _deliver(bell.due.pop(0), room)
        outcomes += [outcome] if outcome else []
    undone = [one for one, _ in bell.later if not isinstance(one, Look) and getattr(one, "stage", None) != Stage.VERIFY]
    assert not bell.due, f"the app never comes to rest: {bell.due[:3]}"
    assert not undone, f"something failed and was scheduled again: {undone}"
    return outcomes


async def _deliver(message: Ring | Order, room: Workroom) -> Outcome | None:
    if isinstance(message, Ring):
        return await converge(message, room)
    return await (revoke if message.stage is Stage.FIRST else aftercare)(message, room)


def _ring(id_: str) -> Ring:
    return Ring(kind="user", id=id_, cause=Cause.RECONCILE, rung_at=App.now(), trace=f"everybody-{id_}")


async def _ids(worlds: Worlds) -> list[str]:
    """Everybody, the deleted included."""
    found: list[str] = []
    for path in ("/users?$select=id&$top=999", "/directory/deletedItems/microsoft.graph.user?$select=id&$top=999"):
        page: dict[str, Any] = await worlds.in_entra("GET", path)
        assert "@odata.nextLink" not in page
        found += [str(one["id"]) for one in page["value"]]
    return found

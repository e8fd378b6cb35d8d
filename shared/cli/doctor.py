"""Would it work here? Every door that the app goes through, tried without writing to either cloud or the bus.

The checks run at the same time and know nothing of each other: one that fails or hangs leaves the others alone.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence

from shared.cli import doctor_bus, doctor_entra, doctor_genesys, doctor_ledger, doctor_mapping
from shared.cli.findings import Finding, fail, ok
from shared.errors import Misconfigured, SyncError
from shared.runtime.settings import TABLE
from shared.wiring import App, build

PATIENCE_S = 20.0

Check = Callable[[App], Awaitable[Finding]]

CHECKS: tuple[tuple[str, Check], ...] = (
    ("Graph token", doctor_entra.token),
    ("Graph permissions", doctor_entra.permissions),
    ("Graph read", doctor_entra.read),
    ("pilot group", doctor_entra.pilot_group),
    ("mapping", doctor_mapping.mapping),
    ("subscription users", doctor_entra.watching("users")),
    ("subscription groups", doctor_entra.watching("groups")),
    ("bus doorbell", doctor_bus.queue("doorbell")),
    ("bus revocations", doctor_bus.queue("revocations")),
    ("bus changes", doctor_bus.queue("changes")),
    ("ledger", doctor_ledger.ledger),
    ("Genesys token", doctor_genesys.token),
    ("Genesys client", doctor_genesys.client),
    ("Genesys SCIM", doctor_genesys.scim),
    ("Genesys permissions", doctor_genesys.permissions),
    ("Genesys rate limit", doctor_genesys.rate_limit),
)


async def examine(environ: Mapping[str, str], *, patience_s: float = PATIENCE_S) -> tuple[Finding, ...]:
    """Every finding, in the order of `CHECKS`; only those on the settings when these are not complete.

    Args:
        patience_s: how long one check may take, in seconds.
    """
    try:
        app = build(environ)
    except Misconfigured as error:
        return (
            *(fail("settings", problem) for problem in error.problems),
            fail("settings", "Nothing else was tried, because every other check needs them."),
        )
    given = sum(1 for row in TABLE if environ.get(row.name, "").strip())
    settings = ok(
        "settings", f"{given} of {len(TABLE)} are given, and nothing is missing; MODE is {app.settings.mode}."
    )
    try:
        found = await asyncio.gather(*(_try(name, check, app, patience_s) for name, check in CHECKS))
    finally:
        await app.close()
    return (settings, *found)


async def _try(name: str, check: Check, app: App, patience_s: float) -> Finding:
    try:
        async with asyncio.timeout(patience_s):
            return await check(app)
    except SyncError as error:
        return fail(name, _sentence(str(error)))
    except TimeoutError:
        return fail(name, f"There was no answer within {patience_s:.0f} s.")
    except Exception as error:  # noqa: BLE001 - whatever an SDK raises is a finding; its text may hold secrets
        return fail(name, f"It failed in a way that this program does not know: {type(error).__name__}.")


def _sentence(text: str) -> str:
    lines: Sequence[str] = text.splitlines() or [""]
    said = " ".join(line.strip() for line in lines)
    return said if said.endswith((".", "?", "!")) else f"{said}."

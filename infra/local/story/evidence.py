"""When did what happen to this person? Read from the request logs of the simulators, never from the product.

| step | whose log | which time |
|---|---|---|
| changed | Graph | the PATCH of the user came in; Graph writes at once and answers after its latency |
| notified | Graph | Graph began the POST that the webhook accepted; `refused` are those that it did not |
| rung, accepted | host, Graph | the webhook's function ended, and the bus had the ring; Graph had the 202 |

What follows depends on the journey: `termination.py`, `move.py`.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from infra.local.director import Agent, Director
from infra.local.story.record import Moment, Step

WEBHOOK = "graph_notifications"
Entry = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Marks:
    """The newest number in each log: what comes later belongs to what is played next."""

    graph: int = 0
    deliveries: int = 0
    invocations: int = 0
    genesys: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Logs:
    """Entries as the control surfaces give them, oldest first."""

    graph: tuple[Entry, ...]
    deliveries: tuple[Entry, ...]
    invocations: tuple[Entry, ...]
    genesys: tuple[Entry, ...]

    @property
    def marks(self) -> Marks:
        return Marks(
            graph=_newest(self.graph),
            deliveries=_newest(self.deliveries),
            invocations=_newest(self.invocations),
            genesys=_newest(self.genesys),
        )


async def logs(director: Director, since: Marks | None = None) -> Logs:
    """All logs, or what was written after the marks."""
    marks = since or Marks()
    graph, deliveries, invocations, genesys = await asyncio.gather(
        director.control("graph", "GET", f"/log?since={marks.graph}"),
        director.control("graph", "GET", f"/deliveries?since={marks.deliveries}"),
        director.control("platform", "GET", f"/invocations?since={marks.invocations}"),
        director.genesys_log(marks.genesys),
    )
    return Logs(
        graph=tuple(graph["entries"]),
        deliveries=tuple(deliveries["attempts"]),
        invocations=tuple(invocations["invocations"]),
        genesys=tuple(genesys),
    )


def first(steps: Iterable[Moment], step: Step) -> Moment | None:
    return next((moment for moment in steps if moment.step is step), None)


def complaints(seen: Logs) -> tuple[str, ...]:
    """Errors that the logs show, as sentences with their number."""
    counts: Counter[str] = Counter()
    for owner, entries in (("Graph", seen.graph), ("Genesys", seen.genesys)):
        for entry in entries:
            if entry["status"] >= 400:
                counts[f"{owner} answered {entry['status']} to {entry['method']} {entry['path']}"] += 1
    for attempt in seen.deliveries:
        if not _accepted(attempt):
            counts[f"the webhook answered {attempt['status'] or attempt['reason']} to Graph"] += 1
    for entry in seen.invocations:
        if entry["result"] == "failed":
            counts[f"an invocation of {entry['function']} failed"] += 1
    return tuple(f"{what} ({times} {'time' if times == 1 else 'times'})" for what, times in counts.most_common(5))


def reads(seen: Logs, who: Agent) -> tuple[Entry, ...]:
    """The answered calls with which Graph told somebody about this person."""
    return tuple(entry for entry in seen.graph if _is_read(entry, who))


def writes(genesys: Iterable[Entry], who: Agent) -> tuple[Entry, ...]:
    """The calls that would change this person's account, whatever Genesys answered."""
    return tuple(entry for entry in genesys if entry["method"] != "GET" and who.account_id in entry["path"])


def worked(entry: Entry) -> bool:
    return bool(200 <= entry["status"] < 300)


def arrival(seen: Logs, who: Agent, what: str) -> Iterator[Moment]:
    """From the change in Entra, which was `what`, to the ring on the bus: the same for every journey."""
    for entry in seen.graph:
        if entry["method"] == "PATCH" and entry["path"].endswith(f"/users/{who.identity_id}") and worked(entry):
            yield Moment(step=Step.CHANGED, at=entry["at"], witness="Graph", detail=f"PATCH user, {what}")
            break
    for attempt in seen.deliveries:
        if who.identity_id not in attempt["objects"]:
            continue
        if not _accepted(attempt):
            why = attempt["status"] or attempt["reason"]
            yield Moment(step=Step.REFUSED, at=attempt["done"], witness="Graph", detail=f"the webhook answered {why}")
            continue
        tries = "" if attempt["attempt"] == 1 else f", try {attempt['attempt']}"
        yield Moment(step=Step.NOTIFIED, at=attempt["at"], witness="Graph", detail=f"POST to the webhook{tries}")
        yield from _rung(seen, attempt)
        yield Moment(step=Step.ACCEPTED, at=attempt["done"], witness="Graph", detail=f"got {attempt['status']}")
        return


def _rung(seen: Logs, attempt: Entry) -> Iterator[Moment]:
    ends = [
        entry["ended"]
        for entry in seen.invocations
        if entry["function"] == WEBHOOK
        and entry["ended"] is not None
        and attempt["at"] <= entry["ended"] <= attempt["done"]
    ]
    if ends:
        yield Moment(step=Step.RUNG, at=max(ends), witness="host", detail="on the bus, so 202 to Graph")


def _is_read(entry: Entry, who: Agent) -> bool:
    if entry["method"] == "GET":
        return who.identity_id in entry["path"] and worked(entry)
    requests = entry["note"].get("requests", ())
    return any(who.identity_id in one["url"] and one["method"] == "GET" for one in requests)


def _accepted(attempt: Entry) -> bool:
    return bool(200 <= attempt["status"] < 300)


def _newest(entries: tuple[Entry, ...]) -> int:
    return max((int(entry["number"]) for entry in entries), default=0)

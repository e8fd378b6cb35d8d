"""How does somebody leave? The account gets disabled in Entra; then the logs and the session store are asked.

| step | whose log | which time |
|---|---|---|
| read | Graph | Graph had answered the `$batch` that this person's deactivation followed |
| inactive | Genesys | the call that turned `active` from true to false was answered |
| sessions ended | Genesys | the token deletion that ended at least one session was answered |
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from infra.local.director import Agent, Director
from infra.local.story import verify
from infra.local.story.evidence import Entry, Logs, Marks, arrival, first, reads, worked, writes
from infra.local.story.journey import Account, Take
from infra.local.story.record import EVERY_WAY, Change, Check, Goal, Moment, Step

OUT = Goal(step=Step.ENDED, word="out")


@dataclass(frozen=True, slots=True, kw_only=True)
class Termination:
    """An agent with a live session is disabled in Entra."""

    goal: Goal = OUT
    way: tuple[Step, ...] = EVERY_WAY

    async def begin(self, director: Director, who: Agent) -> Account:
        await director.log_in(who)
        return await director.account(who)

    async def act(self, director: Director, who: Agent) -> None:
        await director.disable(who)

    def arrived(self, genesys: Iterable[Entry], who: Agent) -> bool:
        return is_out(genesys, who)

    async def settle(self, director: Director, who: Agent, since: Marks, patience_s: float) -> None:
        """Out is out; the looks that follow are the app's own affair."""

    def moments(self, seen: Logs, who: Agent) -> tuple[Moment, ...]:
        return moments(seen, who)

    async def judge(self, director: Director, take: Take) -> tuple[tuple[Check, ...], tuple[Change, ...]]:
        return (*_in_order_and_time(take), *await verify.out(director, take.who)), ()


def moments(seen: Logs, who: Agent) -> tuple[Moment, ...]:
    """The steps of one person's way out that the logs show, in the order in which they happened."""
    found = [*arrival(seen, who, "account disabled"), *_read(seen, who), *_out(seen.genesys, who)]
    return tuple(sorted(found, key=lambda moment: moment.at))


def is_out(genesys: Iterable[Entry], who: Agent) -> bool:
    """Whether Genesys' log shows the end of this person's sessions."""
    return any(moment.step is Step.ENDED for moment in _out(genesys, who))


def _in_order_and_time(take: Take) -> Iterator[Check]:
    inactive, ended = (first(take.moments, step) for step in (Step.INACTIVE, Step.ENDED))
    if inactive is None or ended is None or first(take.moments, Step.CHANGED) is None:
        return
    yield Check(
        sentence="deactivated before the sessions ended",
        holds=inactive.at <= ended.at,
        found=f"the sessions ended {inactive.at - ended.at:.3f} s earlier",
    )
    yield from verify.in_time(OUT, take.moments, take.within_s)


def _read(seen: Logs, who: Agent) -> Iterator[Moment]:
    """Reads before the person's first write in Genesys; the last of them is the one that was acted on.

    Where no write followed, the first read is told and the many that came after it are not.
    """
    wrote = writes(seen.genesys, who)
    until = min((entry["at"] for entry in wrote), default=float("inf"))
    known = [entry for entry in reads(seen, who) if entry["done"] <= until]
    if not wrote:
        known = known[:1]
    for number, entry in enumerate(known, 1):
        step = Step.READ if number == len(known) else Step.READ_IN_VAIN
        detail = "$batch, acted on" if step is Step.READ and wrote else "$batch, nothing came of it"
        yield Moment(step=step, at=entry["done"], witness="Graph", detail=detail)


def _out(genesys: Iterable[Entry], who: Agent) -> Iterator[Moment]:
    """What Genesys did to the account; the first of each."""
    done: set[Step] = set()
    for entry in genesys:
        if who.account_id not in entry["path"]:
            continue
        step, detail = _effect(entry)
        if step is Step.THROTTLED or (step is not None and step not in done):
            done.add(step)
            yield Moment(step=step, at=entry["done"], witness="Genesys", detail=detail)


def _effect(entry: Entry) -> tuple[Step | None, str]:
    note = entry["note"]
    if entry["status"] == 429:
        return Step.THROTTLED, f"{entry['method']} gets 429"
    if not worked(entry):
        return None, ""
    if note.get("active_before") is True and note.get("active_after") is False:
        return Step.INACTIVE, f"{entry['method']} active=false"
    ended = note.get("sessions_ended", 0)
    if entry["method"] == "DELETE" and "/tokens/" in entry["path"] and ended:
        return Step.ENDED, f"DELETE tokens, {ended} {'session' if ended == 1 else 'sessions'} ended"
    return None, ""

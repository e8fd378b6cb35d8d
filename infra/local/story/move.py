"""How does somebody move within the company? One edit in Entra, one PATCH in Genesys, and the rest stays as it is.

| step | whose log | which time |
|---|---|---|
| read | Graph | Graph had answered a `$batch` with this person: for the way into a lane, and again before the write |
| compared | Genesys | the account's own state was answered, the last time before the write |
| written | Genesys | the first PATCH of the account that worked was answered |
| looked again | Graph | Graph had answered the first `$batch` with this person that came after the write |
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from infra.local.director import Agent, Director
from infra.local.story import verify
from infra.local.story.evidence import Entry, Logs, Marks, arrival, first, logs, reads, worked, writes
from infra.local.story.journey import Account, Take
from infra.local.story.record import Change, Check, Goal, Moment, Step

IN_GENESYS = Goal(step=Step.WRITTEN, word="in Genesys")
WAY = (
    Step.CHANGED, Step.NOTIFIED, Step.RUNG, Step.ACCEPTED, Step.READ, Step.COMPARED, Step.WRITTEN, Step.LOOKED,
)  # fmt: skip
#: What Entra's job writes, as its gallery schema says: a property in Entra, and where it is in the account.
MAPPED = {
    "userPrincipalName": "userName",
    "displayName": "displayName",
    "jobTitle": "title",
    "department": "department",
    "employeeId": "employeeNumber",
    "mobilePhone": "phones.mobile",
}
#: Changes with every write, or when somebody logs in.
BOOKKEEPING = {"version", "modified", "sessions"}
GIVEN_NAME = "{given}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """An agent with a live session gets other `properties` (of those in `MAPPED`); `{given}` is the given name."""

    properties: Mapping[str, str]
    goal: Goal = IN_GENESYS
    way: tuple[Step, ...] = WAY

    async def begin(self, director: Director, who: Agent) -> Account:
        await director.log_in(who)
        return await director.account(who)

    async def act(self, director: Director, who: Agent) -> None:
        given = (await director.account(who))["displayName"].partition(" ")[0]
        await director.update(
            who, **{name: value.replace(GIVEN_NAME, given) for name, value in self.properties.items()}
        )

    def arrived(self, genesys: Iterable[Entry], who: Agent) -> bool:
        return _written(genesys, who) is not None

    async def settle(self, director: Director, who: Agent, since: Marks, patience_s: float) -> None:
        """The look comes, and whatever it leads to has been done."""

        async def looked() -> bool | None:
            return first(self.moments(await logs(director, since), who), Step.LOOKED) is not None or None

        await director.until(looked, "the look comes", patience_s)
        await director.quiet()

    def moments(self, seen: Logs, who: Agent) -> tuple[Moment, ...]:
        count = len(self.properties)
        what = f"{count} {'property' if count == 1 else 'properties'}"
        return moments(seen, who, what)

    async def judge(self, director: Director, take: Take) -> tuple[tuple[Check, ...], tuple[Change, ...]]:
        after = await director.account(take.who)
        changes = differences(take.before, after)
        checks = (
            *verify.in_time(IN_GENESYS, take.moments, take.within_s),
            *written_once(take),
            says(after, await _in_entra(director, take.who)),
            only_these(changes, {MAPPED[name] for name in self.properties}),
            Check(
                sentence="active untouched",
                holds=after["state"] == "active" and after["stateChanged"] == take.before["stateChanged"],
                found=f"it is {after['state']}",
            ),
            await verify.logged_in(director, take.who),
        )
        return checks, changes


def moments(seen: Logs, who: Agent, what: str) -> tuple[Moment, ...]:
    """The steps of one person's move that the logs show; `what` was changed in Entra."""
    found = [*arrival(seen, who, what), *_read_and_written(seen, who)]
    return tuple(sorted(found, key=lambda moment: moment.at))


def differences(before: Account, after: Account) -> tuple[Change, ...]:
    """What of an account is not what it was, bookkeeping aside; `phones.mobile` is the mobile number."""
    old, new = _flat(before), _flat(after)
    return tuple(
        Change(attribute=name, before=old.get(name, ""), after=new.get(name, ""))
        for name in dict.fromkeys((*old, *new))
        if name not in BOOKKEEPING and old.get(name, "") != new.get(name, "")
    )


def _flat(account: Mapping[str, Any], prefix: str = "") -> dict[str, str]:
    found: dict[str, str] = {}
    for name, value in account.items():
        if isinstance(value, Mapping):
            found |= _flat(value, f"{prefix}{name}.")
        else:
            found[f"{prefix}{name}"] = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
    return found


def _written(genesys: Iterable[Entry], who: Agent) -> Entry | None:
    return next((entry for entry in writes(genesys, who) if entry["method"] == "PATCH" and worked(entry)), None)


def _read_and_written(seen: Logs, who: Agent) -> Iterator[Moment]:
    written = _written(seen.genesys, who)
    if written is None:
        for entry in reads(seen, who)[:1]:
            yield Moment(step=Step.READ, at=entry["done"], witness="Graph", detail="$batch, nothing came of it")
        return
    known = [entry for entry in reads(seen, who) if entry["done"] <= written["at"]]
    for number, entry in enumerate(known, 1):
        detail = "$batch, acted on" if number == len(known) else "$batch, on to a lane"
        yield Moment(step=Step.READ, at=entry["done"], witness="Graph", detail=detail)
    yield from _compared(seen.genesys, who, written)
    yield Moment(step=Step.WRITTEN, at=written["done"], witness="Genesys", detail="PATCH account")
    looks = [entry for entry in reads(seen, who) if entry["at"] >= written["done"]]
    for entry in looks[:1]:
        yield Moment(step=Step.LOOKED, at=entry["done"], witness="Graph", detail="$batch, second look")


def _compared(genesys: Iterable[Entry], who: Agent, written: Entry) -> Iterator[Moment]:
    gets = [
        entry
        for entry in genesys
        if entry["method"] == "GET" and who.account_id in entry["path"] and entry["done"] <= written["at"]
    ]
    for entry in gets[-1:]:
        yield Moment(step=Step.COMPARED, at=entry["done"], witness="Genesys", detail="GET account")


def written_once(take: Take) -> Iterator[Check]:
    """One PATCH, tries that failed counted too, and none when the look found nothing to do."""
    wrote = writes(take.seen.genesys, take.who)
    calls = ", ".join(f"{entry['method']} {entry['status']}" for entry in wrote) or "no write"
    yield Check(
        sentence="one PATCH, and no other write", holds=[entry["method"] for entry in wrote] == ["PATCH"], found=calls
    )
    look = first(take.moments, Step.LOOKED)
    later = look is not None and any(entry["at"] >= look.at for entry in wrote)
    yield Check(
        sentence="nothing more written when the look came",
        holds=look is not None and not later,
        found="no look" if look is None else calls,
    )


async def _in_entra(director: Director, who: Agent) -> dict[str, str]:
    """What Entra says now, under the names of the account."""
    user = await director.graph("GET", f"/users/{who.identity_id}?$select={','.join(MAPPED)},businessPhones")
    return {
        **{there: user[here] or "" for here, there in MAPPED.items()},
        "phones.work": next(iter(user["businessPhones"]), ""),
    }


def says(account: Account, identity: Mapping[str, str]) -> Check:
    """Whether the account has the values of the identity, which come under the account's names."""
    flat = _flat(account)
    other = [name for name, value in identity.items() if flat.get(name) != value]
    return Check(sentence="the account says what Entra says", holds=not other, found=f"not in {', '.join(other)}")


def only_these(changes: Iterable[Change], meant: set[str]) -> Check:
    """Whether exactly what was meant to change did."""
    changed = {change.attribute for change in changes}
    wrong = ", ".join(
        [f"{name} too" for name in sorted(changed - meant)] + [f"{name} not" for name in sorted(meant - changed)]
    )
    return Check(sentence=f"these {len(meant)} attributes changed, and nothing else", holds=not wrong, found=wrong)

"""What did the play show? Times, checks and measurements, as every teller prints them and `--json` writes them.

Times are seconds since 1970 on this machine's one clock; nobody advances a simulator's clock during the play.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from infra.local.director import Agent


class Step(StrEnum):
    """What happens to a person's change on its way to Genesys, in the order of the story."""

    CHANGED = "changed"
    REFUSED = "refused"
    NOTIFIED = "notified"
    RUNG = "rung"
    ACCEPTED = "accepted"
    READ_IN_VAIN = "read in vain"
    READ = "read"
    THROTTLED = "throttled"
    INACTIVE = "inactive"
    ENDED = "sessions ended"
    COMPARED = "compared"
    WRITTEN = "written"
    LOOKED = "looked again"


#: The way out of everybody; the other steps belong to what goes wrong, and to other journeys.
EVERY_WAY = (Step.CHANGED, Step.NOTIFIED, Step.RUNG, Step.ACCEPTED, Step.READ, Step.INACTIVE, Step.ENDED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Goal:
    """Where a journey has to arrive: the step with which it is there, and how a headline calls that."""

    step: Step
    word: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """One step and its time; `witness` is whose log says so, `detail` what that log shows."""

    step: Step
    at: float
    witness: str
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """`sentence` is what has to hold, `found` what was there instead."""

    sentence: str
    holds: bool
    found: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """An attribute of the account in Genesys that is not what it was; the people are invented, so values are shown."""

    attribute: str
    before: str
    after: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Prologue:
    """The world is up, and the app has its graph subscriptions. Durations in milliseconds."""

    world_ms: float
    subscribed_ms: float
    resources: tuple[str, ...]
    linked: int
    checks: tuple[Check, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """One chapter as it was played.

    Attributes:
        name: as the person was called in Genesys before it.
        changes: what became different in Genesys, where that is the point of the chapter.
        seen: errors in the simulators' logs, told when a check does not hold.
    """

    number: int
    title: str
    setting: str
    who: Agent
    name: str
    goal: Goal
    moments: tuple[Moment, ...]
    checks: tuple[Check, ...]
    changes: tuple[Change, ...] = ()
    seen: tuple[str, ...] = ()

    @property
    def holds(self) -> bool:
        return all(check.holds for check in self.checks)

    @property
    def took_ms(self) -> float | None:
        """From the change to the goal; None when one of them is missing."""
        at = {moment.step: moment.at for moment in reversed(self.moments)}
        if Step.CHANGED not in at or self.goal.step not in at:
            return None
        return (at[self.goal.step] - at[Step.CHANGED]) * 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """How a duration is spread, in milliseconds; percentiles by nearest rank."""

    name: str
    p50: float
    p95: float
    p99: float
    longest: float

    @classmethod
    def of(cls, name: str, values: Sequence[float]) -> Spread:
        """From at least one value."""
        ranked = sorted(values)

        def rank(share: float) -> float:
            return ranked[max(0, math.ceil(share * len(ranked)) - 1)]

        return cls(name=name, p50=rank(0.50), p95=rank(0.95), p99=rank(0.99), longest=ranked[-1])


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """A promise in milliseconds, and what was measured."""

    name: str
    measured: float
    limit: float

    @property
    def met(self) -> bool:
        return self.measured <= self.limit

    @property
    def sentence(self) -> str:
        verdict = "met" if self.met else "not met"
        return f"B1, {self.name}: {self.measured:.0f} ms, at most {self.limit:.0f} ms, {verdict}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """Many terminations, one after the other. `floor` and `overhead` are those of the way to inactive."""

    count: int
    spreads: tuple[Spread, ...]
    floor: float
    overhead: float
    bars: tuple[Bar, ...]
    checks: tuple[Check, ...]
    seen: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """The whole play; `not_played` are titles of chapters after one that did not hold."""

    prologue: Prologue
    scenes: tuple[Scene, ...]
    not_played: tuple[str, ...]
    series: Series | None
    seconds: float

    @property
    def failed(self) -> tuple[str, ...]:
        """A plain sentence for each thing that did not hold."""
        sentences = [_sentence("The opening", check) for check in self.prologue.checks if not check.holds]
        for scene in self.scenes:
            sentences += [_sentence(f"Chapter {scene.number}", check) for check in scene.checks if not check.holds]
        if self.series is not None:
            sentences += [_sentence("The series", check) for check in self.series.checks if not check.holds]
            sentences += [f"The series: {bar.sentence}." for bar in self.series.bars if not bar.met]
        return tuple(sentences)

    @property
    def holds(self) -> bool:
        return not self.failed and not self.not_played


def _sentence(where: str, check: Check) -> str:
    return f"{where}: this does not hold: {check.sentence}. Found: {check.found or 'nothing'}."

"""What does a journey have to know? What is done in Entra, what proves that it arrived, and what has to hold then."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from infra.local.director import Agent, Director
from infra.local.story.evidence import Entry, Logs, Marks
from infra.local.story.record import Change, Check, Goal, Moment, Step

#: An account as Genesys' control surface gives it; empty where there is none.
Account = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Take:
    """What one play of a chapter left behind: for the verdict.

    Attributes:
        before: the account before the change in Entra.
        seen: what was logged since then, and `moments` the steps in it.
        within_s: how long it may take from the change to the goal.
    """

    who: Agent
    before: Account
    seen: Logs
    moments: tuple[Moment, ...]
    within_s: float


class Journey(Protocol):
    """One way of a person through the app; knows nothing of the trouble that a chapter adds."""

    @property
    def goal(self) -> Goal: ...

    @property
    def way(self) -> tuple[Step, ...]:
        """The steps that have to be seen whenever somebody goes this way."""

    async def begin(self, director: Director, who: Agent) -> Account:
        """Set the scene; returns the account as it is before the change."""

    async def act(self, director: Director, who: Agent) -> None:
        """The change in Entra."""

    def arrived(self, genesys: Iterable[Entry], who: Agent) -> bool:
        """Whether Genesys' log shows the goal; asked again and again, so from this log alone."""

    async def settle(self, director: Director, who: Agent, since: Marks, patience_s: float) -> None:
        """Wait for what has to be seen after the goal.

        Raises:
            NeverError: it did not come.
        """

    def moments(self, seen: Logs, who: Agent) -> tuple[Moment, ...]:
        """The steps that the logs show, in the order in which they happened."""

    async def judge(self, director: Director, take: Take) -> tuple[tuple[Check, ...], tuple[Change, ...]]:
        """What has to hold in the end besides the steps, and what became different in Genesys."""

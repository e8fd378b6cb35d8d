"""Which chapters does the story have? One row each: whose journey, what goes wrong, what has to be seen in the end."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from infra.local.director import Agent, Director
from infra.local.story.journey import Journey
from infra.local.story.move import Move
from infra.local.story.record import Step
from infra.local.story.termination import Termination

TERMINATION = Termination()
#: The person and their memberships, in one `$batch` and in any order.
READS_PER_LOOK = 2
Trouble = Callable[[Director, Agent], Awaitable[None]]


async def nothing(director: Director, who: Agent) -> None:
    """Everything works."""


async def one_old_read(director: Director, who: Agent) -> None:
    """Graph reads from replicas, and the one that answers first has not heard of the change."""
    await director.stale(who, reads=READS_PER_LOOK)


async def one_429(director: Director, who: Agent) -> None:
    """The allowance is used up, perhaps by another integration of the same client."""
    await director.break_(
        "genesys", id="story-429", method="PATCH", path=who.account_id, times=1, status=429,
        headers={"Retry-After": "1"}, body={"message": "Rate limit exceeded", "code": "too.many.requests"},
    )  # fmt: skip


async def bus_refuses(director: Director, who: Agent) -> None:  # noqa: ARG001 - the form of a Trouble
    """Until it is mended: however often the app tries within one notification, the bus says no."""
    await director.break_bus({"refuse_sends": {"queue": "doorbell", "how": "reject"}})


@dataclass(frozen=True, slots=True, kw_only=True)
class Chapter:
    """One person's journey, and the trouble on the way.

    Attributes:
        setting: what is going on, in one sentence.
        journey: what is done in Entra, and what proves that it arrived.
        trouble: breaks something just before that.
        lasts_until: the step after which it is mended; None: it wears off by itself.
        also: the steps that have to be seen besides those of the journey.
        within_s: how long it may take from the change in Entra to the goal.
    """

    title: str
    setting: str
    journey: Journey = TERMINATION
    trouble: Trouble = nothing
    lasts_until: Step | None = None
    also: tuple[Step, ...] = ()
    within_s: float = 2.0


CHAPTERS = (
    Chapter(
        title="Terminated",
        setting="An agent is logged in to Genesys when HR ends the employment: the Entra account gets disabled.",
    ),
    Chapter(
        title="Entra's first answer is old",
        setting="Graph reads from a replica that still says enabled; the next look finds the truth by itself.",
        trouble=one_old_read,
        also=(Step.READ_IN_VAIN,),
        within_s=6.0,
    ),
    Chapter(
        title="Genesys is busy",
        setting="Genesys answers the deactivation with 429; the app waits as long as it is told, and does it.",
        trouble=one_429,
        also=(Step.THROTTLED,),
        within_s=6.0,
    ),
    Chapter(
        title="The bus says no",
        setting="The bus refuses the ring: Graph gets 503 instead of 202, and its own retry brings it back.",
        trouble=bus_refuses,
        lasts_until=Step.REFUSED,
        also=(Step.REFUSED,),
        within_s=8.0,
    ),
    Chapter(
        title="Moved",
        setting="One edit changes an agent's name, job and number; one PATCH follows, by the rules of Entra's own job.",
        journey=Move(
            properties={
                "displayName": "{given} Keller",
                "jobTitle": "Team Lead",
                "department": "Back Office",
                "mobilePhone": "+13175550142",
            }
        ),
    ),
)

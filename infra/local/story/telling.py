"""What does whoever tells the story have to know how to tell? The form of the three tellers."""

from __future__ import annotations

from typing import Protocol

from infra.local.story.record import Moment, Prologue, Scene, Series, Step, Story

TITLE = "Entra ID changes reach Genesys Cloud in seconds: a disabled agent is out, sessions included."
NOTHING = "nothing"
#: Where each time comes from; every teller says so once.
WITNESSES = (
    ("changed", "Graph's request log: the PATCH of the user came in"),
    ("notified", "Graph's delivery log: it began the POST that the webhook accepted"),
    ("rung", "the Functions host: the webhook's function ended, the bus has the ring"),
    ("read", "Graph's request log: the $batch with this person was answered"),
    ("inactive", "Genesys' request log: the call that turned active to false was answered"),
    ("sessions ended", "Genesys' request log: the token deletion that ended the sessions was answered"),
    ("compared", "Genesys' request log: the account as it was had been answered"),
    ("written", "Genesys' request log: the PATCH of the account was answered"),
    ("looked again", "Graph's request log: the next $batch with this person was answered"),
)


class Teller(Protocol):
    """Hears of everything in the order in which it happens."""

    def beginning(self) -> None: ...

    def doing(self, what: str) -> None:
        """What goes on at this moment."""

    def prologue(self, prologue: Prologue) -> None: ...

    def scene(self, scene: Scene) -> None: ...

    def series(self, series: Series) -> None: ...

    def ending(self, story: Story) -> None: ...

    def trouble(self, sentence: str) -> None:
        """The play could not go on."""


def headline(scene: Scene) -> str:
    """The title, with how long it took."""
    if scene.took_ms is None:
        return f"{scene.title}: never {scene.goal.word}"
    return f"{scene.title}: {scene.goal.word} after {scene.took_ms:.0f} ms"


def shown(scene: Scene) -> tuple[tuple[Moment, float, float], ...]:
    """The moments of a timeline with milliseconds since the change and since the moment before.

    Graph's receipt of the 202 is left out: it belongs to the measurement, and comes right after `rung`.
    """
    visible = [moment for moment in scene.moments if moment.step is not Step.ACCEPTED]
    if not visible:
        return ()
    start, before = visible[0].at, visible[0].at
    rows = []
    for moment in visible:
        rows.append((moment, (moment.at - start) * 1000, (moment.at - before) * 1000))
        before = moment.at
    return tuple(rows)

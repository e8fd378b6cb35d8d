"""How is the story told on a terminal? With colours, and a bar that shows what took how long."""

from __future__ import annotations

from collections.abc import Sequence

from rich.columns import Columns
from rich.console import Console, Group, RenderableType
from rich.panel import Panel
from rich.status import Status
from rich.table import Table
from rich.text import Text

from infra.local.story.record import Change, Check, Moment, Prologue, Scene, Series, Step, Story
from infra.local.story.telling import NOTHING, TITLE, WITNESSES, headline, shown

BAR_WIDTH = 17
COLOURS = {"Graph": "blue", "host": "magenta", "Genesys": "green"}
OBSTACLES = (Step.REFUSED, Step.READ_IN_VAIN, Step.THROTTLED)
WIDEST = 110


class Screen:
    """`console` is a terminal; the line at the bottom says what is going on."""

    def __init__(self, console: Console | None = None) -> None:
        self._console = console or Console(highlight=False)
        self._console.width = min(self._console.width, WIDEST)
        self._status: Status | None = None

    def beginning(self) -> None:
        self._console.print()
        self._console.print(Text(TITLE, style="bold"))
        self._console.print(
            Text("Real functions, on simulators of both clouds. The colour says whose request log has the time: ")
            + Text("Graph", style=COLOURS["Graph"])
            + Text(", ")
            + Text("Functions host", style=COLOURS["host"])
            + Text(", ")
            + Text("Genesys", style=COLOURS["Genesys"])
            + Text("."),
            style="dim",
        )

    def doing(self, what: str) -> None:
        if self._status is None:
            self._status = self._console.status(f"{what} …")
            self._status.start()
        else:
            self._status.update(f"{what} …")

    def prologue(self, prologue: Prologue) -> None:
        line = f"The world is up ({prologue.world_ms:.0f} ms)"
        if prologue.resources:
            line += f", and the app has subscribed to {' and '.join(prologue.resources)}"
            line += f" ({prologue.subscribed_ms:.0f} ms)"
        self._console.print()
        self._console.print(Group(Text(f"{line}."), _checks(prologue.checks)))

    def scene(self, scene: Scene) -> None:
        who = Text.assemble(scene.name, (f", {scene.who.upn}", "dim"))
        body: list[RenderableType] = [Text(scene.setting), who, Text(), _timeline(scene), Text()]
        if scene.changes:
            body += [_changes(scene.changes), Text()]
        body += [_checks(scene.checks), *(_seen(line) for line in scene.seen)]
        self._panel(f"{scene.number} · {headline(scene)}", scene.holds, body)

    def series(self, series: Series) -> None:
        table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
        for heading in ("", "p50", "p95", "p99", "max"):
            table.add_column(heading, justify="right" if heading else "left", header_style="dim")
        for spread in series.spreads:
            numbers = (spread.p50, spread.p95, spread.p99, spread.longest)
            table.add_row(spread.name, *(f"{number:.0f} ms" for number in numbers))
        body: list[RenderableType] = [
            Text("One after the other in the idle world: Graph answers after 60 ms, Genesys after 120 ms."),
            Text(),
            table,
            Text(),
            _checks([*series.checks, *(Check(sentence=bar.sentence, holds=bar.met) for bar in series.bars)]),
            *(_seen(line) for line in series.seen),
        ]
        self._panel(f"{series.count} terminations, measured", all(check.holds for check in series.checks), body)

    def ending(self, story: Story) -> None:
        self._stop()
        self._console.print()
        for sentence in story.failed:
            self._console.print(Text(sentence, style="red"))
        for title in story.not_played:
            self._console.print(Text(f"Not played: {title}", style="yellow"))
        verdict, style = ("The story holds", "bold green") if story.holds else ("The story does not hold", "bold red")
        self._console.print(Text.assemble((verdict, style), (f"  {story.seconds:.1f} s", "dim")))
        if story.holds:
            sources = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0), style="dim")
            for step, source in WITNESSES:
                sources.add_row(step, source)
            self._console.print(Group(Text("\nWhere the times come from", style="dim"), sources))

    def trouble(self, sentence: str) -> None:
        self._stop()
        self._console.print(Text(sentence, style="red"))

    def _panel(self, title: str, holds: bool, body: Sequence[RenderableType]) -> None:
        self._console.print()
        self._console.print(
            Panel(
                Group(*body),
                title=Text(f" {title} ", style="bold"),
                title_align="left",
                border_style="green" if holds else "red",
                padding=(0, 1),
            )
        )

    def _stop(self) -> None:
        if self._status is not None:
            self._status.stop()
            self._status = None


def _timeline(scene: Scene) -> Table:
    rows = shown(scene)
    total = rows[-1][1] if rows else 0.0
    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column(no_wrap=True, min_width=max(len(step) for step in Step))
    table.add_column(no_wrap=True, min_width=len("9999 ms"), justify="right")
    table.add_column(no_wrap=True, min_width=BAR_WIDTH)
    table.add_column(no_wrap=True)
    for moment, since_change, since_before in rows:
        table.add_row(
            Text(moment.step.value, style=_style(moment)),
            f"{since_change:.0f} ms",
            _bar(since_change - since_before, since_change, total, _style(moment)),
            Text(moment.detail, style="dim"),
        )
    return table


def _changes(changes: Sequence[Change]) -> Table:
    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0))
    for change in changes:
        table.add_row(
            Text(change.attribute, style=COLOURS["Genesys"]),
            Text.assemble((change.before or NOTHING, "dim"), " → ", change.after or NOTHING),
        )
    return table


def _style(moment: Moment) -> str:
    return "yellow" if moment.step in OBSTACLES else COLOURS.get(moment.witness, "white")


def _bar(begin: float, end: float, total: float, style: str) -> Text:
    """From `begin` to `end` on a line that is `total` long; never shorter than a dot."""
    scale = (BAR_WIDTH - 1) / total if total else 0.0
    left, right = round(begin * scale), round(end * scale)
    drawn = "━" * (right - left) or "╸"
    return Text(" " * left + drawn, style=style)


def _checks(checks: Sequence[Check]) -> RenderableType:
    """What holds flows in columns; what does not has a line of its own."""
    held = [Text.assemble(("✔ ", "green"), check.sentence) for check in checks if check.holds]
    broken = [
        Text.assemble(("✘ ", "bold red"), check.sentence, (f": {check.found}", "red"))
        for check in checks
        if not check.holds
    ]
    return Group(Columns(held, padding=(0, 3)), *broken)


def _seen(line: str) -> Text:
    return Text(f"  seen: {line}", style="yellow")

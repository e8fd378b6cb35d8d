"""How is the story told into a pipe or a file? Line by line, in plain text."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from infra.local.story.record import Check, Prologue, Scene, Series, Story
from infra.local.story.telling import NOTHING, TITLE, WITNESSES, headline, shown


class Plain:
    """Writes to standard output; a line is out as soon as it is written."""

    def beginning(self) -> None:
        _say(TITLE)
        _say()
        _say("Where the times come from")
        for step, source in WITNESSES:
            _say(f"  {step:<15} {source}")

    def doing(self, what: str) -> None:
        """A pipe has nobody who waits."""

    def prologue(self, prologue: Prologue) -> None:
        _say()
        _say(f"The world is up after {prologue.world_ms:.0f} ms.")
        if prologue.resources:
            _say(f"The app has subscribed to {' and '.join(prologue.resources)} in {prologue.subscribed_ms:.0f} ms.")
        _checks(prologue.checks)

    def scene(self, scene: Scene) -> None:
        _say()
        _say(f"Chapter {scene.number}. {headline(scene)}")
        _say(scene.setting)
        _say(f"  {scene.name}, {scene.who.upn}")
        for moment, since_change, since_before in shown(scene):
            times = f"{since_change:8.0f} ms  {f'+{since_before:.0f}':>6} ms"
            _say(f"  {moment.step.value:<15} {times}  {moment.witness:<8} {moment.detail}")
        for change in scene.changes:
            _say(f"  {change.attribute:<15} {change.before or NOTHING} → {change.after or NOTHING}")
        _checks(scene.checks)
        _seen(scene.seen)

    def series(self, series: Series) -> None:
        _say()
        _say(f"{series.count} terminations, one after the other, in the idle world, in milliseconds")
        if series.spreads:
            _say(f"  {'':<26} {'p50':>6} {'p95':>6} {'p99':>6} {'max':>6}")
        for spread in series.spreads:
            numbers = (spread.p50, spread.p95, spread.p99, spread.longest)
            _say(f"  {spread.name:<26} {' '.join(f'{number:6.0f}' for number in numbers)}")
        for bar in series.bars:
            _say(f"  {'ok  ' if bar.met else 'FAIL'} {bar.sentence}")
        _checks(series.checks)
        _seen(series.seen)

    def ending(self, story: Story) -> None:
        _say()
        for sentence in story.failed:
            _say(sentence)
        for title in story.not_played:
            _say(f"Not played: {title}")
        _say(f"{'The story holds' if story.holds else 'The story does not hold'} ({story.seconds:.1f} s).")

    def trouble(self, sentence: str) -> None:
        sys.stderr.write(sentence + "\n")


def _checks(checks: Sequence[Check]) -> None:
    for check in checks:
        _say(f"  ok   {check.sentence}" if check.holds else f"  FAIL {check.sentence}: {check.found}")


def _seen(seen: Sequence[str]) -> None:
    for line in seen:
        _say(f"       seen: {line}")


def _say(line: str = "") -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()

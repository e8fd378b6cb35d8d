"""How is the story told to a machine? As one JSON document on standard output, at the end (`--json`)."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from typing import Any

from infra.local.story.record import Prologue, Scene, Series, Story
from infra.local.story.series import GENESYS_MS, GRAPH_MS
from infra.local.story.telling import WITNESSES


class Document:
    """Silent until the end."""

    def beginning(self) -> None: ...

    def doing(self, what: str) -> None: ...

    def prologue(self, prologue: Prologue) -> None: ...

    def scene(self, scene: Scene) -> None: ...

    def series(self, series: Series) -> None: ...

    def ending(self, story: Story) -> None:
        _write(describe(story))

    def trouble(self, sentence: str) -> None:
        """The same form, so that a machine needs to look in one place only."""
        _write({"holds": False, "failed": [sentence]})


def describe(story: Story) -> dict[str, Any]:
    """The whole document. `at`: seconds since 1970; everything named `ms`: milliseconds."""
    return {
        "holds": story.holds,
        "failed": list(story.failed),
        "seconds": round(story.seconds, 3),
        "latency": {"graph_ms": GRAPH_MS, "genesys_ms": GENESYS_MS},
        "witnesses": dict(WITNESSES),
        "opening": asdict(story.prologue),
        "chapters": [_chapter(scene) for scene in story.scenes],
        "not_played": list(story.not_played),
        "series": None if story.series is None else _series(story.series),
    }


def _chapter(scene: Scene) -> dict[str, Any]:
    start = scene.moments[0].at if scene.moments else 0.0
    return {
        "number": scene.number,
        "title": scene.title,
        "setting": scene.setting,
        "person": {**asdict(scene.who), "name": scene.name},
        "times": [{**asdict(moment), "ms": round((moment.at - start) * 1000, 1)} for moment in scene.moments],
        "goal": scene.goal.word,
        "took_ms": None if scene.took_ms is None else round(scene.took_ms, 1),
        "changes": [asdict(change) for change in scene.changes],
        "holds": scene.holds,
        "checks": [asdict(check) for check in scene.checks],
        "seen": list(scene.seen),
    }


def _series(series: Series) -> dict[str, Any]:
    return {
        "terminations": series.count,
        "floor_ms": series.floor,
        "overhead_ms": round(series.overhead, 1),
        "spreads": {
            spread.name: {
                "p50_ms": round(spread.p50, 1),
                "p95_ms": round(spread.p95, 1),
                "p99_ms": round(spread.p99, 1),
                "max_ms": round(spread.longest, 1),
            }
            for spread in series.spreads
        },
        "bars": [
            {"name": bar.name, "measured_ms": round(bar.measured, 1), "limit_ms": bar.limit, "met": bar.met}
            for bar in series.bars
        ],
        "checks": [asdict(check) for check in series.checks],
        "seen": list(series.seen),
    }


def _write(document: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(document, indent=2, ensure_ascii=False) + "\n")

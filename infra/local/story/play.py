"""In which order is the story played? The world, the opening, the chapters, the series; one runner for all chapters."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

from infra.local.director import Agent, Director, NeverError, agent
from infra.local.story import verify
from infra.local.story.chapters import Chapter
from infra.local.story.evidence import complaints, logs
from infra.local.story.journey import Take
from infra.local.story.opening import Opening, play_opening
from infra.local.story.record import Scene, Series, Story
from infra.local.story.series import GENESYS_MS, GRAPH_MS, measure
from infra.local.story.telling import Teller
from infra.local.world import WorldConfig, running


@dataclass(frozen=True, slots=True, kw_only=True)
class Programme:
    """What is played: chapters with their numbers, how many terminations are measured, and how patiently."""

    chapters: Sequence[tuple[int, Chapter]]
    series: int
    patience_s: float

    @property
    def people(self) -> int:
        return len(self.chapters) + self.series


async def play(config: WorldConfig, programme: Programme, teller: Teller) -> Story:
    """Play all of it; a chapter that does not hold is the last one.

    Raises:
        StartError: a part of the world did not start.
    """
    began = time.monotonic()
    people = [agent(number) for number in range(1, programme.people + 1)]
    teller.beginning()
    teller.doing("Entra, Graph, Genesys, the bus and the app are starting")
    async with running(config) as world, Director(world) as director:
        await director.latency(graph_ms=GRAPH_MS, genesys_ms=GENESYS_MS)
        world_ms = (time.monotonic() - began) * 1000
        teller.doing("The app subscribes to changes, and gets to know its people")
        opening = Opening(people=people, patience_s=programme.patience_s, world_ms=world_ms)
        prologue = await play_opening(director, opening)
        teller.prologue(prologue)
        scenes: list[Scene] = []
        chapters = zip(programme.chapters, people, strict=False) if prologue.resources else ()
        for (number, chapter), who in chapters:
            teller.doing(f"Chapter {number}: {chapter.title}")
            scenes.append(await play_chapter(director, number, chapter, who, programme.patience_s))
            teller.scene(scenes[-1])
            if not scenes[-1].holds:
                break
        series: Series | None = None
        if programme.series and prologue.resources and all(scene.holds for scene in scenes):
            teller.doing(f"{programme.series} more people are terminated, one after the other")
            series = await measure(director, people[len(programme.chapters) :], programme.patience_s)
            teller.series(series)
        teller.doing("The world is stopping")
    return Story(
        prologue=prologue,
        scenes=tuple(scenes),
        not_played=tuple(chapter.title for _, chapter in programme.chapters[len(scenes) :]),
        series=series,
        seconds=time.monotonic() - began,
    )


async def play_chapter(director: Director, number: int, chapter: Chapter, who: Agent, patience_s: float) -> Scene:
    """One journey under one trouble, and what the logs and Genesys say of it."""
    journey = chapter.journey
    since = (await logs(director)).marks
    before = await journey.begin(director, who)
    try:
        await chapter.trouble(director, who)
        await journey.act(director, who)

        async def hit() -> bool | None:
            steps = {moment.step for moment in journey.moments(await logs(director, since), who)}
            return chapter.lasts_until in steps or None

        async def there() -> bool | None:
            return journey.arrived(await director.genesys_log(since.genesys), who) or None

        if chapter.lasts_until is not None:
            await director.until(hit, "the trouble is felt", patience_s)
            await _mend(director)
        await director.until(there, f"{who.identity_id} is {journey.goal.word}", patience_s)
        await journey.settle(director, who, since, patience_s)
    except NeverError:
        pass  # the checks say what is missing
    finally:
        await _mend(director)
    seen = await logs(director, since)
    steps = journey.moments(seen, who)
    take = Take(who=who, before=before, seen=seen, moments=steps, within_s=chapter.within_s)
    judged, changes = await journey.judge(director, take)
    checks = (verify.every_step(journey.way, chapter.also, steps), *judged)
    held = all(check.holds for check in checks)
    return Scene(
        number=number, title=chapter.title, setting=chapter.setting, who=who,
        name=before.get("displayName", who.upn), goal=journey.goal, moments=steps, checks=checks, changes=changes,
        seen=() if held else complaints(seen),
    )  # fmt: skip


async def _mend(director: Director) -> None:
    """What the chapter broke works again; the latency stays."""
    await director.mend("genesys")
    await director.mend("graph")
    await director.control("platform", "DELETE", "/bus")

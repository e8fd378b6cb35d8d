"""`make demo`: play the story in a local world of its own, and say whether it holds.

Exit status: 0 it holds, 1 it does not or the world did not start, 130 stopped by Ctrl-C.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import signal
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import httpx

from infra.local.processes import StartError
from infra.local.story.chapters import CHAPTERS
from infra.local.story.document import Document
from infra.local.story.plain import Plain
from infra.local.story.play import Programme, play
from infra.local.story.record import Story
from infra.local.story.screen import Screen
from infra.local.story.telling import Teller
from infra.local.world import WorldConfig, fresh_folder

#: A second look after 1 s instead of 30: nobody wants to wait for the story.
SETTINGS = {"LOOKS_S": "1,2"}
STOPPED = 130
SPARE_PEOPLE = 10
#: Genesys allows 300 requests a minute; a longer series would measure the waiting for it, not the idle world.
LONGEST_SERIES = 40
EPILOG = "Chapters:\n" + "".join(
    f"  {number}  {chapter.title}: {chapter.setting}\n" for number, chapter in enumerate(CHAPTERS, 1)
)


def main(arguments: Sequence[str] | None = None) -> int:
    given = _parser().parse_args(arguments)
    teller = _teller(as_json=given.json)
    numbered = list(enumerate(CHAPTERS, 1))
    programme = Programme(
        chapters=numbered if given.chapter is None else [numbered[given.chapter - 1]],
        series=(20 if given.chapter is None else 0) if given.series is None else given.series,
        patience_s=given.patience,
    )
    try:
        with _folder(keep=given.keep) as folder:
            config = WorldConfig(
                folder=folder, free_ports=True, agents=programme.people + SPARE_PEOPLE,
                settings={**SETTINGS, **dict(given.setting)},
            )  # fmt: skip
            story = asyncio.run(_until_stopped(config, programme, teller))
    except StartError as error:
        teller.trouble(f"The local world did not start: {error}")
        return 1
    except (OSError, httpx.HTTPError) as error:
        teller.trouble(f"The local world did not answer: {error or type(error).__name__}.")
        return 1
    except (KeyboardInterrupt, asyncio.CancelledError):
        teller.trouble("Stopped; nothing is left running.")
        return STOPPED
    teller.ending(story)
    if given.keep:
        sys.stderr.write(f"Logs and ledger are in {folder}\n")
    elif not story.holds:
        sys.stderr.write("With --keep the logs of the app and the simulators stay for reading.\n")
    return 0 if story.holds else 1


async def _until_stopped(config: WorldConfig, programme: Programme, teller: Teller) -> Story:
    """SIGTERM ends the play as Ctrl-C does, and Ctrl-C does so in a background job too: the world is stopped first."""
    playing = asyncio.current_task()
    assert playing is not None
    with contextlib.suppress(NotImplementedError):
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, playing.cancel)
    return await play(config, programme, teller)


def _teller(*, as_json: bool) -> Teller:
    if as_json:
        return Document()
    return Screen() if sys.stdout.isatty() else Plain()


@contextmanager
def _folder(*, keep: bool) -> Iterator[Path]:
    if keep:
        yield Path(tempfile.mkdtemp(prefix="entra-genesys-sync-story-"))
        return
    with fresh_folder() as folder:
        yield folder


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="make demo", formatter_class=argparse.RawDescriptionHelpFormatter,
        description="Plays changes of people through the real functions, on simulators of both clouds and a bus.",
        epilog=EPILOG,
    )  # fmt: skip
    parser.add_argument(
        "--chapter", type=int, choices=range(1, len(CHAPTERS) + 1), help="play this one, without a series"
    )
    parser.add_argument(
        "--series", type=_people, metavar="N", help=f"terminations to measure (20; at most {LONGEST_SERIES}; 0: none)"
    )
    parser.add_argument("--json", action="store_true", help="one JSON document instead of text")
    parser.add_argument("--keep", action="store_true", help="keep the folder with the world's logs and ledger")
    parser.add_argument(
        "--patience", type=float, default=10.0, metavar="S", help="seconds until something is late (10)"
    )
    parser.add_argument(
        "--setting", type=_setting, action="append", default=[], metavar="NAME=VALUE", help="an application setting"
    )
    return parser


def _people(text: str) -> int:
    number = int(text) if text.isdecimal() else -1
    if not 0 <= number <= LONGEST_SERIES:
        raise argparse.ArgumentTypeError(f"0 to {LONGEST_SERIES}; more would use up what Genesys allows in a minute")
    return number


def _setting(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not (name and equals):
        raise argparse.ArgumentTypeError("write NAME=VALUE")
    return name, value


if __name__ == "__main__":
    raise SystemExit(main())

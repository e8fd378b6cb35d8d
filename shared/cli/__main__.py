"""What can an operator ask from a terminal? `python -m shared.cli --help`.

Settings come from the environment, as in Azure, or from a settings file, as the Functions host reads it.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from shared.cli import commands, doctor, findings, mapping, settings_page
from shared.cli.running import with_app
from shared.errors import Misconfigured, SyncError


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; the exit code is 0, or 1 when something is not as it should be."""
    asked = _parser().parse_args(arguments)
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(message)s", stream=sys.stderr)
    logging.getLogger("azure").setLevel(logging.CRITICAL)  # the SDKs log what the findings say, with stack traces
    try:
        if asked.settings is not None:
            adopt(asked.settings)
        code: int = asked.run(asked)
        sys.stdout.flush()
    except SyncError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    except BrokenPipeError:
        # Whoever reads has seen enough (`… | head`); Python would say so again when it closes the stream.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    return code


def adopt(path: Path) -> None:
    """Put the file's `Values` into the environment, as the Functions host does: SDKs read theirs from there as well.

    Raises:
        Misconfigured: it is no settings file.
    """
    try:
        values = json.loads(path.read_text(encoding="utf-8"))["Values"]
        chosen = {str(name): value for name, value in values.items() if isinstance(value, str) and value}
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise Misconfigured((f"{path} is no settings file with `Values`: {type(error).__name__}.",)) from error
    os.environ.update(chosen)


def _doctor(asked: argparse.Namespace) -> int:
    found = asyncio.run(doctor.examine(os.environ))
    sys.stdout.write(findings.as_json(found) if asked.json else findings.as_table(found))
    return findings.exit_code(found)


def _settings(asked: argparse.Namespace) -> int:
    sys.stdout.write(settings_page.markdown() if asked.markdown else settings_page.plain())
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m shared.cli",
        description="Look after entra-genesys-sync from a terminal.",
        epilog="Exit code 0: as it should be. 1: something is not. 2: the command was not understood.",
    )
    parser.add_argument(
        "--settings", type=Path, metavar="FILE",
        help="take settings from the Values of this file (local.settings.json); what it lacks, from the environment",
    )  # fmt: skip
    commands_ = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")

    said = "Try every door that the app goes through, without writing to either cloud or the bus."
    one = commands_.add_parser("doctor", help=said, description=f"{said} Exit code 1 when something fails.")
    one.add_argument("--json", action="store_true", help="for machines")
    one.set_defaults(run=_doctor)

    said = "Look after the ledger, which is what this system remembers."
    ledger = commands_.add_parser("ledger", help=said, description=said).add_subparsers(required=True, metavar="WHAT")
    said = "Begin the ledger's life, once, after the first deployment."
    one = ledger.add_parser("init", help=said, description=said)
    one.set_defaults(run=with_app(lambda app, _: commands.ledger_init(app, sys.stdout)))

    said = "Tell what was done for one person, in sentences, newest first."
    one = commands_.add_parser("history", help=said, description=said)
    one.add_argument("identity_id", metavar="IDENTITY-ID", help="object id of the user in Entra")
    one.add_argument("--limit", type=int, default=20, metavar="N", help="how many at most (default 20)")
    one.set_defaults(run=with_app(lambda app, asked: commands.history(app, sys.stdout, asked.identity_id, asked.limit)))

    said = "List the messages that were refused for good and wait for a person."
    one = commands_.add_parser("parked", help=said, description=said)
    one.add_argument("--limit", type=int, default=100, metavar="N", help="how many at most (default 100)")
    one.set_defaults(run=with_app(lambda app, asked: commands.parked(app, sys.stdout, asked.limit)))

    said = "Check the graph subscriptions now; create, renew or move them where that is due, as the timer does."
    one = commands_.add_parser("watch", help=said, description=said)
    one.set_defaults(run=with_app(lambda app, _: commands.watch(app, sys.stdout)))

    mapping.add(commands_)

    said = "List the settings, with what each of them does."
    one = commands_.add_parser("settings", help=said, description=said)
    one.add_argument("--markdown", action="store_true", help="as the page docs/settings.md")
    one.set_defaults(run=_settings)
    return parser


if __name__ == "__main__":
    sys.exit(main())

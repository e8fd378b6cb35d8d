"""Which commands look after the mapping? `python -m shared.cli mapping --help`; one function each adds its own."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, TypeAlias

from shared.cli.running import with_app

if TYPE_CHECKING:
    from shared.wiring import App

SAID = "Look after the mapping: what is written to Genesys, and from what."

Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"  # noqa: SLF001 - it has no public name


def add(commands: Commands) -> None:
    """Put `mapping` with all of its commands among the commands."""
    mapping = commands.add_parser("mapping", help=SAID, description=SAID)
    among = mapping.add_subparsers(title="commands", required=True, metavar="COMMAND")
    _add_check(among)
    _add_verify(among)
    _add_eval(among)
    _add_scope(among)


def _add_check(among: Commands) -> None:
    said = "Show the mapping in force, what is wrong with it, and in what it differs from Entra's own job."
    one = among.add_parser("check", help=said, description=f"{said} Nothing is written. Exit code 1 on a fault.")
    one.add_argument(
        "--user", metavar="UPN-OR-ID", default="",
        help="evaluate it for this person too: every step of each expression, and what would change in Genesys",
    )  # fmt: skip
    one.add_argument("--json", action="store_true", help="for machines")
    one.set_defaults(run=with_app(_check))


def _add_verify(among: Commands) -> None:
    said = "Ask Entra's own engine about every expression, and show where its answer differs from ours."
    one = among.add_parser(
        "verify",
        help=said,
        description=f"{said} What the documentation leaves open is asked as well. Touches nobody, but needs "
        "Synchronization.ReadWrite.All. Exit code 1 on a difference.",
    )
    one.add_argument(
        "--against-entra", action="store_true", required=True, help="ask Graph's parseExpression of the tenant's job"
    )
    one.add_argument(
        "--user", metavar="UPN-OR-ID", default="", help="with this person's values instead of made-up ones"
    )
    one.set_defaults(run=with_app(_verify))


def _add_eval(among: Commands) -> None:
    said = "Evaluate expressions for scripts: JSON lines in, JSON lines out."
    one = among.add_parser(
        "eval",
        help=said,
        description=f'{said} In: {{"expression": "...", "source": {{attribute: value, list or null}}, "now": '
        '"ISO 8601, optional"}. Out: {"value": ...}, {"skip": true} or {"error": "..."}.',
    )
    one.set_defaults(run=_eval)


def _add_scope(among: Commands) -> None:
    said = "Evaluate scoping filters for scripts: JSON lines in, JSON lines out."
    one = among.add_parser(
        "scope",
        help=said,
        description=f'{said} In: {{"filter": scope object of a schema, "user": {{attribute: value}}}}. Out: '
        '{"in_scope": ..., "deprovision": ..., "why": "..."} or {"error": "..."}.',
    )
    one.set_defaults(run=_scope)


async def _check(app: App, asked: argparse.Namespace) -> int:
    from shared.cli import mapping_check

    return await mapping_check.run(app, sys.stdout, user=asked.user, as_json=asked.json)


async def _verify(app: App, asked: argparse.Namespace) -> int:
    from shared.cli import mapping_verify

    return await mapping_verify.run(app, sys.stdout, user=asked.user)


def _eval(_: argparse.Namespace) -> int:
    from shared.cli import mapping_eval

    return mapping_eval.run(stdin_lines(), sys.stdout)


def _scope(_: argparse.Namespace) -> int:
    from shared.cli import mapping_scope

    return mapping_scope.run(stdin_lines(), sys.stdout)


def stdin_lines() -> Iterator[str]:
    """Lines as they arrive. Bytes that are no UTF-8 become surrogates, so that the stream goes on behind them."""
    for line in sys.stdin.buffer:
        yield line.decode("utf-8", "surrogateescape")

"""Which commands look after the mapping? `python -m shared.cli mapping --help`; one function each adds its own."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from typing import TypeAlias

SAID = "Look after the mapping: what is written to Genesys, and from what."

Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"  # noqa: SLF001 - it has no public name


def add(commands: Commands) -> None:
    """Put `mapping` with all of its commands among the commands."""
    mapping = commands.add_parser("mapping", help=SAID, description=SAID)
    among = mapping.add_subparsers(title="commands", required=True, metavar="COMMAND")
    _add_eval(among)
    _add_scope(among)


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

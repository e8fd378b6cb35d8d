"""`make bench`: measure, show, keep.

Everything runs in the local world with the production `host.json`; what is compared is measured in the same run. A
full run goes to `bench/results/latest.json`; a partial or quick one only where `--out` says.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

from rich.console import Console
from rich.status import Status

from bench import b1_termination, b2_under_load, b5_webhook, b6_throughput, b9_cold_start
from bench.bars import BARS
from bench.figures import Finding, Run
from bench.report import ROOT, Document, commit, document, machine, result, show, write
from infra.local.processes import StartError

# A new benchmark is a module with `measure`, a line here, and its bar in `bars.py`.
BENCHMARKS: dict[str, Callable[[Run], Awaitable[Finding]]] = {
    "B1": b1_termination.measure,
    "B2": b2_under_load.measure,
    "B5": b5_webhook.measure,
    "B6": b6_throughput.measure,
    "B9": b9_cold_start.measure,
}
LATEST = ROOT / "bench" / "results" / "latest.json"


def main(arguments: list[str] | None = None) -> int:
    given = _parser().parse_args(arguments)
    names = given.only or list(BENCHMARKS)
    whole = not given.only and not given.quick
    out: Path | None = given.out or (LATEST if whole else None)
    command = " ".join(["python -m bench", *_repeated(given)])
    try:
        content = asyncio.run(_measure(names, quick=given.quick, command=command))
    except StartError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    show(content, Console(soft_wrap=True))
    if out is not None:
        write(out, content)
    return 0


async def _measure(names: list[str], *, quick: bool, command: str) -> Document:
    about, measured = machine(), commit()  # before: the checkout may move on meanwhile
    progress = Console(stderr=True, highlight=False)
    results: dict[str, Document] = {}
    for name in names:
        with progress.status(name) as status:
            # Where nobody watches, one line for each benchmark says more than hundreds.
            if not progress.is_terminal:
                progress.print(f"{name}: {BARS[name].title} …", soft_wrap=True)

            def say(line: str, name: str = name, status: Status = status) -> None:
                status.update(f"{name}: {line}")

            results[name] = result(name, await BENCHMARKS[name](Run(quick=quick, say=say)))
    return document(results, command=command, machine=about, commit=measured)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="make bench", description="Measures what this project promises.",
        epilog="\n".join(f"{name}  {BARS[name].title}: {BARS[name].text}" for name in BENCHMARKS),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    parser.add_argument("--quick", action="store_true", help="small counts, to see that everything runs")
    parser.add_argument("--only", type=_names, metavar="B5,B9", help="these benchmarks")
    parser.add_argument("--out", type=Path, help="write the JSON there (a full run: bench/results/latest.json)")
    return parser


def _names(text: str) -> list[str]:
    names = [name.strip().upper() for name in text.split(",") if name.strip()]
    unknown = [name for name in names if name not in BENCHMARKS]
    if unknown or not names:
        raise argparse.ArgumentTypeError(f"choose from {', '.join(BENCHMARKS)}")
    return names


def _repeated(given: argparse.Namespace) -> list[str]:
    """The options that decide what was measured."""
    return [*(["--quick"] if given.quick else []), *([f"--only {','.join(given.only)}"] if given.only else [])]


if __name__ == "__main__":
    raise SystemExit(main())

"""Where do the results go? One JSON document, and a table for people."""

from __future__ import annotations

import datetime as dt
import json
import os
import platform
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from bench.bars import BARS, judge
from bench.figures import Finding

ROOT = Path(__file__).resolve().parents[1]
Document = dict[str, Any]


def result(name: str, finding: Finding) -> Document:
    """One entry of `results`; `met` follows from the measured figures and nothing else."""
    bar = BARS[name]
    misses = judge(bar, finding.measured)
    shown: Document = {
        "measured": dict(finding.measured),
        "floor_ms": finding.floor_ms,
        "peers": {peer: dict(figures) for peer, figures in finding.peers.items()},
        "bar": bar.text,
        "met": not misses,
    }
    if misses:
        shown["why"] = "; ".join([*misses, finding.because] if finding.because else misses)
    return shown


def document(results: Mapping[str, Document], *, command: str, machine: Document, commit: str) -> Document:
    return {
        "results": dict(results),
        "machine": machine,
        "date": dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
        "command": command,
        "commit": commit,
    }


def machine() -> Document:
    """What the figures depend on; nothing that tells whose machine it is."""
    return {
        "cores": os.cpu_count(),
        "memory_gb": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30, 1),
        "python": platform.python_version(),
        "kernel": f"{platform.system()} {platform.release().partition('-')[0]}",
        "load_before": round(os.getloadavg()[0], 2),
    }


def write(path: Path, content: Document) -> None:
    """Whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(".tmp")
    draft.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    draft.replace(path)


def show(content: Document, console: Console) -> None:
    """A table on a terminal; lines without colour or frame where the output is piped."""
    if not console.is_terminal:
        for name, entry in content["results"].items():
            console.out(f"{name} {'met' if entry['met'] else 'MISSED'}: {BARS[name].title}", highlight=False)
            for line in (_figures(entry), f"bar: {entry['bar']}", *_why(entry)):
                console.out(f"   {line}", highlight=False)
        return
    table = Table(show_lines=True)
    for column in ("", "measure", "measured", "bar", "met"):
        table.add_column(column)
    for name, entry in content["results"].items():
        verdict = "[green]yes[/]" if entry["met"] else "[red]no[/]"
        measured = "\n".join([_figures(entry), *_why(entry)])
        table.add_row(name, BARS[name].title, measured, entry["bar"], verdict)
    console.print(table)


def _figures(entry: Document) -> str:
    parts = [f"{name} {value}" for name, value in entry["measured"].items()]
    if entry["floor_ms"] is not None:
        parts.append(f"floor_ms {entry['floor_ms']}")
    for peer, figures in entry["peers"].items():
        parts.append(f"({peer}: {', '.join(f'{name} {value}' for name, value in figures.items())})")
    return ", ".join(parts)


def _why(entry: Document) -> list[str]:
    return [f"why: {entry['why']}"] if "why" in entry else []


def commit() -> str:
    """The commit that was measured, `+` behind it when product code differs from it; empty outside a checkout."""
    try:
        head = _git("rev-parse", "--short=12", "HEAD")
        changed = _git("status", "--porcelain", "--", "function_app.py", "host.json", "functions", "shared")
    except (OSError, subprocess.CalledProcessError):
        return ""
    return f"{head}+" if changed else head


def _git(*arguments: str) -> str:
    return subprocess.run(["git", *arguments], cwd=ROOT, check=True, capture_output=True, text=True).stdout.strip()

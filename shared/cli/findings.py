"""How does a check answer, and how is the answer shown? One row each: as an aligned table, or as JSON for machines."""

from __future__ import annotations

import json
import shutil
import textwrap
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum

LEAST_WIDTH = 40


class Status(StrEnum):
    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What one check found: one sentence that holds ids and codes, never a secret or a person's data."""

    check: str
    status: Status
    sentence: str


def ok(check: str, sentence: str) -> Finding:
    return Finding(check=check, status=Status.OK, sentence=sentence)


def warn(check: str, sentence: str) -> Finding:
    return Finding(check=check, status=Status.WARN, sentence=sentence)


def fail(check: str, sentence: str) -> Finding:
    return Finding(check=check, status=Status.FAIL, sentence=sentence)


def exit_code(findings: Sequence[Finding]) -> int:
    """1 when something fails; a warning is none."""
    return int(any(finding.status is Status.FAIL for finding in findings))


def as_table(findings: Sequence[Finding], width: int | None = None) -> str:
    """Three aligned columns; long sentences go on below themselves.

    Args:
        width: of the terminal, in characters; its own when left out.
    """
    columns = width or shutil.get_terminal_size((120, 24)).columns
    name = max((len(finding.check) for finding in findings), default=0)
    indent = name + len("  fail  ")
    lines = []
    for finding in findings:
        head = f"{finding.check:<{name}}  {finding.status.value:<4}  "
        text = textwrap.wrap(
            finding.sentence, max(LEAST_WIDTH, columns - indent), break_long_words=False, break_on_hyphens=False
        )
        lines.append((head + ("\n" + " " * indent).join(text)).rstrip())
    return "\n".join(lines) + "\n"


def as_json(findings: Sequence[Finding]) -> str:
    """`{"status": "ok" | "warn" | "fail", "checks": [{"check", "status", "sentence"}]}`; the worst one counts."""
    worst = max((finding.status for finding in findings), key=list(Status).index, default=Status.OK)
    return json.dumps({"status": worst, "checks": [asdict(finding) for finding in findings]}, indent=2) + "\n"

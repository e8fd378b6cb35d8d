"""Which settings are there? The table of `shared/runtime/settings.py`, for a terminal or as a page of the docs."""

from __future__ import annotations

import textwrap

from shared.runtime.parsing import MISSING
from shared.runtime.settings import TABLE, Setting

HEAD = """\
# Settings

Application settings of the Function App; `local.settings.sample.json` has each of them once.
A setting without a default is required, one marked *optional* may be absent.
Secrets belong in Key Vault; the application setting is then a Key Vault reference.
`FUNCTIONS_WORKER_RUNTIME` and `AzureWebJobsStorage` are the Functions host's own.

This page is printed by `python -m shared.cli settings --markdown`.

| setting | default | what it does |
|---|---|---|
"""


def markdown() -> str:
    """The whole page."""
    return HEAD + "".join(f"| `{row.name}` | {_default(row)} | {_help(row)} |\n" for row in TABLE)


def plain(width: int = 100) -> str:
    """Name, default, and the help below them."""
    blocks = []
    for row in TABLE:
        default = {None: "required", MISSING: "optional"}.get(row.default, f"default {row.default}")
        text = textwrap.fill(row.help, width, initial_indent="    ", subsequent_indent="    ")
        blocks.append(f"{row.name}  ({default}{', secret' if row.secret else ''})\n{text}\n")
    return "\n".join(blocks)


def _default(row: Setting) -> str:
    match row.default:
        case None:
            return "**required**"
        case text if text == MISSING:
            return "*optional*"
        case text:
            return f"`{text}`"


def _help(row: Setting) -> str:
    said = row.help.replace("|", "\\|")
    return f"{said} *Secret.*" if row.secret else said

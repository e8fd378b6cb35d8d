"""Where is Azurite, and how does it get there? `npm ci` with the lock file of this folder, into `.local/azurite`.

The version is the newest that runs on Node 20.
"""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Final

MANIFESTS: Final = Path(__file__).parent
HOME: Final = MANIFESTS.parents[2] / ".local" / "azurite"
_OLDEST_NODE: Final = 20


class NotInstalled(Exception):
    """Azurite can't be used here; the message says what to do about it."""


def entry_point(home: Path = HOME) -> Path:
    """The script that starts the Tables server.

    Raises:
        NotInstalled: Node or Azurite is missing.
    """
    script = home / "node_modules" / "azurite" / "dist" / "src" / "table" / "main.js"
    if shutil.which("node") is None:
        raise NotInstalled(f"Azurite needs Node.js {_OLDEST_NODE} or newer, and there is no `node` here")
    if not script.exists():
        raise NotInstalled("Azurite is not installed: run `python -m infra.local.azurite install`")
    return script


def install(home: Path = HOME) -> Path:
    """Install the locked version unless it is there already; returns the entry point.

    Raises:
        NotInstalled: Node or npm is missing, or npm failed.
    """
    lock = (MANIFESTS / "package-lock.json").read_bytes()
    stamp = home / "installed.json"
    if stamp.exists() and stamp.read_bytes() == lock:
        return entry_point(home)
    npm = shutil.which("npm")
    if npm is None:
        raise NotInstalled(f"Azurite needs Node.js {_OLDEST_NODE} or newer with npm, and there is no `npm` here")
    home.mkdir(parents=True, exist_ok=True)
    for name in ("package.json", "package-lock.json"):
        shutil.copyfile(MANIFESTS / name, home / name)
    # Without install scripts: none of the locked packages has one, so none may begin to.
    command = [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
    done = subprocess.run(command, cwd=home, capture_output=True, text=True, check=False)  # noqa: S603 - fixed words
    if done.returncode != 0:
        raise NotInstalled(f"`npm ci` failed with {done.returncode}:\n{done.stderr.strip()}")
    stamp.write_bytes(lock)
    return entry_point(home)

"""How do the Functions runtime and its protocol classes get onto this machine? `python -m infra.local.setup_runtime`.

* `azure-functions-runtime`, the engine of Azure's Python worker, is installed into the running interpreter when it is
  missing. Its metadata asks for Python 3.13, its code runs on 3.11; below 3.13 the check is skipped.
* The protobuf classes are taken out of the wheel `azure-functions-runtime-v1` into `.local/protos/azfn_protos`. That
  wheel carries them under the import name `tests`, so it is never installed.

Both are pinned by hash. A second run finds everything in place and does nothing.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

from infra.local.worker.protocol import PROTOS

RUNTIME = ("azure-functions-runtime", "1.3.0", "5045cf1e1a9a33ff262043eb52cf976834d2f2b6c67c20da61588fe7dc2fcf64")
PROTOCOL = ("azure-functions-runtime-v1", "1.2.0", "6ae0abb681e28c61a404b52e1c4481f203bb113e5027fbe908989ea9585a02a0")
MEMBERS = "tests/protos/"


class SetupRuntimeError(RuntimeError):
    """The runtime could not be set up; the message is a sentence for the person at the terminal."""


def main() -> int:
    try:
        print(install_runtime())  # noqa: T201
        print(unpack_protos(PROTOS))  # noqa: T201
    except SetupRuntimeError as error:
        print(error, file=sys.stderr)  # noqa: T201
        return 1
    return 0


def install_runtime() -> str:
    """Install the pinned runtime unless this very version is there; says which."""
    name, version, _ = RUNTIME
    try:
        found = importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        found = None
    if found == version:
        return f"{name} {version} is installed."
    with tempfile.TemporaryDirectory() as folder:
        wheel = download(RUNTIME, Path(folder))
        _pip("install", "--quiet", "--no-deps", *_relaxed(), str(wheel))
    return f"{name} {version} has been installed."


def unpack_protos(folder: Path) -> str:
    """Put the generated protobuf classes into `folder`; a stamp names the wheel they came from."""
    name, version, digest = PROTOCOL
    stamp = folder / "SOURCE"
    if stamp.is_file() and stamp.read_text() == digest:
        return f"The protocol classes of {name} {version} are in {folder}."
    with tempfile.TemporaryDirectory() as downloads:
        wheel = download(PROTOCOL, Path(downloads))
        unpacked = folder.with_name(folder.name + ".new")
        shutil.rmtree(unpacked, ignore_errors=True)
        extract(wheel, unpacked)
        (unpacked / "SOURCE").write_text(digest)
        shutil.rmtree(folder, ignore_errors=True)
        unpacked.rename(folder)
    return f"The protocol classes of {name} {version} have been unpacked into {folder}."


def download(pinned: tuple[str, str, str], folder: Path) -> Path:
    """The pinned wheel, fetched by pip from whatever index it is configured for, and checked.

    Raises:
        SetupRuntimeError: pip cannot fetch it, or it is not the file that was pinned.
    """
    name, version, digest = pinned
    _pip("download", "--quiet", "--no-deps", *_relaxed(), "--dest", str(folder), f"{name}=={version}")
    wheels = sorted(folder.glob("*.whl"))
    if not wheels:
        raise SetupRuntimeError(f"pip downloaded no wheel of {name} {version}.")
    found = hashlib.sha256(wheels[0].read_bytes()).hexdigest()
    if found != digest:
        raise SetupRuntimeError(
            f"{wheels[0].name} is not the file this project was tested with (sha256 {found}, expected {digest})."
        )
    return wheels[0]


def extract(wheel: Path, folder: Path) -> None:
    """Only the protobuf classes; the path inside the wheel is cut off, so nothing lands outside `folder`."""
    with zipfile.ZipFile(wheel) as archive:
        members = [name for name in archive.namelist() if name.startswith(MEMBERS) and name.endswith(".py")]
        if not members:
            raise SetupRuntimeError(f"{wheel.name} holds no protocol classes under {MEMBERS}.")
        for name in members:
            target = folder / name.removeprefix(MEMBERS)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(archive.read(name))


def _relaxed() -> list[str]:
    return ["--ignore-requires-python"] if sys.version_info < (3, 13) else []


def _pip(*arguments: str) -> None:
    command = [sys.executable, "-m", "pip", "--disable-pip-version-check", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode != 0:
        last = (done.stderr.strip().splitlines() or ["no message"])[-1]
        raise SetupRuntimeError(f"pip {arguments[0]} failed: {last}")


if __name__ == "__main__":
    raise SystemExit(main())

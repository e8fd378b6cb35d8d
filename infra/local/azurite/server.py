"""How does a test get an Azure Tables server of its own? Azurite on a free loopback port, everything in memory."""

from __future__ import annotations

import subprocess
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from infra.local.azurite.installation import MANIFESTS, NotInstalled, entry_point

ACCOUNT: Final = "devstoreaccount1"
# Published for every emulator: learn.microsoft.com, "Use the Azurite emulator for local Azure Storage development".
KEY: Final = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="

_OPTIONS: Final = (
    "--inMemoryPersistence",
    "--silent",
    "--disableTelemetry",
    "--skipApiVersionCheck",  # the SDK is newer than the last Azurite for Node 20
    "--tableHost=127.0.0.1",
    "--tablePort=0",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class TableServer:
    """One running server.

    Attributes:
        connection_string: what `azure-data-tables` takes.
    """

    port: int
    connection_string: str
    process: subprocess.Popen[str]

    def stop(self) -> None:
        """End the server and wait until it has ended. Stopping twice is fine."""
        if self.process.poll() is None:
            self.process.terminate()
        try:
            self.process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe is not None:
                pipe.close()


@contextmanager
def table_server(*, patience: float = 30.0) -> Iterator[TableServer]:
    """A server that answers, for as long as the block lasts.

    Args:
        patience: seconds that it may take to start (about one on an idle machine).

    Raises:
        NotInstalled: Node or Azurite is missing, or it ended before it listened.
    """
    script = entry_point()
    with tempfile.TemporaryDirectory(prefix="azurite-") as folder:  # it writes a debug log where it runs
        command = ["node", "--require", str(MANIFESTS / "leash.cjs"), str(script), *_OPTIONS]
        process = subprocess.Popen(  # noqa: S603 - fixed words
            command,
            cwd=folder,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        server = TableServer(port=0, connection_string="", process=process)
        try:
            port = _port(process, patience)
            yield TableServer(port=port, connection_string=_connection_string(port), process=process)
        finally:
            server.stop()


def _port(process: subprocess.Popen[str], patience: float) -> int:
    assert process.stdout is not None
    deadline = threading.Timer(patience, process.kill)
    deadline.start()
    said = []
    try:
        for line in process.stdout:
            if line.startswith("listening "):
                return int(line.split()[1])
            said.append(line)
    finally:
        deadline.cancel()
        deadline.join()
    raise NotInstalled("Azurite ended before it listened:\n" + "".join(said))


def _connection_string(port: int) -> str:
    return (
        f"DefaultEndpointsProtocol=http;AccountName={ACCOUNT};AccountKey={KEY};"
        f"TableEndpoint=http://127.0.0.1:{port}/{ACCOUNT};"
    )

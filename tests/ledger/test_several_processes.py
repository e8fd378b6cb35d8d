"""Several workers begin the same ledger at once and raise the same mark."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path

from shared.runtime.ledger_open import open_ledger
from tests.ledger.examples import identity

ROOT = Path(__file__).parents[2]


async def test_marks_raised_by_several_processes_are_distinct_and_without_gaps(
    shared_location: str, table: str
) -> None:
    ada = identity()

    async def worker() -> list[int]:
        command = [sys.executable, "-W", "error", "-m", "tests.ledger.raising", shared_location, table, ada, "15"]
        pipe = asyncio.subprocess.PIPE
        process = await asyncio.create_subprocess_exec(*command, cwd=ROOT, stdout=pipe, stderr=pipe)
        out, err = await process.communicate()
        assert process.returncode == 0, err.decode()
        numbers: list[int] = json.loads(out)
        return numbers

    numbers = [number for some in await asyncio.gather(worker(), worker(), worker()) for number in some]

    assert sorted(numbers) == list(range(1, 46))
    ledger = open_ledger(shared_location, table=table)
    assert await ledger.mark(ada) == 45
    assert await ledger.epoch() is not None
    await ledger.close()

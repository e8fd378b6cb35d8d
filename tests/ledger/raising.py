"""What does another worker do? `python -m tests.ledger.raising <location> <identity> <times>` raises a mark."""

from __future__ import annotations

import asyncio
import json
import sys

from shared.runtime.ledger_open import open_ledger


async def raise_marks(location: str, table: str, identity_id: str, times: int) -> list[int]:
    ledger = open_ledger(location, table=table, timeout=30)
    try:
        await ledger.init()
        return list(await asyncio.gather(*(ledger.raise_mark(identity_id) for _ in range(times))))
    finally:
        await ledger.close()


if __name__ == "__main__":
    numbers = asyncio.run(raise_marks(sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4])))
    sys.stdout.write(json.dumps(numbers))

"""What did this simulator see, and when? The request log that the story and the tests take their times from."""

from __future__ import annotations

from collections import deque
from dataclasses import asdict, dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One request and its answer.

    `at` and `done` are simulated seconds since 1970 (arrival; answer handed to the socket).
    `note` says what the simulator did: ids and facts that a test wants to find again, never guessed.
    """

    number: int
    at: float
    done: float
    method: str
    path: str
    query: str
    status: int
    client: str = ""
    fault: str = ""
    note: dict[str, object] = field(default_factory=dict)


class Journal:
    """The newest `limit` entries, oldest first."""

    def __init__(self, limit: int = 200_000) -> None:
        self._entries: deque[Entry] = deque(maxlen=limit)
        self._count = 0

    def next_number(self) -> int:
        self._count += 1
        return self._count

    def add(self, entry: Entry) -> None:
        self._entries.append(entry)

    def since(self, number: int = 0) -> list[dict[str, object]]:
        """Entries with a number above `number`, as JSON-ready objects."""
        return [asdict(entry) for entry in self._entries if entry.number > number]

    def clear(self) -> None:
        self._entries.clear()

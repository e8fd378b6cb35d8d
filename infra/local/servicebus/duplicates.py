"""Has a message of this id been sent within the duplicate detection window?"""

from __future__ import annotations

from collections import OrderedDict


class DuplicateWindow:
    """Message ids of the last `seconds`; zero switches detection off. A dropped duplicate does not extend it."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._until: OrderedDict[str, float] = OrderedDict()

    def is_duplicate(self, message_id: str | None, now: float) -> bool:
        """Whether the id is known; it is known from now on."""
        if not self._seconds or message_id is None:
            return False
        while self._until and next(iter(self._until.values())) <= now:
            self._until.popitem(last=False)
        if message_id in self._until:
            return True
        self._until[message_id] = now + self._seconds
        return False

"""Which version of an object does this read see? Graph reads from replicas, and a replica can lag behind a write.

A window of staleness belongs to one object: while it is open, reads give the record from before the write (for a new
object: none). It closes after a number of reads or of seconds. Only a GET that addresses the object counts as a read;
listings show what the next read would.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from infra.local.simulation.clock import Clock

if TYPE_CHECKING:
    from infra.local.entra.directory import Record

ANY = "*"


@dataclass(frozen=True, slots=True, kw_only=True)
class Lag:
    """How long a replica stays behind: for `reads` reads and for `seconds` at least."""

    reads: int = 0
    seconds: float = 0.0


@dataclass(slots=True, kw_only=True)
class Window:
    """The old record of one object while it is still being served."""

    record: Record | None
    reads: int
    until: float
    fresh_next: bool = False


class Replicas:
    def __init__(self, clock: Clock, switches: Mapping[str, Any], records: Mapping[str, Record]) -> None:
        self._clock = clock
        self._switches = switches
        self._records = records
        self._windows: dict[str, Window] = {}
        self._before: dict[str, Record | None] = {}
        self._orders: dict[str, Lag] = {}

    def wrote(self, object_id: str, before: Record | None) -> None:
        """An object was written; `before` is its record up to now (None: it did not exist)."""
        self._before[object_id] = before
        lag = self._orders.pop(object_id, None) or self._orders.pop(ANY, None)
        if lag is None:
            lag = Lag(reads=int(self._switches["stale_reads"]), seconds=float(self._switches["stale_s"]))
        if lag != Lag():
            self._open(object_id, before, lag)

    def order(self, object_id: str, lag: Lag) -> None:
        """Let the next write of this object (`*`: of whichever object is written next) open a window."""
        self._orders[object_id] = lag

    def hold_back(self, object_id: str, lag: Lag) -> None:
        """Serve from now on what the object was before its latest write.

        Raises:
            KeyError: the object has not been written since the simulator started.
        """
        self._open(object_id, self._before[object_id], lag)

    def read(self, object_id: str) -> Record | None:
        """What a GET of this object sees; counts."""
        window = self._window(object_id)
        if window is None:
            return self._records.get(object_id)
        if window.fresh_next:
            window.fresh_next = False
            return self._records.get(object_id)
        window.reads -= 1
        window.fresh_next = bool(self._switches["replicas_alternate"])
        return window.record

    def glance(self, object_id: str) -> Record | None:
        """What the next read of this object would see."""
        window = self._window(object_id)
        if window is None or window.fresh_next:
            return self._records.get(object_id)
        return window.record

    def glances(self, ids: Iterable[str]) -> Iterator[Record]:
        """What listings show of these objects, and of purged ones whose window is open."""
        if not self._windows:
            yield from (self._records[object_id] for object_id in ids)
            return
        for object_id in [*ids, *(gone for gone in self._windows if gone not in self._records)]:
            record = self.glance(object_id)
            if record is not None:
                yield record

    def _open(self, object_id: str, record: Record | None, lag: Lag) -> None:
        until = self._clock.now() + lag.seconds if lag.seconds else 0.0
        self._windows[object_id] = Window(record=record, reads=lag.reads, until=until)

    def _window(self, object_id: str) -> Window | None:
        if not self._windows:
            return None
        window = self._windows.get(object_id)
        if window is not None and window.reads <= 0 and window.until <= self._clock.now():
            del self._windows[object_id]
            return None
        return window

"""How does Graph judge a webhook? Late answers make it slow, more of them make Graph drop its notifications.

Learn: graph/change-notifications-delivery-webhooks, "Throttling". Judged over a window, from a minimum of answers on.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from typing import Any, Literal

State = Literal["healthy", "slow", "drop"]


class Endpoints:
    """Answers per notification URL, in simulated seconds."""

    def __init__(self, switches: Mapping[str, Any]) -> None:
        self._switches = switches
        self._answers: dict[str, deque[tuple[float, bool]]] = {}

    def answered(self, url: str, at: float, took_s: float, *, timed_out: bool) -> None:
        late = timed_out or took_s > float(self._switches["late_answer_s"])
        self._answers.setdefault(url, deque()).append((at, late))

    def state(self, url: str, now: float) -> State:
        answers = self._answers.get(url, deque())
        while answers and answers[0][0] <= now - float(self._switches["share_window_s"]):
            answers.popleft()
        if len(answers) < int(self._switches["share_minimum"]):
            return "healthy"
        share = sum(late for _, late in answers) / len(answers)
        if share > float(self._switches["drop_share"]):
            return "drop"
        return "slow" if share > float(self._switches["slow_share"]) else "healthy"

    def describe(self, now: float) -> dict[str, State]:
        return {url: self.state(url, now) for url in self._answers}

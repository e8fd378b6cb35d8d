"""Which request goes wrong, and how? Fault rules that a test or the story gives to a simulator.

A rule is a JSON object:

    {"id": "storm", "method": "PATCH", "path": "^/api/v2/scim", "skip": 0, "times": 1, "probability": 1.0, "seed": 7,
     "status": 429, "headers": {"Retry-After": "2"}, "body": {...},
     "delay_s": 0.0, "reset": "before" | "after"}

`status` answers without doing anything. `reset: before` drops the connection undone; `reset: after` lets the
simulator do the work and then drops the connection without an answer. `delay_s` alone slows the request down.
`times: null` means for ever. The first rule that matches and is not used up wins.
"""

from __future__ import annotations

import random
import re
from dataclasses import dataclass, field
from typing import Any, Literal

FIELDS = {
    "id", "method", "path", "skip", "times", "probability", "seed", "status", "headers", "body", "delay_s", "reset",
}  # fmt: skip


class FaultRuleError(ValueError):
    """The fault rule is not of the form that this module documents; the message names the field."""


@dataclass(slots=True, kw_only=True)
class Fault:
    """One rule with its counters."""

    id: str
    method: str = "*"
    path: str = ""
    skip: int = 0
    times: int | None = 1
    probability: float = 1.0
    status: int | None = None
    headers: dict[str, str] = field(default_factory=dict)
    body: Any = None
    delay_s: float = 0.0
    reset: Literal["before", "after"] | None = None
    used: int = 0
    random: random.Random = field(default_factory=random.Random)

    @classmethod
    def parse(cls, raw: object) -> Fault:
        """From the JSON form.

        Raises:
            FaultRuleError: unknown field, or a value of the wrong kind.
        """
        if not isinstance(raw, dict):
            raise FaultRuleError("a fault rule is a JSON object")
        unknown = set(raw) - FIELDS
        if unknown:
            raise FaultRuleError(f"unknown field in the fault rule: {', '.join(sorted(unknown))}")
        if raw.get("reset") not in (None, "before", "after"):
            raise FaultRuleError("reset is 'before' or 'after'")
        fields = {name: value for name, value in raw.items() if name != "seed"}
        fields.setdefault("id", f"{raw.get('method', '*')} {raw.get('path', '')}")
        try:
            re.compile(fields.get("path", ""))
        except re.error as error:
            raise FaultRuleError(f"path is not a regular expression: {error}") from error
        return cls(**fields, random=random.Random(raw.get("seed")))

    def matches(self, method: str, path: str) -> bool:
        return self.method in ("*", method) and re.search(self.path, path) is not None

    def take(self) -> bool:
        """Count one matching request; True when the fault strikes it."""
        if self.skip > 0:
            self.skip -= 1
            return False
        if self.times is not None and self.used >= self.times:
            return False
        if self.random.random() >= self.probability:
            return False
        self.used += 1
        return True


class Faults:
    """The rules in force, in the order they were given."""

    def __init__(self) -> None:
        self._rules: list[Fault] = []

    def add(self, raw: object) -> Fault:
        fault = Fault.parse(raw)
        self._rules.append(fault)
        return fault

    def clear(self, rule_id: str | None = None) -> None:
        self._rules = [rule for rule in self._rules if rule_id is not None and rule.id != rule_id]

    def strike(self, method: str, path: str) -> Fault | None:
        """The fault that this request suffers, if any. Counts."""
        for rule in self._rules:
            if rule.matches(method, path) and rule.take():
                return rule
        return None

    def describe(self) -> list[dict[str, object]]:
        return [
            {"id": rule.id, "method": rule.method, "path": rule.path, "times": rule.times, "used": rule.used}
            for rule in self._rules
        ]

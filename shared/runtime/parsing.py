"""How does a setting's text become a value? Each parser raises `ValueError` with what the text must be."""

from __future__ import annotations

import enum
import re
from collections.abc import Callable
from typing import TypeVar
from urllib.parse import urlsplit

E = TypeVar("E", bound=enum.Enum)
MISSING = "<none>"  # the default of a setting that may be absent
UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")


def text(raw: str) -> str:
    return raw


def uuid(raw: str) -> str:
    value = raw.lower()
    if not UUID.fullmatch(value):
        raise ValueError("an id of the form 00000000-0000-0000-0000-000000000000")
    return value


def url(raw: str) -> str:
    """An absolute http(s) URL without a trailing slash; plain http only towards this machine."""
    parts = urlsplit(raw)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("an absolute URL such as https://host/path")
    if parts.scheme == "http" and parts.hostname not in ("127.0.0.1", "localhost", "::1"):
        raise ValueError("an https URL (plain http is for this machine only)")
    return raw.rstrip("/")


def path(raw: str) -> str:
    if not raw.startswith("/"):
        raise ValueError("a path that starts with /")
    return raw.rstrip("/")


def boolean(raw: str) -> bool:
    match raw.lower():
        case "true" | "1" | "yes" | "on":
            return True
        case "false" | "0" | "no" | "off":
            return False
    raise ValueError("true or false")


def seconds(raw: str) -> float:
    try:
        value = float(raw)
    except ValueError:
        value = -1
    if not 0 <= value < 10**9:
        raise ValueError("a number of seconds, 0 or more")
    return value


def waits(raw: str) -> tuple[float, ...]:
    try:
        return tuple(seconds(part.strip()) for part in raw.split(","))
    except ValueError:
        raise ValueError("numbers of seconds with commas between them, such as 30,300") from None


def integer(lowest: int, highest: int) -> Callable[[str], int]:
    def parse(raw: str) -> int:
        if not re.fullmatch(r"\d+", raw) or not lowest <= int(raw) <= highest:
            raise ValueError(f"a whole number from {lowest} to {highest}")
        return int(raw)

    return parse


def length(shortest: int, longest: int) -> Callable[[str], str]:
    def parse(raw: str) -> str:
        if not shortest <= len(raw) <= longest:
            raise ValueError(f"{shortest} to {longest} characters long")
        return raw

    return parse


def one_of(*words: str) -> Callable[[str], str]:
    def parse(raw: str) -> str:
        if raw not in words:
            raise ValueError(f"one of {', '.join(words)}")
        return raw

    return parse


def choice(kind: type[E]) -> Callable[[str], E]:
    def parse(raw: str) -> E:
        try:
            return kind(raw)
        except ValueError:
            raise ValueError(f"one of {', '.join(str(member.value) for member in kind)}") from None

    return parse

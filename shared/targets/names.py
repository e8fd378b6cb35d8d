"""Which role, skill, language or division has this name? SCIM sets them by name, and skips or refuses unknown ones.

Genesys' lists look for beginnings, whatever their case (genesys-api.md §8), so every hit is compared again.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum

from shared.errors import Ambiguous, NotThere, Refused
from shared.targets.client import Request
from shared.targets.platform_api import Send, every_page

LIFETIME_S = 600.0
UNKNOWN_LIFETIME_S = 30.0  # short: whoever reads "there is no such skill" makes it and tries again


class NameKind(StrEnum):
    """What a name is the name of; the value is how sentences call it."""

    ROLE = "role"
    SKILL = "routing skill"
    LANGUAGE = "routing language"
    DIVISION = "division"


ROUTES = {
    NameKind.ROLE: "/api/v2/authorization/roles",
    NameKind.SKILL: "/api/v2/routing/skills",
    NameKind.LANGUAGE: "/api/v2/routing/languages",
    NameKind.DIVISION: "/api/v2/authorization/divisions",
}
CASE_SENSITIVE = (NameKind.SKILL, NameKind.LANGUAGE)  # §3.1


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """One of them, with the exact spelling."""

    id: str
    name: str


class NameDirectory:
    """Names that were looked up, remembered for a while.

    Args:
        lifetime_s: how long a name that was found counts.
        now: monotonic seconds.
    """

    def __init__(self, *, lifetime_s: float = LIFETIME_S, now: Callable[[], float] = time.monotonic) -> None:
        self._lifetime_s = lifetime_s
        self._now = now
        self._known: dict[tuple[NameKind, str], tuple[float, tuple[Named, ...]]] = {}

    async def find(self, send: Send, kind: NameKind, name: str) -> Named:
        """The one with this name. Roles and divisions are found in any case, unless two differ in nothing else.

        Raises:
            NotThere: there is none; for skills and languages the sentence says when only the case differs.
            Ambiguous: there are several.
        """
        alike = await self._alike(send, kind, name)
        exact = [each for each in alike if each.name == name]
        found = exact if exact or kind in CASE_SENSITIVE else list(alike)
        match found:
            case [one]:
                return one
            case []:
                hint = f'; there is "{alike[0].name}", and upper and lower case count' if alike else ""
                raise NotThere(f'Genesys has no {kind} "{name}"{hint}.', "unknownName")
            case _:
                raise Ambiguous(f'Genesys has {len(found)} of the name "{name}" as {kind}.', "ambiguousName")

    async def _alike(self, send: Send, kind: NameKind, name: str) -> tuple[Named, ...]:
        key = (kind, name.casefold())
        expires_at, known = self._known.get(key, (float("-inf"), ()))
        if self._now() < expires_at:
            return known
        first = Request(method="GET", route=ROUTES[kind], params={"name": name}, idempotent=True)
        known = tuple(
            [
                Named(id=entity.id, name=entity.name)
                async for entity in every_page(send, first)
                if entity.name.casefold() == name.casefold()
            ]
        )
        self._known[key] = (self._now() + (self._lifetime_s if known else UNKNOWN_LIFETIME_S), known)
        return known


async def check_names(directory: NameDirectory, send: Send, wanted: Iterable[tuple[NameKind, str]]) -> tuple[str, ...]:
    """A sentence for each name that Genesys does not have, or has more than once.

    Raises:
        Transient: Genesys can't be asked now.
    """
    problems = []
    for kind, name in dict.fromkeys(wanted):
        try:
            await directory.find(send, kind, name)
        except Refused as error:
            problems.append(str(error))
    return tuple(problems)

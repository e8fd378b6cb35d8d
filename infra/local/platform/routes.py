"""Which function does a request reach? ASP.NET route templates: `{name}`, `{name:type}`, `{name?}`, `{*rest}`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from urllib.parse import unquote

from infra.local.platform.bindings import Function, HttpTrigger
from infra.local.platform.settings import HostError

CONSTRAINTS = {
    "": r"[^/]+",
    "int": r"-?\d+",
    "long": r"-?\d+",
    "guid": r"[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}",
    "alpha": r"[A-Za-z]+",
    "bool": r"[Tt][Rr][Uu][Ee]|[Ff][Aa][Ll][Ss][Ee]",
    "float": r"-?\d+(?:\.\d+)?",
    "double": r"-?\d+(?:\.\d+)?",
}
#: What a segment is, the one that is tried first in front.
RANKS = ("literal", "mixed", "constrained", "free", "rest")
PARAMETER = re.compile(r"\{(\*?)(\w+)(?::(\w+))?(\?)?\}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """One HTTP function's address. `rank` sorts its segments as ASP.NET does (`RANKS`)."""

    function: Function
    trigger: HttpTrigger
    template: str
    pattern: re.Pattern[str]
    rank: tuple[int, ...]


class Routes:
    """All HTTP functions behind the route prefix."""

    def __init__(self, functions: Iterable[Function], prefix: str) -> None:
        """
        Raises:
            HostError: a template that cannot be read.
        """
        self._routes = sorted((_route(function, prefix) for function in functions), key=lambda route: route.rank)

    def __iter__(self) -> Iterator[Route]:
        return iter(self._routes)

    def match(self, method: str, path: str) -> tuple[Route, dict[str, str]] | None:
        """The route and its parameters, or None: also for a known path in the wrong method, which is 404 in Azure."""
        for route in self._routes:
            found = route.pattern.fullmatch(path)
            if found is not None and (not route.trigger.methods or method in route.trigger.methods):
                return route, {name: unquote(value) for name, value in found.groupdict().items() if value is not None}
        return None


def _route(function: Function, prefix: str) -> Route:
    trigger = function.trigger
    assert isinstance(trigger, HttpTrigger)
    template = "/".join(part for part in (prefix, trigger.route) if part)
    pattern, rank = "", []
    for segment in template.split("/"):
        found = PARAMETER.fullmatch(segment)
        if found is None:
            text, kind = _mixed(function.name, segment)
            pattern += f"/{text}"
        else:
            rest, name, constraint, optional = found.groups()
            allowed = ".*" if rest else _allowed(function.name, constraint)
            kind = "rest" if rest else "constrained" if constraint else "free"
            pattern += f"(?:/(?P<{name}>{allowed}))?" if optional or rest else f"/(?P<{name}>{allowed})"
        rank.append(RANKS.index(kind))
    return Route(
        function=function, trigger=trigger, template=template, rank=tuple(rank),
        pattern=re.compile(f"{pattern}/?", re.IGNORECASE),
    )  # fmt: skip


def _mixed(name: str, segment: str) -> tuple[str, str]:
    """A literal segment, or parameters between literals such as `{id}.json`."""
    text, at = "", 0
    for found in PARAMETER.finditer(segment):
        text += re.escape(segment[at : found.start()]) + f"(?P<{found[2]}>{_allowed(name, found[3])})"
        at = found.end()
    rest = segment[at:]
    if "{" in rest or "}" in rest:
        raise HostError(f"The route segment '{segment}' of the function {name} cannot be read.")
    return text + re.escape(rest), "mixed" if at else "literal"


def _allowed(name: str, constraint: str | None) -> str:
    try:
        return CONSTRAINTS[constraint or ""]
    except KeyError:
        raise HostError(f"The function {name} uses the route constraint '{constraint}', not known here.") from None

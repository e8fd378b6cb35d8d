"""Which accounts or groups does a SCIM `filter` mean? Genesys documents `eq` on a few attributes, and nothing else.

Values may be quoted or bare; attribute names are taken in any case and with or without their URN.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from infra.local.genesys.errors import ScimProblem, invalid
from infra.local.genesys.index import Indexed
from infra.local.genesys.org import Org
from infra.local.genesys.schemas import CORE_GROUP, CORE_USER, ENTERPRISE, GENESYS, SCIM_AUTHORITY

_VALUE = r"(?:\"(?:[^\"\\]|\\.)*\"|[^\s\"()]+(?: [^\s\"()]+)*)"
_SIMPLE = re.compile(rf"\s*(?P<name>[\w:.$-]+)\s+eq\s+(?P<value>{_VALUE})\s*", re.IGNORECASE)
_COMPLEX = re.compile(
    rf"\s*{re.escape(GENESYS)}:externalIds\s*\[\s*authority\s+eq\s+(?P<authority>\"[^\"]*\")"
    r"\s+and\s+value\s+eq\s+(?P<value>\"[^\"]*\")\s*\]\s*",
    re.IGNORECASE,
)
_LOGIC = re.compile(r"\s(?:and|or|not)\s", re.IGNORECASE)
_USER_NAMES = {"id", "username", "email", "manager", "division", "externalid", "employeenumber", "active"}
_GROUP_NAMES = {"id", "displayname"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """`name` (lower-case, without URN) equals `value`; `authority` only for externalIds."""

    name: str
    value: str
    authority: str = ""


def parse(text: str, kind: str) -> Condition:
    """The condition of a filter on `user` or `group`.

    Raises:
        ScimProblem: 400 `invalidFilter` for everything that is not documented.
    """
    if kind == "user" and (match := _COMPLEX.fullmatch(text)):
        return Condition(name="externalids", authority=match["authority"][1:-1], value=match["value"][1:-1])
    match = _SIMPLE.fullmatch(text)
    if match is None:
        raise _refused(text)
    name, value = match["name"].lower(), match["value"]
    for urn in (CORE_USER, CORE_GROUP, ENTERPRISE):
        name = name.removeprefix(f"{urn.lower()}:")
    if value.startswith('"'):
        try:
            value = json.loads(value)
        except json.JSONDecodeError as error:
            raise _refused(text) from error
    elif _LOGIC.search(f" {value} "):
        raise _refused(text)
    if name not in (_USER_NAMES if kind == "user" else _GROUP_NAMES):
        raise _refused(text)
    if name == "active" and value.lower() not in {"true", "false"}:
        raise _refused(text)
    return Condition(name=name, value=value)


def _refused(text: str) -> ScimProblem:
    return invalid("invalidFilter", f"The filter {text} is not supported.")


def users(org: Org, condition: Condition | None, scope: str) -> list[Indexed]:
    """The index entries that match, deleted accounts never; without a condition, the active ones."""
    if condition is None:
        return org.index.in_state("active")
    value = condition.value
    found: list[Indexed]
    match condition.name:
        case "id":
            entry = org.index.get(value)
            found = [entry] if entry else []
        case "username":
            found = [entry for entry in org.index.by_email(value) if _same_name(entry, value, org.switches)]
            if not org.switches["userName_filter_finds_inactive"]:
                found = [entry for entry in found if entry.state == "active"]
        case "email":
            found = org.index.by_email(value)
        case "externalid":
            found = [e for e in org.index.by_external_id(value) if e.scim_external_ids.get(scope) == value]
        case "externalids":
            found = _by_authority(org, condition, scope)
        case "active":
            return org.index.in_state("active" if value.lower() == "true" else "inactive")
        case "manager":
            found = org.index.where(lambda entry: entry.manager_id == value)
        case "division":
            division = org.divisions.id_of(value)
            found = org.index.where(lambda entry: entry.division_id == division)
        case _:
            found = org.index.where(lambda entry: entry.employee_number == value)
    return [entry for entry in found if entry.state != "deleted"]


def _same_name(entry: Indexed, value: str, switches: Mapping[str, Any]) -> bool:
    if switches["user_name_case_exact"]:
        return entry.user_name == value
    return entry.user_name.casefold() == value.casefold()


def _by_authority(org: Org, condition: Condition, scope: str) -> list[Indexed]:
    authority, value = condition.authority, condition.value
    if authority.startswith(SCIM_AUTHORITY):
        return [e for e in org.index.by_external_id(value) if authority == f"{SCIM_AUTHORITY}:{scope}"]
    return org.index.where(lambda entry: entry.external_ids.get(authority) == value)

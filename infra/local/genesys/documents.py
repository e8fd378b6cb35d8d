"""How do accounts and groups look as SCIM documents? Rendering, and what `attributes`/`excludedAttributes` leave."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from infra.local.genesys.directory import Account, DirectoryGroup, iso
from infra.local.genesys.org import Org
from infra.local.genesys.schemas import CORE_GROUP, CORE_USER, ENTERPRISE, GENESYS, SCIM_AUTHORITY, USER_SCHEMAS

ALWAYS = {"user": {"schemas", "id", "username", "active", "meta"}, "group": {"schemas", "id", "meta"}}
EXPENSIVE = {
    "user": {"externalid", "roles", f"{GENESYS}:routingskills".lower(), f"{GENESYS}:routinglanguages".lower()},
    "group": {"externalid", "members"},
}
_SCHEMAS = list(USER_SCHEMAS)
_CORE_PREFIX = re.compile(rf"^(?:{re.escape(CORE_USER.lower())}|{re.escape(CORE_GROUP.lower())}):")
_SUB = re.compile(r"\.(?:value|version|lastmodified)$")


def etag(version: int) -> str:
    return f'"{version}"'


def user_document(org: Org, account: Account, base: str, scope: str) -> dict[str, Any]:
    """The whole SCIM user; what is empty is left out. `scope` is whose externalId is seen."""
    document: dict[str, Any] = {"schemas": _SCHEMAS, "id": account.id}
    external_id = account.scim_external_ids.get(scope)
    if external_id:
        document["externalId"] = external_id
    document["userName"] = account.user_name
    document["displayName"] = account.display_name
    document["active"] = account.active
    if account.title:
        document["title"] = account.title
    emails = [{"value": account.user_name, "type": "other", "primary": True}]
    emails += [{"value": value, "type": kind, "primary": False} for kind, value in account.emails.items()]
    document["emails"] = emails
    if account.phones:
        document["phoneNumbers"] = [
            {"value": value, "type": kind, "primary": kind == "work"} for kind, value in account.phones.items()
        ]
    roles = org.role_names(account)
    if org.switches["scim_roles_show_inherited"]:
        roles |= {org.roles.name_of(role_id): None for _, role_id, _ in org.inherited_grants(account)}
    if roles:
        document["roles"] = [{"value": role} for role in roles]
    if account.group_ids:
        document["groups"] = [
            {"type": "Group", "value": group, "$ref": f"{base}/groups/{group}"} for group in account.group_ids
        ]
    document[ENTERPRISE] = _enterprise(org, account, base)
    document[GENESYS] = _genesys(account, scope, external_id)
    document["meta"] = {
        "resourceType": "User",
        "lastModified": iso(account.modified),
        "location": f"{base}/users/{account.id}",
        "version": str(account.version),
    }
    return document


def _enterprise(org: Org, account: Account, base: str) -> dict[str, Any]:
    extension: dict[str, Any] = {"division": org.divisions.name_of(account.division_id)}
    if account.department:
        extension["department"] = account.department
    if account.employee_number:
        extension["employeeNumber"] = account.employee_number
    if account.date_hire:
        extension["dateHire"] = account.date_hire
    if account.manager_id:
        extension["manager"] = {"value": account.manager_id, "$ref": f"{base}/users/{account.manager_id}"}
    return extension


def _genesys(account: Account, scope: str, external_id: str | None) -> dict[str, Any]:
    """The immutable SCIM entry is always there; without an externalId its value is the account's own id."""
    own = {"authority": f"{SCIM_AUTHORITY}:{scope}", "value": external_id or account.id}
    others = [{"authority": authority, "value": value} for authority, value in account.external_ids.items()]
    extension: dict[str, Any] = {"externalIds": [own, *others]}
    for key, held in (("routingSkills", account.skills), ("routingLanguages", account.languages)):
        if held:
            extension[key] = [{"name": name, "proficiency": proficiency} for name, proficiency in held.items()]
    return extension


def group_document(group: DirectoryGroup, base: str) -> dict[str, Any]:
    """The whole SCIM group."""
    document: dict[str, Any] = {"schemas": [CORE_GROUP], "id": group.id, "displayName": group.name}
    if group.external_id:
        document["externalId"] = group.external_id
    if group.members:
        document["members"] = [
            {"type": "User", "value": member, "$ref": f"{base}/users/{member}"} for member in group.members
        ]
    document["meta"] = {
        "resourceType": "Group",
        "lastModified": iso(group.modified),
        "location": f"{base}/groups/{group.id}",
        "version": str(group.version),
    }
    return document


class Selection:
    """Which attributes the caller wants back, from the query; names in any case, with or without the core URN."""

    def __init__(self, query: Mapping[str, str], kind: str) -> None:
        self._always = ALWAYS[kind]
        self.wanted = _names(query.get("attributes", ""))
        self.excluded = _names(query.get("excludedAttributes", "")) - self._always

    def spares(self, expensive: set[str]) -> bool:
        """True when none of the attributes that cost Genesys a second look-up is asked for."""
        if self.wanted:
            return not any(name in self.wanted for name in expensive) and GENESYS.lower() not in self.wanted
        return all(name in self.excluded or name.rpartition(":")[0] in self.excluded for name in expensive)

    def of(self, document: dict[str, Any]) -> dict[str, Any]:
        """What is left of `document`."""
        if not self.wanted and not self.excluded:
            return document
        left: dict[str, Any] = {}
        for key, value in document.items():
            name = key.lower()
            if name in self._always:
                left[key] = value
            elif ":" in key:
                part = {sub: held for sub, held in value.items() if self._keeps(f"{name}:{sub.lower()}", name)}
                if part:
                    left[key] = part
            elif self._keeps(name):
                left[key] = value
        return left

    def _keeps(self, *names: str) -> bool:
        if self.wanted:
            return any(name in self.wanted for name in names)
        return not any(name in self.excluded for name in names)


def _names(listed: str) -> set[str]:
    """Lower-case, without the core URN; `meta.version` and `…:manager.value` count as their attribute."""
    return {_CORE_PREFIX.sub("", _SUB.sub("", name.strip().lower())) for name in listed.split(",") if name.strip()}

"""Who is in the directory, with which source attributes? Read from Graph, named as provisioning schemas name them.

Source: Graph docs, migrate-azure-ad-graph-property-differences; entra-docs app-provisioning/how-provisioning-works.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httpx

from tests.conformance.entra_cycle.functions import Value

_RENAMED = {
    "objectId": "id",
    "mobile": "mobilePhone",
    "telephoneNumber": "businessPhones",
    "facsimileTelephoneNumber": "faxNumber",
    "physicalDeliveryOfficeName": "officeLocation",
    "dirSyncEnabled": "onPremisesSyncEnabled",
    "immutableId": "onPremisesImmutableId",
    "originalUserPrincipalName": "userPrincipalName",
}
_EXTENSION_ATTRIBUTE = re.compile(r"extensionAttribute(?:[1-9]|1[0-5])")
_COMPUTED = frozenset({"IsSoftDeleted", "appRoleAssignments", "manager"})
NO_ROLE = "00000000-0000-0000-0000-000000000000"


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """`source` has every attribute asked for except `IsSoftDeleted`, which depends on the scope."""

    id: str
    enabled: bool
    deleted: bool
    assigned: bool
    manager: str | None
    source: Mapping[str, Value]


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    id: str
    assigned: bool
    members: frozenset[str]
    source: Mapping[str, Value]


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """`sync_all`: everybody, not only who is assigned. `skips`: who leaves the scope is left alone."""

    people: dict[str, Person]
    groups: list[Group]
    sync_all: bool
    skips: bool


async def read_world(graph: httpx.AsyncClient, names: set[str]) -> World:
    """Everybody with the source attributes `names`, and the switches of the job's secrets.

    Raises:
        LookupError: no application has a provisioning job.
        httpx.HTTPStatusError: Graph refused.
    """
    application = await _application(graph)
    base = f"/servicePrincipals/{application['id']}"
    secrets = {one["key"]: one["value"] for one in await _all(graph, f"{base}/synchronization/secrets")}
    assignments = await _all(graph, f"{base}/appRoleAssignedTo")
    roles = {role["id"]: str(role["displayName"]) for role in application["appRoles"]}
    groups = await _all(graph, "/groups")
    members = {one["id"]: {member["id"] for member in await _members(graph, one["id"])} for one in groups}
    granted: dict[str, set[str]] = {}
    for one in assignments:
        for holder in {one["principalId"]} | members.get(one["principalId"], set()):
            granted.setdefault(holder, set()).add(str(one["appRoleId"]))
    select = {"$select": ",".join(sorted({"accountEnabled", *map(_property, names - _COMPUTED)})), "$top": "999"}
    live = await _all(graph, "/users", {**select, "$expand": "manager($select=id)"})
    gone = await _all(graph, "/directory/deletedItems/microsoft.graph.user", select)
    people = [
        _person(document, names, granted.get(document["id"]), roles, deleted=bool(deleted))
        for deleted, listed in enumerate((live, gone))
        for document in listed
    ]
    return World(
        people={one.id: one for one in people},
        groups=[
            Group(
                id=one["id"],
                assigned=one["id"] in granted,
                members=frozenset(members[one["id"]]),
                source={"objectId": one["id"], **{key: _text(value) for key, value in one.items()}},
            )
            for one in groups
        ],
        sync_all=secrets.get("SyncAll", "").lower() == "true",
        skips=secrets.get("SkipOutOfScopeDeletions", "").lower() in ("true", "1"),
    )


async def _application(graph: httpx.AsyncClient) -> dict[str, Any]:
    for one in await _all(graph, "/servicePrincipals"):
        if await _all(graph, f"/servicePrincipals/{one['id']}/synchronization/jobs"):
            return one
    raise LookupError("no application has a provisioning job")


async def _members(graph: httpx.AsyncClient, group: str) -> list[dict[str, Any]]:
    return await _all(graph, f"/groups/{group}/members", {"$select": "id", "$top": "999"})


async def _all(graph: httpx.AsyncClient, path: str, params: dict[str, str] | None = None) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    answer = await graph.get(path, params=params)
    while True:
        answer.raise_for_status()
        body = answer.json()
        found += body["value"]
        if "@odata.nextLink" not in body:
            return found
        answer = await graph.get(body["@odata.nextLink"])


def _person(
    document: dict[str, Any], names: set[str], granted: set[str] | None, roles: dict[str, str], *, deleted: bool
) -> Person:
    manager = (document.get("manager") or {}).get("id")
    source = {name: _source(name, document, deleted) for name in names - _COMPUTED}
    source["manager"] = manager
    source["appRoleAssignments"] = tuple(roles[one] for one in sorted(granted or ()) if one in roles) or None
    return Person(
        id=document["id"],
        enabled=bool(document["accountEnabled"]),
        deleted=deleted,
        assigned=granted is not None,
        manager=manager,
        source=source,
    )


def _property(name: str) -> str:
    return "onPremisesExtensionAttributes" if _EXTENSION_ATTRIBUTE.fullmatch(name) else _RENAMED.get(name, name)


def _source(name: str, document: dict[str, Any], deleted: bool) -> Value:
    value = document.get(_property(name))
    if _EXTENSION_ATTRIBUTE.fullmatch(name):
        value = (value or {}).get(name)
    if name == "telephoneNumber":
        value = next(iter(value or []), None)
    if name == "userPrincipalName" and isinstance(value, str):
        # A deleted user's name carries the object id; a guest's is turned back into the address (V).
        value = value.removeprefix(document["id"].replace("-", "")) if deleted else _invited(value)
    return _text(value)


def _invited(name: str) -> str:
    alias, marker, _ = name.partition("#EXT#")
    return "@".join(alias.rsplit("_", 1)) if marker else name


def _text(value: Any) -> Value:
    if isinstance(value, list):
        return tuple(map(str, value)) or None
    return None if value is None else str(value)

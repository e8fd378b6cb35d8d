"""Which id belongs to a name, and who is in a group? Look-ups, platform groups, and the limits of the organisation."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import uuid4

from aiohttp import web

from infra.local.genesys import limits
from infra.local.genesys import permissions as need
from infra.local.genesys import platform_documents as documents
from infra.local.genesys.directory import DirectoryGroup, Names
from infra.local.genesys.errors import PlatformProblem, bad_request, not_found, version_conflict
from infra.local.genesys.gateway import Call, Cloud, Handler, answer, guarded
from infra.local.genesys.paging import entities, entities_of, numbers

MOST_MEMBERS = 50


class Directory:
    """Handlers of names, groups and limits."""

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud
        self._org = cloud.org

    def lookup(self, names: Names) -> Handler:
        """A list of named things; `name=` is a prefix in any case, `*` around it is dropped."""

        async def handle(call: Call) -> web.Response:
            prefix = call.request.query.get("name", "").strip("*")
            found = [documents.named(thing, call.request.path) for thing in names.starting_with(prefix)]
            for item in found:
                if item["id"] == self._org.home_division:
                    item["homeDivision"] = True
            return answer(entities(call.request, found))

        return handle

    def one(self, names: Names, what: str) -> Handler:
        async def handle(call: Call) -> web.Response:
            thing = names.by_id.get(call.path("id"))
            if thing is None:
                raise not_found(what, call.path("id"))
            return answer(documents.named(thing, call.request.path.rpartition("/")[0]))

        return handle

    async def home(self, _: Call) -> web.Response:
        thing = self._org.divisions.by_id[self._org.home_division]
        return answer({**documents.named(thing, "/api/v2/authorization/divisions"), "homeDivision": True})

    async def groups(self, call: Call) -> web.Response:
        return answer(entities_of(call.request, list(self._org.groups.values()), documents.group))

    async def group(self, call: Call) -> web.Response:
        return answer(documents.group(self._group(call)))

    async def add_group(self, call: Call) -> web.Response:
        body = await call.document()
        name = str(body.get("name", ""))
        if not name:
            raise bad_request("name is required.")
        if any(group.name == name for group in self._org.groups.values()):
            raise PlatformProblem(409, "general.conflict", f"There is a group {name} already.")
        group = DirectoryGroup(id=str(uuid4()), name=name, modified=self._org.clock.now())
        self._org.groups[group.id] = group
        call.note(group=group.id)
        return answer(documents.group(group))

    async def search_groups(self, call: Call) -> web.Response:
        body = await call.document()
        found = list(self._org.groups.values())
        for condition in body.get("query", ()):
            test = _name_test(condition)
            found = [group for group in found if test(group.name)]
        size, number = numbers(body.get("pageSize", 25), body.get("pageNumber", 1))
        return answer(
            {
                "total": len(found),
                "pageCount": -(-len(found) // size),
                "pageSize": size,
                "pageNumber": number,
                "types": ["groups"],
                "results": [documents.group(group) for group in found[(number - 1) * size : number * size]],
            }
        )

    async def members(self, call: Call) -> web.Response:
        group = self._group(call)
        accounts = self._org.accounts
        return answer(
            entities_of(call.request, list(group.members), lambda member: documents.user(self._org, accounts[member]))
        )

    async def add_members(self, call: Call) -> web.Response:
        """Optimistic locking: `version` is the group's current one."""
        group = self._group(call)
        body = await call.document()
        ids = [str(member) for member in body.get("memberIds", ())]
        if body.get("version") != group.version:
            raise version_conflict(body.get("version"), group.version)
        for member in self._few(ids):
            if self._org.present(member) is None:
                raise not_found("user", member)
        added, _ = self._org.change_members(group, new=ids)
        call.note(group=group.id, added=added)
        return answer({}, status=202)

    async def remove_members(self, call: Call) -> web.Response:
        group = self._group(call)
        ids = self._few([member for member in call.request.query.get("ids", "").split(",") if member])
        _, removed = self._org.change_members(group, without=ids)
        call.note(group=group.id, removed=removed)
        return answer({}, status=202)

    def _few(self, ids: list[str]) -> list[str]:
        if len(ids) > MOST_MEMBERS:
            raise bad_request(f"At most {MOST_MEMBERS} members at once.")
        return ids

    def _group(self, call: Call) -> DirectoryGroup:
        group = self._org.groups.get(call.path("id"))
        if group is None:
            raise not_found("group", call.path("id"))
        return group

    async def limits(self, call: Call) -> web.Response:
        allowed = int(self._cloud.switches["rate_allowed"])
        return answer({"entities": limits.namespace(call.path("namespace"), allowed)})

    async def default_limits(self, call: Call) -> web.Response:
        return answer({"entities": limits.namespace(call.path("namespace"), 300)})


def _name_test(condition: dict[str, Any]) -> Callable[[str], bool]:
    if condition.get("fields") != ["name"]:
        raise bad_request("Groups are searched by name.")
    values = [str(value).casefold() for value in condition.get("values", [condition.get("value", "")])]
    match condition.get("type", "EXACT"):
        case "EXACT":
            return lambda name: name.casefold() in values
        case "CONTAINS":
            return lambda name: any(value in name.casefold() for value in values)
        case "STARTS_WITH":
            return lambda name: name.casefold().startswith(tuple(values))
        case kind:
            raise bad_request(f"The search type {kind} is not supported.")


def add_routes(app: web.Application, cloud: Cloud) -> None:
    directory, org = Directory(cloud), cloud.org
    namespaces = "/api/v2/organizations/limits/namespaces/{namespace}"
    for method, path, handler, any_of in (
        ("GET", "/api/v2/authorization/roles", directory.lookup(org.roles), need.ROLE_VIEW),
        ("GET", "/api/v2/authorization/divisions", directory.lookup(org.divisions), need.NONE),
        ("GET", "/api/v2/authorization/divisions/home", directory.home, need.NONE),
        ("GET", "/api/v2/routing/skills", directory.lookup(org.skills), need.SKILL_VIEW),
        ("GET", "/api/v2/routing/languages", directory.lookup(org.languages), need.NONE),
        ("GET", "/api/v2/routing/queues", directory.lookup(org.queues), need.QUEUE_VIEW),
        ("GET", "/api/v2/authorization/roles/{id}", directory.one(org.roles, "role"), need.ROLE_VIEW),
        ("GET", "/api/v2/authorization/divisions/{id}", directory.one(org.divisions, "division"), need.NONE),
        ("GET", "/api/v2/routing/skills/{id}", directory.one(org.skills, "skill"), need.SKILL_VIEW),
        ("GET", "/api/v2/routing/queues/{id}", directory.one(org.queues, "queue"), need.QUEUE_VIEW),
        ("GET", "/api/v2/groups", directory.groups, need.NONE),
        ("POST", "/api/v2/groups", directory.add_group, need.GROUP_ADD),
        ("POST", "/api/v2/groups/search", directory.search_groups, need.NONE),
        ("GET", "/api/v2/groups/{id}", directory.group, need.NONE),
        ("GET", "/api/v2/groups/{id}/members", directory.members, need.NONE),
        ("GET", "/api/v2/groups/{id}/individuals", directory.members, need.NONE),
        ("POST", "/api/v2/groups/{id}/members", directory.add_members, need.SCIM_GROUPS),
        ("DELETE", "/api/v2/groups/{id}/members", directory.remove_members, need.SCIM_GROUPS),
        ("GET", namespaces, directory.limits, need.NONE),
        ("GET", f"{namespaces}/defaults", directory.default_limits, need.NONE),
    ):
        app.router.add_route(method, path, guarded(handler, any_of))

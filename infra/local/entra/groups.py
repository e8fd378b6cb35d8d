"""What can be asked of a group? `/groups`, direct and transitive members. Learn: graph/api/resources/group."""

from __future__ import annotations

import uuid
from collections.abc import Iterable

from infra.local.entra import permissions as may
from infra.local.entra.calls import Answer, Call, Document, Route, bad_request, not_found, route
from infra.local.entra.directory import Directory, Record
from infra.local.entra.moments import zulu
from infra.local.entra.queries import context, matching, page, project, selection
from infra.local.entra.schema import REQUIRED_OF_GROUP, check_required, check_writable
from infra.local.entra.views import addressed, collection, noted, one
from infra.local.simulation.clock import Clock

BIND = "members@odata.bind"
MAX_BOUND = 20


class Groups:
    def __init__(self, directory: Directory, clock: Clock) -> None:
        self._directory = directory
        self._clock = clock

    def routes(self) -> list[Route]:
        return [
            route("GET", "/groups", self.listing, may.GROUPS_READ),
            route("POST", "/groups", self.create, may.GROUPS_WRITE),
            route("GET", "/groups/{id}", self.get, may.GROUPS_READ),
            route("PATCH", "/groups/{id}", self.update, may.GROUPS_WRITE),
            route("DELETE", "/groups/{id}", self.delete, may.GROUPS_WRITE),
            route("GET", "/groups/{id}/members", self.members, may.GROUPS_READ, units=3),
            route("GET", "/groups/{id}/members/microsoft.graph.user", self.user_members, may.GROUPS_READ, units=3),
            route("POST", "/groups/{id}/members/$ref", self.add_member, may.MEMBERS_WRITE),
            route("DELETE", "/groups/{id}/members/{member}/$ref", self.remove_member, may.MEMBERS_WRITE),
            route("GET", "/groups/{id}/transitiveMembers", self.transitive, may.GROUPS_READ, units=5),
            route(
                "GET", "/groups/{id}/transitiveMembers/microsoft.graph.user", self.user_transitive, may.GROUPS_READ, 5
            ),
        ]

    async def listing(self, call: Call) -> Answer:
        names = selection(call, "group")
        records = {record.id: record for record in self._directory.seen("group") if record.live}
        passed = matching(call, (record.properties for record in records.values()), "group")
        shown, annotations = page(call, (document["id"] for document in passed))
        value = [project(records[object_id].properties, "group", names) for object_id in shown]
        return Answer(body=context(call, "groups", names) | annotations | {"value": value})

    async def create(self, call: Call) -> Answer:
        body = dict(call.document())
        members = self._bound(body.pop(BIND, []))
        check_writable("group", list(body))
        check_required("Group", REQUIRED_OF_GROUP, set(body))
        object_id = str(uuid.uuid4())
        properties: Document = {
            "id": object_id,
            "createdDateTime": zulu(self._clock.now()),
            "groupTypes": [],
            **body,
        }
        record = Record(id=object_id, kind="group", properties=properties)
        self._directory.create(record)
        if members:
            self._directory.set_members(record, joined=members)
        noted(call, object_id)
        return Answer(status=201, body=one(call, record, None))

    async def get(self, call: Call) -> Answer:
        names = selection(call, "group")
        return Answer(body=one(call, addressed(self._directory, call, "group", call.args["id"]), names))

    async def update(self, call: Call) -> Answer:
        record = self._true(call)
        body = dict(call.document())
        members = self._bound(body.pop(BIND, []))
        check_writable("group", list(body))
        if body:
            self._directory.update(record, body)
        if members:
            self._join(self._true(call), members)
        return Answer(status=204)

    async def delete(self, call: Call) -> Answer:
        self._directory.delete(self._true(call))
        return Answer(status=204)

    async def members(self, call: Call) -> Answer:
        group = addressed(self._directory, call, "group", call.args["id"])
        return collection(call, self._directory, group.members)

    async def user_members(self, call: Call) -> Answer:
        group = addressed(self._directory, call, "group", call.args["id"])
        return collection(call, self._directory, group.members, kind="user")

    async def add_member(self, call: Call) -> Answer:
        self._join(self._true(call), self._bound([call.document().get("@odata.id")]))
        return Answer(status=204)

    async def remove_member(self, call: Call) -> Answer:
        group = self._true(call)
        member = call.args["member"].lower()
        record = self._directory.records.get(member)
        if member not in group.members or record is None or not record.live:
            raise not_found(call.args["member"])
        self._directory.set_members(group, left=[member])
        return Answer(status=204)

    async def transitive(self, call: Call) -> Answer:
        group = addressed(self._directory, call, "group", call.args["id"])
        return collection(call, self._directory, self._below(group))

    async def user_transitive(self, call: Call) -> Answer:
        if not call.advanced:
            raise bad_request(
                "OData cast requires ConsistencyLevel: eventual and $count=true.", "Request_UnsupportedQuery"
            )
        group = addressed(self._directory, call, "group", call.args["id"])
        return collection(call, self._directory, self._below(group), kind="user")

    def _true(self, call: Call) -> Record:
        record = self._directory.live("group", call.args["id"])
        noted(call, record.id)
        return record

    def _join(self, group: Record, members: list[str]) -> None:
        if any(member in group.members for member in members):
            raise bad_request(
                "One or more added object references already exist for the following modified properties: 'members'."
            )
        self._directory.set_members(group, joined=members)

    def _bound(self, links: object) -> list[str]:
        """The live objects behind a list of references.

        Raises:
            GraphError: 400 not a list of at most 20 references, 404 an object does not exist.
        """
        if not isinstance(links, list) or len(links) > MAX_BOUND:
            raise bad_request(f"'{BIND}' takes a list of at most {MAX_BOUND} references.")
        ids = [last_segment(link) for link in links]
        for object_id in ids:
            record = self._directory.records.get(object_id)
            if record is None or not record.live:
                raise not_found(object_id)
        return ids

    def _below(self, group: Record) -> Iterable[str]:
        """Members of the group and of the groups in it, each once."""
        found: dict[str, None] = {}
        open_groups = [group]
        while open_groups:
            for member in open_groups.pop().members:
                if member in found:
                    continue
                found[member] = None
                record = self._directory.replicas.glance(member)
                if record is not None and record.live and record.kind == "group":
                    open_groups.append(record)
        return found


def last_segment(link: object) -> str:
    """The object id at the end of `https://graph.microsoft.com/v1.0/directoryObjects/{id}`.

    Raises:
        GraphError: 400.
    """
    if not isinstance(link, str) or "/" not in link:
        raise bad_request("A value without a type name was found: an '@odata.id' reference is expected.", "BadRequest")
    return link.rstrip("/").rpartition("/")[2].lower()


def reference(call: Call) -> str:
    """The object id in a body `{"@odata.id": ...}`."""
    return last_segment(call.document().get("@odata.id"))

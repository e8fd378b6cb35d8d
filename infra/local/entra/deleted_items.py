"""What is in the bin? The thirty days between a soft delete and the purge.

Learn: graph/api/directory-deleteditems-get.
"""

from __future__ import annotations

from infra.local.entra import permissions as may
from infra.local.entra.calls import Answer, Call, Route, not_found, route
from infra.local.entra.directory import Directory, ObjectKind
from infra.local.entra.queries import context, matching, page, selection
from infra.local.entra.views import noted, typed


class DeletedItems:
    def __init__(self, directory: Directory) -> None:
        self._directory = directory

    def routes(self) -> list[Route]:
        root = "/directory/deletedItems"
        return [
            route("GET", f"{root}/microsoft.graph.user", self.users, may.USERS_READ),
            route("GET", f"{root}/microsoft.graph.group", self.groups, may.GROUPS_READ),
            route("GET", f"{root}/{{id}}", self.get, may.DELETED_READ),
            route("GET", f"{root}/{{id}}/microsoft.graph.user", self.get, may.USERS_READ),
            route("POST", f"{root}/{{id}}/restore", self.restore, may.DELETED_WRITE),
            route("DELETE", f"{root}/{{id}}", self.purge, may.DELETED_WRITE),
        ]

    async def users(self, call: Call) -> Answer:
        return self._list(call, "user")

    async def groups(self, call: Call) -> Answer:
        return self._list(call, "group")

    async def get(self, call: Call) -> Answer:
        names = selection(call, "user", "group")
        object_id = call.args["id"].lower()
        noted(call, object_id)
        record = self._directory.replicas.read(object_id)
        if record is None or record.live:
            raise not_found(call.args["id"])
        return Answer(body=context(call, "directoryObjects", names, single=True) | typed(record, names))

    async def restore(self, call: Call) -> Answer:
        record = self._directory.restore(self._directory.deleted(call.args["id"]))
        noted(call, record.id)
        return Answer(body=context(call, "directoryObjects", None, single=True) | typed(record, None))

    async def purge(self, call: Call) -> Answer:
        record = self._directory.deleted(call.args["id"])
        noted(call, record.id)
        self._directory.purge(record)
        return Answer(status=204)

    def _list(self, call: Call, kind: ObjectKind) -> Answer:
        names = selection(call, kind)
        records = {record.id: record for record in self._directory.seen(kind) if not record.live}
        passed = matching(call, (record.properties for record in records.values()), kind)
        shown, annotations = page(call, (document["id"] for document in passed))
        value = [typed(records[object_id], names) for object_id in shown]
        return Answer(body=context(call, "directoryObjects", names) | annotations | {"value": value})

"""What do the SCIM group operations do? List, read, patch and replace; groups are never created or deleted here."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from aiohttp import web

from infra.local.genesys import scim_accounts, scim_filter
from infra.local.genesys.directory import DirectoryGroup
from infra.local.genesys.documents import EXPENSIVE, Selection, group_document
from infra.local.genesys.draft import Draft
from infra.local.genesys.errors import ScimProblem, invalid
from infra.local.genesys.gateway import Call, Cloud
from infra.local.genesys.patch import operations
from infra.local.genesys.schemas import GROUPS
from infra.local.genesys.scim_wire import listing, page, precondition, resource, scim_base, unchanged


class ScimGroups:
    """Handlers of `/groups` and `/groups/{id}`."""

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud
        self._org = cloud.org

    async def find(self, call: Call) -> web.Response:
        query = call.request.query
        base = scim_base(call)
        selection = Selection(query, "group")
        start, count = page(query, self._cloud, spares=selection.spares(EXPENSIVE["group"]))
        text = query.get("filter")
        if text is None and base.endswith("/v2") and self._cloud.switches["groups_filter_required"]:
            raise invalid("invalidFilter", "A filter is required.")
        found = list(self._org.groups.values())
        if text is not None:
            condition = scim_filter.parse(text, "group")
            field = "id" if condition.name == "id" else "name"
            found = [group for group in found if getattr(group, field) == condition.value]
        shown = [selection.of(group_document(group, base)) for group in found[start - 1 : start - 1 + count]]
        return listing(shown, total=len(found), start=start)

    async def get(self, call: Call) -> web.Response:
        group = self._group(call)
        call.note(group=group.id)
        if unchanged(call, group.version):
            return web.Response(status=304)
        return self._shown(call, group)

    async def patch(self, call: Call) -> web.Response:
        group = self._group(call)
        precondition(call, group.version)
        body = await call.document()
        wanted = operations(body)
        self._cap(len(_members(body)))
        draft = Draft(lambda field: getattr(group, field))
        for operation in wanted:
            GROUPS.apply(draft, operation, scim_accounts.rules(self._cloud.switches))
        self._apply(call, group, draft)
        return self._shown(call, group)

    async def put(self, call: Call) -> web.Response:
        group = self._group(call)
        precondition(call, group.version)
        body = await call.document()
        draft = Draft(lambda field: getattr(group, field))
        if self._cloud.switches["put_clears_missing"]:
            draft.changes.update(external_id="", members={})
        GROUPS.merge(draft, body, "replace", scim_accounts.document_rules(self._cloud.switches))
        self._cap(len(draft["members"]))
        self._apply(call, group, draft)
        return self._shown(call, group)

    def _apply(self, call: Call, group: DirectoryGroup, draft: Draft) -> None:
        if draft["name"] != group.name and self._cloud.switches["group_name_write"] == "mutability":
            raise invalid("mutability", "displayName of a group cannot be changed.")
        members: dict[str, Any] = draft["members"]
        new = self._known(member for member in members if member not in group.members)
        gone = [member for member in group.members if member not in members]
        self.occupy(group)
        added, removed = self._org.change_members(group, new=new, without=gone)
        if draft["external_id"] != group.external_id:
            group.external_id = draft["external_id"]
            if not added and not removed:
                self._org.touch(group)
        call.note(group=group.id, version=group.version, added=added, removed=removed)

    def occupy(self, group: DirectoryGroup) -> None:
        """Begin a write; while the one before is still settling, that is a conflict.

        Raises:
            ScimProblem: 409 (fact sheet §4.5: concurrent membership changes race on a version).
        """
        now = self._org.clock.now()
        if now < group.busy_until:
            raise ScimProblem(409, "The request conflicts with the current state of the target resource.")
        group.busy_until = now + float(self._cloud.switches["group_write_s"])

    def _known(self, members: Iterable[str]) -> list[str]:
        known = []
        for member in members:
            if self._org.present(member) is not None:
                known.append(member)
            elif self._cloud.switches["unknown_name"] != "skip":
                raise invalid("invalidValue", f"There is no user {member}.")
        return known

    def _cap(self, count: int) -> None:
        cap = int(self._cloud.switches["group_member_cap"])
        if cap and count > cap:
            raise ScimProblem(413, f"The request holds more than {cap} members.")

    def _group(self, call: Call) -> DirectoryGroup:
        group = self._org.groups.get(call.path("id"))
        if group is None:
            raise ScimProblem(404, f"There is no group {call.path('id')}.")
        return group

    def _shown(self, call: Call, group: DirectoryGroup) -> web.Response:
        document = group_document(group, scim_base(call))
        if call.request.method == "GET":
            document = Selection(call.request.query, "group").of(document)
        return resource(document, group.version, location=document["meta"]["location"])


def _members(body: dict[str, Any]) -> list[object]:
    """The member values that a PatchOp carries, over all its operations."""
    listed: list[object] = []
    for operation in body["Operations"]:
        value = operation.get("value")
        listed += value if isinstance(value, list) else [] if value is None else [value]
    return listed

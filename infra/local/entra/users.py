"""What can be asked of a user? `/users` and what hangs from one: manager, groups, sessions.

Learn: graph/api/resources/user.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from infra.local.entra import permissions as may
from infra.local.entra.calls import Answer, Call, Document, Route, bad_request, not_found, route
from infra.local.entra.directory import Directory, Record
from infra.local.entra.groups import reference
from infra.local.entra.moments import zulu
from infra.local.entra.queries import (
    context,
    guard_leave_date,
    manager_selection,
    matching,
    page,
    project,
    selection,
)
from infra.local.entra.schema import EXTENSION_ATTRIBUTES, REQUIRED_OF_USER, check_required, check_writable
from infra.local.entra.views import addressed, collection, noted, one, typed
from infra.local.simulation.clock import Clock

MAX_GROUPS_CHECKED = 20


class Users:
    def __init__(self, directory: Directory, clock: Clock, switches: Mapping[str, Any]) -> None:
        self._directory = directory
        self._clock = clock
        self._switches = switches

    def routes(self) -> list[Route]:
        return [
            route("GET", "/users", self.listing, may.USERS_READ, units=2),
            route("POST", "/users", self.create, may.USERS_WRITE),
            route("GET", "/users/{id}", self.get, may.USERS_READ),
            route("PATCH", "/users/{id}", self.update, may.USERS_WRITE),
            route("DELETE", "/users/{id}", self.delete, may.USERS_WRITE),
            route("GET", "/users/{id}/manager", self.manager, may.USERS_READ),
            route("PUT", "/users/{id}/manager/$ref", self.set_manager, may.USERS_WRITE),
            route("DELETE", "/users/{id}/manager/$ref", self.remove_manager, may.USERS_WRITE),
            route("GET", "/users/{id}/memberOf", self.member_of, may.GROUPS_READ, units=2),
            route("GET", "/users/{id}/memberOf/microsoft.graph.group", self.member_of, may.GROUPS_READ, units=2),
            route("GET", "/users/{id}/transitiveMemberOf", self.transitive_member_of, may.GROUPS_READ, units=2),
            route("POST", "/users/{id}/checkMemberGroups", self.check_groups, may.MEMBERSHIP_CHECK, units=4),
            route("POST", "/users/{id}/revokeSignInSessions", self.revoke_sessions, may.SESSIONS_REVOKE),
        ]

    async def listing(self, call: Call) -> Answer:
        names = guard_leave_date(call, selection(call, "user"), self._switches["leave_date_without_role"])
        expand, of_manager = manager_selection(call)
        records = {record.id: record for record in self._directory.seen("user") if record.live}
        passed = matching(call, (record.properties for record in records.values()), "user")
        shown, annotations = page(call, (document["id"] for document in passed))
        value = []
        for object_id in shown:
            document = project(records[object_id].properties, "user", names)
            value.append(document | (self._expanded(records[object_id], of_manager) if expand else {}))
        return Answer(body=context(call, "users", names) | annotations | {"value": value})

    async def create(self, call: Call) -> Answer:
        body = dict(call.document())
        check_writable("user", list(body))
        check_required("User", REQUIRED_OF_USER, set(body))
        _check_values(body)
        body.pop("passwordProfile")
        object_id = str(uuid.uuid4())
        now = zulu(self._clock.now())
        properties: Document = {
            "id": object_id,
            "createdDateTime": now,
            "signInSessionsValidFromDateTime": now,
            "userType": "Member",
            "businessPhones": [],
            "mail": None,
            **{name: value for name, value in body.items() if "@" not in name},
        }
        record = Record(id=object_id, kind="user", properties=properties)
        self._directory.create(record)
        noted(call, object_id)
        return Answer(status=201, body=one(call, record, None))

    async def get(self, call: Call) -> Answer:
        names = guard_leave_date(call, selection(call, "user"), self._switches["leave_date_without_role"])
        expand, of_manager = manager_selection(call)
        record = addressed(self._directory, call, "user", call.args["id"])
        return Answer(body=one(call, record, names) | (self._expanded(record, of_manager) if expand else {}))

    async def update(self, call: Call) -> Answer:
        record = self._true(call)
        body = call.document()
        check_writable("user", list(body))
        _check_values(body)
        if "onPremisesExtensionAttributes" in body and record.properties.get("onPremisesSyncEnabled"):
            raise bad_request(
                "Unable to update the specified properties for on-premises mastered Directory Sync objects."
            )
        self._directory.update(record, {name: value for name, value in body.items() if name != "passwordProfile"})
        return Answer(status=204)

    async def delete(self, call: Call) -> Answer:
        self._directory.delete(self._true(call))
        return Answer(status=204)

    async def manager(self, call: Call) -> Answer:
        names = selection(call, "user")
        user = addressed(self._directory, call, "user", call.args["id"])
        manager = self._manager_of(user)
        if manager is None:
            raise not_found("manager")
        return Answer(body=context(call, "directoryObjects", names, single=True) | typed(manager, names))

    async def set_manager(self, call: Call) -> Answer:
        user = self._true(call)
        manager = self._directory.live("user", reference(call))
        self._directory.set_manager(user, manager.id)
        return Answer(status=204)

    async def remove_manager(self, call: Call) -> Answer:
        user = self._true(call)
        if user.manager is None:
            raise not_found("manager")
        self._directory.set_manager(user, None)
        return Answer(status=204)

    async def member_of(self, call: Call) -> Answer:
        user = addressed(self._directory, call, "user", call.args["id"])
        return collection(call, self._directory, self._parents([user.id]), kind="group")

    async def transitive_member_of(self, call: Call) -> Answer:
        user = addressed(self._directory, call, "user", call.args["id"])
        return collection(call, self._directory, self._ancestors(user.id), kind="group")

    async def check_groups(self, call: Call) -> Answer:
        asked = call.document().get("groupIds")
        if not isinstance(asked, list) or not asked:
            raise bad_request("A value is required for parameter 'groupIds'.")
        if len(asked) > MAX_GROUPS_CHECKED:
            raise bad_request(f"Too many group ids: {len(asked)}. The maximum is {MAX_GROUPS_CHECKED}.")
        user = addressed(self._directory, call, "user", call.args["id"])
        ancestors = self._ancestors(user.id)
        value = [group_id for group_id in asked if str(group_id).lower() in ancestors]
        return Answer(body=context(call, "Collection(Edm.String)", None) | {"value": value})

    async def revoke_sessions(self, call: Call) -> Answer:
        record = self._true(call)
        self._directory.update(record, {"signInSessionsValidFromDateTime": zulu(self._clock.now())})
        return Answer(body=context(call, "Edm.Boolean", None) | {"value": True})

    def _true(self, call: Call) -> Record:
        record = self._directory.live("user", call.args["id"])
        noted(call, record.id)
        return record

    def _manager_of(self, user: Record) -> Record | None:
        manager = self._directory.replicas.glance(user.manager) if user.manager else None
        return manager if manager is not None and manager.live else None

    def _expanded(self, user: Record, names: tuple[str, ...] | None) -> Document:
        """The `manager` of an expansion; absent when there is none."""
        manager = self._manager_of(user)
        return {} if manager is None else {"manager": typed(manager, names)}

    def _parents(self, ids: list[str]) -> list[str]:
        groups = self._directory.seen("group")
        return [group.id for group in groups if group.live and any(one in group.members for one in ids)]

    def _ancestors(self, object_id: str) -> set[str]:
        found: set[str] = set()
        level = [object_id]
        while level:
            level = [group for group in self._parents(level) if group not in found]
            found.update(level)
        return found


def _check_values(body: Document) -> None:
    if "accountEnabled" in body and not isinstance(body["accountEnabled"], bool):
        raise bad_request("Invalid value specified for property 'accountEnabled' of resource 'User'.")
    upn = body.get("userPrincipalName", "a@b")
    if not isinstance(upn, str) or "@" not in upn:
        raise bad_request("Property userPrincipalName is invalid.")
    attributes = body.get("onPremisesExtensionAttributes") or {}
    unknown = set(attributes) - EXTENSION_ATTRIBUTES
    if unknown:
        raise bad_request(f"Invalid property '{min(unknown)}'.", "BadRequest")

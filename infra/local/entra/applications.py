"""Which applications are there, and who is assigned to them? Nothing here ever notifies.

Learn: graph/api/serviceprincipal-list-approleassignedto, user-list-approleassignments, group-list-approleassignments.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable

from infra.local.entra import permissions as may
from infra.local.entra.calls import Answer, Call, Document, Route, bad_request, not_found, route
from infra.local.entra.directory import Directory, Record
from infra.local.entra.moments import zulu
from infra.local.entra.queries import context, project, selection
from infra.local.entra.views import addressed, documents
from infra.local.simulation.clock import Clock

NO_ROLE = "00000000-0000-0000-0000-000000000000"


class Applications:
    def __init__(self, directory: Directory, clock: Clock) -> None:
        self.principals: dict[str, Document] = {}
        self._assignments: dict[str, Document] = {}
        self._directory = directory
        self._clock = clock

    def routes(self) -> list[Route]:
        one = "/servicePrincipals/{id}"
        return [
            route("GET", "/servicePrincipals", self.listing, may.APPLICATIONS_READ),
            route("GET", one, self.get, may.APPLICATIONS_READ),
            route("GET", f"{one}/appRoleAssignedTo", self.assigned_to, may.APPLICATIONS_READ, units=2),
            route("POST", f"{one}/appRoleAssignedTo", self.assign, may.ASSIGNMENTS_WRITE),
            route("DELETE", f"{one}/appRoleAssignedTo/{{assignment}}", self.unassign, may.ASSIGNMENTS_WRITE),
            route("GET", "/users/{id}/appRoleAssignments", self.of_user, may.ASSIGNMENTS_OF_PRINCIPAL, units=2),
            route("GET", "/groups/{id}/appRoleAssignments", self.of_group, may.ASSIGNMENTS_OF_PRINCIPAL, units=2),
        ]

    def place(self, object_id: str, name: str, roles: Iterable[str] = ()) -> None:
        """Register a service principal with app roles whose name and value are the same."""
        self.principals[object_id] = {
            "id": object_id, "appId": str(uuid.uuid5(uuid.UUID(object_id), "app")), "displayName": name,
            "appDisplayName": name, "accountEnabled": True, "appRoleAssignmentRequired": True,
            "appRoles": [_role(object_id, role) for role in roles],
            "servicePrincipalType": "Application", "tags": ["WindowsAzureActiveDirectoryIntegratedApp"],
        }  # fmt: skip

    def grant(self, resource_id: str, principal: Record, role_id: str = NO_ROLE) -> Document:
        """Assign a user or group to a service principal."""
        assignment_id = str(uuid.uuid5(uuid.UUID(resource_id), f"{principal.id} {role_id}"))
        assignment: Document = {
            "id": assignment_id, "deletedDateTime": None, "appRoleId": role_id,
            "createdDateTime": zulu(self._clock.now()), "principalId": principal.id,
            "principalDisplayName": principal.properties["displayName"], "principalType": principal.kind.capitalize(),
            "resourceId": resource_id, "resourceDisplayName": self.principals[resource_id]["displayName"],
        }  # fmt: skip
        self._assignments[assignment_id] = assignment
        return assignment

    async def listing(self, call: Call) -> Answer:
        return documents(call, self.principals, "servicePrincipal", "servicePrincipals")

    async def get(self, call: Call) -> Answer:
        names = selection(call, "servicePrincipal")
        document = project(self.principal(call), "servicePrincipal", names)
        return Answer(body=context(call, "servicePrincipals", names, single=True) | document)

    async def assigned_to(self, call: Call) -> Answer:
        resource_id = self.principal(call)["id"]
        mine = {key: one for key, one in self._assignments.items() if one["resourceId"] == resource_id}
        return documents(call, mine, "appRoleAssignment", "appRoleAssignments")

    async def assign(self, call: Call) -> Answer:
        resource_id = self.principal(call)["id"]
        body = call.document()
        principal = self._directory.records.get(str(body.get("principalId")).lower())
        if principal is None or not principal.live:
            raise not_found(str(body.get("principalId")))
        if str(body.get("resourceId")).lower() != resource_id:
            raise bad_request("The resourceId does not match the addressed service principal.")
        assignment = self.grant(resource_id, principal, str(body.get("appRoleId", NO_ROLE)))
        return Answer(status=201, body=context(call, "appRoleAssignments", None, single=True) | assignment)

    async def unassign(self, call: Call) -> Answer:
        self.principal(call)
        if self._assignments.pop(call.args["assignment"], None) is None:
            raise not_found(call.args["assignment"])
        return Answer(status=204)

    async def of_user(self, call: Call) -> Answer:
        """Also what is granted to groups of which the user is a direct member, as the documentation says."""
        user = addressed(self._directory, call, "user", call.args["id"])
        groups = [group.id for group in self._directory.seen("group") if group.live and user.id in group.members]
        return self._granted(call, {user.id, *groups})

    async def of_group(self, call: Call) -> Answer:
        return self._granted(call, {addressed(self._directory, call, "group", call.args["id"]).id})

    def _granted(self, call: Call, principals: set[str]) -> Answer:
        theirs = {key: one for key, one in self._assignments.items() if one["principalId"] in principals}
        return documents(call, theirs, "appRoleAssignment", "appRoleAssignments")

    def principal(self, call: Call) -> Document:
        """The service principal that a call addresses.

        Raises:
            GraphError: 404.
        """
        principal = self.principals.get(call.args["id"].lower())
        if principal is None:
            raise not_found(call.args["id"])
        return principal


def _role(object_id: str, name: str) -> Document:
    return {
        "id": str(uuid.uuid5(uuid.UUID(object_id), f"app role {name}")), "displayName": name, "value": name,
        "description": name, "allowedMemberTypes": ["User"], "isEnabled": True, "origin": "Application",
    }  # fmt: skip

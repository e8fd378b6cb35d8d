"""Which roles does a subject hold, in which divisions? Grants of users and of the groups they inherit from."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aiohttp import web

from infra.local.genesys import permissions as need
from infra.local.genesys import platform_documents as documents
from infra.local.genesys.directory import Account, DirectoryGroup
from infra.local.genesys.errors import bad_request, not_found
from infra.local.genesys.gateway import Call, Cloud, answer, guarded

Grant = tuple[str, str]


class Grants:
    """Handlers of `/api/v2/authorization/subjects` and of granting a role."""

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud
        self._org = cloud.org

    async def get(self, call: Call) -> web.Response:
        """Inherited grants carry the id of the group they come from."""
        subject = self._subject(call.path("id"))
        found = [self._document(subject.id, grant) for grant in subject.grants]
        if isinstance(subject, Account):
            found += [
                self._document(group, (role, division)) for group, role, division in self._org.inherited_grants(subject)
            ]
        name = subject.display_name if isinstance(subject, Account) else subject.name
        return answer({"id": subject.id, "name": name, "grants": found, "version": subject.version})

    async def bulk_add(self, call: Call) -> web.Response:
        subject, listed = await self._bulk(call)
        return self._granted(call, subject, {**subject.grants, **listed})

    async def bulk_remove(self, call: Call) -> web.Response:
        subject, listed = await self._bulk(call)
        return self._granted(call, subject, {grant: None for grant in subject.grants if grant not in listed})

    async def bulk_replace(self, call: Call) -> web.Response:
        subject, listed = await self._bulk(call)
        return self._granted(call, subject, listed)

    async def add(self, call: Call) -> web.Response:
        subject = self._subject(call.path("id"))
        grant = self._grant(call.path("role"), call.path("division"))
        return self._granted(call, subject, {**subject.grants, grant: None})

    async def remove(self, call: Call) -> web.Response:
        subject = self._subject(call.path("id"))
        gone = self._grant(call.path("role"), call.path("division"))
        return self._granted(call, subject, {grant: None for grant in subject.grants if grant != gone})

    async def grant_role(self, call: Call) -> web.Response:
        """One role to several subjects, in several divisions; in Home when none is given."""
        body = await call.document()
        divisions = [str(division) for division in body.get("divisionIds") or [self._org.home_division]]
        subjects = [self._subject(str(subject)) for subject in body.get("subjectIds", ())]
        grants = {self._grant(call.path("id"), division): None for division in divisions}
        for subject in subjects:
            self._store(subject, {**subject.grants, **grants})
        call.note(subjects=[subject.id for subject in subjects])
        return web.Response(status=204)

    async def _bulk(self, call: Call) -> tuple[Account | DirectoryGroup, dict[Grant, None]]:
        subject = self._subject(call.path("id"))
        body = await call.document()
        listed = body.get("grants")
        if not isinstance(listed, list):
            raise bad_request("grants is a list.")
        home = self._org.home_division
        return subject, {
            self._grant(str(item.get("roleId")), str(item.get("divisionId") or home)): None for item in listed
        }

    def _grant(self, role: str, division: str) -> Grant:
        if role not in self._org.roles.by_id:
            raise not_found("role", role)
        if division not in self._org.divisions.by_id:
            raise not_found("division", division)
        return role, division

    def _granted(self, call: Call, subject: Account | DirectoryGroup, grants: Mapping[Grant, None]) -> web.Response:
        self._store(subject, grants)
        call.note(subject=subject.id, grants=len(grants))
        return web.Response(status=204)

    def _store(self, subject: Account | DirectoryGroup, grants: Mapping[Grant, None]) -> None:
        if isinstance(subject, Account):
            self._org.commit(subject, {"grants": dict(grants)})
        else:
            subject.grants = dict(grants)
            self._org.touch(subject)

    def _subject(self, identifier: str) -> Account | DirectoryGroup:
        subject = self._org.present(identifier) or self._org.groups.get(identifier)
        if subject is None:
            raise not_found("subject", identifier)
        return subject

    def _document(self, subject: str, grant: Grant) -> dict[str, Any]:
        role, division = grant
        return {
            "subjectId": subject,
            "role": documents.reference(self._org.roles, role, "/api/v2/authorization/roles"),
            "division": documents.reference(self._org.divisions, division, "/api/v2/authorization/divisions"),
        }


def add_routes(app: web.Application, cloud: Cloud) -> None:
    grants = Grants(cloud)
    subject = "/api/v2/authorization/subjects/{id}"
    for method, path, handler, any_of in (
        ("GET", subject, grants.get, need.GRANT_VIEW),
        ("POST", f"{subject}/bulkadd", grants.bulk_add, need.GRANT_ADD),
        ("POST", f"{subject}/bulkremove", grants.bulk_remove, need.GRANT_DELETE),
        ("POST", f"{subject}/bulkreplace", grants.bulk_replace, need.GRANT_ADD),
        ("POST", f"{subject}/divisions/{{division}}/roles/{{role}}", grants.add, need.GRANT_ADD),
        ("DELETE", f"{subject}/divisions/{{division}}/roles/{{role}}", grants.remove, need.GRANT_DELETE),
        ("POST", "/api/v2/authorization/roles/{id}", grants.grant_role, need.GRANT_ADD),
    ):
        app.router.add_route(method, path, guarded(handler, any_of))

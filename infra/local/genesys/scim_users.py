"""What do the SCIM user operations do? List, read, create, patch, replace and delete, on both trees."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from aiohttp import web

from infra.local.genesys import scim_accounts, scim_filter
from infra.local.genesys.directory import Account
from infra.local.genesys.documents import EXPENSIVE, Selection, user_document
from infra.local.genesys.draft import Draft
from infra.local.genesys.errors import ScimProblem, invalid
from infra.local.genesys.gateway import Call, Cloud
from infra.local.genesys.patch import operations
from infra.local.genesys.permissions import check
from infra.local.genesys.schemas import USERS
from infra.local.genesys.scim_wire import listing, page, precondition, resource, scim_base, unchanged


class ScimUsers:
    """Handlers of `/users` and `/users/{id}`."""

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud
        self._org = cloud.org

    async def find(self, call: Call) -> web.Response:
        query = call.request.query
        selection = Selection(query, "user")
        start, count = page(query, self._cloud, spares=selection.spares(EXPENSIVE["user"]))
        text = query.get("filter")
        scope = self._scope(call)
        condition = None if text is None else scim_filter.parse(text, "user")
        found = scim_filter.users(self._org, condition, scope)
        base = scim_base(call)
        shown = [
            selection.of(user_document(self._org, self._org.accounts[entry.id], base, scope))
            for entry in found[start - 1 : start - 1 + count]
        ]
        return listing(shown, total=len(found), start=start)

    async def get(self, call: Call) -> web.Response:
        account = self._account(call)
        call.note(user=account.id)
        if unchanged(call, account.version):
            return web.Response(status=304)
        return self._shown(call, account)

    async def create(self, call: Call) -> web.Response:
        body = await call.document()
        for required in ("userName", "displayName"):
            if not body.get(required):
                raise invalid("invalidValue", f"{required} is required.")
        holder = self._org.named(str(body["userName"]))
        if holder is not None and not (holder.deleted and self._cloud.switches["post_restores_deleted"]):
            raise scim_accounts.taken(self._org, str(body["userName"]))
        blank = Account(
            id="", user_name="", display_name="", division_id=self._org.home_division, modified=self._org.clock.now()
        )
        draft = self._draft(call, holder or blank)
        USERS.merge(draft, body, "add", scim_accounts.document_rules(self._cloud.switches))
        self._check_parts(call, draft)
        changes = scim_accounts.changes(self._org, holder or blank, draft, self._scope(call))
        active = bool(changes.pop("active", True))
        account = self._restored(holder, changes, active) if holder else self._created(blank, changes, active)
        call.note(user=account.id, created=holder is None, restored=holder is not None, active_after=account.active)
        return self._shown(call, account, status=201)

    def _created(self, account: Account, changes: dict[str, Any], active: bool) -> Account:
        for name, value in changes.items():
            setattr(account, name, value)
        account.id, account.active = str(uuid4()), active
        account.state_changed = account.routing_since = self._org.clock.now()
        account.presence_id = self._org.presences.by_name["Offline"].id
        role = str(self._cloud.switches["default_role"])
        if not account.grants and role:
            account.grants = self._org.grants_for(account, [role])
        self._org.add(account)
        return account

    def _restored(self, account: Account, changes: dict[str, Any], active: bool) -> Account:
        self._org.restore(account, active=active)
        self._org.commit(account, changes)
        return account

    async def patch(self, call: Call) -> web.Response:
        account = self._account(call)
        precondition(call, account.version)
        wanted = operations(await call.json())
        rules = scim_accounts.rules(self._cloud.switches)
        if self._cloud.switches["patch_atomic"]:
            draft = self._draft(call, account)
            for operation in wanted:
                USERS.apply(draft, operation, rules)
            self._apply(call, account, draft)
        else:
            for operation in wanted:
                draft = self._draft(call, account)
                USERS.apply(draft, operation, rules)
                self._apply(call, account, draft)
        return self._shown(call, account)

    async def put(self, call: Call) -> web.Response:
        account = self._account(call)
        precondition(call, account.version)
        body = await call.document()
        draft = self._draft(call, account)
        if self._cloud.switches["put_clears_missing"]:
            draft.changes.update(scim_accounts.CLEARED, division="")
        USERS.merge(draft, body, "replace", scim_accounts.document_rules(self._cloud.switches))
        self._apply(call, account, draft)
        return self._shown(call, account)

    async def delete(self, call: Call) -> web.Response:
        account = self._account(call)
        precondition(call, account.version)
        before = account.active
        self._org.delete(account)
        self._after_state_change(call, account, before)
        return web.Response(status=204)

    def _apply(self, call: Call, account: Account, draft: Draft) -> None:
        self._check_parts(call, draft)
        changes = scim_accounts.changes(self._org, account, draft, self._scope(call))
        before = account.active
        self._org.commit(account, changes, bump_unchanged=bool(self._cloud.switches["unchanged_patch_bumps_version"]))
        self._after_state_change(call, account, before)

    def _after_state_change(self, call: Call, account: Account, before: bool) -> None:
        call.note(
            user=account.id,
            version=account.version,
            active_before=call.request["note"].get("active_before", before),
            active_after=account.active,
        )
        if before and not account.active:
            call.note(**self._cloud.sessions.deactivated(account))

    def _check_parts(self, call: Call, draft: Draft) -> None:
        """The extra permission of each sub-action; without it a 403, or that part is left out."""
        held = call.token.client.permissions
        for permission in sorted(draft.permissions - held):
            if self._cloud.switches["subaction_without_permission"] == "forbid":
                check(held, (permission,))
            for attribute in USERS.needing(permission):
                draft.changes.pop(attribute.field, None)

    def _draft(self, call: Call, account: Account) -> Draft:
        return Draft(scim_accounts.reader(self._org, account, self._scope(call)))

    def _account(self, call: Call) -> Account:
        account = self._org.present(call.path("id"))
        if account is None:
            raise ScimProblem(404, f"There is no user {call.path('id')}.")
        return account

    def _scope(self, call: Call) -> str:
        return call.token.client.id if self._cloud.switches["external_id_scope"] == "client" else "org"

    def _shown(self, call: Call, account: Account, status: int = 200) -> web.Response:
        document = user_document(self._org, account, scim_base(call), self._scope(call))
        if call.request.method == "GET":
            document = Selection(call.request.query, "user").of(document)
        return resource(document, account.version, location=document["meta"]["location"], status=status)

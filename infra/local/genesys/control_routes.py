"""How does a test play the agents? Sessions, and access tokens that stop working, below `/_control`.

| request | does |
|---|---|
| `POST /_control/sessions` | `{"user": id or userName, "conversation": false}`: the agent logs in; 401 if not active |
| `GET /_control/sessions?user=` | sessions with state, and when and why they died; `user` is an id or a userName |
| `POST /_control/sessions/{id}/renew` | silent single sign-on: a new token, or 401 when the agent is not active |
| `POST /_control/tokens/revoke` | all access tokens of OAuth clients stop working; `{"client": id}` those of one |
| `GET /_control/accounts[/{user}]` | accounts as they are: state, version, times, roles, groups; all, or one |
| `GET /_control/groups` | groups with their members' ids |
"""

from __future__ import annotations

import json
from typing import Any

from aiohttp import web

from infra.local.genesys.directory import Account
from infra.local.genesys.gateway import Cloud
from infra.local.genesys.sessions import LoginRefusedError


class Agents:
    """Handlers of the routes above."""

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud

    async def open(self, request: web.Request) -> web.Response:
        body = await _body(request)
        account = self._account(str(body.get("user", "")))
        if account is None:
            return web.json_response({"error": "there is no such user"}, status=404)
        try:
            session = self._cloud.sessions.open(account, conversation=bool(body.get("conversation", False)))
        except LoginRefusedError:
            return _refused(account)
        return web.json_response(self._cloud.sessions.describe(session), status=201)

    async def shown(self, request: web.Request) -> web.Response:
        account_id = None
        if "user" in request.query:
            account = self._account(request.query["user"])
            if account is None:
                return web.json_response({"error": "there is no such user"}, status=404)
            account_id = account.id
        found = [self._cloud.sessions.describe(session) for session in self._cloud.sessions.of(account_id)]
        return web.json_response({"sessions": found})

    async def renew(self, request: web.Request) -> web.Response:
        session = self._cloud.sessions.get(request.match_info["id"])
        if session is None:
            return web.json_response({"error": "there is no such session"}, status=404)
        try:
            self._cloud.sessions.renew(session)
        except LoginRefusedError:
            return _refused(self._cloud.org.accounts[session.account_id])
        return web.json_response(self._cloud.sessions.describe(session))

    async def revoke(self, request: web.Request) -> web.Response:
        body = await _body(request)
        return web.json_response({"revoked": self._cloud.tokens.revoke_all(str(body.get("client", "")))})

    async def accounts(self, request: web.Request) -> web.Response:
        """Everybody, the deleted ones too; `?state=` narrows."""
        state = request.query.get("state")
        found = (account for account in self._cloud.org.accounts.values() if state in (None, account.state))
        return web.json_response({"accounts": [self._document(account) for account in found]})

    async def account(self, request: web.Request) -> web.Response:
        account = self._account(request.match_info["user"])
        if account is None:
            return web.json_response({"error": "there is no such user"}, status=404)
        return web.json_response(self._document(account))

    async def groups(self, _: web.Request) -> web.Response:
        found = [
            {"id": group.id, "name": group.name, "version": group.version, "members": list(group.members)}
            for group in self._cloud.org.groups.values()
        ]
        return web.json_response({"groups": found})

    def _document(self, account: Account) -> dict[str, Any]:
        org = self._cloud.org
        return {
            "id": account.id,
            "userName": account.user_name,
            "displayName": account.display_name,
            "state": account.state,
            "version": account.version,
            "modified": account.modified,
            "stateChanged": account.state_changed,
            "title": account.title,
            "department": account.department,
            "employeeNumber": account.employee_number,
            "phones": dict(account.phones),
            "division": org.divisions.name_of(account.division_id),
            "manager": account.manager_id,
            "externalIds": dict(account.scim_external_ids),
            "roles": list(org.role_names(account)),
            "groups": [org.groups[group].name for group in account.group_ids],
            "skills": dict(account.skills),
            "custom": {schema: dict(record) for schema, record in account.custom.items()},
            "sessions": len(self._cloud.sessions.live(account.id)),
        }

    def _account(self, user: str) -> Account | None:
        return self._cloud.org.accounts.get(user) or self._cloud.org.named(user)


async def _body(request: web.Request) -> dict[str, Any]:
    """The JSON object of the request; an empty body is an empty object."""
    text = await request.text()
    try:
        parsed = json.loads(text) if text else {}
    except ValueError:
        parsed = None
    if not isinstance(parsed, dict):
        raise web.HTTPBadRequest(text='{"error": "the body is a JSON object"}', content_type="application/json")
    return parsed


def _refused(account: Account) -> web.Response:
    return web.json_response({"error": "login refused", "state": account.state}, status=401)


def add_routes(app: web.Application, cloud: Cloud) -> None:
    agents = Agents(cloud)
    app.router.add_post("/_control/sessions", agents.open)
    app.router.add_get("/_control/sessions", agents.shown)
    app.router.add_post("/_control/sessions/{id}/renew", agents.renew)
    app.router.add_post("/_control/tokens/revoke", agents.revoke)
    app.router.add_get("/_control/accounts", agents.accounts)
    app.router.add_get("/_control/accounts/{user}", agents.account)
    app.router.add_get("/_control/groups", agents.groups)

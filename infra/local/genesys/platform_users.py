"""What do the platform user calls do? Read, list, search, change, and the state that can only change alone."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from aiohttp import web

from infra.local.genesys import permissions as need
from infra.local.genesys import platform_documents as documents
from infra.local.genesys.directory import Account
from infra.local.genesys.errors import PlatformProblem, bad_request, not_found, version_conflict
from infra.local.genesys.gateway import Call, Cloud, answer, guarded
from infra.local.genesys.index import Indexed
from infra.local.genesys.paging import entities_of, numbers

STATES = ("active", "inactive", "deleted")
REASONS = ("Voluntary", "Seasonal", "Leave", "Performance", "Conduct", "Unknown")
MOST_INACTIVE = 10_000
COMPARISONS: dict[str, Callable[[str, str], bool]] = {
    "EXACT": lambda text, value: text == value,
    "STARTS_WITH": lambda text, value: text.startswith(value),
    "CONTAINS": lambda text, value: value in text,
}
_TEXT_FIELDS = {"name": "display_name", "title": "title", "department": "department"}


def account_of(call: Call, cloud: Cloud, *, deleted: bool = False) -> Account:
    """The account in the path; deleted ones only where asked for.

    Raises:
        PlatformProblem: 404.
    """
    account = cloud.org.accounts.get(call.path("id"))
    if account is None or (account.deleted and not deleted):
        raise not_found("user", call.path("id"))
    call.note(user=account.id)
    return account


class PlatformUsers:
    """Handlers of `/api/v2/users`."""

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud
        self._org = cloud.org

    async def get(self, call: Call) -> web.Response:
        query = call.request.query
        account = account_of(call, self._cloud, deleted=query.get("state") in {"deleted", "any"})
        expand = frozenset(name.strip().lower() for name in query.get("expand", "").split(",") if name)
        document = documents.user(self._org, account, expand)
        if "customattributes" in expand:
            wanted = query.get("userCustomAttributeSchemaIds", "").split(",")
            document["customAttributes"] = [
                {"schema": {"id": schema}, "attributes": dict(account.custom[schema])}
                for schema in wanted
                if schema in account.custom
            ]
        return answer(document)

    async def page(self, call: Call) -> web.Response:
        state = call.request.query.get("state", "active")
        if state not in (*STATES, "any"):
            raise bad_request(f"state is one of {', '.join(STATES)} or any.")
        index = self._org.index
        found = index.where(lambda _: True) if state == "any" else index.in_state(state)
        size, number = numbers(call.request.query.get("pageSize", 25), call.request.query.get("pageNumber", 1))
        if state != "active" and size * number > MOST_INACTIVE:
            raise bad_request(f"Only the first {MOST_INACTIVE} users can be listed.")
        return answer(entities_of(call.request, found, lambda entry: self._document(entry.id)))

    async def search(self, call: Call) -> web.Response:
        """All conditions of `query` must hold; without one on `state`, deleted users are left out."""
        body = await call.document()
        conditions = body.get("query")
        if not isinstance(conditions, list) or not conditions:
            raise bad_request("query is a list of conditions.")
        found: list[Indexed] | None = None
        states: Iterable[str] = ("active", "inactive")
        for condition in conditions:
            fields, values = _condition(condition)
            if fields == ["state"]:
                states = values
                continue
            matching = self._matching(fields, values, str(condition.get("type", "EXACT")))
            held = {entry.id for entry in matching}
            found = matching if found is None else [entry for entry in found if entry.id in held]
        if found is None:
            found = self._org.index.where(lambda _: True)
        found = [entry for entry in found if entry.state in states]
        size, number = numbers(body.get("pageSize", 25), body.get("pageNumber", 1))
        shown = found[(number - 1) * size : number * size]
        return answer(
            {
                "total": len(found),
                "pageCount": -(-len(found) // size),
                "pageSize": size,
                "pageNumber": number,
                "types": ["users"],
                "results": [self._document(entry.id) for entry in shown],
            }
        )

    def _matching(self, fields: list[str], values: list[str], kind: str) -> list[Indexed]:
        if fields == ["email"] and kind == "EXACT":
            return list({entry.id: entry for value in values for entry in self._org.index.by_email(value)}.values())
        compare = COMPARISONS.get(kind)
        if compare is None:
            raise bad_request(f"The search type {kind} is not supported.")
        wanted = [value.casefold() for value in values]
        return self._org.index.where(
            lambda entry: any(compare(text.casefold(), value) for text in _texts(entry, fields) for value in wanted)
        )

    def _document(self, identifier: str) -> dict[str, Any]:
        return documents.user(self._org, self._org.accounts[identifier])

    async def change(self, call: Call) -> web.Response:
        """`version` must be the current one, and `state` the only change."""
        account = account_of(call, self._cloud, deleted=True)
        body = await call.document()
        self._current(account, body)
        wanted = {name: value for name, value in body.items() if name != "version"}
        if "state" in wanted:
            if len(wanted) > 1:
                raise bad_request("State changes cannot be combined with other changes.")
            self._change_state(call, account, str(wanted["state"]))
            return answer(documents.user(self._org, account))
        if account.deleted:
            raise not_found("user", account.id)
        changes: dict[str, Any] = {
            field: str(wanted[name] or "") for name, field in _TEXT_FIELDS.items() if name in wanted
        }
        if "manager" in wanted:
            changes["manager_id"] = self._manager(wanted["manager"])
        employer = wanted.get("employerInfo") or {}
        for name, field in (("employeeId", "employee_number"), ("dateHire", "date_hire")):
            if name in employer:
                changes[field] = str(employer[name] or "")
        self._org.commit(account, changes)
        return answer(documents.user(self._org, account))

    def _manager(self, wanted: object) -> str:
        identifier = wanted.get("id") if isinstance(wanted, dict) else wanted
        if identifier and self._org.present(str(identifier)) is None:
            raise PlatformProblem(400, "invalid.value", f"There is no user {identifier}.")
        return str(identifier or "")

    async def get_state(self, call: Call) -> web.Response:
        return answer(documents.state(account_of(call, self._cloud, deleted=True)))

    async def put_state(self, call: Call) -> web.Response:
        account = account_of(call, self._cloud, deleted=True)
        body = await call.document()
        self._current(account, body)
        reason = str(body.get("stateChangeReason", "Unknown"))
        if reason not in REASONS:
            raise PlatformProblem(400, "invalid.value", f"stateChangeReason is one of {', '.join(REASONS)}.")
        self._change_state(call, account, str(body.get("state", "")))
        account.state_reason = reason
        return answer(documents.state(account))

    def _current(self, account: Account, body: Mapping[str, Any]) -> None:
        if "version" not in body:
            raise bad_request("version is required.")
        if body["version"] != account.version:
            raise version_conflict(body["version"], account.version)

    def _change_state(self, call: Call, account: Account, state: str) -> None:
        before = account.active
        match state:
            case "deleted" if not account.deleted:
                self._org.delete(account)
            case "active" | "inactive" if account.deleted:
                self._org.restore(account, active=state == "active")
            case "active" | "inactive":
                self._org.commit(account, {"active": state == "active"})
            case "deleted":
                pass
            case _:
                raise PlatformProblem(400, "invalid.value", f"state is one of {', '.join(STATES)}.")
        call.note(active_before=before, active_after=account.active, version=account.version)
        if before and not account.active:
            call.note(**self._cloud.sessions.deactivated(account))


def _condition(raw: object) -> tuple[list[str], list[str]]:
    if not isinstance(raw, dict) or not isinstance(raw.get("fields"), list):
        raise bad_request("A condition names its fields.")
    values = raw["values"] if "values" in raw else [raw.get("value", "")]
    return [str(field) for field in raw["fields"]], [str(value) for value in values]


def _texts(entry: Indexed, fields: list[str]) -> Iterable[str]:
    known = {
        "id": entry.id,
        "name": entry.display_name,
        "username": entry.user_name,
        "title": entry.title,
        "department": entry.department,
    }
    for field in fields:
        if field == "email":
            yield entry.user_name
            yield from entry.emails.values()
        else:
            yield known.get(field, "")


def add_routes(app: web.Application, cloud: Cloud) -> None:
    users = PlatformUsers(cloud)
    for method, path, handler, any_of in (
        ("POST", "/api/v2/users/search", users.search, need.USER_VIEW),
        ("GET", "/api/v2/users", users.page, need.USER_VIEW),
        ("GET", "/api/v2/users/{id}", users.get, need.USER_VIEW),
        ("PATCH", "/api/v2/users/{id}", users.change, need.USER_EDIT),
        ("GET", "/api/v2/users/{id}/state", users.get_state, need.STATE_VIEW),
        ("PUT", "/api/v2/users/{id}/state", users.put_state, need.STATE_EDIT),
    ):
        app.router.add_route(method, path, guarded(handler, any_of))

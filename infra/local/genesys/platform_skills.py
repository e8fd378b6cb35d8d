"""How do skills, languages and divisions change outside SCIM? By id, in bulk, on the platform API."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from infra.local.genesys import permissions as need
from infra.local.genesys.directory import Account, Names
from infra.local.genesys.errors import PlatformProblem, bad_request, not_found
from infra.local.genesys.gateway import Call, Cloud, Handler, answer, guarded
from infra.local.genesys.paging import entities
from infra.local.genesys.platform_users import account_of

MOST_AT_ONCE = 50


class Skills:
    """Handlers below `/api/v2/users/{id}/routingskills` and `/routinglanguages`. `field` is the account's."""

    def __init__(self, cloud: Cloud, names: Names, field: str, path: str) -> None:
        self._cloud = cloud
        self._names = names
        self._field = field
        self._path = path

    async def get(self, call: Call) -> web.Response:
        return answer(entities(call.request, self._documents(account_of(call, self._cloud))))

    def bulk(self, *, replaces: bool) -> Handler:
        """Add and update, or put in place of what is there."""

        async def handle(call: Call) -> web.Response:
            account = account_of(call, self._cloud)
            listed = await call.json()
            if not isinstance(listed, list) or len(listed) > MOST_AT_ONCE:
                raise bad_request(f"The body is a list of at most {MOST_AT_ONCE}.")
            given = dict(self._given(item) for item in listed)
            held = {} if replaces else dict(getattr(account, self._field))
            self._cloud.org.commit(account, {self._field: {**held, **given}})
            return answer(entities(call.request, self._documents(account)))

        return handle

    async def remove(self, call: Call) -> web.Response:
        account = account_of(call, self._cloud)
        gone = self._names.name_of(call.path("skill"))
        held: dict[str, float] = dict(getattr(account, self._field))
        if gone not in held:
            raise not_found("skill", call.path("skill"))
        del held[gone]
        self._cloud.org.commit(account, {self._field: held})
        return web.Response(status=204)

    def _given(self, item: object) -> tuple[str, float]:
        given = item if isinstance(item, dict) else {}
        thing = self._names.by_id.get(str(given.get("id")))
        if thing is None:
            raise not_found("skill", str(given.get("id")))
        proficiency = given.get("proficiency", 0.0)
        if not isinstance(proficiency, int | float) or not 0 <= proficiency <= 5:
            raise PlatformProblem(400, "invalid.value", "proficiency is a number from 0.0 to 5.0.")
        return thing.name, float(proficiency)

    def _documents(self, account: Account) -> list[dict[str, Any]]:
        held: dict[str, float] = dict(getattr(account, self._field))
        return [
            {
                "id": self._names.by_name[name].id,
                "name": name,
                "proficiency": proficiency,
                "state": "active",
                "selfUri": f"/api/v2/users/{account.id}/{self._path}/{self._names.by_name[name].id}",
            }
            for name, proficiency in held.items()
        ]


def add_routes(app: web.Application, cloud: Cloud) -> None:
    async def move(call: Call) -> web.Response:
        """Users into a division."""
        division = call.path("division")
        if division not in cloud.org.divisions.by_id:
            raise not_found("division", division)
        for identifier in await call.json():
            account = cloud.org.present(str(identifier))
            if account is None:
                raise not_found("user", str(identifier))
            cloud.org.commit(account, {"division_id": division})
        return web.Response(status=204)

    objects = "/api/v2/authorization/divisions/{division}/objects/{kind:(?i:user)}"
    app.router.add_route("POST", objects, guarded(move, need.USER_EDIT))
    for names, field, path, permission in (
        (cloud.org.skills, "skills", "routingskills", need.SKILL_ASSIGN),
        (cloud.org.languages, "languages", "routinglanguages", need.LANGUAGE_ASSIGN),
    ):
        skills = Skills(cloud, names, field, path)
        base = f"/api/v2/users/{{id}}/{path}"
        for method, route, handler, any_of in (
            ("GET", base, skills.get, need.NONE),
            ("PATCH", f"{base}/bulk", skills.bulk(replaces=False), permission),
            ("PUT", f"{base}/bulk", skills.bulk(replaces=True), permission),
            ("DELETE", f"{base}/{{skill}}", skills.remove, permission),
        ):
            app.router.add_route(method, route, guarded(handler, any_of))

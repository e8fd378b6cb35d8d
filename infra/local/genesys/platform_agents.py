"""What ends an agent's work besides tokens? Station, presence, routing status, conversations and queues."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from infra.local.genesys import permissions as need
from infra.local.genesys import platform_documents as documents
from infra.local.genesys.errors import PlatformProblem, bad_request, not_found
from infra.local.genesys.gateway import Call, Cloud, answer, guarded
from infra.local.genesys.paging import entities, numbers
from infra.local.genesys.platform_users import account_of
from infra.local.genesys.sessions import Conversation, describe_conversation

ROUTING_STATUSES = ("OFF_QUEUE", "IDLE", "INTERACTING", "NOT_RESPONDING", "COMMUNICATING")
ON_QUEUE = "On Queue"
MOST_QUEUE_MEMBERS = 100


class Agents:
    """Handlers of what hangs below a user while they work."""

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud
        self._org = cloud.org

    async def station(self, call: Call) -> web.Response:
        return answer(documents.station(account_of(call, self._cloud)))

    async def leave_station(self, call: Call) -> web.Response:
        account = account_of(call, self._cloud)
        held, account.station_id = account.station_id, ""
        call.note(station=bool(held))
        if not held and self._cloud.switches["station_delete_without_station"] == 404:
            raise not_found("associated station of user", account.id)
        return web.Response(status=202)

    async def presence(self, call: Call) -> web.Response:
        return answer(documents.presence(self._org, account_of(call, self._cloud)))

    async def set_presence(self, call: Call) -> web.Response:
        """Presence drives the queue: everything but On Queue takes the agent off it."""
        account = account_of(call, self._cloud)
        body = await call.document()
        wanted = str((body.get("presenceDefinition") or {}).get("id", ""))
        if wanted not in self._org.presences.by_id:
            raise PlatformProblem(400, "invalid.value", f"There is no presence definition {wanted}.")
        name = self._org.presences.name_of(wanted)
        live = bool(self._cloud.sessions.live(account.id))
        if name == "Offline" and live and not self._cloud.switches["offline_presence_for_live_sessions"]:
            raise bad_request("Offline cannot be set while the user is connected.")
        account.presence_id = wanted
        account.routing_status = "IDLE" if name == ON_QUEUE else "OFF_QUEUE"
        account.routing_since = self._org.clock.now()
        call.note(presence=name)
        return answer(documents.presence(self._org, account))

    async def presence_definitions(self, call: Call) -> web.Response:
        found = [
            {
                "id": thing.id,
                "type": "System",
                "languageLabels": {"en_US": thing.name},
                "systemPresence": thing.name,
                "deactivated": False,
                "selfUri": f"/api/v2/presence/definitions/{thing.id}",
            }
            for thing in self._org.presences.by_id.values()
        ]
        return answer({"entities": found, "total": len(found), "selfUri": call.request.path})

    async def routing_status(self, call: Call) -> web.Response:
        return answer(documents.routing_status(account_of(call, self._cloud)))

    async def set_routing_status(self, call: Call) -> web.Response:
        """On and off queue is presence's business; an agent who is off queue cannot be idle."""
        account = account_of(call, self._cloud)
        body = await call.document()
        wanted = str(body.get("status", ""))
        on_queue = self._org.presences.name_of(account.presence_id) == ON_QUEUE
        if wanted not in ROUTING_STATUSES or on_queue == (wanted == "OFF_QUEUE"):
            raise PlatformProblem(400, "general.bad.request", f"The routing status cannot become {wanted}.")
        account.routing_status, account.routing_since = wanted, self._org.clock.now()
        return answer(documents.routing_status(account))

    async def conversations(self, call: Call) -> web.Response:
        """The analytics detail query, as far as it asks for one user and for conversations without an end."""
        body = await call.document()
        users = set(_predicates(body.get("segmentFilters"), "userId"))
        only_open = bool(_predicates(body.get("conversationFilters"), "conversationEnd"))
        found = [
            describe_conversation(conversation)
            for conversation in self._cloud.sessions.conversations.values()
            if conversation.account_id in users and not (only_open and conversation.ended is not None)
        ]
        paging = body.get("paging") or {}
        size, number = numbers(paging.get("pageSize", 25), paging.get("pageNumber", 1))
        return answer({"conversations": found[(number - 1) * size : number * size], "totalHits": len(found)})

    async def disconnect(self, call: Call) -> web.Response:
        conversation: Conversation | None = self._cloud.sessions.disconnect(call.path("id"))
        if conversation is None:
            raise not_found("conversation", call.path("id"))
        call.note(conversation=conversation.id, user=conversation.account_id)
        return web.Response(status=202)

    async def queues(self, call: Call) -> web.Response:
        """Only joined queues, unless `joined=false` asks for the others."""
        account = account_of(call, self._cloud)
        joined = call.request.query.get("joined", "true") == "true"
        found = [
            {**documents.reference(self._org.queues, queue, "/api/v2/routing/queues"), "joined": joined}
            for queue, held in account.queues.items()
            if held == joined
        ]
        return answer(entities(call.request, found))

    async def leave_queue(self, call: Call) -> web.Response:
        account = account_of(call, self._cloud)
        if call.path("queue") not in account.queues:
            raise not_found("queue member", account.id)
        self._leave(call.path("queue"), account.id)
        call.note(queue=call.path("queue"))
        return web.Response(status=204)

    async def change_queue_members(self, call: Call) -> web.Response:
        """Up to 100 users at once join the queue, or leave it with `delete=true`."""
        queue = call.path("queue")
        if queue not in self._org.queues.by_id:
            raise not_found("queue", queue)
        listed: list[dict[str, Any]] = await call.json()
        if len(listed) > MOST_QUEUE_MEMBERS:
            raise bad_request(f"At most {MOST_QUEUE_MEMBERS} members at once.")
        for member in (str(item.get("id", "")) for item in listed):
            account = self._org.present(member)
            if account is None:
                continue
            if call.request.query.get("delete") == "true":
                self._leave(queue, member)
            else:
                account.queues = {**account.queues, queue: True}
        call.note(queue=queue, members=len(listed))
        return web.Response(status=202)

    def _leave(self, queue: str, member: str) -> None:
        account = self._org.accounts[member]
        account.queues = {other: joined for other, joined in account.queues.items() if other != queue}


def _predicates(filters: object, dimension: str) -> list[str]:
    """The values asked of `dimension` in a list of analytics filters, clauses included."""
    found: list[str] = []
    for item in filters if isinstance(filters, list) else []:
        found += [
            str(predicate.get("value", ""))
            for predicate in item.get("predicates", ())
            if predicate.get("dimension") == dimension or predicate.get("metric") == dimension
        ]
        found += _predicates(item.get("clauses"), dimension)
    return found


def add_routes(app: web.Application, cloud: Cloud) -> None:
    agents = Agents(cloud)
    user = "/api/v2/users/{id}"
    for method, path, handler, any_of in (
        ("GET", f"{user}/station", agents.station, need.STATION_VIEW),
        ("DELETE", f"{user}/station/associatedstation", agents.leave_station, need.STATION_DISASSOCIATE),
        ("GET", f"{user}/presences/{{source:(?i:purecloud)}}", agents.presence, need.NONE),
        ("PATCH", f"{user}/presences/{{source:(?i:purecloud)}}", agents.set_presence, need.PRESENCE_EDIT),
        ("GET", "/api/v2/presence/definitions", agents.presence_definitions, need.PRESENCE_DEFINITIONS),
        ("GET", f"{user}/routingstatus", agents.routing_status, need.NONE),
        ("PUT", f"{user}/routingstatus", agents.set_routing_status, need.USER_EDIT),
        ("POST", "/api/v2/analytics/conversations/details/query", agents.conversations, need.CONVERSATION_VIEW),
        ("POST", "/api/v2/conversations/{id}/disconnect", agents.disconnect, need.DISCONNECT),
        ("GET", f"{user}/queues", agents.queues, need.QUEUE_VIEW),
        ("DELETE", "/api/v2/routing/queues/{queue}/members/{id}", agents.leave_queue, need.QUEUE_MEMBERS),
        ("POST", "/api/v2/routing/queues/{queue}/members", agents.change_queue_members, need.QUEUE_MEMBERS),
    ):
        app.router.add_route(method, path, guarded(handler, any_of))

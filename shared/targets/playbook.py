"""How is each step of the leaver playbook done at Genesys? (genesys-api.md §7.)

Every step can be done again at any time: what is gone already is `nothing_to_do`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime, timedelta

import msgspec

from shared.errors import NotThere, Refused, Stale, Unreachable, Unreadable
from shared.model import Change, Instant, Step, StepName, StepResult
from shared.targets.answers import Answer
from shared.targets.client import Request
from shared.targets.platform_api import (
    PAGE_SIZE,
    Conversations,
    Definitions,
    PlatformUser,
    Send,
    every_page,
    session_check,
)
from shared.targets.scim import MEDIA_TYPE, patch_of

STATE_ROUNDS = 3
CONVERSATION_DAYS = 7
INACTIVE = patch_of([Change(path="active", before=None, after="false", reason="")])

Result = tuple[StepResult, str]


class _Shown(msgspec.Struct):
    """What an answer shows of the account, in SCIM's words and in those of the Platform API."""

    active: bool | None = None
    state: str | None = None


class Playbook:
    """The steps of one process; what an organisation defines once is looked up once.

    Args:
        scim_path: where Genesys' SCIM tree begins.
        now: wall clock.
    """

    def __init__(self, *, scim_path: str, now: Callable[[], Instant]) -> None:
        self._scim_path = scim_path
        self._now = now
        self._offline_id: str | None = None
        self._steps: Mapping[StepName, Callable[[Send, str], Awaitable[Result]]] = {
            StepName.DEACTIVATE: self._deactivate,
            StepName.END_SESSIONS: self._end_sessions,
            StepName.DISASSOCIATE_STATION: self._disassociate_station,
            StepName.SET_OFFLINE: self._set_offline,
            StepName.DISCONNECT_CONVERSATIONS: self._disconnect_conversations,
            StepName.LEAVE_QUEUES: self._leave_queues,
            StepName.END_SESSIONS_AGAIN: self._end_sessions,
            StepName.VERIFY: self._verify,
        }

    async def perform(self, send: Send, step: StepName, account_id: str) -> Step:
        """Carry out one step, with every call through `send`.

        Raises:
            NotThere: deactivate and verify: there is no such account. The other steps have nothing to do then.
            Refused: it is no step of the playbook, or Genesys says no.
        """
        if step not in self._steps:
            raise Refused(f"{step} is no step of the leaver playbook")
        last: Answer | None = None

        async def noting(request: Request) -> Answer:
            nonlocal last
            last = await send(request)
            return last

        result, detail = await self._steps[step](noting, account_id)
        return Step(
            name=step, result=result, at=self._now(), detail=detail, server_time=last.dated if last else None
        )  # fmt: skip

    async def _deactivate(self, send: Send, account_id: str) -> Result:
        """No `If-Match`: whatever the account looks like, it is to be inactive.

        The answer is the same whether it was active before. When SCIM does not work, the Platform API does the same:
        a 200 that does not show an inactive account is no deactivation, whoever sent it.
        """
        request = Request(
            method="PATCH",
            route=f"{self._scim_path}/users/{{id}}",
            ids={"id": account_id},
            body=INACTIVE,
            content_type=MEDIA_TYPE,
            idempotent=True,
        )
        try:
            if _shown(await send(request)).active is False:
                return StepResult.DONE, ""
        except Unreachable:
            pass
        return await self._deactivate_by_platform(send, account_id)

    async def _deactivate_by_platform(self, send: Send, account_id: str) -> Result:
        """Needs the user's version, so it can lose a race: read it again then.

        Raises:
            Unreachable: what is answered shows no account, or one that is still active.
        """
        for last in (False,) * (STATE_ROUNDS - 1) + (True,):
            read = Request(method="GET", route="/api/v2/users/{id}", ids={"id": account_id}, idempotent=True)
            try:
                user = (await send(read)).read(PlatformUser)
            except Unreadable as error:
                raise Unreachable(str(error)) from error
            match user.state:
                case "deleted":
                    raise NotThere(f"account {account_id} is deleted")
                case "inactive":
                    return StepResult.DONE, "found inactive after SCIM had not confirmed it"
            write = Request(
                method="PUT",
                route="/api/v2/users/{id}/state",
                ids={"id": account_id},
                body={"state": "inactive", "version": user.version},
                idempotent=True,
            )
            try:
                if _shown(await send(write)).state == "inactive":
                    return StepResult.DONE, "by the Platform call"
            except Stale:
                if last:
                    raise
        raise Unreachable(f"account {account_id}: Genesys took the deactivation and does not show it")

    async def _end_sessions(self, send: Send, account_id: str) -> Result:
        return await _gone(send, _delete("/api/v2/tokens/{id}", id=account_id))

    async def _disassociate_station(self, send: Send, account_id: str) -> Result:
        return await _gone(send, _delete("/api/v2/users/{id}/station/associatedstation", id=account_id))

    async def _set_offline(self, send: Send, account_id: str) -> Result:
        offline = await self._offline(send)
        request = Request(
            method="PATCH",
            route="/api/v2/users/{id}/presences/purecloud",
            ids={"id": account_id},
            body={"presenceDefinition": {"id": offline}},
            idempotent=True,
        )
        return await _gone(send, request)

    async def _offline(self, send: Send) -> str:
        """The presence definition that means *Offline*; its id differs between organisations."""
        if self._offline_id is None:
            request = Request(method="GET", route="/api/v2/presence/definitions", idempotent=True)
            found = (await send(request)).read(Definitions).entities
            ids = [each.id for each in found if (each.system_presence or "").casefold() == "offline"]
            if not ids:
                raise Refused("Genesys lists no presence definition with systemPresence Offline")
            self._offline_id = ids[0]
        return self._offline_id

    async def _disconnect_conversations(self, send: Send, account_id: str) -> Result:
        open_ones = await self._open_conversations(send, account_id)
        for conversation_id in open_ones:
            request = Request(
                method="POST",
                route="/api/v2/conversations/{id}/disconnect",
                ids={"id": conversation_id},
                idempotent=True,
            )
            await _gone(send, request)
        return _counted(len(open_ones), "conversation")

    async def _open_conversations(self, send: Send, account_id: str) -> list[str]:
        """Conversations of the last days without an end. The user's own list is closed to us (§7.1, row 5)."""
        until = datetime.fromtimestamp(self._now(), UTC) + timedelta(minutes=1)
        since = until - timedelta(days=CONVERSATION_DAYS)
        found: dict[str, None] = {}
        number = 1
        while True:
            request = Request(
                method="POST",
                route="/api/v2/analytics/conversations/details/query",
                body={
                    "interval": f"{_iso(since)}/{_iso(until)}",
                    "segmentFilters": [_all_of(dimension="userId", value=account_id)],
                    "conversationFilters": [_all_of(dimension="conversationEnd", operator="notExists")],
                    "paging": {"pageSize": PAGE_SIZE, "pageNumber": number},
                },
                idempotent=True,
            )
            page = (await send(request)).read(Conversations).conversations
            known = len(found)
            found |= {each.conversation_id: None for each in page if each.conversation_end is None}
            # A page that brings nothing new ends it too: live calls move between pages while we read.
            if len(page) < PAGE_SIZE or len(found) == known:
                return list(found)
            number += 1

    async def _leave_queues(self, send: Send, account_id: str) -> Result:
        """Both lists: without `joined` Genesys answers only the joined ones."""
        queues: set[str] = set()
        for joined in ("true", "false"):
            request = Request(
                method="GET",
                route="/api/v2/users/{id}/queues",
                ids={"id": account_id},
                params={"joined": joined},
                idempotent=True,
            )
            try:
                queues |= {queue.id async for queue in every_page(send, request)}
            except NotThere:
                return StepResult.NOTHING_TO_DO, ""
        for queue_id in sorted(queues):
            await _gone(send, _delete("/api/v2/routing/queues/{queue}/members/{id}", queue=queue_id, id=account_id))
        return _counted(len(queues), "queue")

    async def _verify(self, send: Send, account_id: str) -> Result:
        check = await session_check(send, account_id)
        return (StepResult.FAILED, "the account is active") if check.active else (StepResult.DONE, "")


def _shown(answer: Answer) -> _Shown:
    try:
        return answer.read(_Shown)
    except Unreadable:
        return _Shown()  # for example a gateway's page with status 200


def _delete(route: str, **ids: str) -> Request:
    return Request(method="DELETE", route=route, ids=ids, idempotent=True)


async def _gone(send: Send, request: Request) -> Result:
    """404 is success here: there is nothing left to end."""
    try:
        await send(request)
    except NotThere:
        return StepResult.NOTHING_TO_DO, ""
    return StepResult.DONE, ""


def _counted(number: int, noun: str) -> Result:
    if number == 0:
        return StepResult.NOTHING_TO_DO, ""
    return StepResult.DONE, f"{number} {noun}{'' if number == 1 else 's'}"


def _all_of(**predicate: str) -> dict[str, object]:
    return {"type": "and", "predicates": [predicate]}


def _iso(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S.000Z")

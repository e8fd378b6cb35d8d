"""Who is logged in? Agents' sessions in the client application: their tokens, conversations and single sign-on.

Deactivating an account blocks new log-ins and leaves a session's token alive; deleting the account's tokens ends its
sessions, but a session whose agent may still sign in comes back through single sign-on (`renew`, or by itself with
the switch `relogin`). That is why tokens are deleted after the account is deactivated, not before.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any
from uuid import UUID

from infra.local.genesys.directory import Account, iso
from infra.local.genesys.org import Org


class LoginRefusedError(Exception):
    """The account cannot sign in: it is not active."""


@dataclass(slots=True, kw_only=True)
class Conversation:
    """A call that an agent is, or was, in."""

    id: str
    account_id: str
    started: float
    ended: float | None = None


@dataclass(slots=True, kw_only=True)
class AgentSession:
    """One signed-in client application. Times are simulated seconds since 1970."""

    id: str
    account_id: str
    opened: float
    token_issued: float
    token_expires: float
    conversation_id: str = ""
    died: float | None = None
    why: str = ""
    renewals: int = 0
    raced: bool = False


class Sessions:
    """All sessions and conversations, the dead ones too."""

    def __init__(self, org: Org, seed: int) -> None:
        self._org = org
        self._chance = random.Random(seed)
        self._sessions: dict[str, AgentSession] = {}
        self._by_account: dict[str, list[AgentSession]] = {}
        self.conversations: dict[str, Conversation] = {}

    def open(self, account: Account, *, conversation: bool) -> AgentSession:
        """Sign the agent in: token, station, On Queue; with `conversation`, in the middle of a call.

        Raises:
            LoginRefusedError: the account is not active.
        """
        if account.state != "active":
            raise LoginRefusedError
        now = self._org.clock.now()
        session = AgentSession(id=self._id(), account_id=account.id, opened=now, token_issued=now, token_expires=now)
        self._mint(session, account)
        account.presence_id = self._org.presences.by_name["On Queue"].id
        account.routing_status = "INTERACTING" if conversation else "IDLE"
        account.routing_since = now
        account.station_id = self._id()
        if conversation:
            call = Conversation(id=self._id(), account_id=account.id, started=now)
            self.conversations[call.id] = call
            session.conversation_id = call.id
        self._sessions[session.id] = session
        self._by_account.setdefault(account.id, []).append(session)
        return session

    def renew(self, session: AgentSession) -> None:
        """Sign in again silently, as the client application does when its token stops working.

        Raises:
            LoginRefusedError: the account is not active.
        """
        account = self._org.accounts[session.account_id]
        if account.state != "active":
            raise LoginRefusedError
        self._mint(session, account)
        session.died, session.why = None, ""
        session.renewals += 1

    def _mint(self, session: AgentSession, account: Account) -> None:
        session.token_issued = self._org.clock.now()
        session.token_expires = session.token_issued + float(self._org.switches["session_token_lifetime_s"])
        account.token_issued = session.token_issued

    def end_tokens(self, account: Account, why: str) -> tuple[int, int]:
        """Delete all tokens of the account: how many sessions that ended, and how many came back at once."""
        live = self.live(account.id)
        for session in live:
            session.died, session.why = self._org.clock.now(), why
            if session.conversation_id and self._org.switches["token_delete_ends_conversations"]:
                self.disconnect(session.conversation_id)
        if live:
            account.routing_status, account.routing_since = "OFF_QUEUE", self._org.clock.now()
        delay = float(self._org.switches["race_token_after_s"])
        for session in live if delay > 0 else ():
            if not session.raced:
                session.raced = True
                self._org.clock.call_later(delay, partial(self._revive, session, account))
        back = 0
        if self._org.switches["relogin"] and account.state == "active":
            for session in live:
                self.renew(session)
                back += 1
        return len(live), back

    def _revive(self, session: AgentSession, account: Account) -> None:
        """The token that was being minted while the others were deleted: the account's state was checked before."""
        self._mint(session, account)
        session.died, session.why = None, ""

    def deactivated(self, account: Account) -> dict[str, object]:
        """What happens to sessions when the account stops being active: nothing, unless that is switched on."""
        if not self._org.switches["deactivation_ends_tokens"]:
            return {}
        ended, _ = self.end_tokens(account, "account deactivated")
        return {"sessions_ended": ended}

    def disconnect(self, conversation_id: str) -> Conversation | None:
        conversation = self.conversations.get(conversation_id)
        if conversation is not None and conversation.ended is None:
            conversation.ended = self._org.clock.now()
        return conversation

    def get(self, identifier: str) -> AgentSession | None:
        session = self._sessions.get(identifier)
        if session is not None:
            self._expire(session)
        return session

    def of(self, account_id: str | None) -> list[AgentSession]:
        """The sessions of one account, or all, the dead ones too."""
        found = list(self._sessions.values()) if account_id is None else self._by_account.get(account_id, [])
        for session in found:
            self._expire(session)
        return found

    def live(self, account_id: str) -> list[AgentSession]:
        return [session for session in self.of(account_id) if session.died is None]

    def _expire(self, session: AgentSession) -> None:
        if session.died is None and session.token_expires <= self._org.clock.now():
            session.died, session.why = session.token_expires, "token expired"

    def describe(self, session: AgentSession) -> dict[str, Any]:
        """As `/_control/sessions` shows it."""
        account = self._org.accounts[session.account_id]
        conversation = self.conversations.get(session.conversation_id)
        document: dict[str, Any] = {
            "id": session.id,
            "user": session.account_id,
            "userName": account.user_name,
            "state": "live" if session.died is None else "dead",
            "opened": session.opened,
            "tokenIssued": session.token_issued,
            "tokenExpires": session.token_expires,
            "diedAt": session.died,
            "why": session.why,
            "renewals": session.renewals,
            "conversation": None,
        }
        if conversation is not None:
            document["conversation"] = describe_conversation(conversation)
        return document

    def _id(self) -> str:
        return str(UUID(int=self._chance.getrandbits(128), version=4))


def describe_conversation(conversation: Conversation) -> Mapping[str, Any]:
    """As the analytics detail query lists it."""
    document: dict[str, Any] = {
        "conversationId": conversation.id,
        "conversationStart": iso(conversation.started),
        "participants": [
            {
                "participantId": conversation.account_id,
                "purpose": "agent",
                "userId": conversation.account_id,
                "sessions": [{"mediaType": "voice", "direction": "inbound"}],
            }
        ],
    }
    if conversation.ended is not None:
        document["conversationEnd"] = iso(conversation.ended)
    return document

"""How are accounts found and written over SCIM? Every write that Genesys took goes into the report."""

from __future__ import annotations

import json
from typing import Any

import httpx

from tests.conformance.entra_cycle.dialects import Change, membership, patch
from tests.conformance.entra_cycle.report import CycleReport, Dialect, Write

SCIM = "/api/v2/scim/v2"
MEMBERS_AT_ONCE = 50


class Accounts:
    def __init__(self, genesys: httpx.AsyncClient, dialect: Dialect, report: CycleReport) -> None:
        self._genesys = genesys
        self._dialect = dialect
        self._report = report

    async def read(self, account: str) -> dict[str, Any] | None:
        """The account as it is; None when there is none."""
        answer = await self._genesys.get(f"{SCIM}/users/{account}")
        if answer.status_code == 404:
            return None
        answer.raise_for_status()
        return dict(answer.json())

    async def find(self, kind: str, attribute: str, value: str) -> list[dict[str, Any]]:
        """The users or groups whose attribute is this value; groups come without members, as Entra asks for them."""
        params = {"filter": f"{attribute} eq {json.dumps(value, ensure_ascii=False)}"}
        if kind == "groups":
            params["excludedAttributes"] = "members"
        answer = await self._genesys.get(f"{SCIM}/{kind}", params=params)
        answer.raise_for_status()
        return list(answer.json()["Resources"])

    async def members(self, group: str) -> set[str]:
        answer = await self._genesys.get(f"{SCIM}/groups/{group}", params={"attributes": "members"})
        answer.raise_for_status()
        return {member["value"] for member in answer.json().get("members", [])}

    async def create(self, body: dict[str, Any]) -> dict[str, Any] | None:
        answer = await self._genesys.post(f"{SCIM}/users", json=body)
        if not self._accepted("create", "", answer):
            return None
        self._report.writes.append(Write(account=answer.json()["id"], operation="create"))
        return dict(answer.json())

    async def change(self, kind: str, account: str, changes: list[Change]) -> None:
        if not changes:
            return
        answer = await self._genesys.patch(f"{SCIM}/{kind}/{account}", json=patch(changes, self._dialect))
        if self._accepted("patch", account, answer):
            self._report.writes.extend(
                Write(account=account, operation=one.operation, path=one.target.name, value=one.value)
                for one in changes
            )

    async def change_members(self, group: str, joined: list[str], left: list[str]) -> None:
        """Many members travel in several requests."""
        for first in range(0, max(len(joined), len(left)), MEMBERS_AT_ONCE):
            came, gone = joined[first : first + MEMBERS_AT_ONCE], left[first : first + MEMBERS_AT_ONCE]
            body = membership(came, gone, self._dialect)
            answer = await self._genesys.patch(f"{SCIM}/groups/{group}", json=body)
            if self._accepted("patch", group, answer):
                for operation, members in (("add", came), ("remove", gone)):
                    self._report.writes.extend(
                        Write(account=group, operation=operation, path="members", value=one) for one in members
                    )

    async def delete(self, account: str) -> None:
        answer = await self._genesys.delete(f"{SCIM}/users/{account}")
        if self._accepted("delete", account, answer):
            self._report.writes.append(Write(account=account, operation="delete"))

    def _accepted(self, what: str, account: str, answer: httpx.Response) -> bool:
        if answer.is_success:
            return True
        self._report.refused.append(f"{what} {account}: {answer.status_code} {answer.text}")
        return False

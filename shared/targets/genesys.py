"""How do accounts in Genesys Cloud look and change? The `Target` of this system, over SCIM and the Platform API."""

from __future__ import annotations

import re
from collections.abc import Iterable
from copy import copy
from dataclasses import replace
from typing import Any

import msgspec

from shared.errors import Misconfigured, NotThere, Refused
from shared.model import Account, Plan, SessionCheck, Step, StepName, StepResult, Urgency, Value
from shared.rules.attributes.paths import ScimPath
from shared.rules.attributes.table import custom_key, target_for
from shared.targets.answers import Answer
from shared.targets.client import GenesysClient, Request
from shared.targets.custom_attributes import CustomAttributes
from shared.targets.names import NameDirectory, NameKind, check_names
from shared.targets.platform_api import PAGE_SIZE, SearchResults, Send, session_check
from shared.targets.playbook import Playbook
from shared.targets.scim import ALWAYS, account_of, equality_filter
from shared.targets.writing import Writer

_UUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


class GenesysTarget:
    """Genesys Cloud, with every call charged to one urgency. Implements `shared.ports.Target`.

    Args:
        scim_path: where the SCIM tree begins.
        mapped_paths: paths to read into `Account.attributes`, of SCIM and `custom:<schema name>:<key>`.

    Raises:
        Misconfigured: Genesys has no such attribute, or it can't be written.
    """

    def __init__(
        self,
        client: GenesysClient,
        *,
        scim_path: str = "/api/v2/scim/v2",
        mapped_paths: frozenset[str] = frozenset(),
        urgency: Urgency = Urgency.ROUTINE,
    ) -> None:
        self._client = client
        self._urgency = urgency
        self._users = f"{scim_path.rstrip('/')}/users"
        self._read(mapped_paths)
        self._custom = CustomAttributes()
        self._names = NameDirectory()
        self._playbook = Playbook(scim_path=scim_path.rstrip("/"), now=client.now)

    @property
    def enforces(self) -> bool:
        return True

    def at(self, urgency: Urgency) -> GenesysTarget:
        """The same target for another urgency: client, budget and playbook are shared."""
        view = copy(self)
        view._urgency = urgency  # noqa: SLF001 - its own class
        return view

    def reading(self, paths: frozenset[str]) -> GenesysTarget:
        """The same target for another mapping: the directories of names and custom attributes are shared."""
        view = copy(self)
        view._read(paths)  # noqa: SLF001 - its own class
        return view

    def _read(self, paths: frozenset[str]) -> None:
        self._paths = paths
        self._attributes = _attributes_for(paths)
        self._keys = {path: key for path in sorted(paths) if (key := custom_key(path)) is not None}

    async def find(self, user_name: str) -> tuple[Account, ...]:
        return tuple([await self._with_custom(each) for each in await self._found(user_name)])

    async def find_by_external_id(self, external_id: str) -> tuple[Account, ...]:
        """Asks SCIM only: the Platform search has no such field, so inactive ones are found where SCIM's filter does.

        Genesys may show an `externalId` only to the OAuth client that set it (§3.4).
        """
        found = await self._filtered(equality_filter("externalId", external_id))
        same = [each for each in found if _same_external_id(each.external_id, external_id)]
        return tuple([await self._with_custom(each) for each in same])

    async def _filtered(self, filter_: str) -> list[Account]:
        answer = await self._send(
            Request(
                method="GET",
                route=self._users,
                params={"filter": filter_, "attributes": self._attributes},
                idempotent=True,
            )
        )
        return [account_of(document, self._paths) for document in _resources(answer)]

    async def _found(self, user_name: str) -> tuple[Account, ...]:
        """Asks SCIM, then the Platform search: whether SCIM's filter finds inactive users, no source says (§2.3).

        Both are compared again without case, since no source says how Genesys compares either.
        """
        found = _named(user_name, await self._filtered(equality_filter("userName", user_name)))
        return found or _named(user_name, [await self._scim(each) for each in await self._search(user_name)])

    async def get(self, account_id: str) -> Account | None:
        account = await self._scim(account_id)
        return None if account is None else await self._with_custom(account)

    async def _scim(self, account_id: str) -> Account | None:
        request = Request(
            method="GET",
            route=f"{self._users}/{{id}}",
            ids={"id": account_id},
            params={"attributes": self._attributes},
            idempotent=True,
        )
        try:
            answer = await self._send(request)
        except NotThere:
            return None
        return account_of(answer.read(dict[str, Any]), self._paths)

    async def _with_custom(self, account: Account) -> Account:
        """With the custom attributes that are mapped, which cost a call for each schema: a revocation does without."""
        if not self._keys or self._urgency is Urgency.REVOCATION:
            return account
        records = {
            schema: await self._custom.read(self._send, account.id, schema)
            for schema in dict.fromkeys(schema for schema, _ in self._keys.values())
        }
        held: dict[str, Value] = {path: records[schema].get(key) for path, (schema, key) in self._keys.items()}
        return replace(account, attributes={**account.attributes, **held})

    async def apply(self, plan: Plan) -> tuple[Step, Account | None]:
        """One PATCH, with `If-Match` when the plan knows a version; more only when Genesys refuses a part of it.

        Whether Genesys applies the operations atomically, no source says (§4.1): the answered user is compared with
        what was asked. Paths that were refused or did not take are named in the step.

        Raises:
            Refused: nothing of the plan was taken.
        """
        if not plan.changes:
            now = self._client.now()
            return Step(name=StepName.UPDATE, result=StepResult.NOTHING_TO_DO, at=now), None
        writer = Writer(
            self._send, self._users, plan, names=self._names, custom=self._custom, holders=self._found
        )  # fmt: skip
        await writer.write(plan.changes)
        if writer.refusal is not None:
            raise writer.refusal
        step = Step(
            name=StepName.UPDATE,
            result=StepResult.DONE if writer.effective else StepResult.FAILED,
            at=writer.at or self._client.now(),
            detail=writer.detail,
            refused=tuple(dict.fromkeys((*writer.refused, *writer.ignored))),
        )
        if writer.wrote_custom or writer.document is None:
            return step, await self.get(plan.account_id)  # another API wrote last, and may have made a new version
        return step, await self._with_custom(account_of(writer.document, self._paths))

    async def check_mapping(self, names: Iterable[tuple[NameKind, str]] = ()) -> tuple[str, ...]:
        """What the organisation does not have of what a mapping needs: a sentence for each custom attribute and name.

        Raises:
            Transient: Genesys can't be asked now.
        """
        custom = await self._custom.problems(self._send, self._keys)
        return custom + await check_names(self._names, self._send, names)

    async def perform(self, step: StepName, account_id: str) -> Step:
        """One step of the playbook. A token kill ordered among revocations is charged as `SESSIONS` (design §8)."""
        target = self
        if self._urgency is Urgency.REVOCATION and step in (StepName.END_SESSIONS, StepName.END_SESSIONS_AGAIN):
            target = self.at(Urgency.SESSIONS)
        return await self._playbook.perform(target._send, step, account_id)  # noqa: SLF001 - its own class

    async def check(self, account_id: str) -> SessionCheck:
        return await session_check(self._send, account_id)

    @property
    def _send(self) -> Send:
        return lambda request: self._client.send(request, self._urgency)

    async def _search(self, user_name: str) -> list[str]:
        """Ids by main e-mail address, which is what `userName` is (§3.2)."""
        answer = await self._send(
            Request(
                method="POST",
                route="/api/v2/users/search",
                body={
                    "pageSize": PAGE_SIZE,
                    "pageNumber": 1,
                    "query": [
                        {"fields": ["email"], "value": user_name, "type": "EXACT"},
                        {"fields": ["state"], "values": ["active", "inactive"], "type": "EXACT"},
                    ],
                },
                idempotent=True,
            )
        )
        return [each.id for each in answer.read(SearchResults).results]


def _named(user_name: str, accounts: Iterable[Account | None]) -> tuple[Account, ...]:
    wanted = user_name.casefold()
    return tuple(each for each in accounts if each is not None and each.user_name.casefold() == wanted)


def _same_external_id(shown: str | None, wanted: str) -> bool:
    """Object ids are UUIDs, which have no case; of anything else nobody says that case does not matter."""
    if shown is None:
        return False
    return shown.lower() == wanted.lower() if _UUID.fullmatch(wanted) else shown == wanted


class _Listing(msgspec.Struct, rename={"resources": "Resources"}):
    """A SCIM ListResponse."""

    resources: list[dict[str, Any]] = []


def _resources(answer: Answer) -> list[dict[str, Any]]:
    return answer.read(_Listing).resources


def _attributes_for(paths: Iterable[str]) -> str:
    """What to ask for: asking for less than everything spares Genesys its secondary look-ups (§2.2)."""
    wanted, problems = set(ALWAYS), []
    for path in sorted(paths):
        try:
            attribute = target_for(path)
        except Refused as error:
            problems.append(str(error))
            continue
        if custom_key(path) is None:
            wanted.add(ScimPath.parse(attribute.path).attribute)
    if problems:
        raise Misconfigured(tuple(problems))
    return ",".join(sorted(wanted))

"""How does a plan get into Genesys when Genesys refuses a part of it? One PATCH, and smaller ones only then.

A refused PATCH is halved until what is refused stands alone, so that one bad value does not keep the others out
(Genesys' refusals do not say which operation they mean). Each PATCH carries the version of the last answer.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from typing import Any

from shared.errors import NotThere, Refused, Stale, Unauthorized, Unreadable
from shared.model import Account, Change, Instant, Plan
from shared.rules.attributes.paths import ENTERPRISE, GENESYS
from shared.rules.attributes.table import Kind, attribute_or_text, custom_key
from shared.rules.attributes.values import Rating, normal, same
from shared.targets.client import Request
from shared.targets.custom_attributes import CustomAttributes
from shared.targets.names import NameDirectory, NameKind
from shared.targets.platform_api import Send
from shared.targets.scim import MEDIA_TYPE, account_of, patch_of, took

_NAMED = {
    f"{ENTERPRISE}:division": NameKind.DIVISION,
    "roles": NameKind.ROLE,
    f"{GENESYS}:routingSkills": NameKind.SKILL,
    f"{GENESYS}:routingLanguages": NameKind.LANGUAGE,
}

_OURS = ("invalidPath", "invalidValue", "ambiguousName")  # codes of our own sentences; the Platform API's have points


class Writer:
    """Writes one plan and remembers what became of it.

    Args:
        users: where SCIM's users are.
        holders: finds the accounts that have a user name.

    Attributes:
        document: the last User document that Genesys answered; None when it took no PATCH.
        wrote_custom: whether custom attributes were taken.
        at: when the last PATCH was answered; None when Genesys took none.
        refused: path to why Genesys did not take it.
        ignored: paths that it accepted without effect.
        effective: how many changes the account shows, if only in part.
        first_refusal: what Genesys said to the first of them.
    """

    def __init__(
        self,
        send: Send,
        users: str,
        plan: Plan,
        *,
        names: NameDirectory,
        custom: CustomAttributes,
        holders: Callable[[str], Awaitable[tuple[Account, ...]]],
    ) -> None:
        self._send = send
        self._users = users
        self._account_id = plan.account_id
        self._version = plan.version
        self._names = names
        self._custom = custom
        self._holders = holders
        self.document: dict[str, Any] | None = None
        self.wrote_custom = False
        self.at: Instant | None = None
        self.refused: dict[str, str] = {}
        self.ignored: list[str] = []
        self.effective = 0
        self.first_refusal: Refused | None = None

    async def write(self, changes: Sequence[Change]) -> None:
        """Write what Genesys takes of these changes.

        Raises:
            NotThere: there is no such account.
            Stale, Transient: some changes can have been written; planning again finds out which. A permission
                that is missing for a part is `Unauthorized` when the rest is written, so that it is tried again.
        """
        scim = [change for change in changes if custom_key(change.path) is None]
        if scim:
            await self._write(scim)
        by_schema: dict[str, list[Change]] = {}
        for change in changes:
            if (key := custom_key(change.path)) is not None:
                by_schema.setdefault(key[0], []).append(change)
        for schema, listed in by_schema.items():
            await self._amend(schema, listed)

    @property
    def refusal(self) -> Refused | None:
        """What to raise when Genesys took nothing at all; of several refusals, the first one's code stands for all."""
        first = self.first_refusal
        if first is None or self.document is not None or self.wrote_custom:
            return None
        return first if len(self.refused) == 1 else Refused(f"{self.detail}.", first.code)

    @property
    def detail(self) -> str:
        """What was not taken, in words and without values; empty when everything was."""
        parts = []
        if self.refused:
            parts.append(f"Genesys refused {', '.join(f'{path} ({why})' for path, why in self.refused.items())}")
        if self.ignored:
            parts.append(f"accepted, but without effect: {', '.join(self.ignored)}")
        return "; ".join(parts)

    async def _write(self, changes: list[Change]) -> None:
        try:
            await self._patch(changes)
        except Stale:
            if not await self._without_user_name(changes):
                raise
        except Unauthorized:
            # Roles, skills and languages take permissions of their own (§1.4): the rest does not wait for those.
            single = [change for change in changes if not attribute_or_text(change.path).multi]
            if 0 < len(single) < len(changes):
                await self._write(single)
            raise
        except (NotThere, Unreadable):
            raise
        except Refused as error:
            if len(changes) == 1:
                await self._alone(changes[0], error)
                return
            middle = len(changes) // 2
            await self._write(changes[:middle])
            await self._write(changes[middle:])

    async def _alone(self, change: Change, error: Refused) -> None:
        """One change that was refused: perhaps there is another way to say it."""
        if error.code == "noTarget" and change.after is None:
            self.effective += 1  # it is gone already
            return
        if error.code == "noTarget" and change.before is not None:
            # The entry that was to be replaced is gone: add it whole.
            await self._write([replace(change, before=None)])
            return
        known, unknown = await self._known_names(change)
        if known and unknown:
            try:
                await self._patch([replace(change, after=known)])
            except (NotThere, Unreadable):
                raise
            except Refused as again:
                error = again
            else:
                self.refused[change.path] = unknown
                return
        self._refuse(change, error, unknown or error.code or "no reason given")

    async def _without_user_name(self, changes: list[Change]) -> bool:
        """Whether a 409 meant that the new user name is another account's (§4.3); the rest is written then."""
        wanted = next((change for change in changes if change.path == "userName"), None)
        if wanted is None or not isinstance(wanted.after, str):
            return False
        if all(holder.id == self._account_id for holder in await self._holders(wanted.after)):
            return False
        taken = Refused("Genesys refused userName: another account has it.", "uniqueness")
        self._refuse(wanted, taken, "another account has it")
        rest = [change for change in changes if change is not wanted]
        if rest:
            await self._write(rest)
        return True

    async def _known_names(self, change: Change) -> tuple[tuple[str, ...], str]:
        """The items whose names Genesys has, and sentences about the others; nothing when it can't be asked."""
        attribute = attribute_or_text(change.path)
        kind, due = _NAMED.get(attribute.path), normal(attribute, change.after)
        if kind is None or due is None:
            return (), ""
        known, problems = [], []
        for item in (due,) if isinstance(due, str) else due:
            name = Rating.parse(item).name if attribute.kind is Kind.RATINGS else item
            try:
                await self._names.find(self._send, kind, name)
            except Unauthorized:
                return (), ""
            except Refused as error:
                problems.append(str(error).rstrip("."))
            else:
                known.append(item)
        return tuple(known), ", ".join(problems)

    async def _patch(self, changes: Sequence[Change]) -> None:
        answer = await self._send(
            Request(
                method="PATCH",
                route=f"{self._users}/{{id}}",
                ids={"id": self._account_id},
                headers={} if self._version is None else {"If-Match": f'"{self._version}"'},
                body=patch_of(changes),
                content_type=MEDIA_TYPE,
            )
        )
        document = answer.read(dict[str, Any])
        if self._version is not None:
            self._version = account_of(document, ()).version
        self.document, self.at = document, answer.at
        for change in changes:
            self._note(change, shown=took(change, document))

    async def _amend(self, schema: str, changes: list[Change]) -> None:
        wanted = {key[1]: change for change in changes if (key := custom_key(change.path)) is not None}
        values = {key: change.after for key, change in wanted.items()}
        try:
            record = await self._custom.amend(self._send, self._account_id, schema, values)
        except Refused as error:
            if len(changes) == 1:
                self._refuse(changes[0], error, str(error).rstrip(".") if error.code in _OURS else error.code)
                return
            for change in changes:
                await self._amend(schema, [change])
            return
        self.wrote_custom = True
        for name, change in wanted.items():
            attribute = attribute_or_text(change.path)
            self._note(change, shown=same(attribute, change.after, record.get(name), case_exact=True))

    def _note(self, change: Change, *, shown: bool) -> None:
        if shown:
            self.effective += 1
        else:
            self.ignored.append(change.path)

    def _refuse(self, change: Change, error: Refused, why: str) -> None:
        self.refused[change.path] = why
        self.first_refusal = self.first_refusal or error

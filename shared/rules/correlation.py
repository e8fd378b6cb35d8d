"""Which account belongs to this identity?"""

from __future__ import annotations

import re
from datetime import datetime

from shared.errors import Ambiguous
from shared.model import Account, Identity
from shared.rules.schema.compiling import CompiledMapping
from shared.rules.schema.matching import candidates
from shared.rules.schema.source_attributes import home_name, source_of

OBJECT_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def the_one(found: tuple[Account, ...], identity_id: str) -> Account | None:
    """The only candidate that can be this identity's, or None when there is none.

    Raises:
        Ambiguous: there are two or more, or the only one carries another person's object id: a name that was given
            to somebody else is never adopted (design §6).
    """
    candidates = tuple(account for account in found if not is_somebody_elses(account, identity_id))
    if len(candidates) > 1:
        raise Ambiguous(
            f"Genesys has {len(candidates)} accounts for this identity: {_ids(candidates)}. "
            "Make the user name unique there, or act on the right one by its Genesys id.",
            "ambiguous",
        )
    if found and not candidates:
        raise Ambiguous(
            f"The account with this user name in Genesys ({_ids(found)}) carries another person's object id as its "
            "external id. Act on the right account by its Genesys id.",
            "anotherIdentity",
        )
    return candidates[0] if candidates else None


def is_somebody_elses(account: Account, identity_id: str) -> bool:
    """Whether the account says that it belongs to another object in Entra; most say nothing (genesys-api.md §3.4)."""
    external_id = (account.external_id or "").lower()
    return OBJECT_ID.fullmatch(external_id) is not None and external_id != identity_id.lower()


def _ids(accounts: tuple[Account, ...]) -> str:
    return ", ".join(account.id for account in accounts)


def user_name_of(identity: Identity) -> str | None:
    """The user name under which Genesys knows this identity; None when the reading has none.

    As mappings see it: a guest has the name from home (entra-mapping.md §10.2), and a deleted person's name is without
    the object id that can stand in front of it (design §7; not verified in a live tenant).
    """
    name = identity.user_principal_name
    return home_name(name, identity.id) if name else None


def matching_problem(matching: CompiledMapping, identity: Identity, *, now: datetime) -> str:
    """Why the mapping's first search for this identity is not the one that is made here; empty when it is.

    Everybody is found by the user principal name first, leavers too, whose messages carry nothing else. A mapping that
    matches by another value would find another account, to which Entra's job writes and we must not.
    """
    names = [name for row in matching.matching if row.expression for name in row.expression.attributes]
    first = next(iter(candidates(matching, source_of(identity.attributes, names), now=now)), None)
    name = user_name_of(identity)
    if first is not None and name and first.path == "userName" and first.value.casefold() == name.casefold():
        return ""
    return (
        "The mapping matches this person by something else than the user principal name as `userName`, which is the "
        "only first match that this release can make: nothing is written."
    )

"""Which account belongs to this identity?"""

from __future__ import annotations

import re

from shared.errors import Ambiguous
from shared.model import Account, Identity

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

    A deleted person's UPN can carry the object id, without hyphens, in front of the name they had (design §7; not
    verified in a live tenant), so that the name is free for somebody else. Both forms are accepted.
    """
    name = identity.user_principal_name
    prefix = identity.id.replace("-", "")
    if name and name.lower().startswith(prefix) and len(name) > len(prefix):
        return name[len(prefix) :]
    return name

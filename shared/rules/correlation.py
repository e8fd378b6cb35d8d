"""Which account belongs to this identity?"""

from __future__ import annotations

from shared.errors import Ambiguous
from shared.model import Account, Identity


def the_one(found: tuple[Account, ...]) -> Account | None:
    """The only candidate, or None when there is none.

    Raises:
        Ambiguous: there are two or more; nothing may be written then.
    """
    if len(found) > 1:
        raise Ambiguous(
            f"Genesys has {len(found)} accounts with this user name: {', '.join(account.id for account in found)}. "
            "Make the name unique there, or act on the right one by its Genesys id.",
            "ambiguous",
        )
    return found[0] if found else None


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

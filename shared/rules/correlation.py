"""Which account belongs to this identity?"""

from __future__ import annotations

from shared.errors import Ambiguous
from shared.model import Account


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

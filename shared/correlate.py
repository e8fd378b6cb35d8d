"""Who is this identity in the target, when no link says so? By user name, then by the object id it may carry."""

from __future__ import annotations

from shared.errors import Ambiguous
from shared.model import Account
from shared.ports import Target
from shared.rules.correlation import the_one


async def find_account(target: Target, identity_id: str, user_name: str | None) -> Account | None:
    """The account of this identity, or None when there is none.

    The user name comes first: it is what Entra's own job matches by, and the external id can be missing or scoped to
    another OAuth client (genesys-api.md §3.4). The external id comes second: it finds a person whose name was
    changed, or given to somebody else.

    Raises:
        Ambiguous: two candidates, or only one that is somebody else's.
    """
    named = await target.find(user_name) if user_name else ()
    try:
        account = the_one(named, identity_id)
    except Ambiguous:
        ours = await target.find_by_external_id(identity_id)
        if len(ours) == 1:
            return ours[0]
        raise
    return account or the_one(await target.find_by_external_id(identity_id), identity_id)

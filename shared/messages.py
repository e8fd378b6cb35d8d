"""How do rings, looks and orders look on the bus? JSON with a format version; the nouns themselves are the schema.

{"v": 1, "type": "ring", "body": {"kind": "user", "id": "…", "cause": "notification", …}}
"""

from __future__ import annotations

from dataclasses import replace

import msgspec

from shared.errors import Unreadable
from shared.model import Lifecycle, Look, Order, Ring

VERSION = 1
Message = Ring | Look | Lifecycle | Order
TYPES: dict[str, type[Message]] = {
    "ring": Ring,
    "look": Look,
    "lifecycle": Lifecycle,
    "order": Order,
}
NAMES = {kind: name for name, kind in TYPES.items()}


class _Version(msgspec.Struct):
    v: int


class _Envelope(msgspec.Struct):
    type: str
    body: msgspec.Raw


def encode(message: Message) -> bytes:
    return msgspec.json.encode({"v": VERSION, "type": NAMES[type(message)], "body": message})


def decode(raw: bytes) -> Message:
    """The message in these bytes, its ids in lower case; fields that we do not know are left aside.

    Raises:
        Unreadable: no message, or of a format version that this release does not read.
    """
    try:
        version = msgspec.json.decode(raw, type=_Version).v
        if version != VERSION:
            raise Unreadable(f"The message has format version {version}; this release reads {VERSION}.", "version")
        envelope = msgspec.json.decode(raw, type=_Envelope)
        kind = TYPES.get(envelope.type)
        if kind is None:
            raise Unreadable("The message is of a type that this release does not know.", "type")
        return _with_plain_ids(msgspec.json.decode(envelope.body, type=kind))
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise Unreadable("The message is no JSON document of a known form.", "form") from error


def _with_plain_ids(message: Message) -> Message:
    """Ids are compared as text everywhere, and whoever wrote this message may not be us."""
    match message:
        case Ring(id=id_):
            return replace(message, id=id_.lower())
        case Look(ids=ids, claims=claims):
            claimed = {id_.lower(): claim for id_, claim in claims.items()}
            return replace(message, ids=tuple(id_.lower() for id_ in ids), claims=claimed)
        case Lifecycle(subscription_id=id_):
            return replace(message, subscription_id=id_.lower())
        case Order(identity_id=id_, account_id=account_id):
            return replace(message, identity_id=id_.lower(), account_id=account_id and account_id.lower())

"""Under which key is what? (design §7)

audit|<day>|<writer>    <sequence>               the full outcome: the truth
person|<identity>       <inverted time>|<work>   summary and pointer to the audit row
intent|<identity>       <trace>|<stage>          what is about to be written
link|<xx>               <identity>               identity to account, `xx` its first two characters
account|<xx>            <account>                account to identity
mark|<xx>               <identity>               revocation number
parked                  <key>                    refused messages
state                   <name>                   named values
epoch                   epoch                    which life of the ledger this is
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from shared.model import Instant
from shared.runtime.rows import Key, key

EPOCH: Final[Key] = ("epoch", "epoch")
_FAR: Final = 10**16  # microseconds, in the year 2286: what times are inverted from
_LAST: Final = _FAR / 1_000_000


def audit(now: Instant, writer: str, sequence: int) -> Key:
    return key("audit", datetime.fromtimestamp(now, UTC).date().isoformat(), writer), f"{sequence:012}"


def person(identity_id: str) -> str:
    """The partition of one person's summaries."""
    return key("person", identity_id)


def inverted(at: Instant) -> str:
    """Sorts newer before older."""
    return f"{_FAR - int(min(max(at, 0.0), _LAST) * 1_000_000):017}"


def intents(identity_id: str) -> str:
    """The partition of one person's intents."""
    return key("intent", identity_id)


def intent(identity_id: str, trace: str, stage: str) -> Key:
    return intents(identity_id), key(trace, stage)


def link(identity_id: str) -> Key:
    return key("link", identity_id[:2]), key(identity_id)


def account(account_id: str) -> Key:
    return key("account", account_id[:2]), key(account_id)


def mark(identity_id: str) -> Key:
    return key("mark", identity_id[:2]), key(identity_id)

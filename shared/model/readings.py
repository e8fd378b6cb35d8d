"""What was read of a person, on either side, and what is known of how the two belong together?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from shared.model.values import Instant, Presence, Value


@dataclass(frozen=True, slots=True, kw_only=True)
class Role:
    """An app role that somebody is assigned to (entra-mapping.md §6.2).

    Attributes:
        value: empty: an app role may have none.
    """

    id: str = ""
    value: str = ""
    display_name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """One user object as one Graph read showed it. Replicas lag: a later read can show an older truth.

    Attributes:
        attributes: Graph property name to value; None where Graph has null, a missing key where it has nothing.
        read_at: when the answer arrived.
        assigned: to the application, directly or by a group; None: not asked, or not told.
        roles: the app roles that the assignment brings; empty where they were not asked for, None where they were and
            nobody can tell all of them.
    """

    id: str
    presence: Presence
    account_enabled: bool | None = None
    user_principal_name: str | None = None
    attributes: Mapping[str, Value] = field(default_factory=dict)
    read_at: Instant = 0.0
    assigned: bool | None = None
    roles: tuple[Role, ...] | None = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """One Genesys user as SCIM shows it.

    Attributes:
        version: the number in `meta.version`, to be sent as `If-Match: "<version>"`; None when the answer had none.
        attributes: SCIM path (fully qualified for extensions) to value, for the paths that mappings can write.
    """

    id: str
    user_name: str
    active: bool
    version: str | None = None
    external_id: str | None = None
    attributes: Mapping[str, Value] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionCheck:
    """What Genesys says about a person after a revocation. Times are on Genesys' clock.

    Attributes:
        server_time: Genesys' `Date` header of this answer.
        last_token_issued: None when no token was ever issued.
        routing_status: for example `INTERACTING`; None when Genesys does not say.
    """

    active: bool
    server_time: Instant
    last_token_issued: Instant | None = None
    routing_status: str | None = None

    @property
    def in_conversation(self) -> bool | None:
        """None when Genesys does not say."""
        return None if self.routing_status is None else self.routing_status in ("INTERACTING", "COMMUNICATING")


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """Identity to account, and what the last completed convergence had read.

    Attributes:
        account_id: None: looked for, and there is none.
        fingerprint: of the last reading that was converged completely; empty when none was.
        pilot: whether the person was in the pilot group when last looked; None when never asked.
        written: path in Genesys to digest of the value that we or Entra's job wrote: only those may be cleared.
    """

    identity_id: str
    account_id: str | None
    fingerprint: str = ""
    pilot: bool | None = None
    written: Mapping[str, str] = field(default_factory=dict)

"""Which settings are there, and what are they now? One table, read once, at the start.

Every field of `Settings` is one setting; its metadata is the table that the sample file, the README and the tests
read. `load` is the only place that looks at the environment.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from shared.errors import Misconfigured
from shared.model import Mode
from shared.runtime import parsing
from shared.runtime.parsing import MISSING


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """One row of the table.

    Attributes:
        name: of the application setting (environment variable).
        default: as text; None when the setting is required, `MISSING` when it may be absent.
        example: the value in the sample file.
        secret: never shown, and a Key Vault reference in Azure.
    """

    name: str
    default: str | None
    parse: Callable[[str], Any]
    help: str
    example: str
    secret: bool = False


def _setting(
    name: str,
    parse: Callable[[str], Any],
    help_: str,
    *,
    default: str | None = None,
    example: str | None = None,
    secret: bool = False,
) -> Any:
    row = Setting(
        name=name, default=default, parse=parse, help=help_, secret=secret,
        example=example if example is not None else (default or ""),
    )  # fmt: skip
    return field(metadata={"setting": row}, repr=not secret)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Everything that differs between a laptop, a test and Azure. Times are in the unit that the name ends with."""

    mode: Mode = _setting(
        "MODE", parsing.choice(Mode), default="observe",
        help_="`observe`: everything runs, nothing is written to Genesys, outcomes say “would have …”. "
        "`enforce`: it is written.",
    )  # fmt: skip
    pilot_group: str = _setting(
        "PILOT_GROUP", parsing.uuid, default=MISSING,
        help_="Object id of an Entra group: its members are enforced while MODE is `observe`.",
    )  # fmt: skip
    provisioning_file: str = _setting(
        "PROVISIONING_FILE", parsing.text, default="provisioning.toml",
        help_="The mapping: what is written to Genesys, and from what. A relative path counts from the app's folder.",
    )  # fmt: skip
    tenant_id: str = _setting(
        "ENTRA_TENANT_ID", parsing.uuid, example="00000000-0000-0000-0000-000000000000",
        help_="The Entra tenant; notifications of any other are dropped.",
    )  # fmt: skip
    credential: str = _setting(
        "ENTRA_CREDENTIAL", parsing.one_of("managed_identity", "azure_cli"), default="managed_identity",
        help_="How this app signs in to Graph, Service Bus and Tables.",
    )  # fmt: skip
    identity_client_id: str = _setting(
        "AZURE_CLIENT_ID", parsing.text, default=MISSING,
        help_="Client id of the user-assigned managed identity; empty for the system-assigned one.",
    )  # fmt: skip
    graph_url: str = _setting(
        "GRAPH_URL", parsing.url, default="https://graph.microsoft.com/v1.0",
        help_="Root of Microsoft Graph, national clouds have their own.",
    )  # fmt: skip
    notification_url: str = _setting(
        "NOTIFICATION_URL", parsing.url, example="https://<app>.azurewebsites.net/api/graph/notifications",
        help_="Where Graph posts change and lifecycle notifications; when it changes, the subscriptions move.",
    )  # fmt: skip
    client_state: str = _setting(
        "CLIENT_STATE", parsing.length(16, 128), secret=True, example="<a random secret of 16 to 128 characters>",
        help_="Secret that every genuine notification carries.",
    )  # fmt: skip
    client_state_previous: str = _setting(
        "CLIENT_STATE_PREVIOUS", parsing.length(16, 128), default=MISSING, secret=True,
        help_="The secret before the last rotation, still accepted.",
    )  # fmt: skip
    subscription_minutes: int = _setting(
        "SUBSCRIPTION_MINUTES", parsing.integer(45, 41_760), default="10080",
        help_="Life of a Graph subscription; renewed at half of it.",
    )  # fmt: skip
    service_bus: str = _setting(
        "ServiceBusConnection", parsing.text, default=MISSING, secret=True,
        example="Endpoint=sb://localhost:5672;SharedAccessKeyName=local;SharedAccessKey=bG9jYWw=;"
        "UseDevelopmentEmulator=true;",
        help_="Connection string, for the local world only. This or the next one is required.",
    )  # fmt: skip
    service_bus_namespace: str = _setting(
        "ServiceBusConnection__fullyQualifiedNamespace", parsing.text, default=MISSING,
        help_="Namespace for identity-based connections: `<name>.servicebus.windows.net`.",
    )  # fmt: skip
    ledger: str = _setting(
        "LEDGER", parsing.text, default="sqlite:.local/ledger.db", secret=True,
        help_="Where the ledger is: `sqlite:<file>`, `https://<account>.table.core.windows.net`, or a storage "
        "connection string (Azurite).",
    )  # fmt: skip
    genesys_api_url: str = _setting(
        "GENESYS_API_URL", parsing.url, example="https://api.mypurecloud.de",
        help_="API host of the Genesys region.",
    )  # fmt: skip
    genesys_login_url: str = _setting(
        "GENESYS_LOGIN_URL", parsing.url, example="https://login.mypurecloud.de",
        help_="Login host of the Genesys region.",
    )  # fmt: skip
    genesys_client_id: str = _setting(
        "GENESYS_CLIENT_ID", parsing.text, example="<client id>", help_="OAuth client (client credentials) in Genesys.",
    )  # fmt: skip
    genesys_client_secret: str = _setting(
        "GENESYS_CLIENT_SECRET", parsing.text, secret=True, example="<client secret>",
        help_="Its secret; a Key Vault reference in Azure.",
    )  # fmt: skip
    genesys_scim_path: str = _setting(
        "GENESYS_SCIM_PATH", parsing.path, default="/api/v2/scim/v2", help_="SCIM root below the API host.",
    )  # fmt: skip
    genesys_max_in_flight: int = _setting(
        "GENESYS_MAX_IN_FLIGHT", parsing.integer(1, 64), default="8", help_="Calls to Genesys at a time, per process.",
    )  # fmt: skip
    revoke_end_sessions: bool = _setting(
        "REVOKE_END_SESSIONS", parsing.boolean, default="true",
        help_="Delete all tokens of a leaver at once. It ends live calls too.",
    )  # fmt: skip
    revoke_station: bool = _setting(
        "REVOKE_STATION", parsing.boolean, default="true", help_="Disassociate the leaver's station.",
    )  # fmt: skip
    revoke_presence: bool = _setting(
        "REVOKE_PRESENCE", parsing.boolean, default="false", help_="Set the leaver's presence to Offline.",
    )  # fmt: skip
    revoke_conversations: bool = _setting(
        "REVOKE_CONVERSATIONS", parsing.boolean, default="false",
        help_="Disconnect the leaver's live conversations on the platform's side.",
    )  # fmt: skip
    revoke_queues: bool = _setting(
        "REVOKE_QUEUES", parsing.boolean, default="false", help_="Remove the leaver from all queues.",
    )  # fmt: skip
    revoke_verify: bool = _setting(
        "REVOKE_VERIFY", parsing.boolean, default="true",
        help_="Delete tokens a second time and check that none was issued since.",
    )  # fmt: skip
    verify_after_s: float = _setting(
        "VERIFY_AFTER_S", parsing.seconds, default="10", help_="When that happens, seconds after the deactivation.",
    )  # fmt: skip
    order_valid_s: float = _setting(
        "ORDER_VALID_S", parsing.seconds, default="60",
        help_="A revocation older than this reads Entra again before it acts.",
    )  # fmt: skip
    looks_s: tuple[float, ...] = _setting(
        "LOOKS_S", parsing.waits, default="30,300", help_="When every rung identity is looked at again, in seconds.",
    )  # fmt: skip
    revocation_looks_s: tuple[float, ...] = _setting(
        "REVOCATION_LOOKS_S", parsing.waits, default="30,300,2700",
        help_="The same after a revocation; these read Genesys too. The last covers one cycle of Entra's own job.",
    )  # fmt: skip
    out_of_scope: str = _setting(
        "OUT_OF_SCOPE", parsing.one_of("leave", "deactivate"), default="leave",
        help_="What happens to accounts of people who are not assigned any more, or whom the filter excludes: "
        "`deactivate` does at once what Entra's job does.",
    )  # fmt: skip
    doubts_s: tuple[float, ...] = _setting(
        "DOUBTS_S", parsing.waits, default="30,90,180,600,2700,86400,86400,86400,86400,86400,86400,86400",
        help_="Waits between looks at an id that Entra does not know, or whose claim its readings contradict.",
    )  # fmt: skip
    background_places: int = _setting(
        "BACKGROUND_PLACES", parsing.integer(1, 15), default="4",
        help_="Places of a process for later stages and looks; below `maxConcurrentCalls` in host.json, so that first "
        "revocations always find one.",
    )  # fmt: skip
    lanes: int = _setting(
        "LANES", parsing.integer(1, 64), default="16",
        help_="Lanes of the queue `changes`; not above `maxConcurrentSessions` in host.json.",
    )  # fmt: skip
    bell_timeout_s: float = _setting(
        "BELL_TIMEOUT_S", parsing.seconds, default="2",
        help_="How long the webhook waits for the bus before it answers 503 and Graph posts again.",
    )  # fmt: skip
    webhook_max_bytes: int = _setting(
        "WEBHOOK_MAX_BYTES", parsing.integer(10_000, 100_000_000), default="4194304",
        help_="A larger notification body is answered 413.",
    )  # fmt: skip
    retry_revocation_s: tuple[float, ...] = _setting(
        "RETRY_REVOCATION_S", parsing.waits, default="2,5,10,20,30",
        help_="Waits between tries of a revocation that failed for a passing reason; the last one repeats for ever.",
    )  # fmt: skip
    retry_routine_s: tuple[float, ...] = _setting(
        "RETRY_ROUTINE_S", parsing.waits, default="30,120,300", help_="The same for everything else.",
    )  # fmt: skip
    retry_refused_s: tuple[float, ...] = _setting(
        "RETRY_REFUSED_S", parsing.waits, default="30,120,600",
        help_="Waits between tries of what was refused; parked after the last. A refused revocation is never parked.",
    )  # fmt: skip
    alarm_revocation_s: float = _setting(
        "ALARM_REVOCATION_S", parsing.seconds, default="120",
        help_="Alarm when a revocation is still open at this age.",
    )  # fmt: skip
    alarm_routine_s: float = _setting(
        "ALARM_ROUTINE_S", parsing.seconds, default="1800", help_="Alarm when other work is still open at this age.",
    )  # fmt: skip

    @property
    def client_states(self) -> tuple[str, ...]:
        """Every secret that a notification may carry, the current one first."""
        return tuple(state for state in (self.client_state, self.client_state_previous) if state)


TABLE: tuple[Setting, ...] = tuple(entry.metadata["setting"] for entry in dataclasses.fields(Settings))


def load(environ: Mapping[str, str]) -> Settings:
    """Read and check every setting.

    Raises:
        Misconfigured: with one sentence for each setting that is missing or malformed, all at once.
    """
    values: dict[str, Any] = {}
    problems: list[str] = []
    for entry in dataclasses.fields(Settings):
        row: Setting = entry.metadata["setting"]
        raw = environ.get(row.name, "").strip() or row.default
        if raw is None:
            problems.append(f"The setting {row.name} is missing: {row.help}")
            continue
        try:
            values[entry.name] = "" if raw == MISSING else row.parse(raw)
        except ValueError as error:
            problems.append(f"The setting {row.name} is malformed: it must be {error}.")
    if not problems and not (values["service_bus"] or values["service_bus_namespace"]):
        problems.append(
            "The setting ServiceBusConnection__fullyQualifiedNamespace is missing (or ServiceBusConnection in the "
            "local world): without a bus nothing can be rung."
        )
    if problems:
        raise Misconfigured(tuple(problems))
    return Settings(**values)

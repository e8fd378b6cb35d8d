"""How does this app sign in to Microsoft's services? The credentials that are allowed, and no guessing among them.

`DefaultAzureCredential` tries several in turn; a worker must never pick up a developer's identity, nor the other way
round. azure-identity is imported on first use (0.3 s).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from shared.errors import Misconfigured

if TYPE_CHECKING:
    from azure.core.credentials_async import AsyncTokenCredential

TIMEOUT_S = 10


def credential(kind: str, client_id: str = "") -> AsyncTokenCredential:
    """A credential that the caller closes (`await credential.close()`, or `async with`).

    Args:
        kind: `managed_identity` in Azure and in the local world, `azure_cli` for a person at a desk.
        client_id: of a user-assigned managed identity; empty for the system-assigned one.

    Raises:
        Misconfigured: any other kind.
    """
    match kind:
        case "managed_identity":
            from azure.identity.aio import ManagedIdentityCredential

            # One quick retry: the default of ten, up to minutes apart, would outlive the message that waits for it.
            return ManagedIdentityCredential(
                client_id=client_id or None,
                retry_total=1,
                connection_timeout=TIMEOUT_S,
                read_timeout=TIMEOUT_S,
            )
        case "azure_cli":
            from azure.identity.aio import AzureCliCredential

            return AzureCliCredential(process_timeout=TIMEOUT_S)
        case _:
            raise Misconfigured((f"The credential is `managed_identity` or `azure_cli`, not `{kind}`.",))

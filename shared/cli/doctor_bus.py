"""Does the bus let us in? Opens the sender of a queue; no message is sent."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from shared.cli.findings import Finding, fail, ok

if TYPE_CHECKING:
    from shared.wiring import App


def queue(name: str) -> Callable[[App], Awaitable[Finding]]:
    """The check of one queue. Each has a client of its own, so that one that hangs leaves the others alone."""
    check = f"bus {name}"

    async def open_sender(app: App) -> Finding:
        from azure.core.exceptions import ClientAuthenticationError
        from azure.servicebus.exceptions import (
            MessagingEntityNotFoundError,
            ServiceBusAuthenticationError,
            ServiceBusAuthorizationError,
            ServiceBusError,
        )

        from shared.runtime.bell import connect

        settings = app.settings
        credential = None if settings.service_bus else app.credential
        try:
            async with (
                connect(settings.service_bus, settings.service_bus_namespace, credential) as client,
                client.get_queue_sender(name) as sender,
            ):
                await sender.create_message_batch()  # opens the link
        except MessagingEntityNotFoundError:
            return fail(check, f"The namespace has no queue {name}: deploy the infrastructure again.")
        except (ServiceBusAuthenticationError, ServiceBusAuthorizationError, ClientAuthenticationError) as error:
            return fail(check, f"We may not send to it ({type(error).__name__}): grant Azure Service Bus Data Sender.")
        except (ServiceBusError, ValueError) as error:
            return fail(check, f"Its sender does not open: {type(error).__name__}.")
        return ok(check, "Its sender opens.")

    return open_sender

"""Which AMQP error condition does the broker answer with, and with which management status code?

Conditions: OASIS AMQP 1.0 part 2.8.15-2.8.18 (`amqp:…`), "Service Bus AMQP errors" (`com.microsoft:…`).
"""

from __future__ import annotations


class CodecError(ValueError):
    """Bytes that are not AMQP 1.0, or a value that AMQP 1.0 cannot carry."""


class AmqpError(Exception):
    """A refusal that the peer is told: AMQP condition, sentence, and the status of a management answer."""

    def __init__(self, condition: str, description: str, status: int = 400) -> None:
        super().__init__(f"{condition}: {description}")
        self.condition = condition
        self.description = description
        self.status = status


def message_lock_lost() -> AmqpError:
    return AmqpError("com.microsoft:message-lock-lost", "The lock supplied is invalid or has expired.", 410)


def session_lock_lost() -> AmqpError:
    return AmqpError("com.microsoft:session-lock-lost", "The session lock has expired or was lost.", 410)


def session_cannot_be_locked(session_id: str) -> AmqpError:
    return AmqpError(
        "com.microsoft:session-cannot-be-locked",
        f"The requested session '{session_id}' cannot be accepted: another receiver has locked it.",
        409,
    )


def message_not_found() -> AmqpError:
    return AmqpError("com.microsoft:message-not-found", "No message of that sequence number is there.", 404)


def entity_not_found(address: str) -> AmqpError:
    return AmqpError("amqp:not-found", f"The messaging entity '{address}' could not be found.", 404)


def session_required() -> AmqpError:
    return AmqpError("amqp:not-allowed", "The entity requires sessions, and no session id was given.")


def message_too_large(size: int, limit: int) -> AmqpError:
    return AmqpError("amqp:link:message-size-exceeded", f"The message has {size} bytes, {limit} are allowed.")

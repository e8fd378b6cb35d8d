"""How does the host put a request, a message or a timer on the wire? As .NET's host and Service Bus extension do.

Types follow `GrpcMessageConversionExtensions.ToRpc`: a string is a string, an array of strings or of long integers is
a collection, everything else (integers, times, dictionaries, arrays of those) is JSON, null is empty typed data.
The Service Bus fields follow extension 5.x, `ServiceBusTriggerBindingStrategy`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from infra.local.servicebus.consumer import Delivery

# .NET's DateTimeOffset.MaxValue: what a message without time to live expires at.
NEVER = "9999-12-31T23:59:59.9999999"


class Codec:
    """Encoders over the protocol's message classes; every answer is a protobuf object."""

    def __init__(self, protos: Any) -> None:
        self._protos = protos

    def http(
        self, *, method: str, url: str, headers: Mapping[str, str], query: Mapping[str, str],
        params: Mapping[str, str], body: bytes,
    ) -> Any:  # fmt: skip
        """Header names in lower case; a query value that is empty is not sent at all."""
        request = self._protos.RpcHttp(
            method=method,
            url=url,
            headers={name.lower(): value for name, value in headers.items()},
            query={name: value for name, value in query.items() if value},
            params=params,
        )
        if body:
            request.body.bytes = body
        return self._protos.TypedData(http=request)

    def body(self, body: bytes, *, binary: bool) -> Any:
        if binary:
            return self._protos.TypedData(bytes=body)
        return self._protos.TypedData(string=body.decode("utf-8", "replace"))

    def bodies(self, bodies: Sequence[bytes], *, binary: bool) -> Any:
        protos = self._protos
        if binary:
            return protos.TypedData(collection_bytes=protos.CollectionBytes(bytes=bodies))
        texts = [body.decode("utf-8", "replace") for body in bodies]
        return protos.TypedData(collection_string=protos.CollectionString(string=texts))

    def timer(self, *, past_due: bool, last: float, following: float) -> Any:
        """`last` and `following` in seconds since 1970."""
        status = {"Last": _offset(last), "Next": _offset(following), "LastUpdated": _offset(last)}
        info = {"Schedule": {"AdjustForDST": True}, "ScheduleStatus": status, "IsPastDue": past_due}
        return self._protos.TypedData(json=json.dumps(info))

    def metadata(self, delivery: Delivery) -> dict[str, Any]:
        """Binding data of one message."""
        return {name: self._value(value) for name, value in _facts(delivery).items()}

    def batch_metadata(self, deliveries: Sequence[Delivery]) -> dict[str, Any]:
        """Binding data of a batch: every field as an array, named with the suffix `Array`."""
        rows = [_facts(delivery) for delivery in deliveries]
        return {f"{name}Array": self._array(name, [row[name] for row in rows]) for name in rows[0]}

    def admin_metadata(self, *, many: bool) -> dict[str, Any]:
        """A message given to the admin endpoint has only empty properties, which the library needs to find."""
        names = ("UserProperties", "ApplicationProperties")
        return (
            {f"{name}Array": self._value([{}]) for name in names} if many else {name: self._value({}) for name in names}
        )

    def _value(self, value: object) -> Any:
        if value is None:
            return self._protos.TypedData()
        if isinstance(value, str):
            return self._protos.TypedData(string=value)
        return self._protos.TypedData(json=_json(value))

    def _array(self, name: str, values: list[Any]) -> Any:
        protos = self._protos
        if name == "SequenceNumber":
            return protos.TypedData(collection_sint64=protos.CollectionSInt64(sint64=values))
        if all(value is None or isinstance(value, str) for value in values):
            # The real host leaves empty strings out, so positions shift when only some messages have the field.
            texts = [value for value in values if value]
            return protos.TypedData(collection_string=protos.CollectionString(string=texts))
        return protos.TypedData(json=_json(values))


def _facts(delivery: Delivery) -> dict[str, Any]:
    enqueued = datetime.fromtimestamp(delivery.enqueued_at, UTC)
    return {
        # .NET counts deliveries from 1; the broker's header counts failures before this one.
        "DeliveryCount": delivery.delivery_count + 1,
        "DeadLetterSource": delivery.dead_letter_source,
        "LockToken": str(delivery.lock_token),
        "ExpiresAtUtc": _Json(f"{NEVER}Z"),
        "ExpiresAt": _Json(f"{NEVER}+00:00"),
        "EnqueuedTimeUtc": enqueued,
        "EnqueuedTime": _Json(enqueued.isoformat(timespec="microseconds")),
        "MessageId": _text(delivery.message_id),
        "ContentType": _text(delivery.content_type),
        "ReplyTo": _text(delivery.reply_to),
        "SequenceNumber": delivery.sequence_number,
        "To": _text(delivery.to),
        "Subject": _text(delivery.subject),
        "Label": _text(delivery.subject),
        "CorrelationId": _text(delivery.correlation_id),
        "ApplicationProperties": dict(delivery.application_properties),
        "UserProperties": dict(delivery.application_properties),
        "SessionId": delivery.session_id,
        "ReplyToSessionId": None,
        "PartitionKey": delivery.session_id,
        "TransactionPartitionKey": None,
    }


class _Json:
    """A .NET DateTime or DateTimeOffset: a string that travels as JSON."""

    __slots__ = ("text",)

    def __init__(self, text: str) -> None:
        self.text = text


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def _json(value: object) -> str:
    return json.dumps(value, default=_plain)


def _plain(value: object) -> object:
    if isinstance(value, _Json):
        return value.text
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return str(value)


def _offset(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat()

"""Which links and deliveries does one AMQP session carry? Called a channel here: a session is Service Bus' own word."""

from __future__ import annotations

from typing import TYPE_CHECKING

from infra.local.servicebus import management
from infra.local.servicebus.encoding import encode
from infra.local.servicebus.errors import AmqpError, CodecError, session_required
from infra.local.servicebus.links import IncomingLink, OutgoingLink
from infra.local.servicebus.performatives import (
    ATTACH,
    DETACH,
    DISPOSITION,
    FLOW,
    MAX_FRAME,
    SESSION_FILTER,
    SOURCE,
    TARGET,
    TRANSFER,
    Attach,
    Disposition,
    Fields,
    Flow,
    Outcome,
    Transfer,
    error,
    outcome,
    performative,
    window,
)
from infra.local.servicebus.values import Described, Symbol, UByte, UInt, ULong

if TYPE_CHECKING:
    from infra.local.servicebus.connection import Connection
    from infra.local.servicebus.sessions import Session
    from infra.local.servicebus.settlement import Lock

WINDOW = 65_535
#: .NET counts 100 ns ticks from the year 1; this is 1970.
TICKS_AT_EPOCH = 621_355_968_000_000_000
ACCEPT_TIMEOUT_S = 60.0


class Channel:
    """One AMQP session: links by handle, and unsettled deliveries by delivery id.

    The client's incoming window is not watched: the SDKs announce 65,535 transfers and renew that all the time.
    """

    def __init__(self, connection: Connection, number: int, next_incoming: int) -> None:
        self.connection = connection
        self.number = number
        self._links: dict[int, IncomingLink | OutgoingLink] = {}
        self._unsettled: dict[int, tuple[OutgoingLink, Lock]] = {}
        self._next_incoming = next_incoming
        self._next_outgoing = 0

    def on_performative(self, code: int, fields: Fields, payload: memoryview) -> None:
        """Raises CodecError when the fields are not those of the performative."""
        if code == TRANSFER:
            self._on_transfer(Transfer.parse(fields), payload)
        elif code == DISPOSITION:
            self._on_disposition(Disposition.parse(fields))
        elif code == FLOW:
            self._on_flow(Flow.parse(fields))
        elif code == ATTACH:
            self._on_attach(Attach.parse(fields))
        elif code == DETACH:
            self._on_detach(fields.number(0))

    def close(self) -> None:
        links = list(self._links.values())
        self._links.clear()
        for link in links:
            link.close()

    def request(self, address: str, payload: bytes) -> None:
        """Work on a request to `$cbs` or `$management`; the answer goes to the outgoing link it names."""
        request = management.Request.parse(payload)
        reply = management.answer(self.connection.namespace, address, request)
        if reply is None:
            self.connection.abort()
            return
        ways = [link for link in self._links.values() if isinstance(link, OutgoingLink) and link.address == address]
        way = next((link for link in ways if link.target == request.reply_to), ways[0] if ways else None)
        if way is not None:
            way.answer(reply)

    def send(self, code: int, fields: list[object]) -> None:
        self.connection.send(self.number, performative(code, fields))

    def send_flow(self, handle: int, delivery_count: int, credit: int, *, drain: bool = False) -> None:
        self.send(
            FLOW,
            [
                window(self._next_incoming),
                UInt(WINDOW),
                window(self._next_outgoing),
                UInt(WINDOW),
                UInt(handle),
                window(delivery_count),
                UInt(credit),
                None,
                drain or None,
            ],
        )

    def send_disposition(self, as_receiver: bool, delivery_id: int, encoded_outcome: bytes) -> None:
        """Settle one delivery. SDKs from 7.15 on wait for the echo of their own outcome."""
        fields = [encode(as_receiver), encode(UInt(delivery_id)), encode(UInt(delivery_id)), encode(True)]
        body = b"".join([*fields, encoded_outcome, encode(None)])
        head = bytes((0x00, 0x53, DISPOSITION, 0xD0)) + (len(body) + 4).to_bytes(4, "big") + (6).to_bytes(4, "big")
        self.connection.send(self.number, head + body)

    def send_delivery(self, link: OutgoingLink, tag: bytes, payload: bytes, lock: Lock | None) -> None:
        """One message, in as many frames as the client's frame size asks for."""
        delivery_id = self._next_outgoing & 0xFFFFFFFF
        self._next_outgoing += 1
        if lock is not None:
            self._unsettled[delivery_id] = (link, lock)
        room = self.connection.peer_max_frame - 128
        for start in range(0, len(payload), room):
            more = start + room < len(payload)
            fields = [UInt(link.handle), UInt(delivery_id), tag, UInt(0), lock is None, more]
            self.connection.send(self.number, performative(TRANSFER, fields) + payload[start : start + room])

    def confirm_session(self, link: OutgoingLink, session: Session) -> None:
        """The attach that tells the client which session it owns, and until when."""
        ticks = round(session.locked_until * 10_000_000) + TICKS_AT_EPOCH
        filters: dict[object, object] = {Symbol(SESSION_FILTER): session.id}
        self._confirm_outgoing(link, filters, {Symbol("com.microsoft:locked-until-utc"): ticks})

    def detach(self, link: OutgoingLink, problem: AmqpError) -> None:
        """Close a link from this side."""
        if self._links.pop(link.handle, None) is not None:
            link.close()
            self.send(DETACH, [UInt(link.handle), True, error(problem)])

    def refuse(self, handle: int, name: str, problem: AmqpError, *, to_receiver: bool) -> None:
        """AMQP 1.0 part 2.6.3: an attach without terminus, and the reason in the detach that follows."""
        self._links.pop(handle, None)
        empty: list[object] = [None] * 6
        self.send(ATTACH, [name, UInt(handle), not to_receiver, *empty, UInt(0) if to_receiver else None])
        self.send(DETACH, [UInt(handle), True, error(problem)])

    def _on_transfer(self, transfer: Transfer, payload: memoryview) -> None:
        self._next_incoming += 1
        link = self._links.get(transfer.handle)
        if isinstance(link, IncomingLink):
            link.on_transfer(transfer, payload)

    def _on_flow(self, flow: Flow) -> None:
        link = self._links.get(flow.handle) if flow.handle is not None else None
        if isinstance(link, OutgoingLink):
            link.on_flow(flow)

    def _on_detach(self, handle: int) -> None:
        link = self._links.pop(handle, None)
        if link is not None:
            link.close()
            self.send(DETACH, [UInt(handle), True])

    def _on_attach(self, attach: Attach) -> None:
        try:
            if attach.is_receiver:
                self._attach_outgoing(attach)
            else:
                self._attach_incoming(attach)
        except AmqpError as problem:
            self.refuse(attach.handle, attach.name, problem, to_receiver=attach.is_receiver)

    def _attach_incoming(self, attach: Attach) -> None:
        link = IncomingLink(self, attach)
        self._links[attach.handle] = link
        limit = link.queue.config.max_message_bytes if link.queue is not None else MAX_FRAME
        terminus = [Described(ULong(SOURCE), [attach.source or None]), Described(ULong(TARGET), [attach.target])]
        fields = [link.name, UInt(link.handle), True, UByte(2), UByte(0), *terminus, None, None, None, ULong(limit)]
        self.send(ATTACH, [*fields, None, None, {}])
        link.grant()

    def _attach_outgoing(self, attach: Attach) -> None:
        link = OutgoingLink(self, attach)
        self._links[attach.handle] = link
        queue = link.queue
        if queue is None:
            self._confirm_outgoing(link, None, {})
        elif not attach.in_session:
            if queue.config.session:
                raise session_required()
            self._confirm_outgoing(link, None, {})
            queue.add_receiver(link)
        elif not queue.config.session:
            raise AmqpError("amqp:not-allowed", "The entity has no sessions: a session cannot be accepted.")
        elif attach.session_id is not None:
            link.session_accepted(queue.sessions.accept(attach.session_id, link))
        else:
            wait = ACCEPT_TIMEOUT_S if attach.timeout_ms is None else attach.timeout_ms / 1000
            self.connection.namespace.clock.call_later(wait, link.time_out)
            queue.sessions.accept_next(link)

    def _confirm_outgoing(
        self, link: OutgoingLink, filters: dict[object, object] | None, properties: dict[object, object]
    ) -> None:
        source = Described(ULong(SOURCE), [link.address, None, None, None, None, None, None, filters])
        target = Described(ULong(TARGET), [link.target or None])
        modes = [UByte(0 if link.settles else 1), UByte(1 if link.settles else 0)]
        fields = [link.name, UInt(link.handle), False, *modes, source, target, None, None, UInt(0), ULong(MAX_FRAME)]
        self.send(ATTACH, [*fields, None, None, properties])

    def _on_disposition(self, disposition: Disposition) -> None:
        if not disposition.is_receiver:
            return
        for delivery_id in range(disposition.first, min(disposition.last, self._next_outgoing) + 1):
            link, lock = self._unsettled.pop(delivery_id, (None, None))
            if link is None or lock is None:
                continue
            try:
                self._settle(link, lock, disposition)
                answer = outcome(disposition.outcome)
            except AmqpError as problem:
                answer = outcome(Outcome.REJECTED, problem)
            self.send_disposition(False, delivery_id, answer)

    @staticmethod
    def _settle(link: OutgoingLink, lock: Lock, disposition: Disposition) -> None:
        assert link.queue is not None
        link.still_owns(lock)
        locks = link.queue.locks
        match disposition.outcome:
            case Outcome.ACCEPTED:
                locks.complete(lock.token)
            case Outcome.REJECTED:
                locks.dead_letter(lock.token, disposition.reason, disposition.description)
            case Outcome.RELEASED:
                locks.release(lock.token)
            case Outcome.MODIFIED if disposition.undeliverable_here:
                locks.defer(lock.token, disposition.properties)
            case Outcome.MODIFIED:
                locks.abandon(lock.token, disposition.properties)
            case unknown:
                raise CodecError(f"no such outcome: 0x{unknown:02x}")

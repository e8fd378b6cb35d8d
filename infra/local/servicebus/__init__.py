"""A Service Bus namespace in memory: AMQP 1.0 over plain TCP for the unmodified SDKs, and an in-process receiver.

The broker (`queues`, `sessions`, `settlement`) knows nothing of AMQP frames; `connection`, `links` and `management`
put it on the wire; `consumer` is what the local Functions host receives with. Topics, transactions and TLS are absent.
"""

from __future__ import annotations

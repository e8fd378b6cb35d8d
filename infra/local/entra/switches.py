"""Which behaviours of Graph can be turned, and how are they set unless somebody turns them?

`POST /_control/switches {"name": value}` changes them while the simulator runs. Where Microsoft's documentation
leaves a behaviour open or has changed its mind, the switch offers every variant.
"""

from __future__ import annotations

from typing import Any

MINUTE, HOUR, DAY = 60.0, 3600.0, 86400.0

DEFAULTS: dict[str, Any] = {
    # Access tokens and permissions.
    "access_token_s": DAY,  # managed identities get 24 h, client secrets 60-90 min
    "leave_date_without_role": "refuse",  # or "omit": what User-LifeCycleInfo.Read.All protects
    "group_member_role_subscribes": False,  # whether GroupMember.Read.All is enough for a `groups` subscription
    "secrets_need_write": False,  # whether Synchronization.ReadWrite.All is needed to read the secrets of a job
    # The provisioning job.
    "provisioning_schema": "served",  # or "missing" (404), "truncated", "foreign", "oversized", "deep"
    "oversized_schema_bytes": 64 * 2**20,
    "mask_secrets": True,
    # Reading.
    "stale_reads": 0,  # after every write: so many reads of the object still give the old value
    "stale_s": 0.0,  # after every write: the old value for so many seconds
    "replicas_alternate": False,  # while stale: every other read is fresh, so time seems to run backwards
    "prefix_deleted_upn": True,  # a deleted user's UPN carries the object id in front
    # Throttling per application.
    "resource_units": 8000,  # in 10 s, size L; 0 is no limit
    "writes": 0,  # in 150 s; the service's own limit is 3,000; 0 is no limit
    "retry_after": "integer",  # or "fractional", or "absent"
    "shuffle_batch": True,
    # Graph subscriptions.
    "subscriptions_per_app": 100,
    "subscriptions_page": 50,
    "max_life_min": 41_760,
    "min_life_min": 45,
    "client_state_max": 128,  # the changeNotification page says 255
    "created_change_type": "refuse",  # or "accept"
    "duplicate_subscriptions": "accept",  # or "refuse", as documented
    "http_notification_urls": True,  # http is taken for loopback hosts; the service takes https only
    "handshake_timeout_s": 10.0,
    "handshake_on_renewal": False,  # seen by some tenants also when the URL stays the same
    "list_shows_client_state": False,
    "list_shows_expired": False,
    "list_hides_newest": False,
    # Deliveries.
    "delivery_delay_s": 0.05,  # what changes within it travels in one POST
    "delivery_latency_s": 0.0,
    "delivery_timeout_s": 3.0,  # ten seconds in the documentation of 2024 and 2025
    "notifications_per_post": 20,
    "mixed_subscriptions": True,  # one POST may carry notifications of several graph subscriptions
    "posts_in_flight": 16,  # read once, when the simulator starts
    "updates_per_creation": 3,  # the skeleton first, then properties follow
    "members_per_notification": 100,  # larger membership changes are split
    "duplicate_rate": 0.0,
    "reorder": False,
    "silence": False,  # a live graph subscription of which nothing is heard; what happens meanwhile is lost
    "optional_fields": True,  # eventTime, sequenceNumber, id: present in some captures only
    "retry_base_s": 1.0,
    "retry_factor": 2.0,
    "retry_for_s": 4 * HOUR,
    # What Graph does to an endpoint whose answers are late.
    "late_answer_s": 2.9,
    "slow_share": 0.10,
    "slow_hold_s": 10.0,
    "drop_share": 0.15,
    "share_window_s": 10 * MINUTE,
    "share_minimum": 100,  # answers in the window before the share counts
    # Lifecycle notifications: the access token behind a graph subscription ends before the subscription does.
    "reauthorization": True,
    "subscription_token_s": DAY,
    "reauthorization_lead_s": 180 * MINUTE,
    "reauthorization_every_s": 15 * MINUTE,
}

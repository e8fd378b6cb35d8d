"""Entra ID and Microsoft Graph on loopback: directory, graph subscriptions, notifications and access tokens.

Stands in for what `reference` tables of Microsoft Learn describe under graph/api and graph/change-notifications-*.
It does not simulate delta queries, delegated permissions, licences, rich notifications, Event Hubs or Event Grid.
"""

from __future__ import annotations

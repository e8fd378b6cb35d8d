"""What may Genesys turn out to do? Every behaviour that no source settles, with the variant simulated by default.

`POST /_control/switches {"name": value}` changes them while the simulator runs.
"""

from __future__ import annotations

from typing import Any

DEFAULTS: dict[str, Any] = {
    # Rate limit: 300 requests a minute; per access token (Genesys' blog) or per OAuth client (its community).
    "rate_allowed": 300,
    "rate_window_s": 60,
    "rate_scope": "token",  # token | client
    "gateway_errors": "platform",  # platform | scim: shape of 401, 403 and 429 on SCIM paths
    # Access tokens and sessions.
    "token_lifetime_s": 0,  # above 0 overrides the lifetime that the OAuth client asks for
    "session_token_lifetime_s": 86_400,
    "relogin": False,  # a session whose token was deleted signs in again through SSO at once, if its agent may
    "race_token_after_s": 0.0,  # above 0: a session's first token deletion misses a token that appears that much later
    "deactivation_ends_tokens": False,
    "tokens_delete_status": 200,  # or 204
    "tokens_delete_without_tokens": 200,  # or 404
    "token_delete_ends_conversations": True,
    "station_delete_without_station": 202,  # or 404
    "offline_presence_for_live_sessions": True,  # False: 400 while the agent's client is connected
    # Life of an account.
    "inactive_drops_direct_roles": True,
    "userName_filter_finds_inactive": True,
    "post_restores_deleted": True,  # False: 409
    "duplicate_user": "409",  # 409 | uniqueness (400)
    "default_role": "employee",
    "user_name_write": "allow",  # allow | ignore | mutability (400)
    "user_name_case_exact": False,  # comparison in filters
    "external_id_scope": "org",  # org | client: who set externalId is the only one to see it
    # PATCH.
    "unknown_path": "invalidPath",  # invalidPath (400) | ignore
    "unknown_name": "invalidValue",  # invalidValue (400) | skip: roles, skills, languages, divisions, managers, members
    "replace_missing_entry": "noTarget",  # noTarget (400) | add
    "empty_value_clears": False,  # False: an empty string leaves the attribute alone
    "string_booleans": True,  # "True" and "False" for active, as Entra's classic client sends them
    "patch_atomic": True,  # False: operations before the refused one stay applied
    "unchanged_patch_bumps_version": False,
    "put_clears_missing": True,
    "subaction_without_permission": "forbid",  # forbid (403) | skip
    # Lists.
    "max_count": 100,  # the largest page handed out
    "advertised_max_results": 25,
    "large_page_429": False,  # count above 25 without excluding the expensive attributes
    "groups_filter_required": True,  # on /api/v2/scim/v2/groups
    "index_delay_s": 0.0,  # how long filters, lists and searches lag behind reads by id
    "scim_roles_show_inherited": False,
    # Groups.
    "group_name_write": "ignore",  # ignore | mutability (400)
    "group_member_cap": 0,  # above 0: most member values in one SCIM request (413)
    "group_write_s": 0.0,  # how long a group is busy after a write; another write meanwhile is 409
}

"""Is what a SCIM caller wants for an account possible? From a draft of wire values to changes of the account.

Names become ids, references are looked up, immutable mirrors are checked; here an unknown role or skill is refused.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from infra.local.genesys.directory import NOTHING, Account
from infra.local.genesys.draft import Draft, Rules
from infra.local.genesys.errors import ScimProblem, invalid
from infra.local.genesys.org import Org
from infra.local.genesys.schemas import SCIM_AUTHORITY

PHONE = re.compile(r"\+[1-9]\d{1,14}|tel:\+[1-9]\d{1,14}(;ext=\d+)?")
MOST_SKILLS = 50
CLEARED: Mapping[str, Any] = {
    "title": "", "external_id": "", "emails": NOTHING, "phones": NOTHING, "roles": NOTHING, "department": "",
    "manager_id": "", "employee_number": "", "date_hire": "", "skills": NOTHING, "languages": NOTHING,
    "external_ids": NOTHING,
}  # fmt: skip


def rules(switches: Mapping[str, Any]) -> Rules:
    return Rules(
        ignore_unknown=switches["unknown_path"] == "ignore",
        add_missing=switches["replace_missing_entry"] == "add",
        empty_clears=bool(switches["empty_value_clears"]),
        string_booleans=bool(switches["string_booleans"]),
    )


def document_rules(switches: Mapping[str, Any]) -> Rules:
    """For whole documents (POST, PUT): what a server does not know it leaves out of account (RFC 7644 §3.3)."""
    return replace(rules(switches), ignore_unknown=True)


def reader(org: Org, account: Account, scope: str) -> Callable[[str], Any]:
    """What a draft reads of the account: wire values where they differ from what the account keeps."""

    def read(field: str) -> Any:
        match field:
            case "roles":
                return org.role_names(account)
            case "division":
                return org.divisions.name_of(account.division_id)
            case "external_id":
                return account.scim_external_ids.get(scope, "")
            case _:
                return getattr(account, field)

    return read


def changes(org: Org, account: Account, draft: Draft, scope: str) -> dict[str, Any]:
    """The draft as changes of the account's fields.

    Raises:
        ScimProblem: 400 `invalidValue` or `mutability`, 409 for a userName that somebody else has.
    """
    wanted = dict(draft.changes)
    skips = org.switches["unknown_name"] == "skip"
    wanted.pop("password", None)
    if "user_name" in wanted:
        _user_name(org, account, wanted)
    if wanted.get("display_name") == "":
        raise invalid("invalidValue", "displayName is required.")
    if "emails" in wanted:
        _emails(wanted, str(draft["user_name"]))
    for kind, number in wanted.get("phones", {}).items():
        if not PHONE.fullmatch(number):
            raise invalid("invalidValue", f"The {kind} number is neither E.164 nor a tel: address.")
    if wanted.get("date_hire"):
        wanted["date_hire"] = _day(wanted["date_hire"])
    if "external_id" in wanted:
        wanted["scim_external_ids"] = _scoped(account, scope, wanted.pop("external_id"))
    if "external_ids" in wanted:
        own = account.scim_external_ids.get(scope) or account.id
        wanted["external_ids"] = _external_ids(wanted["external_ids"], own)
    if "division" in wanted:
        _division(org, wanted, skips=skips)
    if wanted.get("manager_id") and org.present(wanted["manager_id"]) is None:
        _unknown("manager", wanted["manager_id"], skips=skips)
        del wanted["manager_id"]
    for field, known, what in (
        ("roles", org.roles.by_name, "role"),
        ("skills", org.skills.by_name, "routing skill"),
        ("languages", org.languages.by_name, "routing language"),
    ):
        if field in wanted:
            wanted[field] = _known(wanted[field], known, what, skips=skips)
    if "roles" in wanted:
        wanted["grants"] = org.grants_for(account, wanted.pop("roles"))
    return wanted


def taken(org: Org, user_name: str) -> ScimProblem:
    """The answer to a userName that is in use."""
    message = f"A user with the userName {user_name} exists already."
    if org.switches["duplicate_user"] == "uniqueness":
        return invalid("uniqueness", message)
    return ScimProblem(409, message)


def _user_name(org: Org, account: Account, wanted: dict[str, Any]) -> None:
    name = wanted["user_name"]
    if name == account.user_name:
        return
    if account.id and org.switches["user_name_write"] == "mutability":
        raise invalid("mutability", "userName cannot be changed.")
    if account.id and org.switches["user_name_write"] == "ignore":
        del wanted["user_name"]
        return
    if not name:
        raise invalid("invalidValue", "userName is required.")
    holder = org.named(name)
    if account.id and holder is not None and holder.id != account.id:
        raise taken(org, name)


def _emails(wanted: dict[str, Any], user_name: str) -> None:
    emails = dict(wanted["emails"])
    mirror = emails.pop("other", None)
    if mirror is not None and mirror.casefold() != user_name.casefold():
        raise invalid("mutability", "The e-mail address of type other mirrors userName.")
    wanted["emails"] = emails


def _scoped(account: Account, scope: str, value: str) -> dict[str, str]:
    kept = {other: held for other, held in account.scim_external_ids.items() if other != scope}
    return {**kept, scope: value} if value else kept


def _external_ids(listed: Mapping[str, str], own: str) -> dict[str, str]:
    for authority, value in listed.items():
        if authority.startswith(SCIM_AUTHORITY) and value != own:
            raise invalid("mutability", f"The external id of {SCIM_AUTHORITY} cannot be changed.")
    return {key: value for key, value in listed.items() if not key.startswith(SCIM_AUTHORITY)}


def _division(org: Org, wanted: dict[str, Any], *, skips: bool) -> None:
    name = wanted.pop("division")
    identifier = org.divisions.id_of(name) if name else org.home_division
    if identifier is None:
        _unknown("division", name, skips=skips)
    else:
        wanted["division_id"] = identifier


def _known(listed: Mapping[str, Any], known: Mapping[str, Any], what: str, *, skips: bool) -> dict[str, Any]:
    if len(listed) > MOST_SKILLS:
        raise invalid("invalidValue", f"More than {MOST_SKILLS} values of {what}.")
    for name in listed:
        if name not in known:
            _unknown(what, name, skips=skips)
    return {name: value for name, value in listed.items() if name in known}


def _unknown(what: str, name: str, *, skips: bool) -> None:
    if not skips:
        raise invalid("invalidValue", f"There is no {what} {name}.")


def _day(text: str) -> str:
    try:
        return date.fromisoformat(text[:10]).isoformat()
    except ValueError as error:
        raise invalid("invalidValue", "dateHire is an ISO 8601 date.") from error

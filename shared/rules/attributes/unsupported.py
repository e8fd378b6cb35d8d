"""Why does Genesys not have this attribute, and what can be mapped instead? One sentence for each path."""

from __future__ import annotations

from shared.rules.attributes.paths import ENTERPRISE, GENESYS, ScimPath

CUSTOM_ATTRIBUTES = (
    "Use a custom attribute of Genesys instead, in provisioning.toml: [custom_attributes] with one line such as "
    '"HR:bpo_vendor_id_text" = "extensionAttribute1", where HR is the name of a schema of user custom attributes and '
    "bpo_vendor_id_text one of its keys."
)
_NO_NAMES = 'Genesys keeps one name, so map to displayName, for example Join(" ", , [givenName], [surname])'
_INSTEAD = {
    "name": _NO_NAMES,
    "nickname": _NO_NAMES,
    "password": "passwords are not written, because people log in through Entra",
    "addresses": "postal addresses and locations are not part of it",
    "photos": "pictures are not part of it",
    "costcenter": f"map to {ENTERPRISE}:department or to a custom attribute",
    "organization": f"map to {ENTERPRISE}:department or to a custom attribute",
    "usertype": "map to title or to a custom attribute",
    "entitlements": "map to roles",
    "ims": f'map to {GENESYS}:externalIds[authority eq "microsoftteams"].value',
    "manageruserprincipalname": f"map to {ENTERPRISE}:manager",
}  # fmt: skip


def why_not(name: str, path: ScimPath) -> str:
    """The sentence for a path whose attribute Genesys' SCIM does not have."""
    if path.schema not in ("", ENTERPRISE, GENESYS):
        return f"Genesys' SCIM has no schema {path.schema}, so {name} leads nowhere; it has {ENTERPRISE} and {GENESYS}."
    instead = _INSTEAD.get(path.name.lower())
    if instead is not None:
        return f"Genesys' SCIM has no {path.name}, so {name} leads nowhere: {instead}."
    return f"Genesys' SCIM has no attribute {name}. {CUSTOM_ATTRIBUTES}"

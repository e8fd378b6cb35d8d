"""Which names mean which attribute, and what is said about the others."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.errors import Refused
from shared.rules.attributes.paths import ENTERPRISE, GENESYS, ScimPath
from shared.rules.attributes.table import (
    ATTRIBUTES,
    PHONE_TYPES,
    Access,
    Kind,
    attribute_at,
    attribute_or_text,
    custom_key,
    target_for,
)

CORE = "urn:ietf:params:scim:schemas:core:2.0:User"
MOBILE = 'phoneNumbers[type eq "mobile"].value'
WORK_MAIL = 'emails[type eq "work"].value'
TEAMS = f'{GENESYS}:externalIds[authority eq "microsoftteams"].value'


@pytest.mark.parametrize(
    ("name", "path", "kind"),
    [
        ("userName", "userName", Kind.EMAIL),
        ("USERNAME", "userName", Kind.EMAIL),
        ("displayName", "displayName", Kind.TEXT),
        (f"{CORE}:displayName", "displayName", Kind.TEXT),
        (" title ", "title", Kind.TEXT),
        ("active", "active", Kind.BOOLEAN),
        ("externalId", "externalId", Kind.TEXT),
        (MOBILE, MOBILE, Kind.PHONE),
        ("phoneNumbers[type eq 'mobile'].value", MOBILE, Kind.PHONE),
        ("phoneNumbers[type eq \u201cmobile\u201d].value", MOBILE, Kind.PHONE),
        ("phonenumbers[ TYPE EQ \u2018mobile\u2019 ]", MOBILE, Kind.PHONE),
        (WORK_MAIL, WORK_MAIL, Kind.EMAIL),
        ("roles", "roles", Kind.NAMES),
        ("roles.value", "roles", Kind.NAMES),
        (f"{ENTERPRISE}:department", f"{ENTERPRISE}:department", Kind.TEXT),
        (f"{ENTERPRISE.upper()}:Department", f"{ENTERPRISE}:department", Kind.TEXT),
        ("department", f"{ENTERPRISE}:department", Kind.TEXT),
        (f"{ENTERPRISE}:division", f"{ENTERPRISE}:division", Kind.TEXT),
        (f"{ENTERPRISE}:manager", f"{ENTERPRISE}:manager", Kind.REFERENCE),
        (f"{ENTERPRISE}:manager.value", f"{ENTERPRISE}:manager", Kind.REFERENCE),
        (f"{ENTERPRISE}:employeeNumber", f"{ENTERPRISE}:employeeNumber", Kind.TEXT),
        (f"{ENTERPRISE}:dateHire", f"{ENTERPRISE}:dateHire", Kind.DATE),
        (f"{GENESYS}:routingSkills", f"{GENESYS}:routingSkills", Kind.RATINGS),
        ("routingLanguages", f"{GENESYS}:routingLanguages", Kind.RATINGS),
        (TEAMS.replace('"', "'"), TEAMS, Kind.TEXT),
        ("externalIds[authority eq 'microsoftteams']", TEAMS, Kind.TEXT),
        ("custom:HR:bpo_vendor_id_text", "custom:HR:bpo_vendor_id_text", Kind.CUSTOM),
        ("Custom:HR: EMEA:tier_text", "custom:HR: EMEA:tier_text", Kind.CUSTOM),
    ],
)
def test_a_target_name_of_entra_means_one_attribute(name, path, kind):
    attribute = target_for(name)
    assert (attribute.path, attribute.kind, attribute.access) == (path, kind, Access.WRITABLE)
    assert target_for(attribute.path) == attribute


@pytest.mark.parametrize("kind", PHONE_TYPES)
def test_every_phone_type_of_genesys_can_be_written(kind):
    assert target_for(f'phoneNumbers[type eq "{kind}"].value').kind is Kind.PHONE


@pytest.mark.parametrize(
    ("name", "says"),
    [
        (f"{GENESYS}:customFields.BPO_Vendor_ID", "no custom fields"),
        (f"{GENESYS}:customFields.BPO_Vendor_ID", "[custom_attributes]"),
        (f"{GENESYS}:customFields:BPO_Vendor_ID", "provisioning.toml"),
        ("custom_fields.x", "no custom fields"),
        ("groups", "through the group"),
        ('emails[type eq "other"].value', "mirrors userName"),
        ('emails[type eq "home"].value', "work"),
        ("emails", 'emails[type eq "work"].value'),
        ("emails.value", 'emails[type eq "work"].value'),
        ('emails[primary eq "True"].value', 'emails[type eq "work"].value'),
        ('phoneNumbers[type eq "fax"].value', "work, work2, work3, work4, home, mobile, other, microsoftteams"),
        ('phoneNumbers[type eq "mobile"].primary', "only .value"),
        ("name.givenName", "displayName"),
        (f"{CORE}:name.familyName", "displayName"),
        ("nickName", "displayName"),
        ('addresses[type eq "work"].country', "postal addresses"),
        ("preferredLanguage", "custom attribute"),
        (f"{ENTERPRISE}:costCenter", "department"),
        (f"{ENTERPRISE}:title", "no attribute"),
        (f"{GENESYS}:department", "no attribute"),
        ('roles[primary eq "True"].value', "as a whole"),
        (f"{ENTERPRISE}:manager.displayName", "displayName in Genesys"),
        ("externalIds", "authority"),
        (f"{GENESYS}:externalIds[authority eq 'x-pc:scimv2:v1:app'].value", "map to externalId"),
        ("urn:example:2.0:User:shoeSize", "no schema urn:example:2.0:User"),
        ("id", "can only be read"),
        ("meta.version", "can only be read"),
        ("password", "passwords are not written"),
        ("custom:HR", "custom:<schema name>:<key>"),
        ("custom:HR:", "custom:<schema name>:<key>"),
        ("emails[type eq work].value", "no attribute path"),
        ("", "no attribute path"),
    ],
)
def test_a_name_that_leads_nowhere_is_answered_with_a_sentence(name, says):
    with pytest.raises(Refused) as refusal:
        target_for(name)
    assert says in str(refusal.value)
    assert str(refusal.value).endswith(".")
    assert "\n" not in str(refusal.value)
    assert refusal.value.code == "invalidPath"


def test_what_can_only_be_read_is_known_all_the_same():
    assert attribute_at("groups").access is Access.READ_ONLY
    assert attribute_at('emails[type eq "other"].value').access is Access.IMMUTABLE


def test_what_genesys_always_has_cannot_be_cleared():
    assert {ScimPath.parse(each.path).name for each in ATTRIBUTES if not each.clearable and not each.instead} == {
        "userName",
        "displayName",
        "active",
        "division",
    }


@pytest.mark.parametrize(
    ("path", "key"),
    [
        ("custom:HR:tier_text", ("HR", "tier_text")),
        ("custom:HR: EMEA:tier_text", ("HR: EMEA", "tier_text")),
        ("custom:HR", None),
        ("custom::x", None),
        ("title", None),
    ],
)
def test_a_custom_path_names_a_schema_and_a_key(path, key):
    assert custom_key(path) == key


@given(st.text(max_size=60) | st.sampled_from([each.path for each in ATTRIBUTES]).map(lambda path: path + "x"))
def test_any_text_is_an_attribute_or_a_sentence(text):
    assert attribute_or_text(text).kind in Kind
    try:
        attribute = target_for(text)
    except Refused as refusal:
        assert refusal.code == "invalidPath"  # noqa: PT017 - most texts are refused, a few are not
    else:
        assert target_for(attribute.path) == attribute

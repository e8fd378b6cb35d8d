"""Names of the schema against Graph's properties."""

from __future__ import annotations

import pytest

from shared.errors import Refused
from shared.rules.schema.genesys_attributes import ObjectKind
from shared.rules.schema.source_attributes import (
    Reading,
    home_name,
    properties_to_read,
    source_attribute,
    source_of,
)

EXTENSION = "extension_0123456789abcdef0123456789abcdef_agentTier"


@pytest.mark.parametrize(
    ("name", "path", "select"),
    [
        ("objectId", "id", "id"),
        ("mobile", "mobilePhone", "mobilePhone"),
        ("telephoneNumber", "businessPhones", "businessPhones"),
        ("facsimileTelephoneNumber", "faxNumber", "faxNumber"),
        ("physicalDeliveryOfficeName", "officeLocation", "officeLocation"),
        ("dirSyncEnabled", "onPremisesSyncEnabled", "onPremisesSyncEnabled"),
        ("immutableId", "onPremisesImmutableId", "onPremisesImmutableId"),
        ("extensionAttribute1", "onPremisesExtensionAttributes.extensionAttribute1", "onPremisesExtensionAttributes"),
        ("extensionAttribute15", "onPremisesExtensionAttributes.extensionAttribute15", "onPremisesExtensionAttributes"),
        ("originalUserPrincipalName", "userPrincipalName", "userPrincipalName"),
        ("userPrincipalName", "userPrincipalName", "userPrincipalName"),
        (EXTENSION, EXTENSION, EXTENSION),
        ("department", "department", "department"),
        ("proxyAddresses", "proxyAddresses", "proxyAddresses"),
    ],
)
def test_a_name_of_the_schema_is_a_property_of_graph(name, path, select):
    found = source_attribute(name)

    assert (found.reading, found.path, found.select) == (Reading.PROPERTY, path, select)


@pytest.mark.parametrize(
    ("name", "kind", "reading"),
    [
        ("IsSoftDeleted", ObjectKind.USER, Reading.COMPUTED),
        ("manager", ObjectKind.USER, Reading.RELATION),
        ("appRoleAssignments", ObjectKind.USER, Reading.RELATION),
        ("members", ObjectKind.GROUP, Reading.RELATION),
    ],
)
def test_what_is_no_property(name, kind, reading):
    found = source_attribute(name, kind)

    assert (found.reading, found.select) == (reading, "")


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("sAMAccountName", "does not offer"),
        ("userType", "does not offer"),
        ("thumbnailPhoto", "photos"),
        ("passwordProfile.password", "passwords"),
        ("Department", "`department`"),
        ("isSoftDeleted", "`IsSoftDeleted`"),
        ("extensionAttribute16", "not known"),
        ("extension_short_name", "not known"),
        ("members", "not known"),
        ("shoeSize", "not known"),
    ],
)
def test_what_cannot_be_read_is_refused_in_a_sentence(name, said):
    with pytest.raises(Refused) as refusal:
        source_attribute(name)

    assert said in str(refusal.value)
    assert str(refusal.value).endswith(".")


@pytest.mark.parametrize(
    ("graph", "seen"),
    [
        ("ada_fabrikam.example#EXT#@contoso.example", "ada@fabrikam.example"),
        ("ada_b_fabrikam.example#EXT#@contoso.example", "ada_b@fabrikam.example"),
        ("ada@contoso.example", "ada@contoso.example"),
        ("ada_b@contoso.example", "ada_b@contoso.example"),
        ("ada#EXT#@contoso.example", "ada#EXT#@contoso.example"),
        ("", ""),
    ],
)
def test_a_guest_has_the_name_of_their_home(graph, seen):
    assert home_name(graph) == seen


def test_a_deleted_user_has_the_name_from_before():
    id_ = "6f1d2c3b-4a59-4e68-8b77-0c1d2e3f4a5b"

    assert source_of(
        {"id": id_, "userPrincipalName": f"{id_.replace('-', '')}ada@contoso.example"}, ["userPrincipalName"]
    ) == {"userPrincipalName": "ada@contoso.example"}


def test_the_source_object_has_the_names_of_the_schema():
    names = [
        "objectId", "userPrincipalName", "originalUserPrincipalName", "telephoneNumber", "extensionAttribute3",
        "IsSoftDeleted", "manager", "mail",
    ]  # fmt: skip
    guest = "ada_fabrikam.example#EXT#@contoso.example"

    assert properties_to_read(names) == (
        "id", "userPrincipalName", "businessPhones", "onPremisesExtensionAttributes.extensionAttribute3", "mail",
    )  # fmt: skip
    assert source_of(
        {
            "id": "1", "userPrincipalName": guest, "businessPhones": ("+1", "+2"),
            "onPremisesExtensionAttributes.extensionAttribute3": "tier 2", "unasked": "x",
        },
        names,
    ) == {
        "objectId": "1", "userPrincipalName": "ada@fabrikam.example", "originalUserPrincipalName": guest,
        "telephoneNumber": "+1", "extensionAttribute3": "tier 2", "mail": None,
    }  # fmt: skip


def test_no_business_phone_is_no_telephone_number():
    assert source_of({"businessPhones": ()}, ["telephoneNumber"]) == {"telephoneNumber": None}

"""Which functions are refused, why, and what to do instead? (entra-mapping.md §7.1, §7.4, §7.6)"""

from __future__ import annotations

_ELSEWHERE = "belongs to cloud sync or Entra Connect, and application provisioning does not have it"
_NO_EQUAL = "there is no equal: compute the value in the source system and map that attribute"

# Name to (why, what to do).
REFUSED: dict[str, tuple[str, str]] = {
    "SelectUniqueValue": (
        "is for creating accounts in Active Directory only, and asks that directory which values are taken",
        "map an attribute that is unique already, such as [userPrincipalName]",
    ),
    "AppRoleAssignments": (
        "was never documented",
        "use SingleAppRoleAssignment or AssertiveAppRoleAssignmentsComplex",
    ),
    "IsNothing": ("was never documented", "use IsNull or IsNullOrEmpty"),
    "DefaultDomain": ("was never documented", 'write the domain as a text, for example "contoso.com"'),
    "LCase": (_ELSEWHERE, "use ToLower"),
    "UCase": (_ELSEWHERE, "use ToUpper"),
    "LTrim": (_ELSEWHERE, "use Trim"),
    "RTrim": (_ELSEWHERE, "use Trim"),
    "Right": (_ELSEWHERE, "use Replace with a regular expression, or Mid where the length is known"),
    "ReplaceChars": (_ELSEWHERE, "use NormalizeDiacritics or Replace"),
    "Contains": (_ELSEWHERE, "use InStr for texts"),
    "ItemOrNull": (_ELSEWHERE, "use Item"),
    "CNum": (_ELSEWHERE, "leave it out: texts that are numbers count as numbers"),
    "IsEmpty": (_ELSEWHERE, "use IsNullOrEmpty"),
    **dict.fromkeys(
        (
            "BitOr", "CGuid", "CRef", "CertExtensionOids", "CertFormat", "CertFriendlyName", "CertHashString",
            "CertIssuer", "CertIssuerDN", "CertIssuerOid", "CertKeyAlgorithm", "CertKeyAlgorithmParams",
            "CertNameInfo", "CertNotAfter", "CertNotBefore", "CertPublicKeyOid", "CertPublicKeyParametersOid",
            "CertSerialNumber", "CertSignatureAlgorithmOid", "CertSubject", "CertSubjectNameDN",
            "CertSubjectNameOid", "CertThumbprint", "CertVersion", "ConvertFromBase64", "ConvertFromUTF8Hex",
            "DNComponent", "DNComponentRev", "Error", "EscapeDNComponent", "InStrRev", "IsBitSet", "IsCert", "IsDate",
            "IsGuid", "IsNumeric", "Len", "PadLeft", "PadRight", "RandomNum", "Select", "StringFromGuid",
            "StringFromSid", "Where", "With",
        ),
        (_ELSEWHERE, _NO_EQUAL),
    ),
}  # fmt: skip


def why_refused(name: str, known: frozenset[str]) -> str:
    """The sentence for a name that is not among the known functions."""
    if name in REFUSED:
        why, instead = REFUSED[name]
        return f"{name} {why}: {instead}"
    folded = name.casefold()
    meant = next((one for one in sorted(known) if one.casefold() == folded), None)
    if meant:
        return f"{name} is written {meant}: names of functions are case-sensitive"
    return f"{name} is no function that Entra documents for application provisioning: see its list of functions"

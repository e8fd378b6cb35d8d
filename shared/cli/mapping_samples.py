"""With which made-up values is Entra's engine asked? Nobody's: every attribute filled, and every attribute empty."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from shared.rules.expressions import SourceValue

KNOWN: Mapping[str, SourceValue] = {
    "IsSoftDeleted": "False",
    "accountEnabled": "True",
    "city": "Zürich",
    "companyName": "Contoso Ltd",
    "country": "Switzerland",
    "department": "Contact-Centre",
    "dirSyncEnabled": "True",
    "displayName": "Zoë O'Brien-Doe",
    "employeeHireDate": "2024-02-29T00:00:00Z",
    "employeeId": "00421",
    "givenName": "Zoë",
    "jobTitle": "Senior agent (voice)",
    "mail": "zoe.obrien@contoso.example",
    "mailNickname": "zoe.obrien",
    "manager": "00000000-0000-4000-8000-000000000001",
    "mobile": "+41 79 555 01 00",
    "objectId": "00000000-0000-4000-8000-000000000002",
    "otherMails": ("zoe@example.org", "z@example.org"),
    "preferredLanguage": "de-CH",
    "proxyAddresses": ("SMTP:zoe.obrien@contoso.example", "smtp:zoe@contoso.example"),
    "surname": "O'Brien-Doe",
    "telephoneNumber": "+41 44 555 01 00 ext. 12",
    "usageLocation": "CH",
    "userPrincipalName": "zoe.obrien@contoso.example",
}


class _Filled(Mapping[str, SourceValue]):
    """Every attribute has a value: a likely one where we know the attribute, else one of several words."""

    def __getitem__(self, name: str) -> SourceValue:
        return KNOWN.get(name, f"Sample-{name}, 1; two")

    def __iter__(self) -> Iterator[str]:
        return iter(KNOWN)

    def __len__(self) -> int:
        return len(KNOWN)


FILLED: Mapping[str, SourceValue] = _Filled()
EMPTY: Mapping[str, SourceValue] = {"IsSoftDeleted": "True"}  # which is never empty

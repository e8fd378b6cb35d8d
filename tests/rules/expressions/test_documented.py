"""What do Microsoft's own examples give? One row each, named after the page and the function.

Where the page's printed output contradicts its input, the row holds what .NET gives and says so.
"""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from shared.errors import MappingRefused
from shared.rules.expressions import SKIP, evaluate, parse

NOW = datetime(2021, 8, 25, 17, 41, 18, tzinfo=UTC)
FUNCTIONS_PAGE = "functions page"
HIRED = {"StatusHireDate": "2012-03-16-07:00"}
PHONE = r"\\+(?<isdCode>\\d* )(?<phoneNumber>\\d{10})"
IS_CALIFORNIA_AND = 'IIF([country]="USA",IIF([state]="CA","True","False"),"False")'
IS_CALIFORNIA_OR = 'IIF([country]="USA","True",IIF([state]="CA","True","False"))'
PREFIX = 'IgnoreFlowIfNullOrEmpty(Switch([prefix], "", "3443", "Dr.", "3444", "Prof.", "3445", "Prof. Dr."))'
ACTIVE = """Switch([Active], ,
  "1", IIF(DateDiff("d", Now(), CDate([StatusHireDate])) > 5, "False", "True"),
  "0", "False")"""
MANAGERS = (
    "Switch(IsPresent([directManager]),[directManager], IsPresent([skiplevelManager]),[skiplevelManager], "
    "IsPresent([director]),[director])"
)
STATE = (
    'Switch([state], "Australia/Sydney", "NSW", "Australia/Sydney","QLD", "Australia/Brisbane", '
    '"SA", "Australia/Adelaide")'
)
USER_NAME = (
    'ToLower(Join("@", NormalizeDiacritics(StripSpaces(Join(".",  [PreferredFirstName], [PreferredLastName]))), '
    '"contoso.com"))'
)
CONTRACT_END = (
    'NumFromDate(Join("", FormatDateTime([ContractEndDate], ,"yyyy-MM-ddzzz", "yyyy-MM-dd"), " 23:59:59-08:00"))'
)
END_DATE = 'NumFromDate(Join("",FormatDateTime([endDate], ,"M/d/yyyy hh:mm:ss tt","yyyy-MM-dd")," 23:59:59-08:00"))'
NO_LETTERS = 'Join("", 1000, Replace(ConvertToUTF8Hex([objectId]), , "[a-zA-Z_]*", , "", , ))'

EXAMPLES = [
    ("Append", 'Append([userPrincipalName], ".test")', {"userPrincipalName": "John.Doe@contoso.com"},
     "John.Doe@contoso.com.test"),
    ("BitAnd", "BitAnd(&HF, &HF7)", {}, "7"),
    ("CBool same", "CBool([attribute1] = [attribute2])", {"attribute1": "a", "attribute2": "a"}, "True"),
    ("CBool other", "CBool([attribute1] = [attribute2])", {"attribute1": "a", "attribute2": "b"}, "False"),
    ("CDate 1", "CDate([StatusHireDate])", {"StatusHireDate": "2020-03-16-07:00"}, "3/16/2020 7:00:00 AM"),
    ("CDate 2", 'CDate("2021-06-30+08:00")', {}, "6/29/2021 4:00:00 PM"),
    ("CDate 3", 'CDate("2009-06-15T01:45:30-07:00")', {}, "6/15/2009 8:45:30 AM"),
    ("Coalesce", "Coalesce([mail],[userPrincipalName])", {"mail": None, "userPrincipalName": "John.Doe@contoso.com"},
     "John.Doe@contoso.com"),
    ("ConvertToBase64", 'ConvertToBase64("Hello world!")', {}, "SABlAGwAbABvACAAdwBvAHIAbABkACEA"),
    ("ConvertToUTF8Hex", 'ConvertToUTF8Hex("Hello world!")', {}, "48656C6C6F20776F726C6421"),
    ("CStr", "CStr([dn])", {"dn": "cn=Joe,dc=contoso,dc=com"}, "cn=Joe,dc=contoso,dc=com"),
    ("DateAdd 7 days", 'DateAdd("d", 7, CDate([StatusHireDate]))', HIRED, "3/23/2012 7:00:00 AM"),
    ("DateAdd -10 days", 'DateAdd("d", -10, CDate([StatusHireDate]))', HIRED, "3/6/2012 7:00:00 AM"),
    ("DateAdd 2 weeks", 'DateAdd("ww", 2, CDate([StatusHireDate]))', HIRED, "3/30/2012 7:00:00 AM"),
    ("DateAdd 10 months", 'DateAdd("m", 10, CDate([StatusHireDate]))', HIRED, "1/16/2013 7:00:00 AM"),
    ("DateAdd 2 years", 'DateAdd("yyyy", 2, CDate([StatusHireDate]))', HIRED, "3/16/2014 7:00:00 AM"),
    ("DateDiff 13 days", 'DateDiff("d", CDate("2021-08-18+08:00"), CDate("2021-08-31+08:00"))', {}, "13"),
    ("DateDiff days", 'DateDiff("d", Now(), CDate([StatusHireDate]))', HIRED, "-3449"),
    ("DateDiff weeks", 'DateDiff("ww", Now(), CDate([StatusHireDate]))', HIRED, "-493"),
    ("DateDiff months", 'DateDiff("m", Now(), CDate([StatusHireDate]))', HIRED, "-113"),
    ("DateDiff years", 'DateDiff("yyyy", Now(), CDate([StatusHireDate]))', HIRED, "-9"),
    ("DateDiff same", 'DateDiff("d", CDate("2021-08-31+08:00"), CDate("2021-08-31+08:00"))', {}, "0"),
    ("DateDiff hours", 'DateDiff("h", CDate("2021-08-24"), CDate("2021-08-25"))', {}, "24"),
    ("DateDiff minutes", 'DateDiff("n", CDate("2021-08-24"), CDate("2021-08-25"))', {}, "1440"),
    ("DateDiff seconds", 'DateDiff("s", CDate("2021-08-24"), CDate("2021-08-25"))', {}, "86400"),
    ("DateDiff in IIF, hired", ACTIVE, {"Active": "1", **HIRED}, "True"),
    ("DateDiff in IIF, not yet", ACTIVE, {"Active": "1", "StatusHireDate": "2021-09-25"}, "False"),
    ("DateDiff in IIF, inactive", ACTIVE, {"Active": "0", **HIRED}, "False"),
    ("DateFromNum attribute", "DateFromNum([lastLogonTimestamp])", {"lastLogonTimestamp": "129699324000000000"},
     "1/1/2012 11:00:00 PM"),
    ("DateFromNum number", "DateFromNum(129699324000000000)", {}, "1/1/2012 11:00:00 PM"),
    ("FormatDateTime", 'FormatDateTime([extensionAttribute1], , "yyyyMMddHHmmss.fZ", "yyyy-MM-dd")',
     {"extensionAttribute1": "20150123105347.1Z"}, "2015-01-23"),
    ("IgnoreFlowIfNullOrEmpty 1", "IgnoreFlowIfNullOrEmpty([department])", {"department": None}, SKIP),
    ("IgnoreFlowIfNullOrEmpty 1, value", "IgnoreFlowIfNullOrEmpty([department])", {"department": "Care"}, "Care"),
    ("IgnoreFlowIfNullOrEmpty 2", PREFIX, {"prefix": "1"}, SKIP),
    ("IgnoreFlowIfNullOrEmpty 2, value", PREFIX, {"prefix": "3445"}, "Prof. Dr."),
    ("IIF", 'IIF([country]="USA",[country],[department])', {"country": "USA", "department": "Care"}, "USA"),
    ("IIF otherwise", 'IIF([country]="USA",[country],[department])', {"country": "Chile", "department": "Care"},
     "Care"),
    ("IIF and", IS_CALIFORNIA_AND, {"country": "USA", "state": "CA"}, "True"),
    ("IIF and, one", IS_CALIFORNIA_AND, {"country": "USA", "state": "NY"}, "False"),
    ("IIF or, second", IS_CALIFORNIA_OR, {"country": "Mexico", "state": "CA"}, "True"),
    ("IIF or, none", IS_CALIFORNIA_OR, {"country": "Mexico", "state": "NY"}, "False"),
    ("IIF workaround, value", 'Switch([country],[country],"","Other")', {"country": "Chile"}, "Chile"),
    ("IIF workaround, null", 'Switch([country],[country],"","Other")', {}, "Other"),
    ("InStr", 'InStr("The quick brown fox","quick")', {}, "5"),
    ("InStr start", 'InStr("repEated","e",3,vbBinaryCompare)', {}, "7"),
    ("IsNull", "IsNull([displayName])", {}, "True"),
    ("IsNullOrEmpty absent", "IsNullOrEmpty([displayName])", {}, "True"),
    ("IsNullOrEmpty empty", "IsNullOrEmpty([displayName])", {"displayName": ""}, "True"),
    ("IsPresent in Switch, literally", MANAGERS, {"directManager": "A", "skiplevelManager": "B", "director": "C"}, "B"),
    ("IsPresent in Switch, none present", MANAGERS, {}, None),
    ("Item", "Item([proxyAddresses], 1)", {"proxyAddresses": ("SMTP:a@x", "smtp:b@x")}, "SMTP:a@x"),
    ("Left", 'Left("John Doe", 3)', {}, "Joh"),
    ("NormalizeDiacritics", "NormalizeDiacritics([givenName])", {"givenName": "Zo\u00eb"}, "Zoe"),
    ("Now", "Now()", {}, "8/25/2021 5:41:18 PM"),
    ("NumFromDate Workday", CONTRACT_END, {"ContractEndDate": "2020-12-31-08:00"}, "132539615990000000"),
    ("NumFromDate SuccessFactors", END_DATE, {"endDate": "12/31/2020 05:00:00 PM"}, "132539615990000000"),
    ("PCase", "PCase([firstName])", {"firstName": "PABLO GONSALVES (SECOND)"}, "Pablo Gonsalves (Second)"),
    ("PCase separators", """PCase([lastName]," '-")""", {"lastName": "PINTO-DE'SILVA"}, "Pinto-De'Silva"),
    ("PCase of Join", 'PCase(Join(" ",[firstName],[lastName]))', {"firstName": "GREGORY", "lastName": "JAMES"},
     "Gregory James"),
    ("Redact attribute", "Redact([userPrincipalName])", {"userPrincipalName": "a@x"}, "a@x"),
    ("Redact constant", 'Redact("StringToBeRedacted")', {}, "StringToBeRedacted"),
    ("RemoveDuplicates", "RemoveDuplicates([proxyAddresses])", {"proxyAddresses": ("a", "b", "a")}, ("a", "b")),
    ("Replace 1", 'Replace([BusinessTitle],"Product Developer", , , "Software Engineer", , )',
     {"BusinessTitle": "Product Developer"}, "Software Engineer"),
    ("Replace 2 template", 'Replace([UserID],"<username>", , , , , "<username>@contoso.com")', {"UserID": "jsmith"},
     "jsmith@contoso.com"),
    ("Replace 3 pattern", f'Replace([telephoneNumber], , "{PHONE}", , "${{phoneNumber}}", , )',
     {"telephoneNumber": "+91 9998887777"}, "9998887777"),
    ("Replace 3 collapse (page drops the +, the pattern does not)", r'Replace([mobile], , "[()\\s-]+", , "", , )',
     {"mobile": "+1 (999) 888-7777"}, "+19998887777"),
    ("Replace 4 group", r'Replace([AddressLineData], ,"(?<streetNumber>^\\d*)","streetNumber", "888", , )',
     {"AddressLineData": "545 Tremont Street"}, "888 Tremont Street"),
    ("Replace 4 suffix", 'Replace([userPrincipalName], , "(?<Suffix>@(.)*)", "Suffix", "", , )',
     {"userPrincipalName": "jsmith@contoso.com"}, "jsmith"),
    ("Replace 5 other attribute", f'Replace([telephoneNumber], , "{PHONE}", "phoneNumber" , , [mobile], )',
     {"telephoneNumber": "", "mobile": "+91 8887779999"}, "8887779999"),
    ("Replace 6", 'Replace([mailNickname], , "[a-zA-Z_]*", , "", , )', {"mailNickname": "john_doe72"}, "72"),
    ("Split", 'Split([extensionAttribute5], ",")', {"extensionAttribute5": "PermissionSetOne, PermissionSetTwo"},
     ("PermissionSetOne", "PermissionSetTwo")),
    ("Switch note", 'Switch(ToLower([statusFlag]), "0", "true", "1", "false", "0")', {"statusFlag": "TRUE"}, "1"),
    ("Switch caution, empty", 'Switch([statusFlag], "Default Value", "true", "1", "", "0")', {"statusFlag": ""}, "0"),
    ("Switch caution, true", 'Switch([statusFlag], "Default Value", "true", "1", "", "0")', {"statusFlag": "true"},
     "1"),
    ("Switch resolution", 'IIF([companyName] = "Company A", "A", IIF([companyName] = "Company B", "B", "External"))',
     {"companyName": "Company B"}, "B"),
    ("Switch", STATE, {"state": "QLD"}, "Australia/Brisbane"),
    ("Switch default", STATE, {"state": "VIC"}, "Australia/Sydney"),
    ("ToLower", USER_NAME, {"PreferredFirstName": "John", "PreferredLastName": "Smith"}, "john.smith@contoso.com"),
    ("Word", 'Word("The quick brown fox",3," ")', {}, "brown"),
    ("Word separators", 'Word("This,string!has&many separators",3,",!&#")', {}, "has"),
    ("Examples: strip domain", 'Replace([mail], "@contoso.com", , ,"", ,)', {"mail": "john.doe@contoso.com"},
     "john.doe"),
    ("Examples: alias", "Append(Mid([givenName], 1, 3), Mid([surname], 1, 5))", {"givenName": "John", "surname": "Doe"},
     "JohDoe"),
    ("Examples: comma", 'Join(", ", "", [surname], [givenName])', {"givenName": "John", "surname": "Doe"}, "Doe, John"),
    ("Examples: ID (page's output is of another input)", NO_LETTERS,
     {"objectId": "00aa00aa-bb11-cc22-dd33-44ee44ee44ee"},
     "1000" + "".join(c for c in b"00aa00aa-bb11-cc22-dd33-44ee44ee44ee".hex().upper() if c.isdigit())),
]  # fmt: skip
MAPPING_PAGE = [
    ("Switch on IsPresent", 'Switch(IsPresent([jobTitle]), "DefaultValue", "True", [jobTitle])', {"jobTitle": "Lead"},
     "Lead"),
    ("Switch on IsPresent, null", 'Switch(IsPresent([jobTitle]), "DefaultValue", "True", [jobTitle])', {},
     "DefaultValue"),
]  # fmt: skip
GRAPH_PAGE = [
    ("Mid", "Mid([userPrincipalName], 1, 8)", {"userPrincipalName": "john.doe@contoso.com"}, "john.doe"),
    ("parseExpression", 'Replace([preferredLanguage], "-", , , "_", ,  )', {"preferredLanguage": "EN-US"}, "EN_US"),
]
SCIM_TEMPLATE = [
    ("active, current", 'Switch([IsSoftDeleted], , "False", "True", "True", "False")', {"IsSoftDeleted": "False"},
     "True"),
    ("active, leaver", 'Switch([IsSoftDeleted], , "False", "True", "True", "False")', {"IsSoftDeleted": "true"},
     "False"),
    ("gallery, current", "Not([IsSoftDeleted])", {"IsSoftDeleted": "False"}, "True"),
    ("gallery, leaver", "Not([IsSoftDeleted])", {"IsSoftDeleted": "true"}, "False"),
]  # fmt: skip


def rows(page, examples):
    return [pytest.param(*row, id=f"{page}, {name}") for name, *row in examples]


@pytest.mark.parametrize(
    ("text", "source", "value"),
    [
        *rows(FUNCTIONS_PAGE, EXAMPLES),
        *rows("attribute mapping page", MAPPING_PAGE),
        *rows("Graph synchronization pages", GRAPH_PAGE),
        *rows("provisioning templates", SCIM_TEMPLATE),
    ],
)
def test_a_documented_example_gives_its_documented_value(text, source, value):
    assert evaluate(parse(text), source, now=NOW) == value


@pytest.mark.parametrize(
    "text",
    [
        'IIF([country]="","Other",[country])',
        'IIF(IsNullOrEmpty([country]),"Other",[country])',
        'IIF(IsPresent([country]),[country],"Other")',
    ],
)
def test_a_documented_unsupported_condition_gives_nothing_for_a_missing_attribute(text):
    with pytest.raises(MappingRefused, match=r"check fails"):
        evaluate(parse(text), {}, now=NOW)

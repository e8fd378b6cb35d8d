"""Which functions and filter operators does the provisioning job list as supported?

Parameter names are those of Graph's own list of 2018 (`source`, `suffix`, `switchValue`, ...) or, for functions that
came later, the headings of the functions page; which names today's service lists is not known.
"""

from __future__ import annotations

from infra.local.entra.calls import Document

# `?` optional, `*` any number of times.
_PARAMETERS = {
    "Append": "source suffix",
    "AppRoleAssignments": "source",
    "AppRoleAssignmentsComplex": "source",
    "AssertiveAppRoleAssignmentsComplex": "source",
    "BitAnd": "value1 value2",
    "CBool": "expression",
    "CDate": "expression",
    "Coalesce": "source*",
    "ConvertToBase64": "source",
    "ConvertToUTF8Hex": "source",
    "Count": "attribute",
    "CStr": "value",
    "DateAdd": "interval value dateTime",
    "DateDiff": "interval date1 date2",
    "DateFromNum": "value",
    "DefaultDomain": "",
    "FormatDateTime": "source dateTimeStyles? inputFormat outputFormat",
    "Guid": "",
    "IgnoreFlowIfNullOrEmpty": "expression",
    "IIF": "condition valueIfTrue valueIfFalse",
    "InStr": "value1 value2 start? compareType?",
    "IsNothing": "source",
    "IsNull": "expression",
    "IsNullOrEmpty": "expression",
    "IsPresent": "expression",
    "IsString": "expression",
    "Item": "attribute index",
    "Join": "separator source*",
    "Left": "string numChars",
    "Mid": "source start length",
    "NormalizeDiacritics": "source",
    "Not": "source",
    "Now": "",
    "NumFromDate": "value",
    "PCase": "source wordSeparators?",
    "Prepend": "prefix source",
    "RandomString": "length minimumNumbers minimumSpecialCharacters minimumCapital minimumLowerCase charactersToAvoid?",
    "Redact": "source?",
    "RemoveDuplicates": "attribute",
    "Replace": "source Find? RegularExpression? RegularExpressionGroupName? Replacement? ReplacementPropertyName? "
    "Template?",
    "SelectUniqueValue": "uniqueValueRule*",
    "SingleAppRoleAssignment": "source",
    "Split": "source delimiter",
    "StripSpaces": "source",
    "Switch": "source defaultValue? switchValue*",
    "ToLower": "source culture?",
    "ToUpper": "source culture?",
    "Word": "string wordNumber delimiters",
}
# The names of Graph's sample are stored like this; the last five are spelt as the portal shows them.
_OPERATORS = (
    ("EQUALS", "Binary", "String Integer"),
    ("NOT EQUALS", "Binary", "String Integer"),
    ("IS NULL", "Unary", "String Integer Binary Boolean"),
    ("IS NOT NULL", "Unary", "String Integer Binary Boolean"),
    ("IS TRUE", "Unary", "Boolean"),
    ("IS FALSE", "Unary", "Boolean"),
    ("REGEX MATCH", "Binary", "String Integer"),
    ("NOT REGEX MATCH", "Binary", "String Integer"),
    ("ENDS_WITH", "Binary", "String"),
    ("Includes", "Binary", "String"),
    ("Greater_Than", "Binary", "Integer"),
    ("Greater_Than_OR_EQUALS", "Binary", "Integer"),
    ("IsMemberOf", "Binary", "Reference"),
)


def functions() -> list[Document]:
    """As `attributeMappingFunctionSchema` resources."""
    return [
        {"name": name, "parameters": [_parameter(one) for one in listed.split()]}
        for name, listed in sorted(_PARAMETERS.items())
    ]


def operators() -> list[Document]:
    """As `filterOperatorSchema` resources."""
    return [
        {"name": name, "arity": arity, "multivaluedComparisonType": "All", "supportedAttributeTypes": types.split()}
        for name, arity, types in _OPERATORS
    ]


def _parameter(one: str) -> Document:
    return {
        "name": one.rstrip("?*"),
        "type": "String",
        "required": not one.endswith("?"),
        "allowMultipleOccurrences": one.endswith("*"),
    }

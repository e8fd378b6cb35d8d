"""Does an object pass a scoping filter? Null makes every clause false except IS NULL.

Source: entra-docs app-provisioning/define-conditional-rules-for-provisioning-user-accounts.
"""

from __future__ import annotations

import re

from tests.conformance.entra_cycle.expressions import Source
from tests.conformance.entra_cycle.functions import Value
from tests.conformance.entra_cycle.schema import Clause


def in_scope(groups: tuple[tuple[Clause, ...], ...], source: Source) -> bool:
    """Groups are alternatives, clauses of a group must all hold; without groups everything is in scope."""
    return not groups or any(all(_holds(clause, source.get(clause.attribute)) for clause in group) for group in groups)


def _holds(clause: Clause, value: Value) -> bool:
    if not value:
        return clause.operator == "IS NULL"
    assert isinstance(value, str), "filters on lists are not supported by Entra"
    match clause.operator:
        case "IS NULL":
            return False
        case "IS NOT NULL":
            return True
        case "EQUALS":
            return value == clause.value
        case "NOT EQUALS":
            return value != clause.value
        case "IS TRUE":
            return value == "True"
        case "IS FALSE":
            return value == "False"
        case "REGEX MATCH":
            return re.search(clause.value, value) is not None
        case "NOT REGEX MATCH":
            return re.search(clause.value, value) is None
        case "ENDS WITH":
            return value.endswith(clause.value)
        case "INCLUDES":
            return clause.value in value
        case "GREATER THAN":
            return value.isdigit() and int(value) > int(clause.value)
        case "GREATER THAN OR EQUALS":
            return value.isdigit() and int(value) >= int(clause.value)
        case unknown:
            raise ValueError(f"the operator {unknown} is not known here")

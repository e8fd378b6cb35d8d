"""What do the functions of lists and roles give? (entra-mapping.md §7.4)"""

from __future__ import annotations

from shared.errors import MappingRefused
from shared.model import Role
from shared.rules.expressions.signatures import LIST, NUMBER, Function, Parameter, plain
from shared.rules.expressions.values import Worth, role_text

DEFAULT_ACCESS = "00000000-0000-0000-0000-000000000000"  # Entra's role of who is assigned without one

Values = tuple[str, ...] | tuple[Role, ...]


def _item(values: Values, index: int) -> str:
    if not 1 <= index <= len(values):
        count = "1 value" if len(values) == 1 else f"{len(values)} values"
        raise MappingRefused(f"The list has {count} and no number {index}; the first is number 1")
    value = values[index - 1]
    return role_text(value) if isinstance(value, Role) else value


def _remove_duplicates(values: Values) -> Worth:
    texts = tuple(dict.fromkeys(value for value in values if isinstance(value, str)))
    roles = tuple(dict.fromkeys(value for value in values if isinstance(value, Role)))
    return texts or roles


def _single_role(values: Values) -> str | None:
    """Display name, as two guides say and the service's own documentation does not (entra-mapping.md §4.5)."""
    roles = _assigned(values)
    if len(roles) > 1:
        raise MappingRefused(
            f"No more than one app role assignment was expected, and there are {len(roles)}: assign one role, or use "
            "AssertiveAppRoleAssignmentsComplex"
        )
    return roles[0].display_name or roles[0].value if roles else None


def _roles(values: Values) -> tuple[Role, ...] | None:
    return _assigned(values) or None


def _assigned(values: Values) -> tuple[Role, ...]:
    """The roles; made-up source objects may give one by its name only, and default access is no role."""
    roles = (value if isinstance(value, Role) else Role(value=value, display_name=value) for value in values)
    return tuple(role for role in roles if role.id != DEFAULT_ACCESS)


_ATTRIBUTE = Parameter(key="attribute", kind=LIST)
_ASSIGNMENTS = Parameter(key="source", kind=LIST)

FUNCTIONS: tuple[Function, ...] = (
    plain("Item", [_ATTRIBUTE, Parameter(key="index", kind=NUMBER)], _item),
    plain("Count", [_ATTRIBUTE], len),
    plain("RemoveDuplicates", [_ATTRIBUTE], _remove_duplicates),
    plain("SingleAppRoleAssignment", [_ASSIGNMENTS], _single_role),
    plain("AppRoleAssignmentsComplex", [_ASSIGNMENTS], _roles),
    plain("AssertiveAppRoleAssignmentsComplex", [_ASSIGNMENTS], _roles),
)

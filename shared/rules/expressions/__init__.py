"""What does an expression of Entra's provisioning configuration give? Read once with `parse`, then `evaluate`.

The language is Microsoft's "Reference for writing expressions for attribute mappings", with .NET's habits where that
page only says so. Nothing is guessed: what is not certain raises the one `MappingRefused`, and what the documentation
leaves open is listed in `open_points`.
"""

from __future__ import annotations

from shared.model import Role
from shared.rules.expressions.compiling import FUNCTIONS, Expression, evaluate, expression, parse
from shared.rules.expressions.concerns import Concern, Doubt, concerns
from shared.rules.expressions.values import SKIP, Result, Skip, Source, SourceValue, role_text

__all__ = [
    "parse", "evaluate", "Expression", "expression",
    "SKIP", "Skip", "Result", "Role", "Source", "SourceValue", "role_text",
    "concerns", "Concern", "Doubt",
    "FUNCTIONS",
]  # fmt: skip

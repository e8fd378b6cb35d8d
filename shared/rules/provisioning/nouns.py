"""What does provisioning.toml say? The nouns; the file itself is documented in docs/mapping.md."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from shared.rules.attributes.difference import Flow, NullPolicy
from shared.rules.expressions import Expression
from shared.rules.scope.filters import EVERYBODY, ScopeFilter


class SchemaFrom(StrEnum):
    """Where the tenant's mapping comes from."""

    JOB = "job"  # Entra's provisioning job, read from Graph
    FILE = "file"  # what the portal exported
    NONE = "none"  # there is none: the rows of the file are the mapping


@dataclass(frozen=True, slots=True, kw_only=True)
class FileRow:
    """One `[[mapping]]`, or one line of `[custom_attributes]`.

    Attributes:
        line: in the file, from 1.
        target: as it was written.
        path: as Genesys takes it.
        expression: None: only the default is ever written.
        flow: None: only when an account is created.
        default: for creation only, where the expression gives nothing.
        match: 0: not used for matching; otherwise the lowest number is tried first.
        override: whether it takes the place of the tenant's own row.
        case_exact: whether a change of letter case alone is a change.
    """

    line: int
    target: str
    path: str
    expression: Expression | None
    policy: NullPolicy = NullPolicy.CLEAR
    flow: Flow | None = Flow.ALWAYS
    default: str | None = None
    match: int = 0
    override: bool = False
    case_exact: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ProvisioningFile:
    """The whole file, checked as far as it can be without the tenant.

    Attributes:
        name: of the file, for sentences that point into it.
        digest: of its text and of the exported schema that it names.
        service_principal: object id of the enterprise application, in lower case; empty where nobody asks for it.
        job: id of the provisioning job; empty where the application has one only.
        document: the exported schema; None where there is none.
        sync_all: whether everybody is in scope, assigned or not; None: the file does not say.
        skip_out_of_scope_deletions: whether people who leave the scope are left as they are; None: as `sync_all`.
        transitive: whether members of nested groups count as assigned.
        filter: of people, for the file's own rows; a tenant's schema has its own.
        rows: in the order of the file, custom attributes last.
        remarks: (line, sentence) of what is allowed, but should be known.
    """

    name: str
    digest: str
    schema: SchemaFrom
    service_principal: str = ""
    job: str = ""
    document: bytes | None = None
    sync_all: bool | None = None
    skip_out_of_scope_deletions: bool | None = None
    transitive: bool = False
    filter: ScopeFilter = EVERYBODY
    rows: tuple[FileRow, ...] = ()
    remarks: tuple[tuple[int, str], ...] = ()

    @property
    def reads_job(self) -> bool:
        """Whether the tenant's job has to be read from Graph."""
        return self.schema is SchemaFrom.JOB

"""What does Entra's own engine make of an expression? Graph's `parseExpression`, which touches nobody.

Learn: graph/api/synchronization-synchronizationschema-parseexpression; entra-mapping.md §12.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from kiota_abstractions.method import Method

from shared.entra.client import GraphClient, JsonObject
from shared.errors import NotThere, Refused, Unauthorized, Unreadable
from shared.rules.expressions import Role, SourceValue, role_text
from shared.rules.schema.nouns import StoredSource
from shared.rules.schema.stored_sources import read_source

WRITE = "Synchronization.ReadWrite.All"


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineAnswer:
    """What Entra says.

    Attributes:
        result: the texts that it gave; empty for null. None: it gave no value, and `error` says why.
        parsed: the tree that it made; None where it shows none.
    """

    result: tuple[str, ...] | None
    error: str = ""
    parsed: StoredSource | None = None


class ExpressionEngine:
    """The engine of one provisioning job."""

    def __init__(self, client: GraphClient, service_principal_id: str, job_id: str) -> None:
        self._client = client
        self._service_principal_id = service_principal_id
        self._job_id = job_id

    async def ask(self, expression: str, source: Mapping[str, SourceValue]) -> EngineAnswer:
        """Evaluate one expression for one source object.

        Raises:
            Unauthorized: the permission is missing; the message names it.
            NotThere: there is no such job.
            Unreadable: an answer of another form; and as `GraphClient.send`.
        """
        below = ("jobs", self._job_id, "schema", "parseExpression")
        request = self._client.urls.synchronization(self._service_principal_id, below)
        request.http_method = Method.POST
        body: JsonObject = {
            "expression": expression,
            "targetAttributeDefinition": None,
            "testInputObject": {
                "definition": None,
                "properties": [_property(name, value) for name, value in source.items() if value is not None],
            },
        }
        try:
            return _answer(await self._client.send(request, body, reads=True))
        except Unauthorized as error:
            said = f"{error} Asking Entra's engine needs {WRITE}, although nothing is written: grant it for this check."
            raise Unauthorized(said) from error
        except NotThere as error:
            raise NotThere(f"{error} The application has no such provisioning job.", error.code) from error


def _property(name: str, value: SourceValue) -> JsonObject:
    if isinstance(value, tuple):
        texts = [role_text(one) if isinstance(one, Role) else one for one in value]
        return {"key": name, "value@odata.type": "#Collection(String)", "value": texts}
    return {"key": name, "value": value}


def _answer(document: JsonObject) -> EngineAnswer:
    succeeded = document.get("evaluationSucceeded")
    if not isinstance(succeeded, bool):
        raise Unreadable("Graph's answer does not say whether the expression was evaluated.", "no_evaluation")
    if not succeeded:
        error = document.get("error")
        message = error.get("message") if isinstance(error, Mapping) else None
        stage = "evaluated" if document.get("parsingSucceeded") else "parsed"
        return EngineAnswer(result=None, error=str(message or f"It could not be {stage}."))
    listed = document.get("evaluationResult")
    texts = tuple(str(one) for one in listed if one is not None) if isinstance(listed, list) else ()
    return EngineAnswer(result=texts, parsed=_tree(document))


def _tree(document: JsonObject) -> StoredSource | None:
    try:
        return read_source({"source": document.get("parsedExpression")})
    except Refused:
        return None  # of a form that no schema has; the values are what counts

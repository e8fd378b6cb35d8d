"""What does Graph tell of the provisioning job? `/servicePrincipals/{id}/synchronization/...`.

Learn: graph/api/resources/synchronization-overview. Reading takes `Synchronization.Read.All`; functions, operators and
`parseExpression` take `Synchronization.ReadWrite.All`, although nothing is written, for so their permission tables say.
Which permission reads the secrets, and whether credentials come back masked, is not documented: two switches.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from infra.local.entra import permissions as may
from infra.local.entra.applications import Applications
from infra.local.entra.calls import Answer, Call, Document, GraphError, Route, bad_request, not_found, route
from infra.local.entra.expression_answers import values_of
from infra.local.entra.expression_catalogue import functions, operators
from infra.local.entra.provisioning_job import ProvisioningJob, damaged
from infra.local.entra.queries import context
from infra.local.simulation.clock import Clock


class Synchronization:
    def __init__(
        self, applications: Applications, job: ProvisioningJob, clock: Clock, switches: Mapping[str, Any]
    ) -> None:
        self.job = job
        self._applications = applications
        self._clock = clock
        self._switches = switches

    def routes(self) -> list[Route]:
        base = "/servicePrincipals/{id}/synchronization"
        schema = f"{base}/jobs/{{job}}/schema"
        read, write = may.SYNCHRONIZATION_READ, may.SYNCHRONIZATION_WRITE
        return [
            route("GET", f"{base}/jobs", self.listing, read),
            route("GET", f"{base}/jobs/{{job}}", self.get, read),
            route("GET", schema, self.schema, read),
            route("PUT", schema, self.put_schema, write),
            route("GET", f"{schema}/functions", self.functions, write),
            route("GET", f"{schema}/filterOperators", self.operators, write),
            route("POST", f"{schema}/parseExpression", self.parse_expression, write),
            route("GET", f"{base}/secrets", self.secrets, read),
            route("PUT", f"{base}/secrets", self.put_secrets, write),
        ]

    async def listing(self, call: Call) -> Answer:
        principal = self._applications.principal(call)
        there = self.job.exists and principal["id"] == self.job.application_id
        jobs = [self.job.resource(self._clock.now())] if there else []
        return Answer(body=context(call, f"{_where(call)}/jobs", None) | {"value": jobs})

    async def get(self, call: Call) -> Answer:
        self._addressed(call)
        body = context(call, f"{_where(call)}/jobs", None, single=True)
        return Answer(body=body | self.job.resource(self._clock.now()))

    async def schema(self, call: Call) -> Answer:
        self._addressed(call)
        state = str(self._switches["provisioning_schema"])
        if state == "missing":
            raise _no_job("schema")
        document = context(call, f"{_where(call)}/jobs('{self.job.id}')/schema", None, single=True) | self.job.schema
        if state == "served":
            return Answer(body=document)
        return Answer(text=damaged(document, state, int(self._switches["oversized_schema_bytes"])))

    async def put_schema(self, call: Call) -> Answer:
        self._addressed(call)
        try:
            self.job.replace(call.document())
        except ValueError as error:
            raise bad_request(f"Invalid synchronization schema: {error}.", "BadRequest") from error
        return Answer(status=204)

    async def functions(self, call: Call) -> Answer:
        self._addressed(call)
        return Answer(body=context(call, "functions", None) | {"value": functions()})

    async def operators(self, call: Call) -> Answer:
        self._addressed(call)
        return Answer(body=context(call, "filterOperators", None) | {"value": operators()})

    async def parse_expression(self, call: Call) -> Answer:
        self._addressed(call)
        body = call.document()
        expression = body.get("expression")
        if not isinstance(expression, str):
            raise bad_request("A value is required for parameter 'expression'.", "BadRequest")
        try:
            values = values_of(body.get("testInputObject"))
        except ValueError as error:
            raise bad_request(str(error), "BadRequest") from error
        answer = self.job.answers.answer(expression, values)
        return Answer(body=context(call, "microsoft.graph.parseExpressionResponse", None) | answer)

    async def secrets(self, call: Call) -> Answer:
        self._attached(call)
        if self._switches["secrets_need_write"] and may.missing(call.principal.roles, may.SYNCHRONIZATION_WRITE):
            raise GraphError(403, "Authorization_RequestDenied", "Insufficient privileges to complete the operation.")
        shown = self.job.shown_secrets(masked=bool(self._switches["mask_secrets"]))
        return Answer(body=context(call, f"{_where(call)}/secrets", None) | {"value": shown})

    async def put_secrets(self, call: Call) -> Answer:
        self._attached(call)
        pairs = call.document().get("value")
        if not isinstance(pairs, list) or not all(isinstance(one, dict) and "key" in one for one in pairs):
            raise bad_request("'value' is a list of key and value.", "BadRequest")
        self.job.change_secrets(
            {str(one["key"]): None if one.get("value") is None else str(one["value"]) for one in pairs}
        )
        return Answer(status=204)

    def steer(self, body: Document) -> Document:
        """What a test asks of the job: see `steering`.

        Raises:
            ValueError: a schema or answers of another form.
        """
        if "job" in body:
            self.job.exists = bool(body["job"])
        if "schema" in body:
            self.job.replace(body["schema"])
        if "secrets" in body:
            self.job.change_secrets(dict(body["secrets"]))
        if "answers" in body:
            self.job.answers.load({"answers": body["answers"]})
        return {"job": self.job.id if self.job.exists else None, "version": self.job.version}

    def _attached(self, call: Call) -> None:
        """Raises GraphError 404 unless the addressed application has a job."""
        principal = self._applications.principal(call)
        if not self.job.exists or principal["id"] != self.job.application_id:
            raise _no_job(principal["id"])

    def _addressed(self, call: Call) -> None:
        self._attached(call)
        if call.args["job"].lower() != self.job.id.lower():
            raise _no_job(call.args["job"])


def _no_job(name: str) -> GraphError:
    error = not_found(name)
    return GraphError(404, "ResourceNotFound", error.message)


def _where(call: Call) -> str:
    return f"servicePrincipals('{call.args['id']}')/synchronization"

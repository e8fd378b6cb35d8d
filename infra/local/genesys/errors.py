"""How does Genesys say no? SCIM problems (RFC 7644 §3.12) and platform problems (`ErrorBody`), as exceptions.

Both shapes come from one API: SCIM handlers answer `ScimError`, everything else, and the gateway in front of SCIM
(401, 403, 429), answers `ErrorBody`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

SCIM_ERROR = "urn:ietf:params:scim:api:messages:2.0:Error"


class Problem(Exception):
    """An answer that is not the one the caller hoped for."""

    status: int
    content_type: str

    def __init__(self, status: int, message: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.headers = dict(headers or {})

    def body(self, correlation_id: str) -> bytes:
        """The JSON document that goes out."""
        raise NotImplementedError


class ScimProblem(Problem):
    """`scim_type` is one of RFC 7644's detail error keywords and belongs to status 400 only."""

    content_type = "application/scim+json"

    def __init__(self, status: int, message: str, scim_type: str = "") -> None:
        super().__init__(status, message)
        self.scim_type = scim_type

    def body(self, correlation_id: str) -> bytes:  # noqa: ARG002 - SCIM errors carry no correlation id in the body
        document = {"schemas": [SCIM_ERROR], "status": str(self.status), "detail": self.message}
        if self.scim_type:
            document["scimType"] = self.scim_type
        return json.dumps(document).encode()


class PlatformProblem(Problem):
    """`code` is Genesys' dotted vocabulary, for example `not.found`; `limit` goes with `too.many.requests`."""

    content_type = "application/json"

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        *,
        params: Mapping[str, str] | None = None,
        limit: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(status, message, headers)
        self.code = code
        self.params = dict(params or {})
        self.limit = limit

    def body(self, correlation_id: str) -> bytes:
        document: dict[str, Any] = {
            "message": self.message,
            "code": self.code,
            "status": self.status,
            "messageParams": self.params,
            "contextId": correlation_id,
            "details": [],
            "errors": [],
        }
        if self.limit is not None:
            document["limit"] = dict(self.limit)
        return json.dumps(document).encode()


def invalid(scim_type: str, detail: str) -> ScimProblem:
    """A 400 with its `scimType`."""
    return ScimProblem(400, detail, scim_type)


def not_found(what: str, identifier: str) -> PlatformProblem:
    return PlatformProblem(404, "not.found", f"Unable to find {what}: {identifier}", params={what: identifier})


def bad_request(message: str) -> PlatformProblem:
    return PlatformProblem(400, "bad.request", message)


def version_conflict(message_version: object, current: int) -> PlatformProblem:
    return PlatformProblem(
        409,
        "general.conflict",
        f"The version supplied ({message_version}) does not match the current version ({current}).",
    )

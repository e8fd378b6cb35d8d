"""What does the provisioning job of the gallery application hold? Its schema with a version, its secrets, its answers.

The schema is `gallery_schema.json`: the Genesys gallery application with its default mappings, users and groups, so
that the people as they are when the simulators start need no correction.
"""

from __future__ import annotations

import copy
import json
import uuid
from collections.abc import Mapping
from pathlib import Path

from infra.local.entra.calls import Document
from infra.local.entra.expression_answers import DOCUMENTED, ExpressionAnswers
from infra.local.entra.moments import zulu
from infra.local.entra.tokens import TENANT_ID

GALLERY_SCHEMA = Path(__file__).with_name("gallery_schema.json")
TEMPLATE = "PureCloud"
INTERVAL = "PT40M"
MASK = "*****"
CREDENTIALS = frozenset({"SecretToken", "Oauth2ClientSecret", "Password"})
NESTING = 20_000


def default_secrets() -> dict[str, str]:
    """Only assigned people, those out of scope deactivated, no more than 500 at once (Learn: the same defaults)."""
    guard = {"Enabled": False, "Recipients": "", "DeleteThresholdEnabled": True, "DeleteThresholdValue": 500}
    return {
        "BaseAddress": "https://api.mypurecloud.com/api/v2/scim/v2?aadOptscim062020",
        "SecretToken": "local-scim-token",
        "SyncAll": "false",
        "SyncNotificationSettings": json.dumps(guard),
    }


class ProvisioningJob:
    """The one job of an application.

    Raises:
        OSError, ValueError: of the files with another schema or other answers.
    """

    def __init__(self, application_id: str, *, schema: Path = GALLERY_SCHEMA, answers: Path = DOCUMENTED) -> None:
        self.application_id = application_id
        suffix = uuid.uuid5(uuid.UUID(application_id), "provisioning job")
        self.id = f"{TEMPLATE}.{TENANT_ID.replace('-', '')}.{suffix}"
        self.exists = True
        self.secrets = default_secrets()
        self.answers = ExpressionAnswers(answers)
        self._revision = 0
        self._schema: Document = {}
        self.replace(json.loads(schema.read_text(encoding="utf-8-sig")))

    @property
    def version(self) -> str:
        """Changes with every change of the schema."""
        return f"v1.{self._revision}"

    @property
    def schema(self) -> Document:
        """As the service gives it: with its own id and version."""
        return {"id": self.id, "version": self.version, **self._schema}

    def replace(self, schema: object) -> None:
        """Put another schema in place; attribute mappings are stored in the order of their targets, as Entra does.

        Raises:
            ValueError: it lacks one of the lists that make a schema.
        """
        kept = _checked(schema)
        for rule in kept["synchronizationRules"]:
            for mapping in rule["objectMappings"]:
                mapping["attributeMappings"].sort(key=lambda one: str(one.get("targetAttributeName")))
        self._schema = kept
        self._revision += 1

    def change_secrets(self, pairs: Mapping[str, str | None]) -> None:
        """Set secrets; None removes one."""
        for key, value in pairs.items():
            if value is None:
                self.secrets.pop(key, None)
            else:
                self.secrets[key] = value

    def shown_secrets(self, *, masked: bool) -> list[Document]:
        """As `synchronizationSecretKeyStringValuePair` resources."""
        return [
            {"key": key, "value": MASK if masked and key in CREDENTIALS else value}
            for key, value in sorted(self.secrets.items())
        ]

    def resource(self, now: float) -> Document:
        """As a `synchronizationJob`, idle after a run that went well."""
        execution = {
            "activityIdentifier": str(uuid.uuid5(uuid.UUID(self.application_id), f"run {int(now // 2400)}")),
            "state": "Succeeded",
            "error": None,
            "timeBegan": zulu(now - now % 2400),
            "timeEnded": zulu(now - now % 2400 + 20),
        }
        return {
            "id": self.id,
            "templateId": TEMPLATE,
            "schedule": {"expiration": None, "interval": INTERVAL, "state": "Active"},
            "status": {
                "code": "Active",
                "countSuccessiveCompleteFailures": 0,
                "escrowsPruned": False,
                "lastExecution": execution,
                "lastSuccessfulExecution": execution,
                "lastSuccessfulExecutionWithExports": None,
                "quarantine": None,
                "steadyStateFirstAchievedTime": zulu(now - now % 2400),
                "steadyStateLastAchievedTime": zulu(now - now % 2400),
                "synchronizedEntryCountByType": [],
                "troubleshootingUrl": None,
            },
            "synchronizationJobSettings": [],
        }


def damaged(schema: Document, how: str, size: int) -> str:
    """The schema as a service gone wrong would send it.

    `truncated` ends in the middle, `foreign` is another JSON document, `oversized` has at least `size` bytes, `deep`
    nests an expression beyond what parsers allow.

    Raises:
        ValueError: there is no such damage.
    """
    match how:
        case "truncated":
            text = json.dumps(schema)
            return text[: len(text) // 2]
        case "foreign":
            return json.dumps({"value": [], "note": "This is not the schema."})
        case "oversized":
            return json.dumps({**schema, "padding": "x" * size})
        case "deep":
            opening = '{"type": "Function", "name": "Not", "parameters": [{"key": "source", "value": '
            tree = f"{opening * NESTING}null{'}]}' * NESTING}"
            rules = f'[{{"objectMappings": [{{"attributeMappings": [{{"source": {tree}}}]}}]}}]'
            return f'{{"id": "{schema["id"]}", "directories": [], "synchronizationRules": {rules}}}'
    raise ValueError(f"no such damage: {how}")


def _checked(schema: object) -> Document:
    """A copy of the schema without what is the service's own.

    Raises:
        ValueError: names the list that is missing.
    """
    kept = {
        key: copy.deepcopy(value)
        for key, value in (schema.items() if isinstance(schema, dict) else ())
        if key not in {"id", "version"} and "@" not in key
    }
    _lists([kept], "directories")
    for rule in _lists([kept], "synchronizationRules"):
        _lists(_lists([rule], "objectMappings"), "attributeMappings")
    return kept


def _lists(holders: list[Document], name: str) -> list[Document]:
    """The objects in the list `name` of each of `holders`."""
    found: list[Document] = []
    for holder in holders:
        listed = holder.get(name)
        if not isinstance(listed, list) or not all(isinstance(one, dict) for one in listed):
            raise ValueError(f"{name} is not a list of objects")
        found += listed
    return found

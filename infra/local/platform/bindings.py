"""What triggers a function, and where do its outputs go? Read from the bindings that the worker's indexing reports."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from infra.local.platform.settings import HostError, resolve


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpTrigger:
    """`methods` in upper case; empty means every method. `level` is ANONYMOUS, FUNCTION or ADMIN."""

    parameter: str
    route: str
    methods: frozenset[str]
    level: str


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueTrigger:
    """`many` is cardinality many: one call with a whole batch. `auto_complete` None means what host.json says."""

    parameter: str
    queue: str
    sessions: bool
    many: bool
    binary: bool
    auto_complete: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TimerTrigger:
    """`schedule` is a resolved NCRONTAB expression or a time span."""

    parameter: str
    schedule: str
    run_on_startup: bool


Trigger = HttpTrigger | QueueTrigger | TimerTrigger


@dataclass(frozen=True, slots=True, kw_only=True)
class Function:
    """One indexed function. `outputs` maps the name of an output binding to the queue it sends to."""

    name: str
    trigger: Trigger
    disabled: bool = False
    outputs: Mapping[str, str] = field(default_factory=dict)
    raw: tuple[Mapping[str, Any], ...] = ()


def read_function(name: str, raw_bindings: Iterable[str], environment: Mapping[str, str]) -> Function:
    """From `RpcFunctionMetadata.raw_bindings`, which are JSON texts with upper-case enumerations.

    Raises:
        HostError: a binding that this host does not know, or a setting that is missing.
    """
    raw = tuple(json.loads(text) for text in raw_bindings)
    triggers = [binding for binding in raw if binding["type"].lower().endswith("trigger")]
    if len(triggers) != 1:
        raise HostError(f"The function {name} has {len(triggers)} triggers; it must have one.")
    outputs = {}
    for binding in raw:
        kind = binding["type"].lower()
        if kind == "servicebus":
            _check_connection(name, binding, environment)
            outputs[binding["name"]] = resolve(binding["queueName"], environment)
        elif kind != "http" and binding is not triggers[0]:
            raise HostError(f"The function {name} has a binding of type {binding['type']}, which is not hosted here.")
    try:
        trigger = _trigger(name, triggers[0], environment)
    except HostError as error:
        raise HostError(f"The function {name} cannot be hosted: {error}") from error
    disabled = environment.get(f"AzureWebJobs.{name}.Disabled", "").lower() in ("true", "1")
    return Function(name=name, trigger=trigger, disabled=disabled, outputs=outputs, raw=raw)


def _trigger(name: str, raw: Mapping[str, Any], environment: Mapping[str, str]) -> Trigger:
    match raw["type"].lower():
        case "httptrigger":
            return HttpTrigger(
                parameter=raw["name"],
                route=(raw.get("route") or name).strip("/"),
                methods=frozenset(str(method).upper() for method in raw.get("methods") or ()),
                level=str(raw.get("authLevel", "FUNCTION")).upper(),
            )
        case "servicebustrigger" if "queueName" in raw:
            _check_connection(name, raw, environment)
            return QueueTrigger(
                parameter=raw["name"],
                queue=resolve(raw["queueName"], environment),
                sessions=bool(raw.get("isSessionsEnabled")),
                many=str(raw.get("cardinality", "ONE")).upper() == "MANY",
                binary=str(raw.get("dataType", "")).upper() == "BINARY",
                auto_complete=raw.get("autoCompleteMessages"),
            )
        case "timertrigger":
            return TimerTrigger(
                parameter=raw["name"],
                schedule=resolve(raw["schedule"], environment),
                run_on_startup=bool(raw.get("runOnStartup")),
            )
        case _:
            raise HostError(f"there is no {raw['type']} here.")


def _check_connection(name: str, raw: Mapping[str, Any], environment: Mapping[str, str]) -> None:
    """The real host refuses to start a listener whose connection setting is missing."""
    connection = raw.get("connection") or "AzureWebJobsServiceBus"
    if connection not in environment and f"{connection}__fullyQualifiedNamespace" not in environment:
        raise HostError(f"The function {name} names the Service Bus connection '{connection}', but no setting does.")

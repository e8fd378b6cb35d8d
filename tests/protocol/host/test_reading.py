"""How are host.json, bindings, routes and the command line read?"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from infra.local.platform.__main__ import read_arguments
from infra.local.platform.bindings import HttpTrigger, QueueTrigger, read_function
from infra.local.platform.host import DEFAULT_QUEUES
from infra.local.platform.routes import Routes
from infra.local.platform.settings import BusOptions, HostError, HostSettings, duration, read_host_json, resolve
from infra.local.platform.workers import process_count

ENVIRONMENT = {"ServiceBusConnection": "x", "QUEUE": "doorbell", "Managed__fullyQualifiedNamespace": "x"}


def host_json(folder: Path, text: str) -> HostSettings:
    path = folder / "host.json"
    path.write_text(text)
    return read_host_json(path)


def test_the_defaults_are_the_extensions(tmp_path: Path) -> None:
    settings = host_json(tmp_path, '{"version": "2.0"}')

    assert (settings.route_prefix, settings.function_timeout_s) == ("api", 1800.0)
    assert settings.bus.max_calls % 16 == 0
    assert (settings.bus.max_sessions, settings.bus.max_batch, settings.bus.session_idle_s) == (8, 1000, 60.0)
    assert (settings.bus.prefetch, settings.bus.auto_complete, settings.bus.max_renewal_s) == (0, True, 300.0)


def test_every_service_bus_setting_is_read(tmp_path: Path) -> None:
    bus = {
        "prefetchCount": 3, "autoCompleteMessages": False, "maxAutoLockRenewalDuration": "00:04:00",
        "maxConcurrentCalls": 32, "maxConcurrentSessions": 16, "maxMessageBatchSize": 100, "minMessageBatchSize": 2,
        "maxBatchWaitTime": "00:00:01", "sessionIdleTimeout": "00:00:00.3",
    }  # fmt: skip
    document = {
        "version": "2.0",
        "functionTimeout": "-1",
        "extensions": {"http": {"routePrefix": ""}, "serviceBus": bus},
    }

    settings = host_json(tmp_path, json.dumps(document))

    assert settings == HostSettings(
        route_prefix="",
        function_timeout_s=None,
        bus=BusOptions(
            prefetch=3, auto_complete=False, max_renewal_s=240.0, max_calls=32, max_sessions=16, max_batch=100,
            min_batch=2, max_batch_wait_s=1.0, session_idle_s=0.3,
        ),
    )  # fmt: skip


def test_without_an_idle_timeout_the_try_timeout_holds(tmp_path: Path) -> None:
    document = '{"version": "2.0", "extensions": {"serviceBus": {"clientRetryOptions": {"tryTimeout": "00:00:07"}}}}'

    assert host_json(tmp_path, document).bus.session_idle_s == 7.0


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("{", "is not JSON"),
        ("{}", '"version": "2.0"'),
        ('{"version": "2.0", "functionTimeout": "soon"}', "'soon' is not a time span"),
    ],
)
def test_a_broken_host_json_is_said_so(tmp_path: Path, text: str, sentence: str) -> None:
    with pytest.raises(HostError, match=sentence):
        host_json(tmp_path, text)


def test_no_host_json_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(HostError, match=r"There is no host\.json"):
        read_host_json(tmp_path / "host.json")


@pytest.mark.parametrize(("text", "seconds"), [("00:05:00", 300), ("00:00:00.25", 0.25), ("1.00:00:01", 86401)])
def test_time_spans(text: str, seconds: float) -> None:
    assert duration(text) == seconds


def test_binding_expressions_resolve_from_settings() -> None:
    assert resolve("%QUEUE%-2", ENVIRONMENT) == "doorbell-2"
    with pytest.raises(HostError, match="no setting OTHER"):
        resolve("%OTHER%", ENVIRONMENT)


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({}, QueueTrigger(parameter="m", queue="doorbell", sessions=False, many=False, binary=False)),
        (
            {"cardinality": "MANY", "isSessionsEnabled": True, "dataType": "BINARY", "autoCompleteMessages": False},
            QueueTrigger(parameter="m", queue="doorbell", sessions=True, many=True, binary=True, auto_complete=False),
        ),
        (
            {"connection": "Managed"},
            QueueTrigger(parameter="m", queue="doorbell", sessions=False, many=False, binary=False),
        ),
    ],
)
def test_queue_triggers(more: dict[str, Any], expected: QueueTrigger) -> None:
    raw = {"type": "serviceBusTrigger", "name": "m", "queueName": "%QUEUE%", "connection": "ServiceBusConnection"}

    assert read_function("f", [json.dumps({**raw, **more})], ENVIRONMENT).trigger == expected


@pytest.mark.parametrize(
    ("bindings", "sentence"),
    [
        ([], "has 0 triggers"),
        ([{"type": "blobTrigger", "name": "b"}], "there is no blobTrigger here"),
        ([{"type": "serviceBusTrigger", "name": "m", "topicName": "t"}], "there is no serviceBusTrigger here"),
        ([{"type": "httpTrigger", "name": "r"}, {"type": "queue", "name": "o"}], "of type queue, which is not hosted"),
    ],
)
def test_what_this_host_cannot_do_is_said_so(bindings: list[dict[str, Any]], sentence: str) -> None:
    with pytest.raises(HostError, match=sentence):
        read_function("f", [json.dumps(binding) for binding in bindings], ENVIRONMENT)


def test_a_function_is_disabled_by_its_setting() -> None:
    raw = json.dumps({"type": "httpTrigger", "name": "r"})

    assert read_function("f", [raw], {"AzureWebJobs.f.Disabled": "true"}).disabled
    assert not read_function("f", [raw], {}).disabled


def routes(*templates: str, prefix: str = "api") -> Routes:
    def raw(template: str) -> str:
        return json.dumps({"type": "httpTrigger", "name": "r", "route": template, "methods": ["GET"]})

    return Routes([read_function(template, [raw(template)], {}) for template in templates], prefix)


@pytest.mark.parametrize(
    ("path", "template", "parameters"),
    [
        ("/api/people", "people", {}),
        ("/API/People/", "people", {}),
        ("/api/people/7", "people/{id:int}", {"id": "7"}),
        ("/api/people/a%2Fb", "people/{name}", {"name": "a/b"}),
        ("/api/people/me", "people/me", {}),
        ("/api/page", "page/{*rest}", {}),
        ("/api/page/a/b.js", "page/{*rest}", {"rest": "a/b.js"}),
        ("/api/look", "look/{when?}", {}),
        ("/api/look/now", "look/{when?}", {"when": "now"}),
        ("/api/file/x.json", "file/{name}.json", {"name": "x"}),
        ("/api/people/7/x", None, {}),
        ("/people", None, {}),
    ],
)
def test_route_templates(path: str, template: str | None, parameters: dict[str, str]) -> None:
    table = routes(
        "page/{*rest}", "people/{name}", "people/{id:int}", "people/me", "people", "look/{when?}", "file/{name}.json"
    )

    found = table.match("GET", path)

    assert (None if found is None else (found[0].function.name, found[1])) == (template and (template, parameters))


def test_an_empty_prefix_and_an_unknown_constraint() -> None:
    assert routes("people", prefix="").match("GET", "/people")
    assert routes("people").match("POST", "/api/people") is None
    with pytest.raises(HostError, match="route constraint 'regex'"):
        routes("people/{id:regex}")


def test_a_function_without_methods_takes_every_method() -> None:
    function = read_function("f", [json.dumps({"type": "httpTrigger", "name": "r", "authLevel": "ADMIN"})], {})

    assert function.trigger == HttpTrigger(parameter="r", route="f", methods=frozenset(), level="ADMIN")
    assert Routes([function], "api").match("PATCH", "/api/f")


def test_queues_come_from_json_or_a_file(tmp_path: Path) -> None:
    text = '{"lanes": {"session": true, "lock_s": 5}}'
    (tmp_path / "queues.json").write_text(text)

    for given in (text, str(tmp_path / "queues.json")):
        queues = read_arguments(["--app", ".", "--queues", given]).queues
        assert (queues["lanes"].session, queues["lanes"].lock_s) == (True, 5)
    assert read_arguments(["--app", "."]).queues == DEFAULT_QUEUES


@pytest.mark.parametrize("given", ["{", "nowhere.json", '{"q": {"colour": 1}}'])
def test_queues_that_cannot_be_read_are_said_so(given: str) -> None:
    with pytest.raises(HostError, match="--queues cannot be read"):
        read_arguments(["--app", ".", "--queues", given])


@pytest.mark.parametrize("text", ["0", "11", "two", "-1"])
def test_a_wrong_process_count_is_said_so(text: str) -> None:
    with pytest.raises(HostError, match="FUNCTIONS_WORKER_PROCESS_COUNT"):
        process_count({"FUNCTIONS_WORKER_PROCESS_COUNT": text})
    assert process_count({}) == 1

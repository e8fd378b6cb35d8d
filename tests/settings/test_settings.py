"""The settings table: defaults, complaints, secrets."""

from __future__ import annotations

import pytest

from shared.errors import Misconfigured
from shared.model import Mode
from shared.runtime.parsing import MISSING
from shared.runtime.settings import TABLE, Settings, load

COMPLETE = {
    "ENTRA_TENANT_ID": "0a1b2c3d-0000-4000-8000-00000000000a",
    "NOTIFICATION_URL": "https://app.contoso.example/api/graph/notifications",
    "CLIENT_STATE": "client-state-of-today",
    "CLIENT_STATE_PREVIOUS": "client-state-of-yesterday",
    "ServiceBusConnection": "Endpoint=sb://localhost;SharedAccessKeyName=k;SharedAccessKey=c2VjcmV0",
    "GENESYS_API_URL": "https://api.mypurecloud.de",
    "GENESYS_LOGIN_URL": "https://login.mypurecloud.de",
    "GENESYS_CLIENT_ID": "client-1",
    "GENESYS_CLIENT_SECRET": "genesys-secret",
    "LEDGER": "DefaultEndpointsProtocol=https;AccountName=a;AccountKey=a2V5",
}
REQUIRED = [row.name for row in TABLE if row.default is None]


def problems(environ):
    with pytest.raises(Misconfigured) as raised:
        load(environ)
    return raised.value.problems


def test_the_required_settings_are_enough():
    settings = load({name: COMPLETE[name] for name in (*REQUIRED, "ServiceBusConnection")})

    assert settings == Settings(
        mode=Mode.OBSERVE,
        pilot_group="",
        provisioning_file="provisioning.toml",
        tenant_id=COMPLETE["ENTRA_TENANT_ID"],
        credential="managed_identity",
        identity_client_id="",
        graph_url="https://graph.microsoft.com/v1.0",
        notification_url=COMPLETE["NOTIFICATION_URL"],
        client_state=COMPLETE["CLIENT_STATE"],
        client_state_previous="",
        subscription_minutes=10080,
        service_bus=COMPLETE["ServiceBusConnection"],
        service_bus_namespace="",
        ledger="sqlite:.local/ledger.db",
        genesys_api_url=COMPLETE["GENESYS_API_URL"],
        genesys_login_url=COMPLETE["GENESYS_LOGIN_URL"],
        genesys_client_id="client-1",
        genesys_client_secret="genesys-secret",
        genesys_scim_path="/api/v2/scim/v2",
        genesys_max_in_flight=8,
        revoke_end_sessions=True,
        revoke_station=True,
        revoke_presence=False,
        revoke_conversations=False,
        revoke_queues=False,
        revoke_verify=True,
        verify_after_s=10.0,
        order_valid_s=60.0,
        looks_s=(30.0, 300.0),
        revocation_looks_s=(30.0, 300.0, 2700.0),
        out_of_scope="leave",
        doubts_s=(30.0, 90.0, 180.0, 600.0, 2700.0, *(86_400.0,) * 7),
        background_places=4,
        lanes=16,
        bell_timeout_s=2.0,
        webhook_max_bytes=4_194_304,
        retry_revocation_s=(2.0, 5.0, 10.0, 20.0, 30.0),
        retry_routine_s=(30.0, 120.0, 300.0),
        retry_refused_s=(30.0, 120.0, 600.0),
        alarm_revocation_s=120.0,
        alarm_routine_s=1800.0,
    )


@pytest.mark.parametrize("name", REQUIRED)
@pytest.mark.parametrize("value", [None, "", "   "])
def test_each_missing_setting_is_named_in_one_sentence(name, value):
    environ = {key: text for key, text in COMPLETE.items() if key != name}
    found = problems(environ if value is None else {**environ, name: value})

    assert len(found) == 1
    assert found[0].startswith(f"The setting {name} is missing: ")
    assert found[0].endswith(".")


def test_all_missing_settings_are_named_at_once():
    found = problems({})

    assert [sentence.split()[2] for sentence in found] == REQUIRED


MALFORMED = [
    ("MODE", "on", "one of observe, enforce"),
    ("PILOT_GROUP", "agents", "an id of the form 00000000-0000-0000-0000-000000000000"),
    ("ENTRA_TENANT_ID", "contoso.example", "an id of the form 00000000-0000-0000-0000-000000000000"),
    ("ENTRA_CREDENTIAL", "default", "one of managed_identity, azure_cli"),
    ("GRAPH_URL", "graph.microsoft.com", "an absolute URL such as https://host/path"),
    ("NOTIFICATION_URL", "http://app.contoso.example/x", "an https URL (plain http is for this machine only)"),
    ("CLIENT_STATE", "short", "16 to 128 characters long"),
    ("CLIENT_STATE_PREVIOUS", "x" * 129, "16 to 128 characters long"),
    ("SUBSCRIPTION_MINUTES", "44", "a whole number from 45 to 41760"),
    ("SUBSCRIPTION_MINUTES", "41761", "a whole number from 45 to 41760"),
    ("GENESYS_API_URL", "ftp://api.mypurecloud.de", "an absolute URL such as https://host/path"),
    ("GENESYS_LOGIN_URL", "https://", "an absolute URL such as https://host/path"),
    ("GENESYS_SCIM_PATH", "api/v2/scim", "a path that starts with /"),
    ("GENESYS_MAX_IN_FLIGHT", "0", "a whole number from 1 to 64"),
    ("REVOKE_END_SESSIONS", "perhaps", "true or false"),
    ("REVOKE_STATION", "2", "true or false"),
    ("REVOKE_PRESENCE", "-", "true or false"),
    ("REVOKE_CONVERSATIONS", "y", "true or false"),
    ("REVOKE_QUEUES", "n", "true or false"),
    ("REVOKE_VERIFY", "ja", "true or false"),
    ("VERIFY_AFTER_S", "soon", "a number of seconds, 0 or more"),
    ("ORDER_VALID_S", "-1", "a number of seconds, 0 or more"),
    ("ORDER_VALID_S", "nan", "a number of seconds, 0 or more"),
    ("LOOKS_S", "30;300", "numbers of seconds with commas between them, such as 30,300"),
    ("REVOCATION_LOOKS_S", "30,", "numbers of seconds with commas between them, such as 30,300"),
    ("DOUBTS_S", "daily", "numbers of seconds with commas between them, such as 30,300"),
    ("OUT_OF_SCOPE", "delete", "one of leave, deactivate"),
    ("BACKGROUND_PLACES", "16", "a whole number from 1 to 15"),
    ("LANES", "65", "a whole number from 1 to 64"),
    ("BELL_TIMEOUT_S", "inf", "a number of seconds, 0 or more"),
    ("WEBHOOK_MAX_BYTES", "4 MB", "a whole number from 10000 to 100000000"),
    ("RETRY_REVOCATION_S", "fast", "numbers of seconds with commas between them, such as 30,300"),
    ("RETRY_ROUTINE_S", "-5", "numbers of seconds with commas between them, such as 30,300"),
    ("RETRY_REFUSED_S", ",", "numbers of seconds with commas between them, such as 30,300"),
    ("ALARM_REVOCATION_S", "2m", "a number of seconds, 0 or more"),
    ("ALARM_ROUTINE_S", "30m", "a number of seconds, 0 or more"),
]
FREE_TEXT = {
    "AZURE_CLIENT_ID", "ServiceBusConnection", "ServiceBusConnection__fullyQualifiedNamespace", "LEDGER",
    "GENESYS_CLIENT_ID", "GENESYS_CLIENT_SECRET", "PROVISIONING_FILE",
}  # fmt: skip


@pytest.mark.parametrize(("name", "value", "demand"), MALFORMED)
def test_each_malformed_setting_is_named_with_what_it_must_be(name, value, demand):
    assert problems({**COMPLETE, name: value}) == (f"The setting {name} is malformed: it must be {demand}.",)


def test_every_setting_that_can_be_malformed_is_in_the_table_above():
    assert {name for name, _, _ in MALFORMED} == {row.name for row in TABLE} - FREE_TEXT


def test_every_malformed_setting_is_named_at_once():
    worst = {name: value for name, value, _ in MALFORMED}

    assert [sentence.split()[2] for sentence in problems(COMPLETE | worst)] == [
        row.name for row in TABLE if row.name in worst
    ]


def test_without_a_bus_there_is_no_start():
    environ = {name: value for name, value in COMPLETE.items() if name != "ServiceBusConnection"}

    (sentence,) = problems(environ)

    assert "ServiceBusConnection__fullyQualifiedNamespace is missing" in sentence
    assert load({**environ, "ServiceBusConnection__fullyQualifiedNamespace": "n.servicebus.windows.net"})


def test_a_malformed_secret_is_not_repeated():
    assert "short-secret" not in str(problems({**COMPLETE, "CLIENT_STATE": "short-secret"}))


@pytest.mark.parametrize(
    ("name", "field", "value", "expected"),
    [
        ("ENTRA_TENANT_ID", "tenant_id", COMPLETE["ENTRA_TENANT_ID"].upper(), COMPLETE["ENTRA_TENANT_ID"]),
        ("GRAPH_URL", "graph_url", "http://127.0.0.1:7081/v1.0/", "http://127.0.0.1:7081/v1.0"),
        ("MODE", "mode", " enforce ", Mode.ENFORCE),
        ("REVOKE_STATION", "revoke_station", "False", False),
        ("REVOKE_QUEUES", "revoke_queues", "1", True),
        ("LOOKS_S", "looks_s", "0.5, 2", (0.5, 2.0)),
        ("GENESYS_SCIM_PATH", "genesys_scim_path", "/api/v2/scim/", "/api/v2/scim"),
    ],
)
def test_a_setting_is_parsed_once_into_what_it_means(name, field, value, expected):
    assert getattr(load({**COMPLETE, name: value}), field) == expected


SECRETS = [row.name for row in TABLE if row.secret]


@pytest.mark.parametrize("name", SECRETS)
def test_no_secret_is_in_the_representation_of_the_settings(name):
    assert COMPLETE[name] not in repr(load(COMPLETE))


def test_these_settings_are_secrets():
    assert set(SECRETS) == {
        "CLIENT_STATE", "CLIENT_STATE_PREVIOUS", "GENESYS_CLIENT_SECRET", "LEDGER", "ServiceBusConnection",
    }  # fmt: skip


def test_the_current_client_state_comes_first_and_an_old_one_is_still_accepted():
    assert load(COMPLETE).client_states == ("client-state-of-today", "client-state-of-yesterday")
    assert load({**COMPLETE, "CLIENT_STATE_PREVIOUS": ""}).client_states == ("client-state-of-today",)


@pytest.mark.parametrize("row", TABLE, ids=lambda row: row.name)
def test_every_default_passes_its_own_check_and_every_help_is_a_sentence(row):
    if row.default not in (None, MISSING):
        row.parse(row.default)
    assert row.help.endswith(".")

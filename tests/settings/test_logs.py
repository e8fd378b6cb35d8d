"""What do libraries get to say in our logs? Nothing that quotes a token endpoint."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest

from shared.telemetry import CHATTY, TALKATIVE, quiet_libraries

NAMES = (*CHATTY, *TALKATIVE)


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    before = {name: logging.getLogger(name).level for name in NAMES}
    quiet_libraries()
    yield
    for name, level in before.items():
        logging.getLogger(name).setLevel(level)


@pytest.mark.parametrize("name", ["azure.identity.aio._credentials.managed_identity", "azure.identity", "msal.token"])
def test_what_a_token_endpoint_answered_is_in_no_log(name: str, caplog: pytest.LogCaptureFixture):
    logging.getLogger(name).error("Content: an answer with a token")

    assert caplog.records == []


@pytest.mark.parametrize("name", ["azure.servicebus", "httpx", "httpcore.connection"])
def test_other_libraries_may_warn(name: str, caplog: pytest.LogCaptureFixture):
    logging.getLogger(name).info("GET https://graph.microsoft.com/v1.0/users/ada@contoso.example")
    logging.getLogger(name).warning("a warning")

    assert [record.getMessage() for record in caplog.records] == ["a warning"]

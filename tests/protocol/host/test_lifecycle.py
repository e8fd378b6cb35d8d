"""Does the platform start or refuse with a plain sentence, and does it leave nothing behind?"""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.protocol.host.conftest import DEADLINE_S, start
from tests.protocol.host.conftest import ready as wait_until_ready

HEAD = "import typing\nimport azure.functions as func\napp = func.FunctionApp()\n"
BUS = "@app.service_bus_queue_trigger(arg_name='msg', queue_name='{queue}', connection='{connection}'{more})\n"


def trigger(queue: str = "singles", connection: str = "ServiceBusConnection", more: str = "") -> str:
    return BUS.format(queue=queue, connection=connection, more=more)


def gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    stat = Path(f"/proc/{pid}/stat")
    return stat.exists() and stat.read_text().rpartition(")")[2].split()[0] == "Z"


def wait_until_gone(*pids: int) -> None:
    deadline = time.monotonic() + DEADLINE_S
    while not all(gone(pid) for pid in pids):
        assert time.monotonic() < deadline, "a process was left behind"
        time.sleep(0.02)


def workers(ready: dict[str, Any]) -> list[int]:
    answer = httpx.get(f"{ready['control']}/workers").json()
    return [worker["pid"] for worker in answer["workers"]]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_stop_signal_ends_everything_with_code_0(tmp_path: Path, number: signal.Signals) -> None:
    process = start(tmp_path)
    pids = workers(wait_until_ready(process))

    process.send_signal(number)
    process.communicate(timeout=DEADLINE_S)

    assert process.returncode == 0
    wait_until_gone(*pids)


def test_a_killed_host_takes_its_workers_along_even_a_paused_one(tmp_path: Path) -> None:
    process = start(tmp_path, FUNCTIONS_WORKER_PROCESS_COUNT="2")
    ready = wait_until_ready(process)
    pids = workers(ready)
    httpx.post(f"{ready['control']}/workers", json={"pause": 0})

    process.kill()
    process.communicate(timeout=DEADLINE_S)

    wait_until_gone(*pids)


def test_a_stop_lets_a_running_call_end(tmp_path: Path) -> None:
    process = start(tmp_path)
    ready = wait_until_ready(process)
    body = {"body": '{"gate": "last"}'}
    httpx.post(f"{ready['control']}/queues/singles/messages", json=body)
    diary = tmp_path / "diary"
    deadline = time.monotonic() + DEADLINE_S
    while "single begins" not in (diary.read_text() if diary.exists() else ""):
        assert time.monotonic() < deadline
        time.sleep(0.01)

    process.terminate()
    (tmp_path / "last").touch()
    process.communicate(timeout=DEADLINE_S)

    assert "single ends" in diary.read_text()


def host_app(folder: Path, code: str, host_json: str = '{"version": "2.0"}') -> Path:
    app = folder / "app"
    app.mkdir()
    (app / "function_app.py").write_text(code)
    (app / "host.json").write_text(host_json)
    return app


FUNCTION = "def f(msg: func.ServiceBusMessage): pass\n"


@pytest.mark.parametrize(
    ("code", "sentence"),
    [
        (HEAD + trigger() + "def f(other: func.ServiceBusMessage): pass\n", "cannot load the f function"),
        (HEAD + trigger(more=", cardinality='many'") + "def f(msg: list[func.ServiceBusMessage]): pass\n", "list"),
        (HEAD + "import nothing_of_that_name\n", "nothing_of_that_name"),
        (HEAD, "No functions were found"),
        (HEAD + trigger(queue="elsewhere") + FUNCTION, "queue 'elsewhere', which is not there"),
        (HEAD + trigger(queue="lanes") + FUNCTION, "queue 'lanes' requires sessions"),
        (HEAD + trigger(queue="%NOWHERE%") + FUNCTION, "there is no setting NOWHERE"),
        (HEAD + trigger(connection="Other") + FUNCTION, "connection 'Other', but no setting does"),
        (HEAD + "@app.timer_trigger(arg_name='t', schedule='never')\ndef f(t: func.TimerRequest): pass\n", "'never'"),
        ("raise SystemExit(3)", "worker ended"),
    ],
)
def test_an_app_that_cannot_be_hosted_ends_it_with_a_sentence(tmp_path: Path, code: str, sentence: str) -> None:
    process = start(tmp_path, app=host_app(tmp_path, code))

    out, err = process.communicate(timeout=DEADLINE_S)

    assert process.returncode == 1
    assert out == ""
    assert sentence in err


def test_a_call_over_the_function_timeout_is_500_and_costs_the_worker(tmp_path: Path) -> None:
    code = (
        HEAD + "import time\n@app.route(route='slow', auth_level=func.AuthLevel.ANONYMOUS)\n"
        "def slow(req: func.HttpRequest) -> str:\n    time.sleep(3600)\n    return ''\n"
    )
    app = host_app(tmp_path, code, '{"version": "2.0", "functionTimeout": "00:00:00.300"}')
    process = start(tmp_path, "--no-auth", app=app)
    ready = wait_until_ready(process)
    (before,) = workers(ready)

    assert httpx.get(f"{ready['app']}/api/slow", timeout=DEADLINE_S).status_code == 500
    wait_until_gone(before)

    process.terminate()
    process.communicate(timeout=DEADLINE_S)
    assert process.returncode == 0


def test_a_taken_port_is_said_so(tmp_path: Path) -> None:
    process = start(tmp_path)
    port = wait_until_ready(process)["app"].rpartition(":")[2]

    second = start(tmp_path, "--port", port)
    _, err = second.communicate(timeout=DEADLINE_S)
    process.terminate()
    process.communicate(timeout=DEADLINE_S)

    assert second.returncode == 1
    assert f"The HTTP port {port} cannot be opened" in err

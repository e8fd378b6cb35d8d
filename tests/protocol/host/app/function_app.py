"""The app that the host's tests host: functions write what they see into a diary, wait at gates, and fail when told.

The diary is a file that all workers append to, one JSON line per entry; a gate is a file that the test creates.
A message says what is to be done with it: `{"fail": true}`, `{"gate": "name"}`.
"""

from __future__ import annotations

import asyncio
import base64
import functools
import json
import logging
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, List, cast  # noqa: UP035  (the runtime rejects list[...])

import azure.functions as func

if TYPE_CHECKING:
    from azure.servicebus.aio import ServiceBusSender

app = func.FunctionApp(http_auth_level=func.AuthLevel.ANONYMOUS)
blueprint = func.Blueprint()
log = logging.getLogger(__name__)
FOLDER = Path(os.environ["DIARY"])


def write(kind: str, **facts: object) -> None:
    with (FOLDER / "diary").open("a") as file:
        file.write(json.dumps({"kind": kind, "pid": os.getpid(), **facts}, default=str) + "\n")


async def gate(name: str) -> None:
    """Wait until the test opens the gate, which is a file."""
    while not (FOLDER / name).exists():
        await asyncio.sleep(0.005)


@blueprint.route(route="echo/{kind}/{number:int?}", methods=["GET", "POST"])
async def echo(req: func.HttpRequest, context: func.Context) -> func.HttpResponse:
    log.info("echoing")
    seen = {
        "method": req.method, "url": req.url, "headers": dict(req.headers), "params": dict(req.params),
        "route": dict(req.route_params), "body": base64.b64encode(req.get_body()).decode(),
        "function": context.function_name, "trace": context.trace_context.trace_parent, "pid": os.getpid(),
        "hostname": os.environ["WEBSITE_HOSTNAME"], "auth": os.environ["WEBSITE_AUTH_ENABLED"],
    }  # fmt: skip
    return func.HttpResponse(json.dumps(seen), status_code=202, headers={"X-Kind": "echo"}, mimetype="application/json")


@blueprint.route(route="echo/fixed")
def fixed(req: func.HttpRequest) -> str:
    return "fixed"


@blueprint.route(route="boom")
def boom(req: func.HttpRequest) -> func.HttpResponse:
    raise ValueError("kaboom")


@blueprint.route(route="locked", auth_level=func.AuthLevel.FUNCTION)
def locked(req: func.HttpRequest) -> str:
    return "open"


@blueprint.route(route="signed")
def signed(req: func.HttpRequest) -> str:
    return json.dumps({name: value for name, value in req.headers.items() if name.startswith("x-ms-client")})


@blueprint.route(route="post", methods=["POST"])
@blueprint.service_bus_queue_output(arg_name="out", queue_name="singles", connection="ServiceBusConnection")
def post(req: func.HttpRequest, out: func.Out[str]) -> func.HttpResponse:
    out.set(req.get_body().decode())
    return func.HttpResponse(status_code=202)


@functools.cache
def lanes_sender() -> ServiceBusSender:
    from azure.servicebus.aio import ServiceBusClient

    return ServiceBusClient.from_connection_string(os.environ["ServiceBusConnection"]).get_queue_sender("lanes")  # noqa: SIM112


@blueprint.route(route="send", methods=["POST"])
async def send(req: func.HttpRequest) -> func.HttpResponse:
    """Through the real SDK, as an app does that needs sessions or properties."""
    from azure.servicebus import ServiceBusMessage

    message = ServiceBusMessage(
        req.get_body(), session_id=req.params["lane"], message_id="by-sdk", subject="change",
        application_properties={"attempt": 2},
    )  # fmt: skip
    await lanes_sender().send_messages(message)
    return func.HttpResponse(status_code=202)


async def perform(kind: str, message: func.ServiceBusMessage) -> None:
    work = json.loads(message.get_body())
    facts = {
        "body": work, "message": message.message_id, "session": message.session_id,
        "delivery": message.delivery_count, "properties": message.application_properties,
        "subject": message.subject, "number": message.sequence_number, "enqueued": message.enqueued_time_utc,
        "expires": message.expires_at_utc, "token": message.lock_token,
    }  # fmt: skip
    write(f"{kind} begins", **facts)
    if "gate" in work:
        await gate(work["gate"])
    if work.get("fail"):
        raise RuntimeError("told to fail")
    write(f"{kind} ends", **facts)


@blueprint.service_bus_queue_trigger(arg_name="msg", queue_name="%SINGLES%", connection="ServiceBusConnection")
async def single(msg: func.ServiceBusMessage) -> None:
    await perform("single", msg)


@blueprint.service_bus_queue_trigger(
    arg_name="msg", queue_name="lanes", connection="ServiceBusConnection", is_sessions_enabled=True
)
async def lane(msg: func.ServiceBusMessage) -> None:
    await perform("lane", msg)


@blueprint.service_bus_queue_trigger(
    arg_name="msgs", queue_name="batches", connection="ServiceBusConnection", cardinality=func.Cardinality.MANY
)
async def batch(msgs: List[func.ServiceBusMessage]) -> None:  # noqa: UP006
    bodies = [json.loads(message.get_body()) for message in msgs]
    facts = {
        "messages": [message.message_id for message in msgs], "bodies": bodies,
        "deliveries": [message.delivery_count for message in msgs],
        "properties": [message.application_properties for message in msgs],
    }  # fmt: skip
    write("batch begins", **facts)
    for body in bodies:
        if "gate" in body:
            await gate(body["gate"])
    if any(body.get("fail") for body in bodies):
        raise RuntimeError("told to fail")
    write("batch ends", **facts)


@blueprint.timer_trigger(arg_name="timer", schedule="%NIGHTLY%", run_on_startup=False, use_monitor=True)
async def nightly(timer: func.TimerRequest) -> None:
    write("nightly", past_due=timer.past_due, status=cast(Any, timer).schedule_status)
    await gate("nightly")


@blueprint.timer_trigger(arg_name="timer", schedule="0 0 0 1 1 *", run_on_startup=True)
def at_start(timer: func.TimerRequest) -> None:
    write("at start", past_due=timer.past_due)


app.register_functions(blueprint)

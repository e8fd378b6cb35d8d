"""Timers: keep the graph subscriptions alive, and the mapping up to date."""

from __future__ import annotations

import azure.functions as func

from shared.wiring import get_app

blueprint = func.Blueprint()


@blueprint.function_name("watch_subscriptions")
@blueprint.timer_trigger(arg_name="timer", schedule="0 */5 * * * *", run_on_startup=False, use_monitor=True)
async def watch_subscriptions(timer: func.TimerRequest) -> None:  # noqa: ARG001 - the binding's name
    from shared.keep_watch import keep_watch

    await keep_watch(get_app(), [])


@blueprint.function_name("refresh_mapping")
@blueprint.timer_trigger(arg_name="timer", schedule="30 */5 * * * *", run_on_startup=False, use_monitor=True)
async def refresh_mapping(timer: func.TimerRequest) -> None:  # noqa: ARG001 - the binding's name
    await get_app().mapping.refresh()

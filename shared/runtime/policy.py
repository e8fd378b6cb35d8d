"""Which tables follow from the settings? What is tried again and when, and which steps a leaver's playbook has."""

from __future__ import annotations

from shared.model import StepName
from shared.rules.retry import RetryTable, RetryTables
from shared.runtime.settings import Settings


def retry_tables(settings: Settings) -> RetryTables:
    """Design §9; a refused revocation alarms at once and goes on with the last wait of its table for ever."""
    return RetryTables(
        revocation=RetryTable(waits_s=settings.retry_revocation_s, alarm_after_s=settings.alarm_revocation_s),
        routine=RetryTable(waits_s=settings.retry_routine_s, alarm_after_s=settings.alarm_routine_s),
        refused=RetryTable(waits_s=settings.retry_refused_s, alarm_after_s=settings.alarm_routine_s, parks=True),
        refused_revocation=RetryTable(waits_s=settings.retry_refused_s, alarm_after_s=0.0),
    )


def follow_up(settings: Settings) -> tuple[StepName, ...]:
    """The later steps of the leaver playbook that are switched on, in the order in which they are taken."""
    switches = (
        (settings.revoke_station, StepName.DISASSOCIATE_STATION),
        (settings.revoke_presence, StepName.SET_OFFLINE),
        (settings.revoke_conversations, StepName.DISCONNECT_CONVERSATIONS),
        (settings.revoke_queues, StepName.LEAVE_QUEUES),
    )
    return tuple(step for switched_on, step in switches if switched_on)

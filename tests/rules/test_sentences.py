"""Outcomes in words: each text once, and no value of a person in any of them."""

from __future__ import annotations

import pytest

from shared.model import Cause, Change, Stage, Step, StepName, StepResult, Times, Verdict
from shared.rules.sentences import CAUSES, RESULTS, STEPS, VERDICTS, describe, headline
from tests.rules.examples import ACCOUNT, PERSON, outcome


def step(name, result=StepResult.DONE, detail=""):
    return Step(name=name, result=result, at=0.0, detail=detail)


def change(path="title", before="Agent", after="Lead", reason="Entra's jobTitle differs"):
    return Change(path=path, before=before, after=after, reason=reason)


def test_every_word_of_the_model_has_its_text():
    assert (set(VERDICTS), set(STEPS), set(RESULTS), set(CAUSES)) == (
        set(Verdict),
        set(StepName),
        set(StepResult),
        set(Cause),
    )


@pytest.mark.parametrize("enforced", [True, False])
@pytest.mark.parametrize("verdict", Verdict)
@pytest.mark.parametrize("stage", ["converge", *Stage])
def test_every_outcome_is_told_in_whole_sentences(verdict, stage, enforced):
    steps = tuple(step(name, result, "the detail.") for name in StepName for result in StepResult)
    told = describe(
        outcome(
            verdict=verdict, stage=stage, enforced=enforced, steps=steps, changes=(change(),), actor="x", attempt=2,
            in_conversation=True, replayed=True, reason="asked.",
            notes=("title is left as it is: The expression failed.",), times=Times(rung_at=1.0, read_at=2.0),
        )
    )  # fmt: skip

    assert all(sentence.endswith(".") and not sentence.endswith("..") for sentence in told)
    assert all(sentence[0].isupper() or sentence[0] == "`" for sentence in told)


@pytest.mark.parametrize(
    ("verdict", "stage", "enforced", "expected"),
    [
        (Verdict.REVOKED, "first", True, "The person was taken out of Genesys."),
        (Verdict.REVOKED, "first", False, "The person would have been taken out of Genesys; nothing was written."),
        (Verdict.REVOKED, "rest", True, "The later steps of the revocation were taken."),
        (Verdict.REVOKED, "verify", True, "The revocation was checked, and it holds."),
        (Verdict.FAILED, "verify", True, "The revocation was checked, and it did not hold."),
        (Verdict.FAILED, "first", True, "It did not succeed."),
        (Verdict.UPDATED, "converge", True, "The account was brought in line with Entra."),
        (Verdict.UPDATED, "converge", False,
         "The account would have been brought in line with Entra; nothing was written."),
        (Verdict.OUT_OF_SCOPE, "converge", False,
         "The person is not in scope, so nothing is due in Genesys; nothing was written."),
        (Verdict.NO_ACCOUNT, "first", True, "Genesys has no account of this person; nothing was written."),
    ],
)  # fmt: skip
def test_the_headline_says_what_was_done_or_would_have_been(verdict, stage, enforced, expected):
    assert headline(outcome(verdict=verdict, stage=stage, enforced=enforced)) == expected


@pytest.mark.parametrize(
    ("given", "enforced", "expected"),
    [
        (step(StepName.DEACTIVATE), True, "The account was deactivated."),
        (step(StepName.DEACTIVATE, StepResult.WOULD), False, "The account would have been deactivated."),
        (step(StepName.DEACTIVATE, StepResult.NOTHING_TO_DO, "was inactive already"), True,
         "The account did not have to be deactivated: was inactive already."),
        (step(StepName.END_SESSIONS), True, "All sessions were ended."),
        (step(StepName.END_SESSIONS, StepResult.SKIPPED), True, "All sessions were not ended."),
        (step(StepName.END_SESSIONS_AGAIN), True, "All sessions were ended a second time."),
        (step(StepName.DISASSOCIATE_STATION, StepResult.FAILED, "Genesys answered 403."), True,
         "The station could not be disassociated: Genesys answered 403."),
        (step(StepName.SET_OFFLINE), True, "The presence was set to Offline."),
        (step(StepName.DISCONNECT_CONVERSATIONS), True, "All live conversations were disconnected."),
        (step(StepName.LEAVE_QUEUES), True, "All queue memberships were removed."),
        (step(StepName.VERIFY, detail="inactive, and no token was issued since"), True,
         "The revocation was confirmed: inactive, and no token was issued since."),
        (step(StepName.VERIFY, detail="nothing was written"), False,
         "The revocation would have been confirmed: nothing was written."),
        (step(StepName.UPDATE), True, "The account was updated."),
    ],
)  # fmt: skip
def test_each_step_is_one_sentence(given, enforced, expected):
    assert describe(outcome(steps=(given,), enforced=enforced))[2] == expected


@pytest.mark.parametrize(
    ("given", "result", "enforced", "expected"),
    [
        (change(), StepResult.DONE, True, "`title` was changed, because Entra's jobTitle differs."),
        (change(before=None), StepResult.DONE, True, "`title` was set, because Entra's jobTitle differs."),
        (change(before=""), StepResult.DONE, True, "`title` was set, because Entra's jobTitle differs."),
        (change(after=None), StepResult.DONE, True, "`title` was cleared, because Entra's jobTitle differs."),
        (change(), StepResult.WOULD, False, "`title` would have been changed, because Entra's jobTitle differs."),
        (change(), StepResult.FAILED, True, "`title` could not be changed, because Entra's jobTitle differs."),
    ],
)
def test_each_change_is_one_sentence(given, result, enforced, expected):
    told = describe(outcome(changes=(given,), steps=(step(StepName.UPDATE, result),), enforced=enforced))

    assert expected in told


def test_changes_without_a_write_are_told_as_the_mode_has_it():
    assert "`title` would have been changed" in " ".join(describe(outcome(changes=(change(),), enforced=False)))


def test_a_change_that_genesys_refused_is_not_told_as_made():
    both = (change(), change(path="displayName"))
    update = Step(name=StepName.UPDATE, result=StepResult.DONE, at=0.0, refused=("title",))
    told = " ".join(describe(outcome(changes=both, steps=(update,))))
    assert "`title` could not be changed" in told
    assert "`displayName` was changed" in told


def test_no_value_of_a_person_is_told():
    told = " ".join(describe(outcome(changes=(change(before="Marge", after="Bouvier"),))))

    assert "Marge" not in told
    assert "Bouvier" not in told


def test_what_was_due_and_could_not_be_done_stands_before_the_reason():
    notes = ("title is left as it is: No date was expected.", "department would be cleared: nobody wrote it")
    told = describe(outcome(notes=notes))

    assert told[2:] == (
        "Note: title is left as it is: No date was expected.",
        "Note: department would be cleared: nobody wrote it.",
        "Why: Microsoft Graph notified us of a change in Entra.",
    )


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, f"It is about identity {PERSON} and account {ACCOUNT}."),
        ({"account_id": None}, f"It is about identity {PERSON} and no account."),
        ({"cause": Cause.HELPDESK}, "Why: the helpdesk asked for it."),
        ({"reason": "left today."}, "Reason: left today."),
        ({"actor": "operator-7"}, "Ordered by operator-7."),
        ({"in_conversation": True}, "The person was in a live conversation when this was checked."),
        ({"in_conversation": False}, "The person was in no live conversation when this was checked."),
        ({"replayed": True}, "The message was delivered again; what had been done before was found by reading."),
        ({"attempt": 1}, "It had failed once before."),
        ({"attempt": 12}, "It had failed 12 times before."),
    ],
)
def test_who_and_why_are_told_where_they_are_known(given, expected):
    assert expected in describe(outcome(**given))


def test_what_is_not_known_is_not_told():
    assert describe(outcome()) == (
        "The account says what Entra says; nothing had to be written.",
        f"It is about identity {PERSON} and account {ACCOUNT}.",
        "Why: Microsoft Graph notified us of a change in Entra.",
    )


@pytest.mark.parametrize(
    ("times", "expected"),
    [
        ({"notified_at": 10.0, "rung_at": 10.002, "read_at": 10.1, "applied_at": 10.25, "sessions_ended_at": 10.3,
          "finished_at": 10.301},
         ("Time from notified: rung after 2 ms, then Entra read after 98 ms, then Genesys answered after 150 ms, "
          "then sessions ended after 50 ms, then finished after 1 ms; 301 ms in all.")),
        ({"rung_at": 10.0, "finished_at": 12.5}, "Time from rung: finished after 2,500 ms; 2,500 ms in all."),
        ({"rung_at": 10.0, "read_at": 0.0, "finished_at": 11.0},
         "Time from rung: finished after 1,000 ms; 1,000 ms in all."),
        ({"rung_at": 10.0, "read_at": 4.0, "finished_at": 11.0},
         "Time from rung: finished after 1,000 ms; 1,000 ms in all."),
    ],
)  # fmt: skip
def test_each_stage_that_was_reached_is_told_in_milliseconds(times, expected):
    assert describe(outcome(times=Times(**times)))[-1] == expected


@pytest.mark.parametrize("times", [Times(), Times(rung_at=10.0), Times(rung_at=10.0, read_at=9.0)])
def test_one_moment_is_no_duration(times):
    assert not any(sentence.startswith("Time") for sentence in describe(outcome(times=times)))

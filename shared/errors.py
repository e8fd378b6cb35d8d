"""What can a caller do about it? The one tree of errors; each branch is a different answer.

    SyncError
    ├── Transient            try again later, for ever: never parked (design: retry table)
    │   ├── Unreachable      no answer, or 408/5xx
    │   ├── Throttled        429 or no budget left; `retry_after` seconds
    │   ├── Unauthorized     401/403: credentials or permissions; the work waits, health turns red
    │   └── StoreDown        the bus or the ledger does not take it
    ├── Stale                read both sides again and plan again: version conflict, 409
    ├── Refused              the other side says no; the same request will be refused again
    │   ├── NotThere         404, and no successor
    │   ├── Ambiguous        two candidates: a person decides
    │   ├── Unreadable       a message or document that we cannot understand
    │   └── MappingRefused   an expression of the mapping that cannot be evaluated, with its position
    └── Misconfigured        stop: a setting is missing or wrong; the message names each one

An error's message is a sentence for an operator: ids and codes, never names, mail addresses, tokens or payloads.
"""

from __future__ import annotations


class SyncError(Exception):
    """Something that this system knows how to react to."""


def understood(error: Exception) -> SyncError:
    """The same error, or, for one that nobody foresaw, `Unreachable`: tried again later is better than lost.

    The caller raises an alarm with the type's name; a message could hold anything.
    """
    if isinstance(error, SyncError):
        return error
    if isinstance(error, TimeoutError):
        return Unreachable("The work did not end in its time; it goes on in a new message.")
    return Unreachable(f"Something unforeseen happened: {type(error).__name__}.")


class Transient(SyncError):
    """It failed for a passing reason: try again later."""


class Unreachable(Transient):
    """The other side did not answer, or answered that it cannot work now (408, 5xx)."""


class Throttled(Transient):
    """There is no budget for this call now.

    Attributes:
        retry_after: seconds to wait before the next try, as the other side said; None when it did not say.
    """

    def __init__(self, message: str, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class Unauthorized(Transient):
    """Our credentials or permissions were refused (401 after a fresh token, or 403)."""


class StoreDown(Transient):
    """The bus or the ledger did not take or give what was asked."""


class Stale(SyncError):
    """Somebody else wrote in between: read both sides again, then plan again."""


class Refused(SyncError):
    """The other side understood and said no.

    Attributes:
        code: the machine-readable reason, for example `invalidValue`; empty when none was given.
    """

    def __init__(self, message: str, code: str = "") -> None:
        super().__init__(message)
        self.code = code


class NotThere(Refused):
    """It does not exist there (404), and nothing took its place."""


class Ambiguous(Refused):
    """More than one candidate: nothing is written, a person decides."""


class Unreadable(Refused):
    """A message or document has no form that we know."""


class MappingRefused(Refused):
    """An expression of the mapping cannot be evaluated with certainty, so it gives no value at all.

    Attributes:
        sentence: the message without the position.
        offset: where in the expression's text it is, counted from 0; None when it has no position.
        line, column: the same place as people count it, both from 1.
    """

    def __init__(
        self, sentence: str, offset: int | None = None, line: int = 1, column: int = 1, code: str = ""
    ) -> None:
        where = "" if offset is None else f" (line {line}, column {column})"
        super().__init__(f"{sentence.rstrip('.')}{where}.", code)
        self.sentence = sentence
        self.offset = offset
        self.line = line
        self.column = column


class Misconfigured(SyncError):
    """Settings are missing or malformed.

    Attributes:
        problems: one sentence for each.
    """

    def __init__(self, problems: tuple[str, ...]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems

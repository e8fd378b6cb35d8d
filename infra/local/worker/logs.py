"""Where do the app's log records go? To standard error, one line each, with their worker and their invocation."""

from __future__ import annotations

import contextvars
import logging
import os

invocation: contextvars.ContextVar[str] = contextvars.ContextVar("invocation", default="-")


class _Invocation(logging.Filter):
    """Adds the invocation id: ours for coroutines, the runtime's own for functions in its thread pool."""

    def filter(self, record: logging.LogRecord) -> bool:
        from azure_functions_runtime.utils.executor import invocation_id_cv

        record.invocation = invocation_id_cv.get() or invocation.get()
        return True


def write_logs(worker: int) -> None:
    """The levels are the real worker's: INFO, or DEBUG with PYTHON_ENABLE_DEBUG_LOGGING=1."""
    handler = logging.StreamHandler()
    handler.addFilter(_Invocation())
    handler.setFormatter(
        logging.Formatter(f"%(asctime)s worker{worker} %(levelname)s %(name)s [%(invocation)s] %(message)s")
    )
    debug = os.environ.get("PYTHON_ENABLE_DEBUG_LOGGING", "0") in ("1", "true")
    logging.basicConfig(level=logging.DEBUG if debug else logging.INFO, handlers=[handler])
    # The runtime announces every invocation at INFO; the host keeps that list already.
    logging.getLogger("azure.functions").setLevel(logging.DEBUG if debug else logging.WARNING)

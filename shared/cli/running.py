"""How does a command get its app, and how is the app put away again?"""

from __future__ import annotations

import argparse
import asyncio
import os
from collections.abc import Awaitable, Callable

from shared.wiring import App, build


def with_app(command: Callable[[App, argparse.Namespace], Awaitable[int]]) -> Callable[[argparse.Namespace], int]:
    """The command as a function of its arguments; the settings are read when it runs.

    Raises:
        Misconfigured: by the function, when the settings are not complete.
    """

    async def run(asked: argparse.Namespace) -> int:
        app = build(os.environ)
        try:
            return await command(app, asked)
        finally:
            await app.close()

    return lambda asked: asyncio.run(run(asked))

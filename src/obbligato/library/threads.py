"""Run what asks the database or the disk away from the event loop. It never runs anything else."""

from collections.abc import Callable
from typing import ParamSpec, TypeVar

import anyio.to_thread
from django.db import connection

Result = TypeVar("Result")
Arguments = ParamSpec("Arguments")


async def in_thread(act: Callable[Arguments, Result], *arguments: Arguments.args, **named: Arguments.kwargs) -> Result:
    """Call something that asks the database, on a thread.

    Its connection is closed again: threads of the event loop come and go, and would take theirs with them.
    """

    def run() -> Result:
        try:
            return act(*arguments, **named)
        finally:
            connection.close()

    return await anyio.to_thread.run_sync(run)

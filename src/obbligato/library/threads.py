"""Run what asks the database away from the event loop, on a few threads of its own. It never runs anything else."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import ParamSpec, TypeVar

from django.db import close_old_connections

THREADS = 4
"""Each keeps a connection, which costs more to open than a question does to ask."""
Result = TypeVar("Result")
Arguments = ParamSpec("Arguments")
_pool = ThreadPoolExecutor(THREADS, thread_name_prefix="delivery")


async def in_thread(act: Callable[Arguments, Result], *arguments: Arguments.args, **named: Arguments.kwargs) -> Result:
    """Call something that asks the database, on a thread that keeps its connection as long as the settings say."""
    return await asyncio.get_running_loop().run_in_executor(_pool, partial(_run, act, *arguments, **named))


def _run(act: Callable[Arguments, Result], *arguments: Arguments.args, **named: Arguments.kwargs) -> Result:
    close_old_connections()
    try:
        return act(*arguments, **named)
    finally:
        close_old_connections()

"""Let somebody else act in the middle of an act, on a connection of her own: races that lose their chance."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection

LONGEST_SECONDS = 1.5
"""So long the act in the middle waits for the other one; where the database holds it up, it goes on afterwards."""


@contextmanager
def meanwhile(act: Callable[[], object], *, after: str, count: int = 1) -> Iterator[None]:
    """Start `act` when so many statements with these words were made; at the end it is done."""
    seen, troubles = 0, []

    def work() -> None:
        try:
            act()
        except BaseException as trouble:
            troubles.append(trouble)
        finally:
            connection.close()

    thread = threading.Thread(target=work)

    def watch(execute: Callable[..., Any], sql: str, parameters: object, many: bool, context: Any) -> Any:
        nonlocal seen
        found = execute(sql, parameters, many, context)
        seen += after in sql
        if seen == count and after in sql:
            thread.start()
            thread.join(LONGEST_SECONDS)
        return found

    try:
        with connection.execute_wrapper(watch):
            yield
    finally:
        if thread.ident is not None:
            thread.join(30)
    assert seen >= count, f"“{after}” was said {seen} times"
    if troubles:
        raise troubles[0]

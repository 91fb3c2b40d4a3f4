"""End the store's work at any point: before a statement, before or after a send. What was not committed is lost."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection


class Crash(BaseException):
    """The process ends here. Nothing in the store may catch it."""


class Fuse:
    """Burns down by one at each point where a process can end; at its end it does."""

    def __init__(self) -> None:
        self._left: int | None = None
        self.points = 0
        """How many points were passed since it was last lit."""

    def light(self, points: int | None) -> None:
        """Crash at the point with this number from now on (the next one is 1); None: never."""
        self._left, self.points = points, 0

    def burn(self) -> None:
        """One point is passed."""
        self.points += 1
        if self._left is not None:
            self._left -= 1
            if self._left <= 0:
                self._left = None
                raise Crash

    @contextmanager
    def at_statements(self) -> Iterator[None]:
        """Let every statement on the database be such a point."""

        def burning(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:  # noqa: ANN401
            self.burn()
            return execute(sql, params, many, context)

        with connection.execute_wrapper(burning):
            yield

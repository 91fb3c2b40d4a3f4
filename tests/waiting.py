"""Wait for what another thread or process does; a test that waits in vain fails."""

import time
from collections.abc import Callable


def until(
    fulfilled: Callable[[], object], *, what: str = "it", seconds: float = 30, pause_seconds: float = 0.002
) -> None:
    deadline = time.monotonic() + seconds
    while not fulfilled():
        assert time.monotonic() < deadline, f"{what} did not happen"
        time.sleep(pause_seconds)

"""Count attempts per key and refuse beyond a limit. It never tells whether an attempt would have succeeded."""

import hashlib

from django.core.cache import cache

from obbligato.kernel.refusals import TooMany


class TooManyAttempts(TooMany):
    """This was tried too often; a pause helps."""


def count_attempt(what: str, key: str, *, limit: int, window_seconds: int) -> None:
    """Count one attempt; raise TooManyAttempts when there were more than `limit` within the window."""
    name = f"throttle:{what}:{hashlib.sha256(key.encode()).hexdigest()[:32]}"
    cache.add(name, 0, timeout=window_seconds)
    try:
        count = cache.incr(name)
    except ValueError:  # The entry ran out between the two calls: this is the first of a new window.
        cache.set(name, 1, timeout=window_seconds)
        count = 1
    if count > limit:
        raise TooManyAttempts(
            f"There were too many attempts. Please wait {window_seconds // 60 or 1} min and try again.",
            retry_after_seconds=window_seconds,
        )

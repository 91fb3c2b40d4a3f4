"""Count attempts per key and refuse beyond a limit. It never tells whether an attempt would have succeeded."""

import hashlib
import ipaddress

from django.core.cache import cache

from obbligato.kernel.refusals import TooMany


class TooManyAttempts(TooMany):
    """This was tried too often; a pause helps."""


def count_attempt(what: str, key: str, *, limit: int, window_seconds: int) -> None:
    """Count one attempt; raise TooManyAttempts when there were more than `limit` within the window."""
    name = _name(what, key)
    cache.add(name, 0, timeout=window_seconds)
    try:
        count = cache.incr(name)
    except ValueError:  # The entry ran out between the two calls: this is the first of a new window.
        cache.set(name, 1, timeout=window_seconds)
        count = 1
    if count > limit:
        raise TooManyAttempts(
            "There were too many attempts. Please wait {minutes} min and try again.",
            minutes=window_seconds // 60 or 1,
            retry_after_seconds=window_seconds,
        )


def count_different(what: str, key: str, value: str, *, limit: int, window_seconds: int) -> None:
    """Remember one more different value of a key, no more of them than tell that there are too many."""
    name = _name(what, key)
    known: list[str] = cache.get(name, [])
    mark = hashlib.sha256(value.encode()).hexdigest()[:16]
    if mark not in known and len(known) <= limit:
        cache.set(name, [*known, mark], timeout=window_seconds)


def has_too_many(what: str, key: str, *, limit: int) -> bool:
    """Whether more than `limit` different values of a key are remembered."""
    return len(cache.get(_name(what, key), ())) > limit


def network_of(address: str) -> str:
    """The network that an address is of, so that a visitor's many addresses count as one: /24 of IPv4, /48 of IPv6.

    A house has a /48 of IPv6 addresses to try from (RFC 6177). What is no address stands for itself.
    """
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return address[:100]
    if isinstance(found, ipaddress.IPv6Address) and found.ipv4_mapped:
        found = found.ipv4_mapped
    bits = 24 if found.version == 4 else 48
    return str(ipaddress.ip_network((found, bits), strict=False))


def _name(what: str, key: str) -> str:
    return f"throttle:{what}:{hashlib.sha256(key.encode()).hexdigest()[:32]}"

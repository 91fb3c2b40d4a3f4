"""Count tries at codes: per person, per network and for the whole store. It never looks whether a code is right."""

from ipaddress import IPv6Address, ip_address, ip_network

from obbligato.people.throttle import count_attempt

PREFIXES = {4: 24, 6: 48}
"""Bits of an address that its holder does not choose: a house has a /48 of IPv6 addresses to try from (RFC 6177)."""
WINDOW_SECONDS = 600
MOST_OF_A_PERSON, MOST_OF_A_NETWORK, MOST_OF_ALL = 10, 30, 1_000


def count_try(person_id: int | None, address: str) -> None:
    """One more try, of a visitor where there is no person. Whoever is over her own limit does not use up the others'.

    Raises TooManyAttempts.
    """
    if person_id is not None:
        count_attempt("voucher-person", str(person_id), limit=MOST_OF_A_PERSON, window_seconds=WINDOW_SECONDS)
    count_attempt("voucher-network", network_of(address), limit=MOST_OF_A_NETWORK, window_seconds=WINDOW_SECONDS)
    count_attempt("voucher", "all", limit=MOST_OF_ALL, window_seconds=WINDOW_SECONDS)


def network_of(address: str) -> str:
    """The /24 of an IPv4 address, the /48 of an IPv6 one; what is no address stands for itself."""
    try:
        found = ip_address(address)
    except ValueError:
        return address[:100]
    if isinstance(found, IPv6Address) and found.ipv4_mapped:
        found = found.ipv4_mapped
    return str(ip_network(f"{found}/{PREFIXES[found.version]}", strict=False))

"""Commit to a personal value without saying it: HMAC-SHA-256 under a salt of 256 bits. Pure functions."""

import hashlib
import hmac

SALT_BYTES = 32


def commitment(salt: str, value: str) -> str:
    """What the log says in a value's place: HMAC-SHA-256 (RFC 2104) with the salt, hexadecimal digits, as its key.

    Whoever has salt and value can show that they were meant; without the salt even a guess cannot be tried.
    """
    return hmac.new(bytes.fromhex(salt), value.encode(), hashlib.sha256).hexdigest()

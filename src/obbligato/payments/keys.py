"""Make the key of a form one that means the same only for whom it belongs to. Pure."""

import hashlib


def own_key(owner_id: int, key: str) -> str:
    """64 hexadecimal digits: another owner's same key is another one, and no key is too long."""
    return hashlib.sha256(f"{owner_id}:{key}".encode()).hexdigest()

"""Signed notes and checkpoints as text (C2SP signed-note, tlog-checkpoint), with Ed25519. Pure functions; no files.

A *signer* is the private key with its name, a *verifier* the public one: both as text, as Go's sumdb has them.
"""

import base64
import binascii
import hashlib
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from obbligato.kernel.refusals import Invalid

ED25519 = b"\x01"
PRIVATE = "PRIVATE+KEY+"


class BadNote(Invalid):
    """A text that is no checkpoint, or that the key did not sign."""


@dataclass(frozen=True)
class Signed:
    """What a checkpoint says."""

    origin: str
    size: int
    root: bytes


@dataclass(frozen=True)
class Signer:
    """The log's private key and its name, which is the log's origin."""

    name: str
    key: Ed25519PrivateKey

    @property
    def verifier(self) -> str:
        """The public key as it is handed out: name, number and key with plus signs between them."""
        public = self.key.public_key().public_bytes_raw()
        return f"{self.name}+{_key_id(self.name, public).hex()}+{_in_base64(ED25519 + public)}"

    @property
    def secret(self) -> str:
        """The private key as it is kept."""
        public = self.key.public_key().public_bytes_raw()
        return f"{PRIVATE}{self.name}+{_key_id(self.name, public).hex()}+{_in_base64(ED25519 + self._seed)}"

    @property
    def _seed(self) -> bytes:
        return self.key.private_bytes_raw()


def signer(secret: str) -> Signer:
    """The private key of a text. Raises BadNote."""
    name, _, seed = _parts(secret.strip().removeprefix(PRIVATE))
    made = Signer(name, Ed25519PrivateKey.from_private_bytes(seed))
    if made.secret != secret.strip():
        raise BadNote("This is no private key of a log.")
    return made


def checkpoint(by: Signer, size: int, root: bytes) -> str:
    """The signed note that a log of this name has so many entries under this root."""
    text = f"{by.name}\n{size}\n{_in_base64(root)}\n"
    public = by.key.public_key().public_bytes_raw()
    signature = _in_base64(_key_id(by.name, public) + by.key.sign(text.encode()))
    return f"{text}\n— {by.name} {signature}\n"


def opened(note: str, verifier: str) -> Signed:
    """What a checkpoint says, if this key signed it. Raises BadNote."""
    text, empty, signatures = note.rpartition("\n\n")
    name, key_id, public = _parts(verifier.strip())
    signature = next(
        (
            raw[4:]
            for line in signatures.split("\n")
            if line.startswith(f"— {name} ")
            for raw in [_from_base64(line.rpartition(" ")[2])]
            if raw[:4] == key_id
        ),
        None,
    )
    if not empty or not signatures.endswith("\n") or signature is None:
        raise BadNote("This note bears no signature of the log's key.")
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, f"{text}\n".encode())
    except InvalidSignature:
        raise BadNote("The signature of this note is wrong: not one of its letters may be changed.") from None
    return _read(text.split("\n"), name)


def _read(lines: list[str], name: str) -> Signed:
    is_checkpoint = len(lines) >= 3 and _is_number(lines[1]) and lines[0] == name
    root = _from_base64(lines[2]) if is_checkpoint else b""
    if len(root) != 32 or str(int(lines[1])) != lines[1]:
        raise BadNote("This note is signed, but it is no checkpoint of this log.")
    return Signed(lines[0], int(lines[1]), root)


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) <= 18


def _parts(text: str) -> tuple[str, bytes, bytes]:
    """Name, number and 32 bytes of a key's text; base64 may hold a plus sign itself."""
    name, _, rest = text.partition("+")
    number, _, encoded = rest.partition("+")
    raw = _from_base64(encoded)
    if not name or len(raw) != 33 or raw[:1] != ED25519 or len(number) != 8:
        raise BadNote("This is no Ed25519 key of a log; it is a name, a number and a key with plus signs between them.")
    return name, bytes.fromhex(number), raw[1:]


def _key_id(name: str, public: bytes) -> bytes:
    return hashlib.sha256(name.encode() + b"\n" + ED25519 + public).digest()[:4]


def _in_base64(content: bytes) -> str:
    return base64.b64encode(content).decode()


def _from_base64(text: str) -> bytes:
    """The bytes, or none at all: also where the text is not the one that these bytes have (RFC 4648, 3.5)."""
    try:
        content = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return b""
    return content if _in_base64(content) == text else b""

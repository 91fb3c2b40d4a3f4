"""Keep bytes under their SHA-256 in a folder of the store. Read back they are what was kept, or it is said why not."""

import hashlib
from pathlib import Path

from obbligato.kernel.folders import data_folder, put_file, settle
from obbligato.kernel.refusals import Missing


class LostFile(Missing):
    """The file is not where it was put, or is not what it was."""


def keep(folder: str, content: bytes) -> str:
    """Their SHA-256 in hexadecimal; the same bytes are one file, which only its owner can read."""
    sha256 = hashlib.sha256(content).hexdigest()
    path = path_of(folder, sha256)
    put_file(path, content, is_private=True)
    settle(path.parent)
    return sha256


def content_of(folder: str, sha256: str) -> bytes:
    """The bytes as they were kept. Raises LostFile: what was altered is never given to anybody as what it was."""
    try:
        content = path_of(folder, sha256).read_bytes()
    except FileNotFoundError:
        raise LostFile("The file is not in the store's folder any more.") from None
    if hashlib.sha256(content).hexdigest() != sha256:
        raise LostFile("The file in the store's folder was altered: it is not what was put there.")
    return content


def path_of(folder: str, sha256: str) -> Path:
    """Where it is kept."""
    return data_folder(folder, sha256[:2]) / sha256

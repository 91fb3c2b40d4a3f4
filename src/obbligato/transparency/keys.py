"""The log's own key, made when the first checkpoint is signed and kept in the store's folder, for its owner alone."""

import os
from pathlib import Path
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.conf import settings

from obbligato.kernel import chance
from obbligato.kernel.folders import data_folder, put_file
from obbligato.transparency.notes import Signer, signer

KEY_FILE = "log.key"
PAGE = "transparency/log"


def key_file() -> Path:
    """Where the private key lies; a log whose key is lost cannot go on, so it belongs into every backup."""
    return data_folder("transparency") / KEY_FILE


def signing_key() -> Signer:
    """The key, made on first use: from then on the log is called by the address that the store has at this moment."""
    file = key_file()
    if not file.exists():
        _make(file)
    return signer(file.read_text())


def verifier_key() -> str | None:
    """The public key as anyone may have it (C2SP vkey); None before anything was signed."""
    return signing_key().verifier if key_file().exists() else None


def _make(file: Path) -> None:
    """Whole and once: of two who make one at the same moment, the first one's stays."""
    address = urlsplit(settings.SITE_URL)
    made = Signer(f"{address.netloc}{address.path}/{PAGE}".replace("+", "-"), Ed25519PrivateKey.generate())
    part = file.with_name(f"{file.name}.{chance.token(8)}")
    put_file(part, f"{made.secret}\n".encode(), is_private=True)
    try:
        os.link(part, file)
    except FileExistsError:
        pass
    finally:
        part.unlink()

"""Sign a case file's manifest with the public log's key, as a note that cannot be taken for a checkpoint.

A checkpoint begins with the log's own name (C2SP tlog-checkpoint); this note begins with WORDS.
"""

import base64
import hashlib

from obbligato.transparency import keys

WORDS = "obbligato case file"


def note_of(number: str, manifest: bytes) -> str:
    """The signed note (C2SP signed-note): WORDS, the number, the SHA-256 of the manifest. The same each time."""
    by = keys.signing_key()
    text = f"{WORDS}\n{number}\n{hashlib.sha256(manifest).hexdigest()}\n"
    key_id = bytes.fromhex(by.verifier.removeprefix(f"{by.name}+").partition("+")[0])
    signature = base64.b64encode(key_id + by.key.sign(text.encode())).decode()
    return f"{text}\n— {by.name} {signature}\n"

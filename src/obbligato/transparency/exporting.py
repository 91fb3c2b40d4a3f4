"""Write the signed log as files in the layout of C2SP tlog-tiles, as any web server can serve it. It signs nothing."""

from pathlib import Path

from obbligato.kernel.folders import put_file
from obbligato.kernel.refusals import Missing
from obbligato.transparency import tiles
from obbligato.transparency.checkpoints import latest
from obbligato.transparency.keys import signing_key
from obbligato.transparency.models import Checkpoint

VERIFIER_FILE = Path(__file__).with_name("verify_log.py")


class NothingSigned(Missing):
    """There is no checkpoint yet, so there is nothing to export."""


def export(folder: Path) -> int:
    """The log up to its newest checkpoint, with all older checkpoints, the public key and the verifier.

    Gives how many entries are in it. What an earlier export put there is written again. Raises NothingSigned.
    """
    signed = latest()
    if signed is None:
        raise NothingSigned("Nothing is signed yet: the first entry and its checkpoint come first.")
    folder.mkdir(parents=True, exist_ok=True)
    for name in tiles.names(signed.size):
        _write(folder / "tile" / str(name), tiles.content(name))
    for size, note in Checkpoint.objects.filter(size__lte=signed.size).values_list("size", "note"):
        _write(folder / "checkpoints" / str(size), note.encode())
    _write(folder / "vkey", f"{signing_key().verifier}\n".encode())
    _write(folder / VERIFIER_FILE.name, VERIFIER_FILE.read_bytes())
    _write(folder / "checkpoint", signed.note.encode())  # The last one: it says that the rest is there.
    return signed.size


def _write(file: Path, content: bytes) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    put_file(file, content)

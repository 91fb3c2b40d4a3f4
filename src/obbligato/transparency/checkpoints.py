"""Sign what the log has become. It never signs a log that does not begin with what was signed before.

The last note is kept in the store's folder too: a database put back from a backup, and then grown another way, would
otherwise be signed as a second history of the same length.
"""

from pathlib import Path

from obbligato.kernel.folders import data_folder, put_file
from obbligato.kernel.refusals import Refused
from obbligato.transparency import keys, notes, tree
from obbligato.transparency.appending import size
from obbligato.transparency.models import Checkpoint
from obbligato.transparency.notes import BadNote, Signed
from obbligato.transparency.tiles import Nodes

LAST_FILE = "checkpoint"


class Equivocation(Refused):
    """The log as it is does not begin as it was signed: two histories would be told."""


def make() -> Checkpoint | None:
    """Sign the log as it is now, if it has grown since; None otherwise. Raises Equivocation and notes.BadNote."""
    now, last = size(), latest()
    if last is not None and last.size == now:
        return None
    if last is None and now == 0 and not last_file().exists():
        return None
    nodes = Nodes(now)
    key = keys.signing_key()
    for note in (last.note if last else "", _last_note()):
        if note:
            demand_same(notes.opened(note, key.verifier), now, nodes)
    # What was signed before is how the log begins.
    root = tree.root(nodes, now)
    note = notes.checkpoint(key, now, root)
    put_file(last_file(), note.encode())
    return Checkpoint.objects.get_or_create(size=now, defaults={"root": root, "note": note})[0]


def latest() -> Checkpoint | None:
    """The newest one."""
    return Checkpoint.objects.order_by("-size").first()


def last_file() -> Path:
    """Where the newest note lies beside the database."""
    return data_folder("transparency") / LAST_FILE


def compare(note: str) -> Signed:
    """What a checkpoint that somebody kept says, when our log does begin so. Raises BadNote and Equivocation."""
    key = keys.verifier_key()
    if key is None:
        raise BadNote("This log has signed nothing yet.")
    said = notes.opened(note, key)
    now = size()
    demand_same(said, now, Nodes(now))
    return said


def demand_same(said: Signed, now: int, nodes: tree.Node) -> None:
    """Raises Equivocation where a log of `now` entries does not begin as was signed."""
    if said.size > now:
        raise Equivocation(f"A checkpoint of {said.size} entries is signed, but the log has {now}: entries are gone.")
    if tree.root(nodes, said.size) != said.root:
        raise Equivocation(
            f"The checkpoint of {said.size} entries is signed, but the first {said.size} entries of this log have"
            " another root: there are two histories."
        )


def _last_note() -> str:
    try:
        return last_file().read_text()
    except FileNotFoundError:
        return ""

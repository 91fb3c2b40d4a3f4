"""Prove that an entry is in the log, and that the log only ever grew: as JSON that the stand-alone verifier reads."""

import base64
from typing import Any

from obbligato.kernel.refusals import Missing
from obbligato.transparency import tree
from obbligato.transparency.checkpoints import latest
from obbligato.transparency.models import Checkpoint, Entry
from obbligato.transparency.tiles import Nodes


class NotSignedYet(Missing):
    """The entry is appended, and no checkpoint covers it yet."""


class NoSuchEntry(Missing):
    """The log has no such entry or checkpoint."""


def inclusion_of(entry: Entry) -> dict[str, Any]:
    """The entry's leaf and its path to the root that the newest checkpoint signs (RFC 9162, 2.1.3).

    Raises NotSignedYet.
    """
    signed = latest()
    if signed is None or signed.size <= entry.index:
        raise NotSignedYet("This entry is not under a checkpoint yet; one is signed within a few seconds.")
    path = tree.inclusion(Nodes(signed.size), entry.index, signed.size)
    return {
        "checkpoint": signed.note,
        "index": entry.index,
        "leaf": bytes(entry.leaf).decode(),
        "proof": [base64.b64encode(one).decode() for one in path],
    }


def consistency_from(size: int) -> dict[str, Any]:
    """That the log of the newest checkpoint begins with the log of the checkpoint of that size (RFC 9162, 2.1.4).

    Raises NoSuchEntry.
    """
    old, new = Checkpoint.objects.filter(size=size).first(), latest()
    if old is None or new is None:
        raise NoSuchEntry("There is no checkpoint of that size.")
    path = tree.consistency(Nodes(new.size), old.size, new.size)
    return {
        "checkpoint": new.note,
        "old_checkpoint": old.note,
        "proof": [base64.b64encode(one).decode() for one in path],
    }

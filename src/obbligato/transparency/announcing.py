"""Write down that a public act is to stand in the log, in the transaction of the act. It never appends to the log.

What is announced and rolled back with its act was never said; what is committed is appended by upkeep, whatever dies
meanwhile.
"""

import hashlib
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from obbligato.kernel import chance, clock
from obbligato.kernel.refusals import Invalid
from obbligato.transparency.canonical import canonical
from obbligato.transparency.commitments import SALT_BYTES, commitment
from obbligato.transparency.models import Announcement, Sealed

KIND = re.compile(r"[a-z_]+(\.[a-z_]+)+")
SUBJECT = re.compile(r"[a-z_]+:[A-Za-z0-9._-]+")
NAME = re.compile(r"[a-z_]+")
MOST_BYTES = 60_000
"""Of facts: an entry must fit into the 65,535 bytes that a bundle of entries allows it (C2SP tlog-tiles)."""


class BadAnnouncement(Invalid):
    """The call itself is wrong: a kind or subject of another form, or a personal value without a plain name."""


def announce(
    kind: str, *, subject: str, facts: Mapping[str, Any], personal: Mapping[str, str] | None = None
) -> Announcement:
    """Have the log say that this happened now, to this subject.

    `kind` is dotted words (`claim.received`), `subject` a sort and a number (`claim:C-7K2M`). `facts` are public:
    texts, whole numbers, booleans, lists and objects of them. `personal` values are kept beside the log, which says
    commitments to them alone. Facts of more than MOST_BYTES are said by their SHA-256. Raises BadAnnouncement and
    canonical.NotPublicJson, which are mistakes of a program; nothing that people write raises anything.
    """
    if not KIND.fullmatch(kind) or len(kind) > 60:
        raise BadAnnouncement(f"A kind is dotted words such as claim.received, at most 60 letters, not “{kind}”.")
    if not SUBJECT.fullmatch(subject) or len(subject) > 120:
        raise BadAnnouncement(f"A subject is such as claim:C-7K2M, at most 120 letters, not “{subject}”.")
    if bad := next((name for name in personal or {} if not NAME.fullmatch(name)), None):
        raise BadAnnouncement(f"A personal value is named by a plain word, not “{bad}”.")
    said = _of_bearable_length(facts)
    # Nothing is wrong with the call.
    at = clock.now()
    sealed = [_sealed(subject, name, value) for name, value in (personal or {}).items()]
    leaf = canonical({
        "at": written(at),
        "facts": said,
        "kind": kind,
        "personal": {one.name: one.commitment for one in sealed},
        "subject": subject,
    })  # fmt: skip
    Sealed.objects.bulk_create(sealed)
    return Announcement.objects.create(kind=kind, subject=subject, at=at, leaf=leaf)


def written(moment: datetime) -> str:
    """A moment as leaves say it: RFC 3339 in UTC with microseconds."""
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _of_bearable_length(facts: Mapping[str, Any]) -> Mapping[str, Any]:
    content = canonical(facts)
    if len(content) <= MOST_BYTES:
        return facts
    return {"omitted": True, "sha256": hashlib.sha256(content).hexdigest(), "size_bytes": len(content)}


def _sealed(subject: str, name: str, value: str) -> Sealed:
    salt = chance.token(SALT_BYTES)
    kept = value.encode("utf-8", "replace").decode().replace("\x00", "\ufffd")  # What every database can keep.
    return Sealed(commitment=commitment(salt, kept), subject=subject, name=name, salt=salt, value=kept)

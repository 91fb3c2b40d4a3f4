"""Remember the true size of what was encoded, so that the next quote for it is exact."""

from collections.abc import Sequence

from obbligato.audio.copies import Copy
from obbligato.audio.essence import Essence
from obbligato.audio.formats import Format
from obbligato.audio.libraries import build_id
from obbligato.audio.tags import Tags
from obbligato.audio.writing_tags import tag_bytes
from obbligato.encoding.essences import Encoding
from obbligato.encoding.models import EncodedSize


def known_sizes(master_ids: Sequence[int]) -> dict[tuple[int, str], int]:
    """By (master id, format name): bytes of a copy without tags and cover, where it was encoded before."""
    rows = EncodedSize.objects.filter(master_id__in=master_ids, build=build_id())
    return {
        (master_id, name): size for master_id, name, size in rows.values_list("master_id", "format_name", "bare_bytes")
    }


def remember_encoding(encoding: Encoding) -> None:
    """Keep the true size of what was encoded whole; the same essence always has the same one."""
    if encoding.essence is None or encoding.window is not None:
        return
    EncodedSize.objects.get_or_create(
        master_id=encoding.master_id,
        format_name=encoding.format.name,
        build=build_id(),
        defaults={"bare_bytes": bare_bytes(encoding.essence)},
    )


def bare_bytes(essence: Essence) -> int:
    """Bytes of a copy of that essence, less those that its tags and cover add."""
    untagged = Tags(title="")
    format_ = Format.parse(essence.sound.format_name)
    return Copy(essence, untagged, None).size - tag_bytes(format_, untagged, None)

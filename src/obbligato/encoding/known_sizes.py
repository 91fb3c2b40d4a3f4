"""Remember the true size of what was encoded, so that the next quote for it is exact."""

from collections.abc import Sequence

from obbligato.audio.libraries import build_id
from obbligato.catalog.models import Master
from obbligato.encoding.models import EncodedSize


def known_sizes(master_ids: Sequence[int]) -> dict[tuple[int, str], int]:
    """By (master id, format name): bytes of a copy without tags and cover, where it was encoded before."""
    rows = EncodedSize.objects.filter(master_id__in=master_ids, build=build_id())
    return {
        (master_id, name): size for master_id, name, size in rows.values_list("master_id", "format_name", "bare_bytes")
    }


def remember(master: Master, format_name: str, *, bare_bytes: int) -> None:
    """Keep the true size; the same essence always has the same one."""
    EncodedSize.objects.get_or_create(
        master=master, format_name=format_name, build=build_id(), defaults={"bare_bytes": bare_bytes}
    )

"""Remember the true size of what was encoded, so that the next quote for it is exact."""

from collections.abc import Sequence
from functools import cached_property

from obbligato.audio.libraries import build_id
from obbligato.encoding.essences import Encoding, bare_bytes
from obbligato.encoding.models import EncodedSize


class KnownSizes:
    """The remembered sizes of some masters, read at the first question and then once for all formats."""

    def __init__(self, master_ids: Sequence[int]) -> None:
        self._master_ids = master_ids

    def bare_bytes(self, master_id: int, format_name: str) -> int | None:
        """Bytes of a copy without tags and cover, or None where it was never encoded by this build."""
        return self._sizes.get((master_id, format_name))

    @cached_property
    def _sizes(self) -> dict[tuple[int, str], int]:
        rows = EncodedSize.objects.filter(master_id__in=self._master_ids, build=build_id())
        return {(one.master_id, one.format_name): one.bare_bytes for one in rows}


def remember_encoding(encoding: Encoding) -> None:
    """Keep the true size of what was encoded whole; the same essence always has the same one."""
    if encoding.essence is None or encoding.window is not None:
        return
    EncodedSize.objects.get_or_create(
        master_id=encoding.master_id,
        format_name=encoding.format.name,
        build=build_id(),
        defaults={"bare_bytes": encoding.bare_bytes or bare_bytes(encoding.essence)},
    )

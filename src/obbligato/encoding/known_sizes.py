"""Remember the true size of what was encoded, so that the next quote for it is exact."""

from collections.abc import Sequence
from functools import cached_property

from obbligato.audio.essence import Essence
from obbligato.audio.formats import Format
from obbligato.audio.libraries import build_id
from obbligato.catalog.models import Master
from obbligato.encoding.engine import BecameWhole
from obbligato.encoding.models import EncodedSize
from obbligato.encoding.renditions import Rendition, bare_bytes

IDS_A_QUESTION = 500


class KnownSizes:
    """The remembered sizes of some masters, read at the first question and then once for all formats."""

    def __init__(self, master_ids: Sequence[int]) -> None:
        self._master_ids = master_ids

    def bare_bytes(self, master_id: int, format_name: str) -> int | None:
        """Bytes of a copy without tags and cover, or None where it was never encoded by this build."""
        row = self._rows.get((master_id, format_name))
        return row.bare_bytes if row is not None else None

    def audio_crc32(self, master_id: int, format_name: str) -> int | None:
        """CRC-32 of the audio alone, or None as above."""
        row = self._rows.get((master_id, format_name))
        return row.audio_crc32 if row is not None else None

    @cached_property
    def _rows(self) -> dict[tuple[int, str], EncodedSize]:
        rows: dict[tuple[int, str], EncodedSize] = {}
        for first in range(0, len(self._master_ids), IDS_A_QUESTION):
            ids = self._master_ids[first : first + IDS_A_QUESTION]
            for row in EncodedSize.objects.filter(master_id__in=ids, build=build_id()):
                rows[row.master_id, row.format_name] = row
        return rows


def remember(news: BecameWhole) -> None:
    """Keep the true size of what became whole; the same essence always has the same one.

    Neither that of a window is kept, nor that of a master which is gone meanwhile.
    """
    if news.window is None and Master.objects.filter(pk=news.master_id).exists():
        _remember(news.master_id, news.format, bare_bytes=news.bare_bytes, audio_crc32=news.audio_crc32)


def remember_essence(rendition: Rendition) -> None:
    """The same for a rendition that was whole already: made by a process that ended before its size was kept."""
    essence = rendition.audio
    if isinstance(essence, Essence) and rendition.recipe.window is None:
        _remember(
            rendition.master_id,
            Format.parse(essence.sound.format_name),
            bare_bytes=bare_bytes(essence),
            audio_crc32=essence.sound.crc32,
        )


def _remember(master_id: int, format_: Format, *, bare_bytes: int, audio_crc32: int | None) -> None:
    EncodedSize.objects.get_or_create(
        master_id=master_id,
        format_name=format_.name,
        build=build_id(),
        defaults={"bare_bytes": bare_bytes, "audio_crc32": audio_crc32},
    )

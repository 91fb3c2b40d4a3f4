"""Remember the true size of what was encoded, so that the next quote for it is exact."""

from collections.abc import Sequence
from functools import cached_property

from obbligato.audio.essence import Essence
from obbligato.audio.formats import Format
from obbligato.audio.libraries import build_id
from obbligato.encoding.engine import BecameWhole
from obbligato.encoding.models import EncodedSize
from obbligato.encoding.renditions import Rendition, bare_bytes


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


def remember(news: BecameWhole) -> None:
    """Keep the true size of what became whole; the same essence always has the same one. A window is not kept."""
    if news.window is None:
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

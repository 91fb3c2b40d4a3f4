"""Give the bytes of a copy while its audio may still be being encoded: tags and cover around it, part by part.

It never writes a copy to disk, and encodes only what somebody reads.
"""

import contextlib
import zlib
from collections.abc import AsyncGenerator
from functools import partial

import anyio.to_thread

from obbligato.audio.copies import Copy, Plan
from obbligato.audio.errors import AudioRefused
from obbligato.audio.essence import Essence
from obbligato.audio.formats import Format, Window
from obbligato.audio.tags import Picture, Tags
from obbligato.audio.writing_tags import tag_bytes
from obbligato.catalog import tagging
from obbligato.catalog.models import Master, Track
from obbligato.encoding.known_sizes import KnownSizes
from obbligato.encoding.renditions import CannotEncode, Rendition, rendition_of
from obbligato.library.checksums import combined
from obbligato.library.pieces import PIECE_BYTES, FileSlice, Piece
from obbligato.library.reading import Parts, begun_preparation, patiently, result_of


class WholeCopy:
    """A copy whose audio is kept: read straight from its file, with tags and cover around."""

    def __init__(self, copy: Copy) -> None:
        self._copy = copy
        self.size = copy.size
        self.etag = f'"{copy.etag}"'

    async def chunks(self, start: int, stop: int | None) -> AsyncGenerator[Piece]:
        copy, stop = self._copy, self.size if stop is None else stop
        head, audio_ends = len(copy.prefix), copy.size - len(copy.suffix)
        yield copy.prefix[start:stop]
        at, ends = max(start, head), min(stop, audio_ends)
        if copy.is_audio_plain and at < ends:
            yield FileSlice(copy.audio, copy.audio.first_byte - head + at, ends - at)
        while not copy.is_audio_plain and at < ends:
            piece = await anyio.to_thread.run_sync(copy.read, at, min(2 * PIECE_BYTES, ends - at))
            at += len(piece)
            yield piece
        if stop > audio_ends:
            yield copy.suffix[max(0, start - audio_ends) : stop - audio_ends]


class CopyOnDemand:
    """A copy of which perhaps nothing is encoded yet. Its size is None where only encoding it tells."""

    def __init__(
        self,
        rendition: Rendition,
        tags: Tags,
        picture: Picture | None,
        *,
        known_bytes: int | None = None,
        for_whom: str = "",
        is_patient: bool = False,
    ) -> None:
        """known_bytes: of the whole copy, as remembered from an earlier encode. Raises CannotEncode.

        is_patient: what is refused for the moment is waited for also before the first byte.
        """
        self._rendition, self._tags, self._picture = rendition, tags, picture
        self._for_whom, self._is_patient = for_whom, is_patient
        try:
            self._plan = Plan(rendition.recipe, tags, picture)
        except (AudioRefused, OSError) as refusal:
            raise CannotEncode("The master of this track cannot be read: {refusal}", refusal=refusal) from None
        self.size = self._plan.size if self._plan.size is not None else known_bytes
        self.etag = f'"{self._plan.etag}"'

    async def chunks(self, start: int, stop: int | None) -> AsyncGenerator[Piece]:
        if self._rendition.parts.is_exact:
            chunks = self._exactly(start, stop)
        elif start == 0 and self._plan.is_prefix_whole and self._rendition.parts.count > 1:
            chunks = self._from_the_beginning(stop)
        else:
            chunks = self._once_whole(start, stop)
        async with contextlib.aclosing(chunks):
            async for piece in chunks:
                yield piece

    async def once_whole(self) -> WholeCopy:
        """The copy when all of it is encoded, waited for as a patient reader does. Raises Refused."""
        preparation = await patiently(partial(begun_preparation, self._rendition, for_whom=self._for_whom))
        try:
            audio = await result_of(preparation)
        finally:
            preparation.let_go()
        return WholeCopy(Copy(audio, self._tags, self._picture))

    async def _exactly(self, start: int, stop: int | None) -> AsyncGenerator[Piece]:
        """Where every byte has its place beforehand, only the parts that are touched are encoded."""
        plan, cut = self._plan, self._rendition.parts
        assert plan.audio_bytes is not None, "parts are exact where the audio is"
        stop = self.size if stop is None else stop
        assert stop is not None, "an exact audio has an exact copy"
        head, audio_ends = len(plan.prefix), len(plan.prefix) + plan.audio_bytes
        at, ends = max(start, head) - head, min(stop, audio_ends) - head
        numbers = range(cut.at(at), cut.at(ends - 1) + 1) if at < ends else range(0)
        parts = self._parts(numbers)
        try:
            await parts.begin()
            yield plan.prefix[start:stop]
            for number in numbers:
                first, after = cut.start_bytes(number), cut.start_bytes(number + 1)
                async for piece in self._of_part(parts, number, max(at, first) - first, min(ends, after) - first):
                    yield piece
        finally:
            parts.close()
        if stop > audio_ends:
            yield plan.suffix[max(0, start - audio_ends) : stop - audio_ends]

    async def _of_part(self, parts: Parts, number: int, start: int, stop: int) -> AsyncGenerator[Piece]:
        """The bytes [start, stop) of a part as they stand in the copy."""
        if self._plan.is_audio_plain:
            async for piece in parts.pieces(number, start, stop):
                yield piece
        else:
            yield self._plan.part_in_copy(number, await parts.whole(number))[start:stop]

    async def _from_the_beginning(self, stop: int | None) -> AsyncGenerator[Piece]:
        """Part after part, each as soon as it is done, whatever its size turns out to be."""
        plan, left = self._plan, stop if stop is not None else 1 << 63
        parts = self._parts(range(self._rendition.parts.count))
        try:
            await parts.begin()
            yield plan.prefix[:left]
            left -= len(plan.prefix)
            for number in range(self._rendition.parts.count):
                if left <= 0:
                    return
                data = plan.part_in_copy(number, await parts.whole(number))
                for at in range(0, min(len(data), left), PIECE_BYTES):
                    yield data[at : min(at + PIECE_BYTES, left)]
                left -= len(data)
        finally:
            parts.close()
        if left > 0:
            yield plan.suffix[:left]

    async def _once_whole(self, start: int, stop: int | None) -> AsyncGenerator[Piece]:
        """Where a header waits for the audio, or the place of a byte does. What is known is given at once."""
        known = self._plan.prefix[start:stop]
        begun = partial(begun_preparation, self._rendition, for_whom=self._for_whom)
        preparation = await (patiently(begun) if self._is_patient else begun())
        try:
            yield known
            audio = await result_of(preparation)
        finally:
            preparation.let_go()
        whole = WholeCopy(Copy(audio, self._tags, self._picture))
        assert self.size in {None, whole.size}, "the same essence has always the same size"
        async for piece in whole.chunks(start + len(known), stop):
            yield piece

    def _parts(self, numbers: range) -> Parts:
        return Parts(self._rendition, numbers, for_whom=self._for_whom, is_patient=self._is_patient)


def copy_of(track: Track, format_: Format, *, for_whom: str, is_patient: bool = False) -> WholeCopy | CopyOnDemand:
    """A track's copy, tagged for its edition; begins nothing. Asks the database. Raises CannotEncode."""
    rendition = rendition_of(track.master, format_)
    tags, picture = tagging.tags_of(track), tagging.picture_of(track.edition)
    if rendition.audio is not None:
        return WholeCopy(Copy(rendition.audio, tags, picture))
    made = CopyOnDemand(rendition, tags, picture, for_whom=for_whom, is_patient=is_patient)
    if made.size is None:
        bare = KnownSizes([track.master_id]).bare_bytes(track.master_id, rendition.recipe.sound.format_name)
        made.size = bare + tag_bytes(format_, tags, picture) if bare is not None else None
    return made


def checksum_of(track: Track, format_: Format) -> int | None:
    """The CRC-32 of a whole copy where it follows from that of the audio, which is kept or remembered."""
    rendition = rendition_of(track.master, format_)
    tags, picture = tagging.tags_of(track), tagging.picture_of(track.edition)
    audio = rendition.audio
    if isinstance(audio, Essence):
        copy = Copy(audio, tags, picture)
        return _checksum(copy, audio.sound.crc32, audio.audio_bytes)
    if audio is None and rendition.parts.is_exact:
        remembered = KnownSizes([track.master_id]).audio_crc32(track.master_id, rendition.recipe.sound.format_name)
        return _checksum(Plan(rendition.recipe, tags, picture), remembered, rendition.recipe.sound.audio_bytes)
    return None


def _checksum(around: Copy | Plan, audio_crc32: int | None, audio_bytes: int) -> int | None:
    """Of prefix, audio and suffix; None in Ogg, whose pages are numbered anew in each copy."""
    if audio_crc32 is None or not around.is_audio_plain:
        return None
    before = combined(zlib.crc32(around.prefix), audio_crc32, audio_bytes)
    return combined(before, zlib.crc32(around.suffix), len(around.suffix))


def sound_of(
    master: Master, format_: Format, *, window: Window | None = None, for_whom: str
) -> WholeCopy | CopyOnDemand:
    """A master, or a window of it, as bare audio to listen to; begins nothing. Raises CannotEncode."""
    rendition = rendition_of(master, format_, window=window)
    if rendition.audio is not None:
        return WholeCopy(Copy(rendition.audio, Tags(), None))
    return CopyOnDemand(rendition, Tags(), None, for_whom=for_whom)

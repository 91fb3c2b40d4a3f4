"""Every container tells the truth about its audio and carries all tags, as programs of others read them."""

import base64
import struct
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Any

import mutagen
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from mutagen.flac import Picture as FlacPicture
from mutagen.mp4 import MP4, Atoms, MP4Tags
from PIL import Image

from obbligato.audio.codecs.lame import tag_fields
from obbligato.audio.containers import aiff, flac, mp3, mp4, ogg, riff
from obbligato.audio.copies import CopiedFrames, Copy, write
from obbligato.audio.errors import UnsupportedAudio
from obbligato.audio.essence import Essence, Sound
from obbligato.audio.formats import Format
from obbligato.audio.libraries import av
from obbligato.audio.masters import inspect
from obbligato.audio.reading_tags import read_tags
from obbligato.audio.sizes import copy_size
from obbligato.audio.tags import Picture, Tags
from obbligato.audio.writing_tags import tag_block, tag_bytes
from tests.audio import makers

FULL = Tags(
    title="Drei Präludien und Fugen — № 1 ♪",
    artists=("Clara Schumann", "Robert Schumann"),
    album="Opus 16",
    album_artist="Clara Schumann",
    track=3,
    track_total=12,
    disc=1,
    disc_total=2,
    date="1845-05-29",
    genre="Klassik",
    isrc="ZZA001300001",
    upc="4006381333931",
    composer="Clara Schumann",
    lyrics="Erste Zeile\nzweite Zeile",
    copyright="℗ 1845",
    label="Eigenverlag",
    comment="Kommentar",
    musicbrainz={
        "musicbrainz_albumid": "21111111-1111-1111-1111-111111111111",
        "musicbrainz_artistid": "31111111-1111-1111-1111-111111111111",
        "musicbrainz_trackid": "11111111-1111-1111-1111-111111111111",
    },
    track_gain_db=-6.54,
    track_peak=0.987654,
    album_gain_db=-7.0,
    album_peak=1.0,
)
NAMES = ("mp3-128", "mp3-v0", "aac-128", "opus-96", "flac", "alac", "wav", "aiff")


def cover(*, side: int = 64, kind: str = "JPEG") -> Picture:
    file = BytesIO()
    Image.effect_noise((side, side), 90).save(file, kind)
    return Picture(f"image/{kind.lower()}", file.getvalue(), side, side)


@pytest.fixture(scope="module", params=NAMES)
def copy(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Essence | CopiedFrames, Path, Picture]:
    """An essence, and the file of it with all tags and a cover of more than one Ogg page."""
    folder, picture = tmp_path_factory.mktemp("copy"), cover(side=500)
    samples = makers.sine(samples=200_001) + makers.noise(samples=200_001) // 50
    master = makers.write_master(folder, "flac", samples)
    format_ = Format.parse(request.param)
    essence = makers.audio_of(master, inspect(master).facts, format_, folder / "essence")
    write(Copy(essence, FULL, picture), folder / f"copy.{format_.extension}")
    return essence, folder / f"copy.{format_.extension}", picture


def test_every_tag_comes_back(copy: tuple[Essence | CopiedFrames, Path, Picture]) -> None:
    essence, path, picture = copy
    if essence.sound.codec == "mp3":
        # Our own reader takes masters only; the same ID3 block is read from a file that it takes.
        wave = path.with_suffix(".wav")
        block = path.read_bytes()
        wave.write_bytes(makers.wav_bytes(makers.sine(samples=100), before=riff.chunk(b"id3 ", block[:-1000])))
        path = wave
    if essence.sound.codec == "opus":
        pytest.skip("its comments are read by mutagen in a test of their own")
    tags, found = read_tags(path)
    assert tags == FULL
    assert found is not None
    assert (found.data, found.media_type) == (picture.data, picture.media_type)


def test_the_length_is_exact_in_the_eyes_of_mutagen(copy: tuple[Essence | CopiedFrames, Path, Picture]) -> None:
    essence, path, _ = copy
    sound = essence.sound
    priming = sound.delay if sound.codec == "aac" else 0
    length = mutagen.File(path).info.length
    assert round(length * sound.sample_rate) == sound.samples + priming


def test_packets_are_found_where_they_are(copy: tuple[Essence | CopiedFrames, Path, Picture]) -> None:
    essence, path, _ = copy
    with av.open(str(path)) as container:
        packets = [bytes(packet) for packet in container.demux(container.streams.audio[0]) if packet.size]
    if essence.sound.codec == "opus":
        assert len(packets) == essence.sound.packets
        return
    assert b"".join(packets) == essence.read(0, essence.audio_bytes)
    if essence.sound.codec in {"aac", "alac", "mp3"}:
        assert [len(packet) for packet in packets] == list(essence.packet_sizes)


def test_opus_comments_and_cover_come_back(tmp_path: Path) -> None:
    comments = mutagen.File(opus_copy(tmp_path, cover(side=900))).tags
    assert comments["ARTIST"] == ["Clara Schumann", "Robert Schumann"]
    assert comments["TRACKTOTAL"] == ["12"]
    assert comments["ISRC"] == [FULL.isrc]
    assert comments["BARCODE"] == [FULL.upc]
    assert comments["LYRICS"] == [FULL.lyrics]
    assert comments["MUSICBRAINZ_TRACKID"] == [FULL.musicbrainz["musicbrainz_trackid"]]
    # ReplayGain's -6.54 dB towards -18 LUFS is -11.54 dB towards -23 LUFS, in 256ths.
    assert comments["R128_TRACK_GAIN"] == [str(round(-11.54 * 256))]
    assert "REPLAYGAIN_TRACK_GAIN" not in comments
    block = FlacPicture(base64.b64decode(comments["METADATA_BLOCK_PICTURE"][0]))
    assert (block.type, block.width, block.mime) == (3, 900, "image/jpeg")


def opus_copy(folder: Path, picture: Picture | None) -> Path:
    master = makers.write_master(folder, "flac", makers.sine(samples=150_000, sample_rate=48000), sample_rate=48000)
    with makers.audio_of(master, inspect(master).facts, Format.parse("opus-128"), folder / "essence") as essence:
        write(Copy(essence, FULL, picture), folder / "copy.opus")
    return folder / "copy.opus"


@pytest.mark.parametrize("side", [0, 32, 900])
def test_ogg_pages_are_numbered_checked_and_end_exactly(side: int, tmp_path: Path) -> None:
    data = opus_copy(tmp_path, cover(side=side) if side else None).read_bytes()
    pages, position = [], 0
    while position < len(data):
        start, lacing_bytes = position, data[position + 26]
        position += 27 + lacing_bytes + sum(data[position + 27 : position + 27 + lacing_bytes])
        pages.append(data[start:position])
    numbers = [struct.unpack_from("<I", page, 18)[0] for page in pages]
    assert numbers == list(range(len(pages)))
    assert len({page[14:18] for page in pages}) == 1
    for page in pages:
        assert struct.unpack_from("<I", page, 22)[0] == slow_ogg_check(page[:22] + bytes(4) + page[26:])
    assert [page[5] for page in pages if page[5] & 6] == [2, 4]
    assert struct.unpack_from("<Q", pages[-1], 6)[0] == 150_000 + 312


def slow_ogg_check(data: bytes) -> int:
    register = 0
    table = []
    for byte in range(256):
        value = byte << 24
        for _ in range(8):
            value = (value << 1 ^ 0x04C11DB7 if value & 0x80000000 else value << 1) & 0xFFFFFFFF
        table.append(value)
    for byte in data:
        register = (register << 8 & 0xFFFFFFFF) ^ table[register >> 24 ^ byte]
    return register


@given(st.binary(max_size=300))
def test_the_fast_ogg_check_is_the_slow_one(data: bytes) -> None:
    assert ogg.crc(data) == slow_ogg_check(data)


@pytest.mark.parametrize("length", [0, 1, 254, 255, 256, 65024, 65025, 65026, 200_000])
def test_tag_pages_have_the_length_that_was_counted(length: int) -> None:
    sound = Sound("opus-128", "opus", 48000, 2, 1000, delay=312)
    pages = ogg.prefix(sound, bytes(length))[ogg.HEAD_PAGE_BYTES :]
    assert len(pages) == ogg.tag_pages_bytes(length)
    assert pages.count(b"OggS") == ogg.tag_pages(length)


@pytest.mark.parametrize("rate", [16000, 22050, 24000, 32000, 44100, 48000])
@pytest.mark.parametrize("kbps", [64, 128, 160, 0])
@pytest.mark.parametrize("channels", [1, 2])
def test_the_info_frame_is_a_frame_and_its_check_is_right(rate: int, kbps: int, channels: int) -> None:
    name = f"mp3-{kbps}" if kbps else "mp3-v0"
    in_frame = mp3.samples_in_frame(rate)
    sound = Sound(
        name, "mp3", rate, channels, 5000, bitrate_kbps=kbps, frame_samples=in_frame, delay=576, padding=616, packets=7
    )
    sound = replace(sound, private=tag_fields(sound).hex())
    frame = mp3.info_frame(sound, [300] * 7)
    sizes, used = mp3.frame_sizes(frame)
    assert (list(sizes), used) == ([len(frame)], len(frame))
    assert len(frame) == mp3.info_bytes(rate, kbps)
    end = frame.index(b"LAME") + 34
    assert struct.unpack_from(">H", frame, end)[0] == mp3.crc16(frame[:end])


def test_the_lame_tag_is_understood_by_mutagen(tmp_path: Path) -> None:
    master = makers.write_master(tmp_path, "flac", makers.sine(samples=100_000))
    facts = inspect(master).facts
    for name, mode in (("mp3-192", "CBR"), ("mp3-v2", "VBR")):
        with makers.audio_of(master, facts, Format.parse(name), tmp_path / "e") as essence:
            write(Copy(essence, FULL, None), tmp_path / "copy.mp3")
        information: Any = mutagen.File(tmp_path / "copy.mp3").info
        assert str(information.bitrate_mode).endswith(mode)
        assert round(information.length * 44100) == 100_000


def test_the_check_of_the_lame_tag_is_crc_16_arc() -> None:
    assert mp3.crc16(b"123456789") == 0xBB3D


def test_gapless_numbers_are_in_an_aac_copy(tmp_path: Path) -> None:
    master = makers.write_master(tmp_path, "flac", makers.sine(samples=100_000))
    with makers.audio_of(master, inspect(master).facts, Format.parse("aac-128"), tmp_path / "e") as essence:
        write(Copy(essence, FULL, cover(kind="PNG")), tmp_path / "copy.m4a")
    tags = MP4(tmp_path / "copy.m4a").tags
    text = bytes(tags["----:com.apple.iTunes:iTunSMPB"][0]).decode()
    # 1024 of priming, 98 packets in all: 99 * 1024 - 1024 - 100000 = 352 of padding.
    assert text.startswith(" 00000000 00000400 00000160 00000000000186A0 00000000")
    assert tags["covr"][0].imageformat == mutagen.mp4.AtomDataType.PNG


def test_an_m4a_beyond_four_gigabytes_has_wide_offsets() -> None:
    packets = [1_000_000] * 5000
    sound = Sound(
        "alac", "alac", 96000, 2, 5000 * 4096, bits=24, frame_samples=4096, audio_bytes=sum(packets), private="00" * 24
    )
    block = tag_block(Format.parse("alac"), FULL, None)
    prefix = mp4.prefix(sound, block, packets)
    place = prefix.index(b"co64")
    count, first, second = struct.unpack_from(">IQQ", prefix, place + 8)
    assert (count, first, second - first) == (250, len(prefix), 20_000_000)
    assert prefix[-16:] == struct.pack(">I4sQ", 1, b"mdat", sum(packets) + 16)
    assert len(prefix) - len(block) <= mp4.FIXED_BYTES + mp4.table_bytes(5000)


def test_a_wav_beyond_four_gigabytes_is_rf64(tmp_path: Path) -> None:
    samples = 2**30 + 7
    sound = Sound("wav", "wav", 44100, 2, samples, bits=16, audio_bytes=samples * 4)
    prefix = riff.prefix(sound, tag_block(Format.parse("wav"), FULL, None))
    path = tmp_path / "large.wav"
    with path.open("wb") as file:
        file.write(prefix)
        file.truncate(len(prefix) + samples * 4)
    with av.open(str(path)) as container:
        assert container.streams.audio[0].duration == samples
    assert prefix.startswith(b"RF64\xff\xff\xff\xffWAVEds64")
    assert struct.unpack_from("<Q", prefix, 20)[0] == path.stat().st_size - 8


@pytest.mark.parametrize("rate", [8000, 11025, 44100, 48000, 96000, 192000, 384000, 37801])
def test_an_aiff_says_its_rate_as_a_long_float(rate: int) -> None:
    exponent, mantissa = struct.unpack(">HQ", aiff.extended(rate))
    assert mantissa * 2.0 ** (exponent - 16383 - 63) == rate


@pytest.mark.parametrize("extension", ["wav", "aiff"])
@pytest.mark.parametrize(("bits", "channels", "samples"), [(24, 1, 3), (24, 3, 5), (16, 6, 7), (24, 8, 1001)])
def test_odd_lengths_and_many_channels_are_read_back(
    extension: str, bits: int, channels: int, samples: int, tmp_path: Path
) -> None:
    made = makers.noise(samples=samples, bits=bits, channels=channels)
    master = makers.write_master(tmp_path, "flac", made, bits=bits)
    facts = inspect(master).facts
    with makers.audio_of(master, facts, Format.parse(extension), tmp_path / "e") as essence:
        write(Copy(essence, Tags(), None), tmp_path / f"copy.{extension}")
    data = (tmp_path / f"copy.{extension}").read_bytes()
    order = "<I" if extension == "wav" else ">I"
    assert struct.unpack_from(order, data, 4)[0] == len(data) - 8
    assert len(data) % 2 == 0
    assert inspect(tmp_path / f"copy.{extension}").facts.pcm_md5 == facts.pcm_md5


def test_a_re_encoded_flac_says_its_frames_and_checksum(tmp_path: Path) -> None:
    master = makers.write_master(tmp_path, "flac", makers.noise(samples=50_000, bits=24), bits=24, sample_rate=96000)
    with makers.audio_of(master, inspect(master).facts, Format.parse("flac-16-44"), tmp_path / "e") as essence:
        write(Copy(essence, FULL, None), tmp_path / "copy.flac")
        sizes = list(essence.packet_sizes)
    info = (tmp_path / "copy.flac").read_bytes()[8 : 8 + flac.STREAMINFO_BYTES]
    assert int.from_bytes(info[4:7], "big") == min(sizes)
    assert int.from_bytes(info[7:10], "big") == max(sizes)
    assert info[18:].hex() == inspect(tmp_path / "copy.flac").facts.pcm_md5


@pytest.mark.parametrize("name", NAMES)
def test_a_small_correction_does_not_move_the_audio(name: str) -> None:
    format_ = Format.parse(name)
    corrected = replace(FULL, title=FULL.title + " (Fassung letzter Hand)")
    assert tag_bytes(format_, FULL, cover()) in {
        tag_bytes(format_, corrected, cover()),
        tag_bytes(format_, corrected, cover()) - 1024,
    }


@given(
    title=st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=400),
    name=st.sampled_from(NAMES),
    picture=st.none() | st.binary(max_size=3000).map(lambda data: Picture("image/jpeg", b"\xff\xd8\xff" + data)),
)
def test_any_text_makes_a_block_of_full_steps(title: str, name: str, picture: Picture | None) -> None:
    block = tag_block(Format.parse(name), Tags(title=title), picture)
    assert len(block) % 1024 == 0
    assert block == tag_block(Format.parse(name), Tags(title=title), picture)


def test_a_cover_that_no_file_can_carry_is_refused() -> None:
    with pytest.raises(UnsupportedAudio, match="larger than 12 MiB"):
        tag_block(Format.parse("flac"), Tags(), Picture("image/jpeg", bytes(13 * 2**20)))


@pytest.mark.parametrize("name", NAMES)
def test_a_file_carries_four_mebibytes_of_words_and_no_more(name: str, tmp_path: Path) -> None:
    lyrics = "Kyrie eleison ♪\n" * (4 * 2**20 // 18 - 100)
    tags, picture = replace(FULL, lyrics=lyrics.strip()), replace(cover(), data=cover().data + bytes(11 * 2**20))
    master = makers.write_master(tmp_path, "flac", makers.sine(samples=20_000))
    format_, facts = Format.parse(name), inspect(master).facts
    path = tmp_path / f"copy.{format_.extension}"
    with makers.audio_of(master, facts, format_, tmp_path / "e") as audio:
        copy = Copy(audio, tags, picture)
        write(copy, path)
        assert copy.size <= copy_size(format_, facts, tag_bytes(format_, tags, picture)).bytes
        assert copy.size == path.stat().st_size
    found = mutagen.File(path)
    assert tags.lyrics in {str(value) for value in _values(found.tags)}
    with av.open(str(path)) as container:
        assert sum(frame.samples for frame in container.decode(audio=0)) >= 20_000
    with pytest.raises(UnsupportedAudio, match="more than 4 MiB of text"):
        tag_block(format_, replace(tags, comment="a" * 4000), picture)


def _values(tags: Any) -> list[Any]:
    values = [value for _, value in tags.items()] if hasattr(tags, "items") else [value for _, value in tags]
    return [one for value in values for one in (value if isinstance(value, list) else [value])]


def test_a_number_that_an_m4a_cannot_hold_is_left_out() -> None:
    tags = replace(FULL, track=70_000, disc=2, disc_total=70_000)
    block = mp4.box(b"moov", tag_block(Format.parse("alac"), tags, None))
    found = MP4Tags(Atoms(BytesIO(block)), BytesIO(block))
    assert "trkn" not in found
    assert found["disk"] == [(2, 0)]


def test_gapless_numbers_land_in_no_text_of_somebody() -> None:
    sound = Sound("aac-128", "aac", 44100, 2, 5000, frame_samples=1024, delay=1024, padding=120, private="1210")
    words = mp4.GAPLESS_PLACE.decode().strip()
    prefix = mp4.prefix(
        sound, tag_block(Format.parse("aac-128"), replace(FULL, comment=words, title="iTunSMPB"), None), [9]
    )
    assert prefix.count(words.encode()) == 1
    assert prefix.count(mp4.gapless_text(sound)) == 1


def test_no_tags_at_all_is_a_file_too(tmp_path: Path) -> None:
    master = makers.write_master(tmp_path, "flac", np.zeros((3, 1), np.int32))
    facts = inspect(master).facts
    for name in NAMES:
        with makers.audio_of(master, facts, Format.parse(name), tmp_path / "e") as essence:
            path = tmp_path / f"copy.{Format.parse(name).extension}"
            write(Copy(essence, Tags(), None), path)
        assert mutagen.File(path) is not None

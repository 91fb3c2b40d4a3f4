"""How soon a running store gives the first audio, or any byte, of a copy that nobody has encoded."""

import random
import statistics
import time
from pathlib import Path

from tests.story.running import RunningStore

from bench.fetching import Answer, forget_encoded, track_links, until_idle
from bench.programs import find, first_bytes_seconds
from bench.rows import Row, percentile
from bench.scale import Scale

FIRST_BYTES = 16_384
ID3_HEAD_BYTES = 10
INFO_FRAME_BYTES = 1045
CONSTANT = ("mp3-320", "mp3-256", "mp3-192", "mp3-160", "mp3-128", "mp3-96", "wav", "aiff", "wav-16-44")


def first_audio(store: RunningStore, masters: list[Path], scale: Scale) -> list[Row]:
    """The first 16 KiB of audio of an MP3 of 320 kbit/s over HTTP, beside two pipelines; in turns, never cached."""
    times: list[tuple[float, float, float]] = []
    while len(times) < scale.first_bytes:
        forget_encoded(store)
        links = track_links(store, "mp3-320")[0]
        _first_seconds(store.port, links[0])  # The first request after a start loads what is loaded lazily.
        for link, master in list(zip(links, masters, strict=True))[1:]:
            until_idle(store)
            times.append((_first_seconds(store.port, link), _ffmpeg_seconds(master), _lame_seconds(master)))
    ours, ffmpeg, lame = (1000 * statistics.median(column) for column in zip(*times, strict=True))
    return [
        Row("first 16 KiB of MP3-320 audio over HTTP : ffmpeg to a pipe", f"{ours:.1f} / {ffmpeg:.1f} ms = "
            f"{ours / ffmpeg:.2f} ×", "≤ 0.25 ×", ours <= 0.25 * ffmpeg),
        Row("the same : flac -dc | lame", f"{ours:.1f} / {lame:.1f} ms = {ours / lame:.2f} ×",
            "≤ 1.0 × (moonshot)", ours <= lame),
    ]  # fmt: skip


def any_byte(store: RunningStore, scale: Scale) -> Row:
    """One byte anywhere in copies of constant rate that nobody has encoded, one at a time, the store idle before."""
    chance = random.Random(16)
    links = [link for name in CONSTANT for link in track_links(store, name)[0]]
    asked = chance.sample(links, min(len(links), scale.any_bytes + 1))
    places = [chance.randrange(_size(store.port, link)) for link in asked]
    forget_encoded(store)
    times = [_byte_seconds(store, link, at) * 1000 for link, at in zip(asked, places, strict=True)]
    times.pop(0)  # The first request after a start loads what is loaded lazily.
    middle, high, worst = statistics.median(times), percentile(times, 95), max(times)
    words = f"median {middle:.0f} ms, 95 % within {high:.0f} ms, worst {worst:.0f} ms"
    return Row(f"any byte of an unencoded constant-rate file, {len(times)} random ones", words, "≤ 200 ms (95 %)",
               high <= 200)  # fmt: skip


def _size(port: int, link: str) -> int:
    answer = Answer(port, link, method="HEAD")
    answer.close()
    assert answer.length is not None, "the size of a constant rate is known before it is encoded"
    return answer.length


def _byte_seconds(store: RunningStore, link: str, at: int) -> float:
    until_idle(store)
    began = time.perf_counter()
    answer = Answer(store.port, link, byte_range=f"{at}-{at}")
    answer.first(1)
    took = time.perf_counter() - began
    answer.close()
    return took


def _first_seconds(port: int, link: str) -> float:
    """Until the client has the tags, the frame of information and 16 KiB of audio behind them."""
    began = time.perf_counter()
    answer = Answer(port, link)
    sizes = answer.first(ID3_HEAD_BYTES)[6:ID3_HEAD_BYTES]
    assert answer.body[:3] == b"ID3", "an MP3 begins with its tags"
    tag_bytes = sizes[0] << 21 | sizes[1] << 14 | sizes[2] << 7 | sizes[3]  # ID3v2.4, 6.2: seven bits each
    answer.first(ID3_HEAD_BYTES + tag_bytes + INFO_FRAME_BYTES + FIRST_BYTES)
    took = time.perf_counter() - began
    answer.close()
    return took


def _ffmpeg_seconds(master: Path) -> float:
    words = ["-v", "error", "-nostdin", "-i", str(master), "-map", "0:a", "-c:a", "libmp3lame", "-b:a", "320k"]
    return first_bytes_seconds([[find("ffmpeg"), *words, "-f", "mp3", "pipe:1"]], FIRST_BYTES)


def _lame_seconds(master: Path) -> float:
    decode = [find("flac"), "-dcs", str(master)]
    return first_bytes_seconds([decode, [find("lame"), "--quiet", "-b", "320", "-", "-"]], FIRST_BYTES)

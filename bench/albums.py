"""A whole album downloaded that nobody has encoded: by two encoder threads beside one, and one track beside ffmpeg."""

import time
from pathlib import Path

from tests.story.running import RunningStore

from bench.fetching import Answer, album_link, forget_encoded, track_links, until_idle
from bench.programs import ffmpeg_encode
from bench.rows import Row, medians
from bench.scale import Scale

FORMAT = "mp3-320"


def two_workers(store: RunningStore, scale: Scale) -> Row:
    """The same store with ENCODER_THREADS of 1 and of 2 in turns; the album as a zip, until its last byte."""
    rounds = max(1, scale.rounds // 2)
    pairs = [(_album_seconds(store, threads=1), _album_seconds(store, threads=2)) for _ in range(rounds)]
    one, two = medians(pairs)
    what = f"album of {scale.tracks} tracks as a zip of MP3-320, uncached: two workers : one"
    return Row(what, f"{one:.2f} s / {two:.2f} s = {one / two:.2f} ×", "≥ 1.9 ×", one / two >= 1.9)


def one_download(store: RunningStore, masters: list[Path], folder: Path, scale: Scale) -> Row:
    """One uncached track over HTTP to its last byte, beside ffmpeg writing the same file."""
    forget_encoded(store)
    links = track_links(store, FORMAT)[0]
    Answer(store.port, links[0], byte_range="0-0").close()
    pairs = []
    for link, master in list(zip(links, masters, strict=True))[1 : 1 + scale.rounds]:
        until_idle(store)
        began = time.perf_counter()
        answer = Answer(store.port, link)
        answer.count()
        answer.close()
        pairs.append((time.perf_counter() - began, ffmpeg_encode(master, folder, FORMAT)[1]))
    ours, theirs = medians(pairs)
    words = f"{ours:.2f} s / {theirs:.2f} s = {theirs / ours:.2f} ×"
    return Row("one uncached track, MP3-320, over HTTP to its end : ffmpeg 5.1", words, "≥ 1.8 ×", theirs / ours >= 1.8)


def _album_seconds(store: RunningStore, *, threads: int) -> float:
    store.environment["ENCODER_THREADS"] = str(threads)
    try:
        forget_encoded(store)
        link = album_link(store, FORMAT)
        # The first request after a start loads what is loaded on first use.
        Answer(store.port, track_links(store, "mp3-64")[0][0], byte_range="0-0").close()
        until_idle(store)
        began = time.perf_counter()
        answer = Answer(store.port, link)
        answer.count()
        answer.close()
        return time.perf_counter() - began
    finally:
        del store.environment["ENCODER_THREADS"]

"""A small label's folder for the stories: two albums of short, true FLAC masters, the longest of a minute."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from mutagen.flac import FLAC
from PIL import Image

from obbligato.audio.flacfile import write_flac

SHEET = """
artist = "{artist}"
title = "{title}"
label = "Story Label"
upc = "{upc}"
date = "2026-02-0{number}"
genres = ["Classical", "Piano"]
description = "Made for a story."
[licence]
basis = "own"
evidence = "Recorded by ourselves."
territories = ["WORLD"]
from = "2020-01-01"
[price]
currency = "EUR"
per_megabyte = "0.10"
track_minimum = "0.10"
[[shares]]
party = "Ada Performer"
role = "performer"
percent = "100"
"""
ALBUMS = (
    ("Gymnopédies at Dusk", "The Story Trio", "4006381333931", 44_100, 16, (20, 60)),
    ("High Window", "Lone Marimba", "5901234123457", 96_000, 24, (6, 8)),
)


LONG_ALBUMS = (("Two Long Rooms", "The Story Trio", "4006381333931", 44_100, 16, (150, 150)),)


def write_story_label(folder: Path) -> Path:
    """Write the folder and return it."""
    return _write(folder, ALBUMS)


def write_long_label(folder: Path) -> Path:
    """The same of one album whose two tracks take a while to encode."""
    return _write(folder, LONG_ALBUMS)


def _write(folder: Path, albums: Sequence[tuple[str, str, str, int, int, tuple[int, ...]]]) -> Path:
    for number, (title, artist, upc, rate, bits, lengths) in enumerate(albums, start=1):
        album = folder / artist / f"2026 - {title}"
        album.mkdir(parents=True)
        sheet = SHEET.format(artist=artist, title=title, upc=upc, number=number)
        (album / "release.toml").write_text(sheet)
        Image.new("RGB", (900, 900), (30 * number, 60, 120)).save(album / "cover.jpg")
        for place, seconds in enumerate(lengths, start=1):
            _write_track(album / f"{place:02d} Piece {place}.flac", place, seconds, rate, bits)
    return folder


def _write_track(file: Path, place: int, seconds: int, rate: int, bits: int) -> None:
    time = np.arange(seconds * rate) / rate
    noise = np.random.default_rng(place).normal(0, 0.02, time.size)
    sound = 0.3 * np.sin(2 * np.pi * 220 * place * time) + noise
    samples = (np.stack([sound, sound[::-1]], axis=1) * (2 ** (bits - 1) - 1)).astype(np.int32)
    write_flac(file, samples, sample_rate=rate, bits=bits)
    tags = FLAC(file)
    tags.update({"title": f"Piece {place}", "tracknumber": str(place), "composer": "Erik Satie"})
    tags.save()

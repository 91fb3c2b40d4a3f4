"""The album that is measured: ten tracks of four minutes in stereo, 44.1 kHz, 16 bit, with music-like content."""

import subprocess
from pathlib import Path

import numpy as np
from mutagen.flac import FLAC
from PIL import Image

from bench.programs import find
from obbligato.audio.flacfile import write_flac

RATE = 44_100
TRACKS, SECONDS = 10, 240
SHEET = """
artist = "The Bench Ensemble"
title = "Forty Minutes"
label = "Bench Label"
upc = "4006381333931"
date = "2026-01-01"
genres = ["Classical"]
description = "Ten pieces of four minutes each, made to be measured."
[licence]
basis = "own"
evidence = "Made by code."
territories = ["WORLD"]
from = "2020-01-01"
[price]
currency = "EUR"
per_megabyte = "0.03"
[[shares]]
party = "Ada Performer"
role = "performer"
percent = "100"
"""


def write_album(folder: Path, *, tracks: int = TRACKS, seconds: int = SECONDS) -> Path:
    """Write the folder and return it."""
    album = folder / "The Bench Ensemble" / "2026 - Forty Minutes"
    album.mkdir(parents=True)
    (album / "release.toml").write_text(SHEET)
    Image.effect_noise((1200, 1200), 60).convert("RGB").save(album / "cover.jpg", quality=85)
    for number in range(1, tracks + 1):
        file = album / f"{number:02d} Piece {number}.flac"
        write_flac(file, _piece(number, seconds=seconds), sample_rate=RATE, bits=16)
        tags = FLAC(file)
        tags.update({"title": f"Piece {number}", "tracknumber": str(number)})
        tags.save()
    return folder


def _piece(seed: int, *, seconds: int) -> np.ndarray:
    """Decaying chords over soft noise: neither silence nor hiss, which would flatter or punish a FLAC decoder."""
    chance = np.random.default_rng(seed)
    length = RATE * seconds
    sound = chance.normal(0, 0.004, (length, 2))
    note_samples = RATE // 2
    time = np.arange(note_samples * 4) / RATE
    for start in range(0, length - time.size, note_samples):
        pitch = 110 * 2 ** (chance.integers(0, 36) / 12)
        tone = sum(np.sin(2 * np.pi * pitch * partial * time) / partial**1.5 for partial in range(1, 7))
        place = chance.uniform(0.25, 0.75)
        note = 0.12 * tone * np.exp(-2.5 * time)
        sound[start : start + time.size] += np.stack([note * place, note * (1 - place)], axis=1)
    return np.asarray(np.clip(sound, -0.99, 0.99) * 32_767, dtype=np.int32)


def write_long_master(folder: Path, *, minutes: float) -> Path:
    """A 24-bit stereo FLAC of 96 kHz, a minute of music over and over, by ffmpeg."""
    minute, whole = folder / "minute.flac", folder / "long.flac"
    chance = np.random.default_rng(96)
    time = np.arange(96_000 * 60) / 96_000
    tone = 0.3 * np.sin(2 * np.pi * 220 * time) * (1 + np.sin(2 * np.pi * 0.7 * time)) / 2
    sound = np.stack([tone, tone[::-1]], axis=1) + chance.normal(0, 0.01, (time.size, 2))
    write_flac(minute, np.asarray(sound * (2**23 - 1), dtype=np.int32), sample_rate=96_000, bits=24)
    words = ["-v", "error", "-nostdin", "-y", "-stream_loop", "-1", "-i", str(minute), "-t", str(minutes * 60)]
    subprocess.run([find("ffmpeg"), *words, "-c:a", "flac", "-compression_level", "0", str(whole)], check=True)
    minute.unlink()
    return whole

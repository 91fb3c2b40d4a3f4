"""The album that is measured: ten tracks of four minutes in stereo, 44.1 kHz, 16 bit, with music-like content."""

from pathlib import Path

import numpy as np
from mutagen.flac import FLAC
from PIL import Image

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


def write_album(folder: Path) -> Path:
    """Write the folder and return it."""
    album = folder / "The Bench Ensemble" / "2026 - Forty Minutes"
    album.mkdir(parents=True)
    (album / "release.toml").write_text(SHEET)
    Image.effect_noise((1200, 1200), 60).convert("RGB").save(album / "cover.jpg", quality=85)
    for number in range(1, TRACKS + 1):
        file = album / f"{number:02d} Piece {number}.flac"
        write_flac(file, _piece(number), sample_rate=RATE, bits=16)
        tags = FLAC(file)
        tags.update({"title": f"Piece {number}", "tracknumber": str(number)})
        tags.save()
    return folder


def _piece(seed: int) -> np.ndarray:
    """Decaying chords over soft noise: neither silence nor hiss, which would flatter or punish a FLAC decoder."""
    chance = np.random.default_rng(seed)
    length = RATE * SECONDS
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

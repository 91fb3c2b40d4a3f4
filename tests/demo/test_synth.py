"""Strokes become clean sound: in tune, without clicks, as loud as asked, the same every time."""

from fractions import Fraction

import numpy as np
import pytest

from obbligato.demo.instruments import (
    CELESTA,
    HARP,
    HARPSICHORD,
    MARIMBA,
    ORGAN,
    PIANO,
    Instrument,
    frequency_of,
)
from obbligato.demo.mastering import CEILING, dithered, limit, loudness_lufs, master, trimmed
from obbligato.demo.notation import Piece, Section
from obbligato.demo.performance import Seat, perform
from obbligato.demo.synth import Stroke, render, strike

RATE = 44_100
EVERY = pytest.mark.parametrize(
    "instrument", [PIANO, HARP, HARPSICHORD, MARIMBA, CELESTA, ORGAN], ids=lambda instrument: instrument.name
)
SCALE = Piece(
    "Scale",
    "Nobody",
    Fraction(1),
    120,
    {"a": Section({"right": "C4e D E F G A B C5", "left": "C3h G"})},
    ("a",),
    slowing=0.0,
)


def sound_of(instrument: Instrument, *, pitch: int = 69, level: float = 0.6, hold: float = 0.8) -> np.ndarray:
    chance = np.random.default_rng(1)
    return strike(Stroke(instrument, pitch, 0.0, hold, level), sample_rate=RATE, chance=chance)


@EVERY
def test_a_note_is_in_tune(instrument: Instrument) -> None:
    sound = sound_of(instrument)[:, 0].astype(np.float64)
    size = 1 << 17
    spectrum = np.abs(np.fft.rfft(sound, size))
    near = np.arange(int(420 * size / RATE), int(460 * size / RATE))
    found = near[np.argmax(spectrum[near])] * RATE / size
    assert abs(1200 * np.log2(found / frequency_of(69))) < 6


@EVERY
@pytest.mark.parametrize("pitch", [36, 60, 84])
def test_a_note_begins_and_ends_without_a_click(instrument: Instrument, pitch: int) -> None:
    sound = sound_of(instrument, pitch=pitch, level=0.8)
    peak = float(np.abs(sound).max())
    assert np.abs(sound[0]).max() < 0.02 * peak
    assert np.abs(sound[-1]).max() < 0.002 * peak


@EVERY
def test_a_louder_stroke_is_louder(instrument: Instrument) -> None:
    soft, loud = sound_of(instrument, level=0.3), sound_of(instrument, level=0.8)
    assert np.abs(loud).max() > 1.6 * np.abs(soft).max()


def test_a_harder_stroke_on_the_piano_is_brighter() -> None:
    def centre(level: float) -> float:
        spectrum = np.abs(np.fft.rfft(sound_of(PIANO, pitch=48, level=level)[:RATE, 0])) ** 2
        return float(np.sum(spectrum * np.arange(len(spectrum))) / np.sum(spectrum))

    assert centre(0.9) > 1.3 * centre(0.2)


def test_the_damper_stops_a_string() -> None:
    short, held = sound_of(PIANO, hold=0.2), sound_of(PIANO, hold=2.0)
    late = slice(int(0.8 * RATE), int(0.9 * RATE))
    assert len(short) < len(held)
    assert np.abs(held[late]).max() > 20 * np.abs(short[late]).max(initial=0.0)


def test_low_notes_stand_left_and_high_notes_right() -> None:
    low, high = sound_of(PIANO, pitch=36), sound_of(PIANO, pitch=84)
    assert np.sum(low[:, 0] ** 2) > np.sum(low[:, 1] ** 2)
    assert np.sum(high[:, 0] ** 2) < np.sum(high[:, 1] ** 2)


def test_a_performance_is_the_same_for_the_same_seed_and_another_for_another() -> None:
    seats = {"right": (Seat(PIANO),), "left": (Seat(HARP),)}
    assert perform(SCALE, seats, seed=3) == perform(SCALE, seats, seed=3)
    assert perform(SCALE, seats, seed=3) != perform(SCALE, seats, seed=4)


def test_timing_wanders_a_little_and_never_far() -> None:
    strokes = perform(SCALE, {"right": (Seat(PIANO),), "left": ()}, seed=3)
    written = np.arange(8) * 0.25
    found = np.array([stroke.start_seconds for stroke in strokes])
    assert np.abs(found - written).max() > 0
    assert np.abs(found[:4] - written[:4]).max() < 0.08


def test_the_pedal_holds_notes_until_it_changes() -> None:
    section = Section({"right": "C4e D E F G A B C5"})
    dry = Piece("x", "y", Fraction(1), 60, {"a": section}, ("a",))
    wet = Piece("x", "y", Fraction(1), 60, {"a": section}, ("a",), pedal=(Fraction(1, 2),))
    holds = [
        [stroke.hold_seconds for stroke in perform(piece, {"right": (Seat(PIANO),)}, seed=1)] for piece in (dry, wet)
    ]
    assert holds[1][0] > 3 * holds[0][0]
    assert holds[1][3] == pytest.approx(holds[0][3], rel=0.1)


def test_a_seat_may_play_in_some_turns_only() -> None:
    piece = Piece("x", "y", Fraction(1), 60, {"a": Section({"right": "C4w"})}, ("a", "a", "a"))
    strokes = perform(piece, {"right": (Seat(PIANO), Seat(MARIMBA, turns=frozenset({1})))}, seed=1)
    assert [stroke.instrument.name for stroke in strokes].count("piano") == 3
    assert [stroke.instrument.name for stroke in strokes].count("marimba") == 1


def test_a_sine_measures_as_the_standard_says() -> None:
    # BS.1770-4 and EBU Tech 3341: a 1 kHz sine at -23 dBFS peak in both channels reads -23 LUFS.
    time = np.arange(5 * RATE) / RATE
    tone = 10 ** (-23 / 20) * np.sin(2 * np.pi * 1000 * time)
    stereo = np.stack([tone, tone], axis=1).astype(np.float32)
    assert loudness_lufs(stereo, sample_rate=RATE) == pytest.approx(-23, abs=0.1)
    assert loudness_lufs(np.zeros_like(stereo), sample_rate=RATE) == -70


def test_the_limiter_keeps_below_the_ceiling_and_leaves_the_rest_alone() -> None:
    time = np.arange(RATE) / RATE
    tone = np.where(time < 0.5, 0.2, 1.6) * np.sin(2 * np.pi * 300 * time)
    stereo = np.stack([tone, tone], axis=1).astype(np.float32)
    before = stereo.copy()
    limit(stereo, sample_rate=RATE)
    assert np.abs(stereo).max() <= CEILING + 1e-6
    assert np.array_equal(stereo[: int(0.4 * RATE)], before[: int(0.4 * RATE)])
    assert np.abs(np.diff(stereo[:, 0])).max() < 0.05


def test_silence_around_the_music_is_cut_off() -> None:
    sound = np.zeros((3 * RATE, 2), dtype=np.float32)
    sound[RATE : RATE + 4410] = 0.5
    kept = trimmed(sound, sample_rate=RATE)
    assert len(kept) < 0.6 * RATE


def test_dither_turns_silence_into_the_smallest_noise() -> None:
    noise = dithered(np.zeros((20_000, 2), dtype=np.float32), bits=16, seed=1)
    assert set(np.unique(noise)) == {-1, 0, 1}
    # A triangle two steps wide rounds to zero three times in four.
    assert np.mean(noise == 0) == pytest.approx(0.75, abs=0.02)


@pytest.mark.parametrize(("rate", "bits"), [(44_100, 16), (96_000, 24)])
def test_a_mastered_piece_is_clean_level_and_the_same_every_time(rate: int, bits: int) -> None:
    strokes = perform(SCALE, {"right": (Seat(PIANO),), "left": (Seat(HARP),)}, seed=3)

    def made() -> np.ndarray:
        dry = render(strokes, sample_rate=rate, seed=3)
        return master(dry, sample_rate=rate, bits=bits, seed=3, room_seconds=0.8, wet=0.2, target_lufs=-18.0)

    samples = made()
    full = 2 ** (bits - 1)
    assert np.array_equal(samples, made())
    assert np.abs(samples).max() <= 0.9 * full
    assert loudness_lufs((samples / full).astype(np.float32), sample_rate=rate) == pytest.approx(-18, abs=0.5)
    assert np.abs(samples[0]).max() < 0.001 * full
    assert np.abs(samples[-1]).max() < 0.001 * full
    assert np.abs(np.diff(samples.astype(np.float64), axis=0)).max() < 0.3 * full

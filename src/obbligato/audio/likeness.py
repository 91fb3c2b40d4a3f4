"""Tells from two fingerprints whether they are of one recording; pure arithmetic, without Chromaprint itself.

A fingerprint is a row of 32-bit words, one for each eighth of a second. The same sound at another level, encoded by
another codec or begun some seconds later has words of which few bits differ; of other music about half of them do.
"""

import base64
import binascii

import numpy as np
from numpy.typing import NDArray

Words = NDArray[np.uint32]

MOST_DIFFERING = 0.25
"""Part of differing bits up to which two fingerprints are of one recording: the same music measured up to 0.06, other
music from 0.42 on, each at its best alignment."""
REACH_WORDS = 160
"""How far two recordings may begin apart: 20 seconds."""
LEAST_WORDS = 80
"""Ten seconds; shorter sounds are never called alike."""
LEAST_DISTINCT_WORDS = 32
"""Silence and a lasting tone have fewer, and are like any other silence."""
LANDMARKS = 64
_LANDMARK_SHIFT = 8
_SPREADING = np.uint32(2_654_435_761)
_ONES = np.array([byte.bit_count() for byte in range(256)], np.uint8)


def words_of(text: str) -> Words:
    """The words of a compressed fingerprint; none where it is empty, cut or no fingerprint.

    As Chromaprint packs them: four bytes of head with the count; then for each word the distances between the bits
    that differ from the word before, in three bits each, 0 at its end and 7 for 7 and more; then the rest of these
    in five bits each.
    """
    try:
        data = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except (ValueError, binascii.Error):
        return np.zeros(0, np.uint32)
    count = int.from_bytes(data[1:4], "big")
    bits = np.unpackbits(np.frombuffer(data[4:], np.uint8), bitorder="little")
    distances = bits[: len(bits) // 3 * 3].reshape(-1, 3).astype(np.int64) @ np.array([1, 2, 4])
    ends = np.flatnonzero(distances == 0)[:count]
    if count == 0 or len(ends) < count:
        return np.zeros(0, np.uint32)
    distances = distances[: ends[-1] + 1]
    large = np.flatnonzero(distances == 7)
    rest = bits[-(-len(distances) * 3 // 8) * 8 :][: len(large) * 5]
    if len(rest) < len(large) * 5:
        return np.zeros(0, np.uint32)
    distances[large] += rest.reshape(-1, 5).astype(np.int64) @ np.array([1, 2, 4, 8, 16])
    return _joined(distances, ends)


def landmarks(words: Words) -> list[int]:
    """Up to 64 numbers below 2**24, mostly the same for recordings that are alike, to look them up by.

    The upper bits of words, of all different ones those whose product with a constant is the smallest: which words
    are taken depends on nothing but themselves. Empty where the sound is too short or too even to be told.
    """
    if not _can_be_told(words):
        return []
    upper = np.unique(words >> _LANDMARK_SHIFT)
    order = np.argsort(upper * _SPREADING, kind="stable")
    return [int(number) for number in upper[order[:LANDMARKS]]]


def are_alike(one: Words, other: Words) -> bool:
    """Whether both are of one recording, wherever within 20 seconds of each other they begin."""
    return difference(one, other) <= MOST_DIFFERING


def difference(one: Words, other: Words) -> float:
    """The part of bits that differ where the two fit best, 0 to 1; 1 where one is too short or too even to be told."""
    if not (_can_be_told(one) and _can_be_told(other)):
        return 1.0
    smallest = 1.0
    for shift in range(-REACH_WORDS, REACH_WORDS + 1):
        ahead, behind = (one[shift:], other) if shift >= 0 else (one, other[-shift:])
        common = min(len(ahead), len(behind))
        if common >= LEAST_WORDS:
            differing = _ONES[(ahead[:common] ^ behind[:common]).view(np.uint8)].sum()
            smallest = min(smallest, float(differing) / (32 * common))
    return smallest


def _joined(distances: NDArray[np.int64], ends: NDArray[np.intp]) -> Words:
    """Words from the distances between their changed bits; `ends` is where each word's distances end."""
    changes = np.zeros(len(ends), np.uint32)
    word = np.repeat(np.arange(len(ends)), np.diff(ends, prepend=-1))
    sums = distances.cumsum()
    places = sums - np.concatenate(([0], sums[ends[:-1]]))[word]
    is_place = (distances > 0) & (places <= 32)
    shifts = (places[is_place] - 1).astype(np.uint32)
    np.bitwise_xor.at(changes, word[is_place], np.uint32(1) << shifts)
    return np.bitwise_xor.accumulate(changes)


def _can_be_told(words: Words) -> bool:
    return len(words) >= LEAST_WORDS and len(np.unique(words)) >= LEAST_DISTINCT_WORDS

"""Measures whether the LAME that was loaded is a fast one. It changes nothing and refuses nobody.

There are builds of LAME without optimisation, three times slower than others, and which one a process gets is
decided by the order in which libraries are loaded (audio/libraries.py). docs/operating.md tells what to do.
"""

import time
from collections.abc import Iterator

import numpy as np

from obbligato.audio.codecs import lame
from obbligato.audio.codecs.encoder import Block
from obbligato.audio.facts import MasterFacts
from obbligato.audio.formats import Format
from obbligato.audio.planning import planned_sound

TOO_SLOW = 50.0
"""Times real time, one core: an optimised LAME reaches 70 and more, one without optimisation 25."""
SECONDS, RATE, BLOCK_SAMPLES = 5, 44_100, 8192


def lame_times_realtime() -> float:
    """Encode five seconds of noise as MP3 at 320 kbit/s; seconds of music in a second of this thread's own time.

    The thread's time is counted, not the clock's, so that what else the machine does changes the figure little.
    """
    facts = MasterFacts("flac", "flac", RATE, 16, 2, SECONDS * RATE, "", 0, None)
    sound = planned_sound(Format.parse("mp3-320"), facts)
    noise = _Noise()
    started = time.thread_time()
    lame.encode_packets(noise, sound, range(sound.packets), lambda data: None)
    return SECONDS / max(1e-6, time.thread_time() - started)


class _Noise:
    """White noise at a third of full scale; it is made beforehand and only cut here."""

    def __init__(self) -> None:
        self._samples = np.random.default_rng(1).uniform(-0.3, 0.3, (SECONDS * RATE, 2))

    def between(self, start: int, stop: int) -> Iterator[Block]:
        for at in range(start, stop, BLOCK_SAMPLES):
            yield self._samples[at : min(at + BLOCK_SAMPLES, stop)]

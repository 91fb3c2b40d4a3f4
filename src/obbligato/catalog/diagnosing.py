"""Says in plain sentences what is wrong with a master, and how badly. Pure: from numbers to findings, no file, no row.

Whoever delivers hears of each finding at once; none of them keeps a recording from being imported. What does is
refused while it is decoded. A false alarm costs more trust than a miss: each threshold lies where only few sound
recordings reach.
"""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any, Literal

from obbligato.audio.facts import MasterFacts
from obbligato.audio.hearing import Heard
from obbligato.audio.spectrum import LOSSY_HZ
from obbligato.catalog.models import Master

Severity = Literal["refuse", "warn", "note"]

PLAIN_LOSSY_HZ = 19_600
"""An edge below is only an encoder's or a lower sample rate's; above, old converters have some as steep."""
LOSSY_OR_RATE_HZ = 20_400
"""In files of more than 44.1 kHz an edge above is rather that of 44.1 kHz, whose converters begin there."""
CD_RATE_HZ = 44_100
HIGH_RATE_HZ = 88_200
CD_BITS = 16
MANY_CLIPPED_RUNS = 10
"""A few runs at full scale are what many a limiter leaves; ten and more are heard as crackling by some."""
LOUD_DBTP = 1.0
"""Above 0 dBTP a converter may clip; EBU R 128 asks for -1. Above +1 nearly each lossy copy of it does clip."""
LOUD_LUFS = -6.0
"""Louder masters are very few, and each service turns them down by 8 LU and more."""
QUIET_LUFS = -36.0
"""Quieter than almost all chamber music; buyers will take their copy for broken."""
SILENT_START_SECONDS = 3.0
"""CDs have up to 2 seconds before a track; more is rather a forgotten count-in."""
SILENT_END_SECONDS = 8.0
"""Reverberation and the 2 to 4 seconds before a next movement end earlier."""
SILENCE_INSIDE_SECONDS = 15.0
"""A general pause lasts some seconds. Longer silence is a second piece in one file, or an export that stopped."""
LARGE_OFFSET = 0.01
"""Of full scale, -40 dB. It clicks at each cut; healthy converters stay a hundred times below."""
INVERTED_CORRELATION = -0.7
"""Wide stereo goes down to -0.3 over a whole track; below -0.7 the sides cancel where they are mixed to one."""


@dataclass(frozen=True)
class Finding:
    """One thing that is to be said, with the number behind it, where there is one, and the number's unit."""

    severity: Severity
    code: str
    sentence: str
    number: float | None = None
    unit: str = ""

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


def sound_of(master: Master) -> list[Finding]:
    """Everything about a master's sound, the grave first; nothing where only an older program has heard it."""
    if master.heard is None:
        return []
    return findings(
        master.facts, master.heard, integrated_lufs=master.integrated_lufs, true_peak_dbtp=master.true_peak_dbtp
    )


def findings(
    facts: MasterFacts, heard: Heard, *, integrated_lufs: float | None, true_peak_dbtp: float
) -> list[Finding]:
    """The same from its numbers: loudness in LUFS, true peak in dBTP."""
    if heard.used_bits is None:
        return [Finding("warn", "silence", "There is no sound in it: every sample is zero.", 0, "bits")]
    found = [
        *_origin(facts, heard),
        *_peaks(heard, true_peak_dbtp),
        *_loudness(integrated_lufs),
        *_silences(heard),
        *_channels(facts, heard),
    ]
    return graver_first(found)


def graver_first(found: list[Finding]) -> list[Finding]:
    """In the order in which they are to be read."""
    order = ("refuse", "warn", "note")
    return sorted(found, key=lambda finding: order.index(finding.severity))


def _origin(facts: MasterFacts, heard: Heard) -> Iterator[Finding]:
    """Whether it was something lesser before it became this file."""
    if heard.edge_hz is not None:
        yield _edge(facts, heard.edge_hz)
    if facts.bits > CD_BITS and heard.used_bits is not None and heard.used_bits <= CD_BITS:
        sentence = (
            f"It says {facts.bits} bits and uses {heard.used_bits}: the others are zero in every sample. Was a master"
            f" of {CD_BITS} bits exported with {facts.bits}?"
        )
        yield Finding("warn", "padded", sentence, heard.used_bits, "bits")


def _edge(facts: MasterFacts, hz: int) -> Finding:
    above = f"Above {hz / 1000:.1f} kHz there is nothing, and the sound ends there as if cut off."
    limit = LOSSY_HZ[1] if facts.sample_rate <= CD_RATE_HZ else LOSSY_OR_RATE_HZ
    if hz < limit:
        severity: Severity = "warn" if hz < PLAIN_LOSSY_HZ else "note"
        why = "MP3, AAC and Opus leave that behind. Is this the master, or was it made from a compressed copy?"
        return Finding(severity, "lossy", f"{above} {why}", hz, "Hz")
    severity = "warn" if facts.sample_rate >= HIGH_RATE_HZ else "note"
    why = f"A file of {facts.sample_rate / 1000:g} kHz has room for more. Was it made from one of a lower sample rate?"
    return Finding(severity, "upsampled", f"{above} {why}", hz, "Hz")


def _peaks(heard: Heard, true_peak_dbtp: float) -> Iterator[Finding]:
    if heard.clipped_runs:
        times = "once" if heard.clipped_runs == 1 else f"{heard.clipped_runs:,} times"
        sentence = (
            f"It stays at full scale {times}, for up to {heard.longest_clipped_samples} samples: the tops of its waves"
            " are cut off (clipping)."
        )
        severity: Severity = "warn" if heard.clipped_runs >= MANY_CLIPPED_RUNS else "note"
        yield Finding(severity, "clipping", sentence, heard.clipped_runs, "runs")
    if true_peak_dbtp > 0:
        severity = "warn" if true_peak_dbtp > LOUD_DBTP else "note"
        sentence = (
            f"Its true peak is {true_peak_dbtp:+.1f} dBTP: between the samples the wave goes above full scale, and a"
            " player or a lossy copy may clip it. Leave 1 dB."
        )
        yield Finding(severity, "true-peak", sentence, true_peak_dbtp, "dBTP")


def _loudness(integrated_lufs: float | None) -> Iterator[Finding]:
    if integrated_lufs is None:
        return
    if integrated_lufs > LOUD_LUFS:
        yield Finding(
            "note", "loud", f"It is very loud, {integrated_lufs:.1f} LUFS on average.", integrated_lufs, "LUFS"
        )
    if integrated_lufs < QUIET_LUFS:
        yield Finding(
            "note", "quiet", f"It is very quiet, {integrated_lufs:.1f} LUFS on average.", integrated_lufs, "LUFS"
        )


def _silences(heard: Heard) -> Iterator[Finding]:
    start, end, inside = heard.silent_start_seconds, heard.silent_end_seconds, heard.longest_silence_seconds
    if start >= SILENT_START_SECONDS:
        yield Finding("note", "silent-start", f"It begins with {start:.1f} seconds of silence.", start, "s")
    if end >= SILENT_END_SECONDS:
        yield Finding("note", "silent-end", f"It ends with {end:.1f} seconds of silence.", end, "s")
    if inside >= SILENCE_INSIDE_SECONDS:
        place = int(heard.longest_silence_at_seconds)
        sentence = f"From {place // 60}:{place % 60:02} on it is silent for {inside:.1f} seconds. Is that meant?"
        yield Finding("warn", "silent-inside", sentence, inside, "s")


def _channels(facts: MasterFacts, heard: Heard) -> Iterator[Finding]:
    if abs(heard.offset) >= LARGE_OFFSET:
        sentence = f"The wave lies {heard.offset * 100:+.1f} % of full scale beside the middle (DC offset)."
        yield Finding("warn", "offset", sentence, heard.offset, "of full scale")
    if heard.silent_channels:
        sentence = f"{heard.silent_channels} of its {facts.channels} channels are silent throughout."
        yield Finding("warn", "silent-channel", sentence, heard.silent_channels, "channels")
    elif heard.are_sides_same:
        yield Finding(
            "note",
            "dual-mono",
            "Left and right are the same throughout: it is mono in two channels.",
            1.0,
            "correlation",
        )
    elif heard.sides_correlation is not None and heard.sides_correlation <= INVERTED_CORRELATION:
        sentence = (
            f"One side is turned over (correlation {heard.sides_correlation:+.2f}): mixed to one, for telephones and"
            " many loudspeakers, the sound nearly disappears."
        )
        yield Finding("warn", "inverted", sentence, heard.sides_correlation, "correlation")

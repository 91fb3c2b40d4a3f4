"""Draws a master's spectrogram as a PNG, in a child process with limits; never in the process that serves pages.

`python -m obbligato.audio.spectrogram SOURCE TARGET SAMPLES` draws a file that was accepted once. Time runs to the
right, frequency upward to half the sample rate; the brighter, the louder. An edge that an encoder left is a line.
"""

import resource
import subprocess
import sys
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from obbligato.audio.errors import AudioRefused
from obbligato.audio.inspecting import MEMORY_BYTES, child_environment
from obbligato.audio.measuring import raw_samples
from obbligato.audio.opening import OpenMaster, open_master

COLUMNS, ROWS = 1024, 384
LEFT, BOTTOM = 56, 22
QUIETEST_DB, LOUDEST_DB = -125.0, -25.0
"""Of one bin: from the noise of 16 bits to the strongest tones of loud music."""
TIMEOUT_SECONDS = 120.0
_WINDOW_SAMPLES = 2048
_TOP_COLOUR = 254
"""The last of 255 colours of sound; the one after is that of words."""
_STOPS = ((0, 0, 4), (60, 15, 110), (150, 38, 103), (229, 92, 48), (251, 180, 26), (252, 255, 200))


def draw_in_child(source: Path, target: Path, *, samples: int, timeout_seconds: float = TIMEOUT_SECONDS) -> None:
    """Draw a master of so many samples in a process of its own. Raises AudioRefused with the reason against it."""
    order = [sys.executable, "-m", __name__, str(source.resolve()), str(target), str(samples)]
    try:
        subprocess.run(
            order,
            check=True,
            timeout=timeout_seconds,
            env=child_environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
    except subprocess.TimeoutExpired as error:
        raise AudioRefused(f"Drawing took longer than {timeout_seconds:g} seconds and was stopped.") from error
    except (subprocess.CalledProcessError, OSError) as error:
        raise AudioRefused("The recording could not be drawn: its file cannot be read to the end.") from error


def draw(source: Path, target: Path, *, samples: int) -> None:
    """Decode and draw. Raises AudioRefused, OSError, or what the decoder raises."""
    with open_master(source) as master:
        levels = _levels(master, samples)
        seconds, highest_hz = samples / master.sample_rate, master.sample_rate / 2
    shades = np.clip((levels - QUIETEST_DB) / (LOUDEST_DB - QUIETEST_DB), 0, 1) * _TOP_COLOUR
    picture = Image.new("P", (LEFT + COLUMNS, ROWS + BOTTOM), _TOP_COLOUR + 1)
    picture.putpalette(_palette())
    picture.paste(Image.fromarray(shades.astype(np.uint8)[::-1]), (LEFT, 0))
    _write_axes(picture, seconds=seconds, highest_hz=highest_hz)
    picture.save(target, format="PNG", optimize=True)


def _levels(master: OpenMaster, total_samples: int) -> NDArray[np.float32]:
    """Levels in dB of shape (ROWS, COLUMNS): windows spread evenly over the recording, bins joined by their loudest."""
    step = max(1.0, (total_samples - _WINDOW_SAMPLES) / (COLUMNS - 1))
    window = np.hanning(_WINDOW_SAMPLES).astype(np.float32)
    columns = np.full((COLUMNS, ROWS), QUIETEST_DB, np.float32)
    waiting, begin, column = np.zeros((0, master.channels), np.float32), 0, 0
    for packet in master.packets():
        for frame in packet.decode():
            samples = raw_samples(frame)
            full_scale = 2.0 ** (samples.dtype.itemsize * 8 - 1)
            waiting = np.concatenate((waiting, samples.astype(np.float32) / np.float32(full_scale)))
        while column < COLUMNS and int(column * step) + _WINDOW_SAMPLES <= begin + len(waiting):
            place = int(column * step) - begin
            columns[column] = _column(waiting[place : place + _WINDOW_SAMPLES], window)
            column += 1
        used = min(len(waiting), max(0, int(column * step) - begin))
        waiting, begin = waiting[used:], begin + used
    columns[column:] = columns[column - 1] if column else QUIETEST_DB
    return columns.T


def _column(samples: NDArray[np.float32], window: NDArray[np.float32]) -> NDArray[np.float32]:
    """One window: of its channels the louder at each frequency."""
    bins = np.abs(np.fft.rfft(samples * window[:, None], axis=0)).max(axis=1)[1:] * (2 / window.sum())
    edges = np.arange(ROWS) * len(bins) // ROWS
    levels: NDArray[np.float32] = 20 * np.log10(np.maximum(np.maximum.reduceat(bins, edges), 1e-7))
    return levels


def _palette() -> list[int]:
    places = np.linspace(0, len(_STOPS) - 1, _TOP_COLOUR + 1)
    stops = np.array(_STOPS, np.float64)
    shades = np.stack([np.interp(places, np.arange(len(_STOPS)), stops[:, part]) for part in range(3)], axis=1)
    return [*np.rint(shades).astype(int).reshape(-1).tolist(), 255, 255, 255]


def _write_axes(picture: Image.Image, *, seconds: float, highest_hz: float) -> None:
    """Frequencies in kHz on the left, minutes below."""
    pen = ImageDraw.Draw(picture)
    ink = 1 + _TOP_COLOUR // 3
    step_khz = next(step for step in (1, 2, 4, 8, 16, 32, 64) if highest_hz / 1000 / step <= 12)
    for khz in range(0, int(highest_hz / 1000) + 1, step_khz):
        y = ROWS - 1 - round(khz * 1000 / highest_hz * (ROWS - 1))
        pen.line((LEFT - 5, y, LEFT - 1, y), fill=ink)
        pen.text((LEFT - 8, min(max(y, 6), ROWS - 6)), f"{khz} kHz", fill=ink, anchor="rm")
    for tenth in range(0, 10, 2):
        x, at = LEFT + COLUMNS * tenth // 10, round(seconds * tenth / 10)
        pen.line((x, ROWS, x, ROWS + 4), fill=ink)
        pen.text((x + 3, ROWS + BOTTOM // 2), f"{at // 60}:{at % 60:02}", fill=ink, anchor="lm")


if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    draw(Path(sys.argv[1]), Path(sys.argv[2]), samples=int(sys.argv[3]))

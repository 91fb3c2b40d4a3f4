"""Pictures of masters' spectra, drawn when first asked for, kept in the data folder. Removing them loses nothing.

Of a file that is no master yet one can be drawn too, to look at before it is taken in; it is not kept.
"""

import os
import tempfile
import uuid
from pathlib import Path

from obbligato.audio.errors import AudioRefused
from obbligato.audio.spectrogram import draw_in_child
from obbligato.catalog.models import Master
from obbligato.kernel.folders import data_folder, has_room_for
from obbligato.kernel.refusals import Refused

VERSION = 1
"""Raised when pictures are drawn otherwise."""
LARGEST_BYTES = 1_000_000


class CannotDraw(Refused):
    """There is no picture of the master, and why."""


def spectrogram_of(master: Master) -> Path:
    """The PNG of a master's spectrogram, drawn now, in about a second, if it never was. Raises CannotDraw."""
    target = path_of(master)
    if target.is_file():
        return target
    if not master.source.is_file():
        raise CannotDraw("The master's file is not in the data folder.")
    if not has_room_for(LARGEST_BYTES):
        raise CannotDraw("The disk of the store is full.")
    part = target.with_name(f"{uuid.uuid4().hex}.{os.getpid()}.part")
    try:
        _draw(master.source, part, samples=master.facts.samples)
        part.replace(target)
    except OSError as error:
        raise CannotDraw(f"The store could not keep the picture: {error.strerror}.") from error
    finally:
        part.unlink(missing_ok=True)
    return target


def drawn(source: Path, *, samples: int) -> bytes:
    """The PNG of a file in which the doctor counted so many samples, drawn now. Raises CannotDraw."""
    if not samples:
        raise CannotDraw("It was not examined, so that nothing can be drawn.")
    with tempfile.TemporaryDirectory(prefix="obbligato-") as folder:
        target = Path(folder) / "spectrogram.png"
        _draw(source, target, samples=samples)
        return target.read_bytes()


def path_of(master: Master) -> Path:
    """Where the picture is if it was drawn."""
    return data_folder("spectrograms", master.sha256[:2]) / f"{master.sha256}-{VERSION}.png"


def _draw(source: Path, target: Path, *, samples: int) -> None:
    try:
        draw_in_child(source, target, samples=samples)
    except AudioRefused as refusal:
        raise CannotDraw(str(refusal)) from None

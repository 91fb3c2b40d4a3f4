"""Pictures of masters' spectra, drawn when first asked for, kept in the data folder. Removing them loses nothing."""

import os
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
        draw_in_child(master.source, part, samples=master.facts.samples)
        part.replace(target)
    except AudioRefused as refusal:
        raise CannotDraw(str(refusal)) from None
    except OSError as error:
        raise CannotDraw(f"The store could not keep the picture: {error.strerror}.") from error
    finally:
        part.unlink(missing_ok=True)
    return target


def path_of(master: Master) -> Path:
    """Where the picture is if it was drawn."""
    return data_folder("spectrograms", master.sha256[:2]) / f"{master.sha256}-{VERSION}.png"

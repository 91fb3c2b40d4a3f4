"""Label folders for tests: real audio with real tags, whole and broken, as plain functions."""

import functools
import shutil
import tempfile
from collections.abc import Mapping
from io import BytesIO
from pathlib import Path

import numpy as np
from mutagen.flac import FLAC
from mutagen.flac import Picture as FlacPicture
from PIL import Image

from obbligato.audio.flacfile import write_flac
from obbligato.catalog.importing import ImportedRelease, Progress, import_folder
from obbligato.catalog.reports import FileReport

RATE = 44_100
UPC = "4006381333931"


def put_track(path: Path, *, tone: int = 1, seconds: float = 0.5, **tags: str | list[str]) -> Path:
    """A FLAC with these Vorbis comments; each tone has other samples."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(sound(tone, seconds))
    if tags:
        file = FLAC(path)
        file.update({key: value if isinstance(value, list) else [value] for key, value in tags.items()})
        file.save()
    return path


def put_album(folder: Path, *, tracks: int = 2, title: str = "Small Pieces", tone: int = 1) -> Path:
    """A folder of tagged FLACs."""
    for number in range(1, tracks + 1):
        put_track(
            folder / f"{number:02d} Piece {number}.flac",
            tone=tone + number - 1,
            title=f"Piece {number}",
            artist="The Test Ensemble",
            album=title,
            tracknumber=str(number),
        )
    return folder


def put_sidecar(folder: Path, text: str) -> Path:
    """A release.toml."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "release.toml"
    file.write_text(text, encoding="utf-8")
    return file


def embed(path: Path, data: bytes, *, media_type: str = "image/jpeg") -> None:
    """Put a front cover into a FLAC."""
    picture = FlacPicture()
    picture.type, picture.mime, picture.data = 3, media_type, data
    file = FLAC(path)
    file.add_picture(picture)
    file.save()


def picture_bytes(*, side: int = 40, kind: str = "JPEG", mode: str = "RGB", noise: bool = False) -> bytes:
    """A picture as a file's bytes."""
    file = BytesIO()
    if noise:
        pixels = np.random.default_rng(3).integers(0, 255, (side, side, 3), dtype=np.uint8)
        image = Image.fromarray(pixels).convert(mode)
    else:
        image = Image.new("RGB", (side, side), (200, 40, 60)).convert(mode)
    image.save(file, kind)
    return file.getvalue()


def put_booklet(path: Path, *, words: str = "Words about the pieces.", size_bytes: int = 0) -> Path:
    """A PDF as far as a store looks at one, padded to a size."""
    path.parent.mkdir(parents=True, exist_ok=True)
    opening, ending = f"%PDF-1.7\n% {words}\n".encode(), b"\n%%EOF\n"
    path.write_bytes(opening.ljust(size_bytes - len(ending), b"\n") + ending)
    return path


class Importer:
    """Imports folders and remembers what was said."""

    def __init__(self) -> None:
        self.lines: list[FileReport] = []

    def __call__(self, folder: Path, *, progress: Progress = lambda _done, _total: None) -> list[ImportedRelease]:
        self.lines = []
        return import_folder(folder, report=self.lines.append, by="bob", progress=progress)

    def statuses(self) -> dict[str, str]:
        """What became of each file, by its path."""
        return {line.path: line.status for line in self.lines if line.status != "warning" and not line.is_release}

    def reason(self, path: str) -> str:
        """What was said of a file or release."""
        return " ".join(line.reason for line in self.lines if line.path == path and line.reason)


def snapshot(folder: Path) -> dict[str, tuple[int, int, bytes]]:
    """Everything about a folder's files that an import might change."""
    return {
        str(path.relative_to(folder)): (path.stat().st_mtime_ns, path.stat().st_mode, path.read_bytes())
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def files_in(folder: Path) -> Mapping[str, int]:
    """All files below a folder and their sizes."""
    return {str(path.relative_to(folder)): path.stat().st_size for path in folder.rglob("*") if path.is_file()}


@functools.cache
def sound(tone: int, seconds: float) -> bytes:
    """A FLAC of one tone, the same for the same arguments."""
    time = np.arange(int(seconds * RATE)) / RATE
    noise = np.random.default_rng(tone).normal(0, 0.02, time.size)
    left = 0.4 * np.sin(2 * np.pi * (200 + 50 * tone) * time) + noise
    samples = (np.stack([left, left * 0.7], axis=1) * 32_767).astype(np.int32)
    folder = Path(tempfile.mkdtemp())
    try:
        write_flac(folder / "sound.flac", samples, sample_rate=RATE, bits=16)
        return (folder / "sound.flac").read_bytes()
    finally:
        shutil.rmtree(folder)

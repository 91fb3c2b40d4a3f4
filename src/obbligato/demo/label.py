"""Write the demo label's folder as a label would keep it; it never imports anything into a store.

<folder>/<Artist>/<Year - Album>/01 Title.flac ... cover.jpg release.toml
"""

import json
import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

from mutagen.flac import FLAC

from obbligato.audio.flacfile import write_flac
from obbligato.demo.covers import write_cover
from obbligato.demo.mastering import master
from obbligato.demo.performance import perform
from obbligato.demo.releases import LABEL, RELEASES, Release, seconds_of
from obbligato.demo.synth import render

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class _Job:
    path: Path
    release: Release
    number: int


def write_label(
    folder: Path,
    *,
    progress: Progress | None = None,
    workers: int = 2,
    releases: Sequence[Release] = RELEASES,
) -> None:
    """Write the whole label, whole or not at all: it grows in `<folder>.part`, which is renamed at the end.

    `progress` is told (title just finished, tracks done, tracks in all). With one worker everything happens in
    this process. The same releases give the same bytes. Raises FileExistsError when the folder is there already.
    """
    if folder.exists():
        raise FileExistsError(f"{folder} exists already; a label is written into a new folder.")
    part = folder.with_name(folder.name + ".part")
    shutil.rmtree(part, ignore_errors=True)
    try:
        _record([job for release in releases for job in _prepared(part, release)], progress, workers)
        part.rename(folder)
    finally:
        shutil.rmtree(part, ignore_errors=True)


def file_name(number: int, title: str) -> str:
    """`01 Title.flac`, without the characters that some file systems refuse."""
    return f"{number:02d} {_safe(title)}.flac"


def release_toml(release: Release) -> str:
    """What the label says about the release beside its tags, as TOML."""
    lines = [
        f"title = {_quoted(release.title)}",
        f"artist = {_quoted(release.artist)}",
        f"label = {_quoted(LABEL)}",
        f"upc = {_quoted(release.upc)}",
        f"date = {_quoted(release.date)}",
        f"genres = {_listed(release.genres)}",
        f'description = """{release.description}"""',
        f"copyright = {_quoted(_copyright(release))}",
        "",
        "[licence]",
        'basis = "own"',
        f"evidence = {_quoted(_evidence(release))}",
        f"territories = {_listed(release.territories)}",
        f"from = {_quoted(release.date)}",
        "",
        "[price]",
        'currency = "EUR"',
        *(f"{key} = {_quoted(value)}" for key, value in release.prices.items()),
    ]
    for party, role, percent in release.shares:
        lines += ["", "[[shares]]", f"party = {_quoted(party)}", f"role = {_quoted(role)}"]
        lines += [f"percent = {_quoted(percent)}"]
    for name, role, numbers in _credits(release):
        lines += ["", "[[credits]]", f"name = {_quoted(name)}", f"role = {_quoted(role)}"]
        lines += [f"tracks = {numbers}"] if len(numbers) < len(release.tracks) else []
    for number, track in enumerate(release.tracks, 1):
        lines += ["", "[[tracks]]", f"file = {_quoted(file_name(number, track.title))}"]
        lines += [f"title = {_quoted(track.title)}", f"isrc = {_quoted(track.isrc)}"]
    return "\n".join(lines) + "\n"


def _prepared(part: Path, release: Release) -> Iterator[_Job]:
    album = part / _safe(release.artist) / _safe(f"{release.year} - {release.title}")
    album.mkdir(parents=True)
    write_cover(album / "cover.jpg", design=release.cover, title=release.title, artist=release.artist, label=LABEL)
    (album / "release.toml").write_text(release_toml(release), encoding="utf-8", newline="\n")
    for number, track in enumerate(release.tracks, 1):
        yield _Job(album / file_name(number, track.title), release, number)


def _record(jobs: list[_Job], progress: Progress | None, workers: int) -> None:
    # The longest first, so that no worker is left with a long track at the end.
    jobs.sort(key=_weight, reverse=True)
    for done, title in enumerate(_recorded(jobs, workers), 1):
        if progress is not None:
            progress(title, done, len(jobs))


def _weight(job: _Job) -> float:
    return seconds_of(job.release.tracks[job.number - 1]) * job.release.sample_rate


def _recorded(jobs: list[_Job], workers: int) -> Iterator[str]:
    if workers <= 1:
        yield from map(_record_track, jobs)
        return
    # Spawned, not forked: the caller may hold threads and database connections.
    with _one_thread_each(), ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        for future in as_completed([pool.submit(_record_track, job) for job in jobs]):
            yield future.result()


@contextmanager
def _one_thread_each() -> Iterator[None]:
    # Every worker is one core's worth; matrix products that start threads of their own would only get in the way.
    name = "OPENBLAS_NUM_THREADS"
    before = os.environ.get(name)
    os.environ[name] = "1"
    try:
        yield
    finally:
        if before is None:
            del os.environ[name]
        else:
            os.environ[name] = before


def _record_track(job: _Job) -> str:
    release, track = job.release, job.release.tracks[job.number - 1]
    strokes = perform(track.piece, track.seats, seed=track.seed)
    samples = master(
        render(strokes, sample_rate=release.sample_rate, seed=track.seed),
        sample_rate=release.sample_rate,
        bits=release.bits,
        seed=track.seed,
        room_seconds=release.room_seconds,
        wet=release.wet,
        target_lufs=track.target_lufs,
    )
    write_flac(job.path, samples, sample_rate=release.sample_rate, bits=release.bits)
    _write_tags(job.path, release, job.number)
    return track.title


def _write_tags(path: Path, release: Release, number: int) -> None:
    track = release.tracks[number - 1]
    audio = FLAC(path)
    audio.delete()
    tags = {
        "TITLE": track.title,
        "ARTIST": release.artist,
        "ALBUM": release.title,
        "ALBUMARTIST": release.artist,
        "TRACKNUMBER": str(number),
        "TRACKTOTAL": str(len(release.tracks)),
        "DISCNUMBER": "1",
        "DISCTOTAL": "1",
        "DATE": release.date,
        "COMPOSER": track.piece.composer,
        "ISRC": track.isrc,
        "COPYRIGHT": _copyright(release),
        "LABEL": LABEL,
        "BARCODE": release.upc,
    }
    for key, value in tags.items():
        audio[key] = value
    audio["GENRE"] = list(release.genres)
    audio.save()


def _copyright(release: Release) -> str:
    return f"℗ {release.year} {LABEL}"


def _evidence(release: Release) -> str:
    composers = " and ".join(dict.fromkeys(track.piece.composer for track in release.tracks))
    return (
        f"Recorded by {release.artist} for {LABEL}, who own the masters; the compositions by {composers} are in "
        "the public domain."
    )


def _credits(release: Release) -> list[tuple[str, str, list[int]]]:
    everywhere = list(range(1, len(release.tracks) + 1))
    composers: dict[str, list[int]] = {}
    for number, track in enumerate(release.tracks, 1):
        composers.setdefault(track.piece.composer, []).append(number)
    named = [(name, "composer", numbers) for name, numbers in composers.items()]
    shared = [(party, role, everywhere) for party, role, _ in release.shares if role != "label"]
    return [*named, *shared]


def _safe(name: str) -> str:
    return "".join(letter for letter in name if letter not in '<>:"/\\|?*').rstrip(". ")


def _quoted(text: str) -> str:
    # A JSON string without control characters is a TOML basic string (TOML 1.0, "String").
    return json.dumps(text, ensure_ascii=False)


def _listed(texts: Sequence[str]) -> str:
    return "[" + ", ".join(map(_quoted, texts)) + "]"

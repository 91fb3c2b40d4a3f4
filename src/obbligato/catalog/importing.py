"""Take a label's folder into the catalogue, release by release. The folder itself is never changed.

The stages of one release are listed once, in STAGES; each works on the job and leaves it for the next. A stage
that raises Refused refuses that release alone. A release is published in one transaction after its masters are
stored under the names of their content, so an import that is killed leaves nothing half-done.
"""

import logging
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from dataclasses import dataclass, field
from pathlib import Path

from django.db import Error as DatabaseError
from django.db import transaction

from obbligato.audio import fingerprinting
from obbligato.audio.errors import AudioRefused
from obbligato.audio.reading_tags import read_tags
from obbligato.catalog import arranging, booklets, publishing, resembling, side_by_side, storing
from obbligato.catalog.covers import cover_of
from obbligato.catalog.diagnosing import Finding, sound_of
from obbligato.catalog.examining import RENEWED, Examined, Examiner, known_masters
from obbligato.catalog.indexing import refresh
from obbligato.catalog.locking import only_one
from obbligato.catalog.models import Booklet, Edition, Master, Picture, Release
from obbligato.catalog.reports import FileReport, Status, finding_report, measured_report
from obbligato.catalog.scanning import FoundFile, FoundRelease, Scan, scan
from obbligato.catalog.sidecar import Sidecar, read_sidecar
from obbligato.catalog.tracklists import tracks_of
from obbligato.kernel.folders import data_folder
from obbligato.kernel.refusals import Invalid, Refused

Report = Callable[[FileReport], None]
Progress = Callable[[int, int], None]
"""Told the number of files that are done, and of all."""
Accept = Callable[[Sidecar], None]
"""Raises Refused where somebody above has a reason against a release.toml."""

NO_FINGERPRINTS = (
    "Nobody will be told of recordings that sound alike: Chromaprint is not installed (Debian: libchromaprint1)."
)

log = logging.getLogger(__name__)


class NoSuchFolder(Invalid):
    """What is to be imported is not a folder that can be read."""


class NothingToSell(Refused):
    """No file of the release was accepted."""


@dataclass(frozen=True)
class ImportedRelease:
    """A release of the folder that is in the catalogue now."""

    name: str
    """Its folder relative to the imported one."""
    release: Release
    edition: Edition
    is_new_edition: bool
    sidecar: Sidecar


def import_folder(
    folder: Path,
    *,
    report: Report,
    by: str,
    workers: int = 2,
    accept: Accept = lambda _: None,
    progress: Progress = lambda _done, _total: None,
    wait_seconds: float = 0.0,
) -> list[ImportedRelease]:
    """Import all releases of a folder; see import_releases, which gives them one by one."""
    return list(
        import_releases(
            folder, report=report, by=by, workers=workers, accept=accept, progress=progress, wait_seconds=wait_seconds
        )
    )


def import_releases(
    folder: Path, *, report: Report, by: str, workers: int, accept: Accept, progress: Progress, wait_seconds: float
) -> Iterator[ImportedRelease]:
    """Import a folder and give each release as soon as it is in the catalogue.

    `report` hears one FileReport for each file. Raises NoSuchFolder, and ImportRunning where another import
    does not end within wait_seconds.
    """
    if not folder.is_dir():
        raise NoSuchFolder(f"There is no folder “{folder}”.")
    with only_one(data_folder() / "import.lock", wait_seconds=wait_seconds):
        storing.sweep()
        found = _scanned(folder)
        for skipped in found.skipped:
            report(FileReport("skipped", skipped.name, skipped.reason))
        imported: list[Release] = []
        if not fingerprinting.is_available() and found.releases:
            report(FileReport("warning", ".", NO_FINGERPRINTS, is_release=True))
        try:
            for job in _jobs(found, report=report, by=by, workers=workers, accept=accept, progress=progress):
                if (done := _finished(job)) is not None:
                    imported.append(done.release)
                    yield done
        finally:
            refresh(imported)
            storing.sweep()


@dataclass
class _Job:
    """One release on its way through the stages."""

    found: FoundRelease
    root: Path
    report: Report
    by: str
    taken: dict[int, str]
    """Releases of this import by primary key, and the folder each came from."""
    sidecar: Sidecar = field(default_factory=Sidecar)
    refusal: str = ""
    waiting: list[tuple[FoundFile, "Future[Examined]"]] = field(default_factory=list)
    advance: Callable[[], None] = lambda: None
    sounds: list[tuple[FoundFile, Master]] = field(default_factory=list)
    remarks: arranging.Remarks = field(default_factory=arranging.Remarks)
    plan: arranging.PlannedRelease | None = None
    twins: dict[str, Path] = field(default_factory=dict)
    """By the SHA-256 of their masters, as long as they are not stored."""
    renewed: list[Master] = field(default_factory=list)
    stored: list[Master] = field(default_factory=list)
    new: list[tuple[FoundFile, Master]] = field(default_factory=list)
    cover: Picture | None = None
    booklet: Booklet | None = None
    booklet_before: Booklet | None = None
    warnings: list[str] = field(default_factory=list)
    findings: list[tuple[FoundFile | None, Finding]] = field(default_factory=list)
    """About files, or (None) about the release."""
    owned_before: set[str] = field(default_factory=set)
    publication: publishing.Publication | None = None
    is_kept: bool = False


def _scanned(folder: Path) -> Scan:
    try:
        return scan(folder, read_tags=lambda path: read_tags(path)[0])
    except OSError as error:
        raise NoSuchFolder(f"The folder “{folder}” cannot be read: {error.strerror}.") from error


def _jobs(found: Scan, *, report: Report, by: str, workers: int, accept: Accept, progress: Progress) -> Iterator[_Job]:
    """A job for each release; the files of all of them are already being examined, in order."""
    taken: dict[int, str] = {}
    jobs = [_Job(release, found.root, report, by, taken) for release in found.releases]
    for job in jobs:
        _read_sidecar(job, accept)
    accepted = [job for job in jobs if not job.refusal]
    known = known_masters([file.path for job in accepted for file in job.found.files])
    done = 0

    def advance() -> None:
        nonlocal done
        done += 1
        progress(done, sum(len(job.found.files) for job in accepted))

    with Examiner(known, workers=workers) as examiner:
        for job in accepted:
            job.advance = advance
            job.waiting = [(file, examiner.begin(file.path)) for file in job.found.files]
        yield from jobs


def _read_sidecar(job: _Job, accept: Accept) -> None:
    """First of all: a release whose release.toml cannot be followed is not even decoded."""
    if job.found.sidecar is None:
        return
    try:
        job.sidecar = read_sidecar(job.found.sidecar)
        arranging.check_lines(job.found, job.sidecar)
        accept(job.sidecar)
    except Refused as refusal:
        job.refusal = str(refusal)


def _finished(job: _Job) -> ImportedRelease | None:
    """Take a job through all stages, and report. None where the release was refused."""
    try:
        if job.refusal:
            raise Refused(job.refusal)
        for stage in STAGES:
            stage(job)
    except (Refused, OSError, DatabaseError) as problem:
        job.refusal = _sentence(problem)
        storing.forget(job.stored)
        booklets.forget(job.booklet)
        _report_refusal(job)
        return None
    assert job.publication is not None, "the last stage sets it"
    _report_success(job, job.publication)
    return ImportedRelease(
        name=job.found.name,
        release=job.publication.release,
        edition=job.publication.edition,
        is_new_edition=job.publication.is_new_edition,
        sidecar=job.sidecar,
    )


def _await_examination(job: _Job) -> None:
    """Wait until each file was decoded to its end, or known already."""
    for file, examined in job.waiting:
        try:
            job.sounds.append((file, _taken(job, examined.result())))
        except AudioRefused as refusal:
            job.remarks.refused.append((file, str(refusal)))
        job.advance()


def _taken(job: _Job, examined: Examined) -> Master:
    if examined.twin is not None:
        job.twins[examined.master.sha256] = examined.twin
    if examined.is_renewed:
        job.renewed.append(examined.master)
    return examined.master


def _arrange(job: _Job) -> None:
    if job.sounds:
        job.plan = arranging.arrange(job.found, job.sidecar, job.sounds, job.remarks)
    if job.plan is None or not job.plan.tracks:
        raise NothingToSell("None of its files can be sold." if job.found.files else "There is no audio beside it.")


def _compare(job: _Job) -> None:
    """Look at what is in the catalogue: a release comes from one folder, and loses no track by a damaged file."""
    assert job.plan is not None, "the stage before made it"
    with transaction.atomic():
        release = publishing.find(job.plan)
    if release is None or release.edition is None:
        return
    other = job.taken.get(release.pk)
    if other is not None:
        raise Refused(
            f"The folder “{other}” already is this release, of the same UPC or the same artist and title."
            " Give one of them its own title or upc in release.toml."
        )
    tracks = tracks_of(release.edition)
    job.booklet_before = release.edition.booklet
    job.owned_before = {track.master.sha256 for track in tracks}
    if job.remarks.refused and len(job.plan.tracks) < len(tracks):
        job.publication = publishing.Publication(release, release.edition, is_new_edition=False)
        job.is_kept = True


def _store_masters(job: _Job) -> None:
    assert job.plan is not None, "an earlier stage made it"
    for track in job.plan.tracks if not job.is_kept else ():
        if track.master.pk is None:
            job.new.append((track.file, track.master))
        if storing.store(track.master, track.file.path) and track.master.pk is None:
            job.stored.append(track.master)
        if (twin := job.twins.pop(track.master.sha256, None)) is not None:
            storing.store_twin(track.master, twin)
        if track.master in job.renewed:
            track.master.save(update_fields=RENEWED)
            resembling.remember(track.master)


def _keep_cover(job: _Job) -> None:
    if not job.is_kept:
        job.cover = cover_of(job.found, job.warnings)


def _keep_booklet(job: _Job) -> None:
    if not job.is_kept:
        job.booklet = booklets.booklet_of(job.found, job.warnings, before=job.booklet_before)


def _publish(job: _Job) -> None:
    assert job.plan is not None, "an earlier stage made it"
    if job.publication is None:
        job.publication = publishing.publish(job.plan, cover=job.cover, booklet=job.booklet, by=job.by)
    job.taken[job.publication.release.pk] = job.found.name


def _compare_sounds(job: _Job) -> None:
    """Only for people to read: the release is published already."""
    assert job.publication is not None, "the stage before set it"
    release, tracks = job.publication.release, job.plan.tracks if job.plan else ()
    sounds = {track.file.name: side_by_side.Sounding(track.title, track.master, track.isrc) for track in tracks}
    for file, master in job.new:
        job.findings += [(file, one) for one in side_by_side.elsewhere(sounds[file.name], besides=release)]
        job.findings += [(file, one) for one in sound_of(master)]
    for file, master in job.sounds:
        if master in job.renewed:
            job.findings += [(file, one) for one in sound_of(master)]
    if job.publication.is_new_edition:
        job.findings += [(None, one) for one in side_by_side.among(list(sounds.values()))]


STAGES: tuple[Callable[[_Job], None], ...] = (
    _await_examination,
    _arrange,
    _compare,
    _store_masters,
    _keep_cover,
    _keep_booklet,
    _publish,
    _compare_sounds,
)


def _report_success(job: _Job, publication: publishing.Publication) -> None:
    refused = {file.name: reason for file, reason in job.remarks.refused}
    masters = {file.name: master for file, master in job.sounds}
    for file in job.found.files:
        if file.name in refused:
            _tell(job, "refused", file, refused[file.name])
        elif job.is_kept and masters[file.name].sha256 not in job.owned_before:
            _tell(job, "skipped", file, "Other files of its release were refused; see there.")
        else:
            is_known = masters[file.name].sha256 in job.owned_before
            _tell(job, "unchanged" if is_known else "imported", file, "", masters[file.name])
    for file, warning in job.remarks.warnings:
        _tell(job, "warning", file, warning)
    for of_file, finding in job.findings:
        path = job.found.name if of_file is None else _path(job, of_file)
        job.report(finding_report(path, finding, is_release=of_file is None))
    for warning in job.warnings:
        job.report(FileReport("warning", job.found.name, warning, is_release=True))
    edition = publication.edition
    if publication.is_new_edition and edition.number > 1:
        what = f"Edition {edition.number} of “{edition.title}” replaces edition {edition.number - 1}."
        job.report(FileReport("imported", job.found.name, what, is_release=True))
    if job.booklet is not None:
        status: Status = "imported" if publication.is_new_edition else "unchanged"
        job.report(FileReport(status, job.found.name, booklets.sentence_of(job.booklet), is_release=True))
    if job.is_kept:
        what = f"“{edition.title}” stays as it was, because files of it were refused and it would lose tracks."
        job.report(FileReport("warning", job.found.name, what, is_release=True))


def _report_refusal(job: _Job) -> None:
    own = {file.name: reason for file, reason in job.remarks.refused}
    for file in job.found.files:
        _tell(job, "refused", file, own.get(file.name, job.refusal))
    if not job.found.files:
        job.report(FileReport("refused", job.found.name, job.refusal, is_release=True))


def _tell(job: _Job, status: Status, file: FoundFile, reason: str, master: Master | None = None) -> None:
    path = _path(job, file)
    if master is None:
        job.report(FileReport(status, path, reason))
    else:
        job.report(measured_report(status, path, master, reason))


def _path(job: _Job, file: FoundFile) -> str:
    return str((job.found.folder / file.name).relative_to(job.root))


def _sentence(problem: Exception) -> str:
    if isinstance(problem, OSError):
        return f"The store could not keep the release: {problem.strerror or problem}."
    if isinstance(problem, DatabaseError):
        log.error("A release could not be written.", exc_info=problem)
        return "The database did not take the release; nothing of it was kept."
    return str(problem)

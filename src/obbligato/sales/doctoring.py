"""Tell a label what is wrong with a folder or a file before anything is imported. Neither folder nor store is changed.

It goes the way of an import (the same scan, the same decoding in processes that can be killed, the same release.toml,
the same plan) and stops where the import would begin to keep something.
"""

import tempfile
import uuid
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path

from django.conf import settings
from django.db import transaction

from obbligato.audio.errors import AudioRefused
from obbligato.audio.reading_tags import read_tags
from obbligato.audio.tags import Tags
from obbligato.catalog import arranging, publishing, side_by_side
from obbligato.catalog.diagnosing import Finding, graver_first, sound_of
from obbligato.catalog.examining import Examined, Examiner
from obbligato.catalog.importing import NoSuchFolder, Progress, Report
from obbligato.catalog.models import Master, Release
from obbligato.catalog.reports import FileReport, finding_report, measured_report
from obbligato.catalog.scanning import FoundFile, FoundRelease, Scan, scan
from obbligato.catalog.side_by_side import Sounding
from obbligato.catalog.sidecar import Sidecar, read_sidecar
from obbligato.kernel import clock
from obbligato.kernel.refusals import Refused
from obbligato.sales import readiness
from obbligato.sales.terms import Terms, terms_of

NO_CATALOGUE = "There is no store here yet, so nothing was compared with a catalogue."


@dataclass
class Diagnosis:
    """How many lines of each kind there were: examined, refused, skipped, warning, note."""

    counts: Counter[str] = field(default_factory=Counter)

    @property
    def is_importable(self) -> bool:
        """Whether nothing would be refused."""
        return bool(self.counts["examined"]) and not self.counts["refused"]

    @property
    def sentence(self) -> str:
        """All of it in one line."""
        if not self.counts:
            return "Nothing to examine: there is no audio here."
        words = (("examined", ""), ("refused", ""), ("warning", "s"), ("note", "s"))
        counts = [f"{(n := self.counts[kind])} {kind}{many if n != 1 else ''}" for kind, many in words]
        return f"{', '.join(counts)}. Nothing was imported."


def examine(
    path: Path,
    *,
    report: Report,
    has_catalogue: bool,
    workers: int = 2,
    progress: Progress = lambda _done, _total: None,
    examiner: Examiner | None = None,
) -> Diagnosis:
    """Examine a folder of releases, or one file. `report` hears a line for each file, each followed by its findings.

    Without has_catalogue the database is not asked. Who examines many files one by one keeps an examiner for them.
    Raises NoSuchFolder.
    """
    found = _found(path)
    diagnosis = Diagnosis()

    def tell(line: FileReport) -> None:
        diagnosis.counts[line.status] += 1
        report(line)

    for skipped in found.skipped:
        tell(FileReport("skipped", skipped.name, skipped.reason))
    if found.releases and not has_catalogue:
        tell(FileReport("note", ".", NO_CATALOGUE, is_release=True))
    with nullcontext(examiner) if examiner is not None else passing_examiner(workers) as at_work:
        visits = [_Visit(release, found.root, tell, has_catalogue) for release in found.releases]
        for visit in visits:
            visit.waiting = [(file, at_work.begin(file.path)) for file in visit.found.files]
        done = 0
        for visit in visits:
            for _ in visit.heard():
                done += 1
                progress(done, found.file_count)
            visit.conclude(is_release=path.is_dir())
    return diagnosis


@contextmanager
def passing_examiner(workers: int) -> Iterator[Examiner]:
    """One that knows no master, and whose twins are thrown away."""
    with (
        tempfile.TemporaryDirectory(prefix="obbligato-") as folder,
        Examiner({}, workers=workers, new_twin=lambda: Path(folder) / uuid.uuid4().hex) as examiner,
    ):
        yield examiner


@dataclass
class _Visit:
    """One release at the doctor's."""

    found: FoundRelease
    root: Path
    tell: Report
    has_catalogue: bool
    waiting: list[tuple[FoundFile, "Future[Examined]"]] = field(default_factory=list)
    sounds: list[tuple[FoundFile, Master]] = field(default_factory=list)
    remarks: arranging.Remarks = field(default_factory=arranging.Remarks)

    def heard(self) -> Iterator[None]:
        """Say of each file what was heard, as soon as it was."""
        for file, examined in self.waiting:
            try:
                master = examined.result().master
            except AudioRefused as refusal:
                self.tell(FileReport("refused", self._path(file), str(refusal)))
            else:
                self.sounds.append((file, master))
                self.tell(measured_report("examined", self._path(file), master))
                self._say(file, sound_of(master))
            yield

    def conclude(self, *, is_release: bool) -> None:
        """What can only be said when all of it was heard."""
        if is_release:
            self._conclude_release()
        else:
            self._conclude_file()

    def _conclude_release(self) -> None:
        """Say what is wrong with the files as a release: their tags, their places, their rights."""
        sidecar, terms = self._read_sidecar()
        if not self.sounds:
            return
        plan = arranging.arrange(self.found, sidecar, self.sounds, self.remarks)
        for file, reason in self.remarks.refused:
            self.tell(FileReport("refused", self._path(file), reason))
        for file, warning in self.remarks.warnings:
            self.tell(FileReport("warning", self._path(file), warning))
        sounds = [(track.file, Sounding(track.title, track.master, track.isrc)) for track in plan.tracks]
        self._compare(sounds, besides=_release_of(plan) if self.has_catalogue else None)
        together = [sound for _, sound in sounds]
        found = [*side_by_side.among(together), *side_by_side.without_codes(together, upc=plan.upc)]
        if terms is not None:
            found += readiness.of_terms(terms, label=plan.label, currency=settings.CURRENCY)
        self._say(None, graver_first(found))

    def _conclude_file(self) -> None:
        """Say of a file alone what the catalogue has against it."""
        for file, master in self.sounds:
            isrc = arranging.isrc_of(file, self.remarks)
            self._compare([(file, Sounding(file.name, master, isrc))], besides=None)
        for file, warning in self.remarks.warnings:
            self.tell(FileReport("warning", self._path(file), warning))

    def _read_sidecar(self) -> tuple[Sidecar, Terms | None]:
        """What release.toml says; where it cannot be followed, that is said, and there are no terms."""
        sidecar = Sidecar()
        try:
            if self.found.sidecar is not None:
                sidecar = read_sidecar(self.found.sidecar)
                arranging.check_lines(self.found, sidecar)
            return sidecar, terms_of(sidecar, currency=settings.CURRENCY, today=clock.today())
        except Refused as refusal:
            self.tell(FileReport("refused", self.found.name, str(refusal), is_release=True))
            return sidecar, None

    def _compare(self, sounds: Sequence[tuple[FoundFile, Sounding]], *, besides: Release | None) -> None:
        for file, sound in sounds if self.has_catalogue else ():
            self._say(file, side_by_side.elsewhere(sound, besides=besides))

    def _say(self, file: FoundFile | None, found: Sequence[Finding]) -> None:
        path = self.found.name if file is None else self._path(file)
        for finding in found:
            self.tell(finding_report(path, finding, is_release=file is None))

    def _path(self, file: FoundFile) -> str:
        return str((self.found.folder / file.name).relative_to(self.root))


def _found(path: Path) -> Scan:
    try:
        if path.is_dir():
            return scan(path, read_tags=_tags)
        if not path.is_file():
            raise NoSuchFolder(f"There is no folder or file “{path}”.")
        path = path.resolve(strict=True)
        alone = FoundRelease(path.parent, ".", (FoundFile(path, path.name, _tags(path)),), (), (), None)
        return Scan(path.parent, (alone,), ())
    except OSError as error:
        raise NoSuchFolder(f"“{path}” cannot be read: {error.strerror}.") from error


def _tags(path: Path) -> Tags:
    return read_tags(path)[0]


def _release_of(plan: arranging.PlannedRelease) -> Release | None:
    """The release that it is in the catalogue already, if it is."""
    with transaction.atomic():
        return publishing.find(plan)

"""Take a label's folder into stock: import it, then declare its licence, shares and price. It never sells.

What a release.toml leaves out is left as it is; only what nobody ever declared gets a default. A licence has
none: without a basis the release is a draft.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from django.conf import settings
from django.db import transaction

from obbligato.catalog.importing import ImportedRelease, Progress, Report, import_releases
from obbligato.catalog.models import Recording, Release
from obbligato.catalog.reports import FileReport, Status, finding_report
from obbligato.catalog.sidecar import Sidecar
from obbligato.catalog.tracklists import tracks_of
from obbligato.kernel import clock
from obbligato.rights import licences
from obbligato.rights.licences import LicenceTerms, declare
from obbligato.rights.models import Licence
from obbligato.rights.splits import ShareTerms, declare_split
from obbligato.sales import listing, readiness
from obbligato.sales.declaring import declare_price, share_with_label_alone
from obbligato.sales.pricing import Rates
from obbligato.sales.terms import Terms, default_rates, terms_of

DRAFT = "imported as a draft: no licence basis, so it is not on sale"

SAID_BESIDE = ("warning", "note")
"""Lines about a file that has a line of its own."""


@dataclass
class StockReport:
    """What became of a folder."""

    releases: list[ImportedRelease] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    """Files by what became of them: imported, unchanged, refused, skipped."""

    @property
    def is_success(self) -> bool:
        """Whether at least one file of the folder is in the catalogue now."""
        return bool(self.counts["imported"] or self.counts["unchanged"])

    @property
    def sentence(self) -> str:
        """The whole import in one line."""
        if not self.counts:
            return "Nothing to import: there is no audio in this folder."
        files = ", ".join(f"{number} {status}" for status, number in sorted(self.counts.items()))
        new = sum(release.is_new_edition for release in self.releases)
        return f"Files: {files}. Releases: {len(self.releases)}, of which {new} new or changed."


def stock_folder(
    folder: Path,
    *,
    report: Report,
    by: str,
    workers: int = 2,
    progress: Progress = lambda _done, _total: None,
    wait_seconds: float = 0.0,
) -> StockReport:
    """Import a folder and make what is licensed ready for sale.

    `report` hears one line for each file, and one for each release that needs a word. Raises NoSuchFolder, and
    ImportRunning where another import does not end within wait_seconds.
    """
    stocked = StockReport()

    def tell(line: FileReport) -> None:
        if (not line.is_release or line.status == "refused") and line.status not in SAID_BESIDE:
            stocked.counts[line.status] += 1
        report(line)

    declared = _Declared(by=by)
    for imported in import_releases(
        folder, report=tell, by=by, workers=workers, accept=_accept, progress=progress, wait_seconds=wait_seconds
    ):
        stocked.releases.append(imported)
        _stock(imported, declared, tell)
    return stocked


def _accept(sidecar: Sidecar) -> None:
    """Refuse a release whose terms cannot be followed before anything of it is decoded."""
    terms_of(sidecar, currency=settings.CURRENCY, today=clock.today())


@dataclass
class _Declared:
    """What was declared for recordings during this import: two releases must not take turns over one recording."""

    by: str
    licences: dict[int, LicenceTerms] = field(default_factory=dict)
    shares: dict[int, Sequence[ShareTerms]] = field(default_factory=dict)


@transaction.atomic
def _stock(imported: ImportedRelease, declared: _Declared, tell: Callable[[FileReport], None]) -> None:
    terms = terms_of(imported.sidecar, currency=settings.CURRENCY, today=clock.today())
    tracks = tracks_of(imported.edition)
    recordings = list({track.recording_id: track.recording for track in tracks}.values())
    contradicted = [
        recording
        for recording in recordings
        if not (_license(recording, imported, terms, declared) and _share(recording, imported, terms, declared))
    ]
    _price(imported.release, terms.rates)
    _preview(imported.release, imported.sidecar.preview)
    listing.keep([imported.release.pk])
    for recording in contradicted:
        tell(_said(imported, "warning", f"“{recording.title}” has other terms in another release; those stand."))
    for sentence in _missing(recordings):
        tell(_said(imported, "draft", sentence))
    if imported.is_new_edition and imported.edition.number == 1:
        for finding in readiness.defaults_of(terms, label=imported.release.label.name, currency=settings.CURRENCY):
            tell(finding_report(imported.name, finding, is_release=True))


def _license(recording: Recording, imported: ImportedRelease, terms: Terms, declared: _Declared) -> bool:
    """Declare the licence; False where another release of this import declared another one."""
    if terms.licence is None:
        return True
    wanted = _same_first_day(recording, imported.sidecar, terms.licence)
    if declared.licences.setdefault(recording.pk, wanted) != wanted:
        return False
    declare(recording, wanted, by=declared.by)
    return True


def _same_first_day(recording: Recording, sidecar: Sidecar, wanted: LicenceTerms) -> LicenceTerms:
    """Where release.toml names no first day, the one recorded at the first import stays."""
    is_named = sidecar.date is not None or (sidecar.licence is not None and sidecar.licence.valid_from is not None)
    current = recording.licences.filter(replaced_at__isnull=True).first()
    if is_named or current is None:
        return wanted
    is_before_end = wanted.valid_until is None or current.valid_from < wanted.valid_until
    return replace(wanted, valid_from=current.valid_from) if is_before_end else wanted


def _share(recording: Recording, imported: ImportedRelease, terms: Terms, declared: _Declared) -> bool:
    """Declare who shares; False where another release of this import declared it otherwise."""
    if not terms.shares:
        share_with_label_alone(recording, imported.release.label)
        return True
    if declared.shares.setdefault(recording.pk, terms.shares) != terms.shares:
        return False
    declare_split(recording, terms.shares)
    return True


def _price(release: Release, rates: Rates | None) -> None:
    if rates is not None or not release.tariffs.exists():
        declare_price(release, rates or default_rates(settings.CURRENCY))


def _preview(release: Release, preview: str) -> None:
    if preview and release.preview != preview:
        release.preview = preview
        release.save(update_fields=["preview"])


def _missing(recordings: Sequence[Recording]) -> list[str]:
    """Why the release, or a part of it, is not on sale: one sentence a reason."""
    keys = [recording.pk for recording in recordings]
    licensed = Licence.objects.filter(recording_id__in=keys, replaced_at__isnull=True).count()
    if licensed == 0:
        return [DRAFT]
    reasons = Counter(licences.refusals(keys, territory="").values())
    return [f"{number} of {len(keys)} recordings not on sale: {reason}" for reason, number in reasons.items()]


def _said(imported: ImportedRelease, status: Status, sentence: str) -> FileReport:
    return FileReport(status, imported.name, sentence, is_release=True)

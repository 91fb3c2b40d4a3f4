"""What the pages of an upload show: each file with its state and what the doctor said, in words. It changes nothing."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Case, Count, IntegerField, Sum, Value, When
from django.urls import reverse

from obbligato.backoffice import showing, tus
from obbligato.catalog.models import Release
from obbligato.catalog.uploads import adding, handing_over
from obbligato.catalog.uploads.models import Upload, UploadedFile
from obbligato.catalog.uploads.receiving import came_lately, offset_of
from obbligato.sales.uploads_as_releases import found_together

SHOWN = 200
State = UploadedFile.State
MOST_URGENT_FIRST = (State.REFUSED, State.EXAMINING, State.COMING, State.WAITING, State.EXAMINED, State.TAKEN)
SEVERITIES = {"refused": "Refused", "warning": "Warning", "note": "Note"}
OF_FINDINGS = {"warn": "Warning", "note": "Note"}
SAID_OF_RELEASES = {**SEVERITIES, "imported": "Taken in", "unchanged": "Unchanged", "draft": "Draft"}


@dataclass(frozen=True)
class Line:
    """One thing that was said, and how grave it is."""

    severity: str
    sentence: str


@dataclass(frozen=True)
class FileShown:
    """One file as a page shows it."""

    pk: int
    path: str
    size: str
    state: str
    """A whole sentence, or the beginning of one."""
    is_refused: bool
    lines: list[Line]
    has_picture: bool
    """Whether its spectrogram can be drawn."""


@dataclass(frozen=True)
class ReleaseShown:
    """A release that came of it, with its pages."""

    name: str
    address: str
    doctor: str


def listing_of(upload: Upload, *, shows_all: bool) -> dict[str, Any]:
    """What changes on the page of a batch while one looks."""
    order = Case(
        *(When(state=state, then=Value(place)) for place, state in enumerate(MOST_URGENT_FIRST)),
        output_field=IntegerField(),
    )
    ordered = upload.files.select_related("upload").order_by(order, "path")
    ahead = handing_over.ahead_of(upload)
    shown = [_shown(file, ahead) for file in (ordered if shows_all else ordered[:SHOWN])]
    counted = upload.files.values_list("state").annotate(Count("pk"), Sum("size_bytes"))
    counts = {state: (number, size_bytes) for state, number, size_bytes in counted}
    count = sum(number for number, _ in counts.values())
    taken, _ = counts.get(str(State.TAKEN), (0, 0))
    is_moving = upload.state in handing_over.TO_TAKE_IN or any(
        state in counts for state in handing_over.UNDER_EXAMINATION
    )
    return {
        "upload": upload,
        "files": shown,
        "hidden": count - len(shown),
        "summary": _summary(counts),
        "state_sentence": _state_sentence(upload),
        "is_moving": is_moving,
        "may_take_in": upload.is_open and State.COMING not in counts and count > taken,
        "percent": 100 * upload.done_files // upload.all_files if upload.all_files else 0,
        "together": _together(upload) if upload.is_open and not is_moving else [],
        "said": [Line(SAID_OF_RELEASES[line["status"]], _of_release(line)) for line in upload.outcome],
        "releases": [_release(one) for one in upload.releases.select_related("edition").order_by("pk")],
        "kept_until": upload.touched_at + adding.KEPT,
    }


def known_files(upload: Upload) -> list[dict[str, Any]]:
    """All files of a batch as a program asks for them, to find again what it began to send."""
    return [
        {
            "path": file.path,
            "size": file.size_bytes,
            "modified": file.modified_ms,
            "address": tus.address_of(file),
            "state": file.state,
        }
        for file in upload.files.order_by("pk")
    ]


def samples_of(file: UploadedFile) -> int:
    """How many the doctor counted in a file that lies here; 0 where it has not examined it, or refused it."""
    if file.state != State.EXAMINED:
        return 0
    return next((line["samples"] for line in file.findings if line["samples"]), 0)


def limits() -> dict[str, str]:
    """What may be sent, as pages say it."""
    return {
        "largest_file": f"{adding.LARGEST_FILE_BYTES / 1e9:g} GB",
        "most_files": f"{adding.MOST_FILES:,}",
        "kept_days": str(adding.KEPT.days),
    }


def _together(upload: Upload) -> list[Line]:
    """What the doctor says of whole folders, once it has heard all that is in them."""
    files = upload.files.select_related("upload").defer("outcome", "metadata")
    return [
        Line(
            OF_FINDINGS[finding.severity],
            finding.sentence if one.folder == "." else f"{one.folder}: {finding.sentence}",
        )
        for one in found_together(files)
        for finding in one.findings
    ][:SHOWN]


def _shown(file: UploadedFile, ahead: dict[int, int]) -> FileShown:
    return FileShown(
        pk=file.pk,
        path=file.path,
        size=showing.size(file.size_bytes),
        state=_state(file, ahead),
        is_refused=file.state == State.REFUSED,
        lines=_lines(file),
        has_picture=samples_of(file) > 0,
    )


def _state(file: UploadedFile, ahead: dict[int, int]) -> str:
    became = {line["status"] for line in file.outcome}
    if file.state == State.COMING:
        here = f"{showing.size(offset_of(file))} of {showing.size(file.size_bytes)}"
        return f"Is being sent: {here}." if came_lately(file) else f"Not here whole: {here}. Choose it again to go on."
    if file.state == State.TAKEN:
        return "The store had it already." if "unchanged" in became else "Taken in."
    if file.state == State.REFUSED:
        return "Refused."
    if became & {"imported", "unchanged"}:
        return "Taken in; the file stays until nothing of its release is refused."
    if file.state == State.WAITING:
        others = ahead.get(file.pk, 0)
        return (
            f"Waits for {others} other{'' if others == 1 else 's'} to be examined." if others else "Is examined next."
        )
    return "Is being examined." if file.state == State.EXAMINING else "Examined."


def _lines(file: UploadedFile) -> list[Line]:
    """What taking it in refused it for, else what the doctor said."""
    refused = [line for line in file.outcome if line["status"] in {"refused", "skipped"} and line["reason"]]
    if refused:
        return [Line("Refused", line["reason"]) for line in refused]
    warned = [line for line in file.outcome if line["status"] in SEVERITIES and line["reason"]]
    found = [
        Line(SEVERITIES.get(line["status"], ""), line["reason"] or _measures(line))
        for line in file.findings
        if line["reason"] or line["duration_seconds"] is not None
    ]
    return [*found, *(Line(SEVERITIES[line["status"]], line["reason"]) for line in warned)]


def _measures(line: dict[str, Any]) -> str:
    loudness = "silence" if line["integrated_lufs"] is None else f"{line['integrated_lufs']:.1f} LUFS"
    rate = f"{(line['sample_rate'] or 0) / 1000:g} kHz, {line['bits']} bit"
    return f"{showing.length(line['duration_seconds'])}, {rate}, {loudness}"


def _of_release(line: dict[str, Any]) -> str:
    return line["reason"] if line["path"] == "." else f"{line['path']}: {line['reason']}"


def _release(release: Release) -> ReleaseShown:
    return ReleaseShown(
        name=str(release),
        address=reverse("admin:catalog_release_change", args=[release.pk]),
        doctor=reverse("admin:catalog_release_doctor", args=[release.pk]),
    )


def _summary(counts: dict[str, tuple[int, int]]) -> list[str]:
    """How many files are in which state, with their sizes."""
    return [
        f"{State(state).label}: {counts[state][0]:,} ({showing.size(counts[state][1])})"
        for state in MOST_URGENT_FIRST
        if state in counts
    ]


def _state_sentence(upload: Upload) -> str:
    if upload.state == Upload.State.ASKED:
        others = handing_over.batches_ahead_of(upload)
        if others:
            return f"Waits for {others} other upload{'' if others == 1 else 's'} to be taken in."
        return upload.sentence or "Is taken in next."
    if upload.state == Upload.State.TAKING:
        if not upload.all_files:
            return "Is being taken in: its files are looked through."
        return f"Is being taken in: {upload.done_files:,} of {upload.all_files:,} recordings are done."
    return upload.sentence

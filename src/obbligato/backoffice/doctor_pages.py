"""What the ingest doctor found, for a release and for a master, with its spectrogram. It shows; it changes nothing.

What is not known is said with its reason and with what to do about it.
"""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from obbligato.backoffice import showing
from obbligato.backoffice.asking import asked
from obbligato.backoffice.desk import ModelAdmin
from obbligato.catalog import side_by_side
from obbligato.catalog.diagnosing import Finding, graver_first, sound_of
from obbligato.catalog.hearing_again import hear_again
from obbligato.catalog.models import Master, Release, Track
from obbligato.catalog.side_by_side import Sounding
from obbligato.catalog.spectrograms import CannotDraw, path_of, spectrogram_of
from obbligato.sales import readiness

SEVERITIES = {"refuse": "Refused", "warn": "Warning", "note": "Note"}
COLUMNS = ("", "Finding", "Measured")
UNHEARD = "An earlier version of the store took it in, and did not listen for this."
WELL = "Nothing was found."


def of_release(desk: ModelAdmin, request: HttpRequest, object_id: str) -> HttpResponse:
    """All that was found about a release and each of its tracks."""
    release = Release.objects.select_related("edition").get(pk=object_id)
    tracks = Track.objects.filter(edition=release.edition).select_related("master", "recording")
    ordered = list(tracks.order_by("disc", "position"))
    sounds = [Sounding(track.title, track.master, track.recording.isrc) for track in ordered]
    upc = release.edition.upc if release.edition else ""
    together = graver_first(
        [*readiness.of_release(release), *side_by_side.among(sounds), *side_by_side.without_codes(sounds, upc=upc)]
    )
    context = {
        "title": f"Doctor: {release}",
        "name": str(release),
        "opts": desk.model._meta,
        "back": reverse("admin:catalog_release_change", args=[release.pk]),
        "together": findings_table(together),
        "tracks": [_track(track, sound, release) for track, sound in zip(ordered, sounds, strict=True)],
    }
    return TemplateResponse(
        request, "backoffice/doctor_release.html", {**desk.admin_site.each_context(request), **context}
    )


def of_master(desk: ModelAdmin, request: HttpRequest, object_id: str) -> HttpResponse:
    """All that was found about a master, and its picture, which is drawn now where it never was."""
    master = Master.objects.get(pk=object_id)
    reason = ""
    try:
        spectrogram_of(master)
    except CannotDraw as refusal:
        reason = str(refusal)
    context = {
        "title": f"Doctor: {master.original_name}",
        "name": master.original_name,
        "opts": desk.model._meta,
        "back": reverse("admin:catalog_master_change", args=[master.pk]),
        "measures": showing.table(["Measured", ""], _measures(master)),
        "findings": findings_table(sound_of(master)),
        "unheard": UNHEARD if master.heard is None else "",
        "again": reverse("admin:catalog_master_hear", args=[master.pk]),
        "picture": "" if reason else reverse("admin:catalog_master_spectrogram", args=[master.pk]),
        "no_picture_reason": reason,
        "waveform": showing.waveform(master),
    }
    return TemplateResponse(
        request, "backoffice/doctor_master.html", {**desk.admin_site.each_context(request), **context}
    )


def spectrogram(request: HttpRequest, object_id: str) -> HttpResponse:
    """The picture, if it was drawn; the page about the master draws it."""
    master = Master.objects.filter(pk=object_id).first()
    if not request.user.has_perm("catalog.view_master"):
        return HttpResponse(status=403)
    if master is None or not path_of(master).is_file():
        return HttpResponse("It was not drawn yet; the master's page draws it.", status=404, content_type="text/plain")
    headers = {"Cache-Control": "private, max-age=86400"}
    return HttpResponse(path_of(master).read_bytes(), content_type="image/png", headers=headers)


def ask_to_hear(desk: ModelAdmin, request: HttpRequest, object_id: str) -> HttpResponse:
    """Listen once more to a master, after somebody said so."""
    master = Master.objects.get(pk=object_id)

    def act(_: dict[str, Any]) -> str:
        return f"{hear_again(master).original_name} was examined."

    sentence = f"{master.original_name} is decoded once more, which takes a second for some minutes of music."
    back = reverse("admin:catalog_master_doctor", args=[object_id])
    return asked(desk, request, title="Examine", sentence=sentence, act=act, back=back)


def findings_table(found: list[Finding]) -> SafeString | str:
    """Findings for a page, or that there are none."""
    rows = [
        [
            format_html("<strong>{}</strong>", SEVERITIES[finding.severity]),
            finding.sentence,
            showing.NOTHING if finding.number is None else f"{finding.number:,.6g} {finding.unit}",
        ]
        for finding in found
    ]
    return showing.table(COLUMNS, rows) if rows else WELL


def _track(track: Track, sound: Sounding, release: Release) -> dict[str, object]:
    found = graver_first([*sound_of(track.master), *side_by_side.elsewhere(sound, besides=release)])
    return {
        "name": f"{track.disc}.{track.position} {track.title}",
        "link": reverse("admin:catalog_master_doctor", args=[track.master_id]),
        "unheard": UNHEARD if track.master.heard is None else "",
        "findings": findings_table(found),
    }


def _measures(master: Master) -> list[list[object]]:
    loudness = "silence" if master.integrated_lufs is None else f"{master.integrated_lufs:.1f} LUFS"
    rows: list[list[object]] = [
        ["Loudness", f"{loudness}, range {master.range_lu:.1f} LU"],
        ["True peak", f"{master.true_peak_dbtp:.1f} dBTP"],
    ]
    heard = master.heard
    if heard is None:
        return rows
    sides = showing.NOTHING if heard.sides_correlation is None else f"{heard.sides_correlation:+.2f}"
    edge = "none" if heard.edge_hz is None else f"{heard.edge_hz / 1000:.1f} kHz, {heard.edge_drop_db:.0f} dB deep"
    longest = heard.longest_clipped_samples
    clipped = f"{heard.clipped_runs:,} runs, the longest of {longest} samples" if heard.clipped_runs else "never"
    inside = f"{heard.longest_silence_seconds:.1f} s inside"
    return [
        *rows,
        ["Bits in use", f"{heard.used_bits or 0} of {master.facts.bits}"],
        ["Clipped", clipped],
        ["Silence", f"{heard.silent_start_seconds:.1f} s before, {inside}, {heard.silent_end_seconds:.1f} s behind"],
        ["DC offset", f"{heard.offset * 100:+.3f} % of full scale"],
        ["Left with right", sides],
        ["Edge", edge],
    ]

"""Publish what was planned: find the release again, and make its next edition if anything in it changed.

An edition that exists is never touched: who bought it keeps exactly it.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from obbligato.catalog.arranging import PlannedRelease, PlannedTrack
from obbligato.catalog.models import Artist, Booklet, Edition, Label, Master, Picture, Recording, Release, Track
from obbligato.catalog.naming import folded, free_slug
from obbligato.catalog.pauses.pausing import refuse_paused
from obbligato.catalog.resembling import remember
from obbligato.catalog.tagging import count_tag_bytes, planned_tags


@dataclass(frozen=True)
class Publication:
    """A release as it now is, and whether publishing changed it."""

    release: Release
    edition: Edition
    is_new_edition: bool


@transaction.atomic
def publish(
    plan: PlannedRelease, *, cover: Picture | None, booklet: Booklet | None, by: str, release: Release | None = None
) -> Publication:
    """Make the release and its next edition, or nothing where the same edition is already there.

    Who knows which `release` it is says so, and holds its lock: title, artist and UPC may then be others than before.
    Raises LabelPaused.
    """
    assert plan.tracks, "a release without tracks is refused before it is published"
    tags = planned_tags(plan)
    digest = digest_of(plan, tags, cover.sha256 if cover else "", booklet.sha256 if booklet else "")
    release = release or find(plan)
    if release is not None and release.edition is not None and release.edition.digest == digest:
        return Publication(release, release.edition, is_new_edition=False)
    refuse_paused([plan.label, *([release.label.name] if release else [])])
    if release is None:
        release = _open_release(plan)
    if booklet is not None and booklet.pk is None:
        booklet.save()
    edition = _edition(release, plan, digest=digest, cover=cover, booklet=booklet, by=by)
    for track, tags_json in zip(plan.tracks, tags, strict=True):
        _track(edition, track, tags_json)
    count_tag_bytes(edition)
    _point_to(release, edition, plan)
    return Publication(release, edition, is_new_edition=True)


def find(plan: PlannedRelease) -> Release | None:
    """The release that this plan is a version of: of the same UPC, else of the same artist and title.

    The row is locked where the database can, until the transaction ends.
    """
    rows = Release.objects.select_for_update(of=("self",)).select_related("edition")
    if plan.upc and (release := rows.filter(key=_upc_key(plan.upc)).first()):
        return release
    if release := rows.filter(key=_name_key(plan)).first():
        return release
    # A folder that says no UPC is still that of a release which was given one, or another title, since.
    alike = rows.filter(artist__name=plan.artist, edition__title=plan.title).order_by("pk")
    return None if plan.upc else alike.first()


def digest_of(
    plan: PlannedRelease, tags: Sequence[Mapping[str, Any]], cover_sha256: str, booklet_sha256: str = ""
) -> str:
    """SHA-256 over canonical JSON of everything an edition holds: the same content, the same digest."""
    content: dict[str, Any] = {
        "title": plan.title,
        "artist": plan.artist,
        "label": plan.label,
        "upc": plan.upc,
        "date": plan.date.isoformat() if plan.date else "",
        "genres": plan.genres,
        "description": plan.description,
        "copyright": plan.copyright,
        "credits": plan.credits,
        "cover": cover_sha256,
        "tracks": [
            {
                "master": track.master.sha256,
                "disc": track.disc,
                "position": track.position,
                "title": track.title,
                "artist": track.artist_credit,
                "recording": _recording_key(track),
                "tags": dict(track_tags),
            }
            for track, track_tags in zip(plan.tracks, tags, strict=True)
        ],
    }
    if booklet_sha256:
        # Only where there is one: editions from before there were booklets keep their digests.
        content["booklet"] = booklet_sha256
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def _open_release(plan: PlannedRelease) -> Release:
    return Release.objects.create(
        key=_upc_key(plan.upc) if plan.upc else _name_key(plan),
        slug=free_slug(Release, f"{plan.artist} {plan.title}"),
        artist=_artist(plan.artist),
        label=_label(plan.label),
    )


def edition_of(
    release: Release, plan: PlannedRelease, *, number: int, cover: Picture | None, booklet: Booklet | None
) -> Edition:
    """The edition that a plan makes, not saved: without a digest, and nobody's yet."""
    return Edition(
        release=release,
        number=number,
        title=plan.title,
        upc=plan.upc,
        date=plan.date,
        genres=list(plan.genres),
        description=plan.description,
        copyright=plan.copyright,
        credits=list(plan.credits),
        cover=cover,
        booklet=booklet,
    )


def _edition(
    release: Release, plan: PlannedRelease, *, digest: str, cover: Picture | None, booklet: Booklet | None, by: str
) -> Edition:
    latest = release.editions.order_by("-number").first()
    edition = edition_of(release, plan, number=latest.number + 1 if latest else 1, cover=cover, booklet=booklet)
    edition.digest, edition.made_by = digest, by[:150]
    edition.save()
    return edition


def _track(edition: Edition, planned: PlannedTrack, tags_json: dict[str, Any]) -> Track:
    return Track.objects.create(
        edition=edition,
        recording=_recording(planned, edition.release),
        master=_saved(planned.master),
        disc=planned.disc,
        position=planned.position,
        title=planned.title,
        artist_credit=planned.artist_credit,
        tags=tags_json,
    )


def _point_to(release: Release, edition: Edition, plan: PlannedRelease) -> None:
    release.edition = edition
    release.artist = _artist(plan.artist)
    release.label = _label(plan.label)
    if plan.upc:
        # A release first known by its name is known by its UPC once it has one.
        release.key = _upc_key(plan.upc)
    release.save()


def _recording(planned: PlannedTrack, release: Release) -> Recording:
    recording = _known_recording(planned, release)
    if recording is None:
        return Recording.objects.create(
            key=_recording_key(planned),
            isrc=planned.isrc,
            title=planned.title,
            artist=_artist(planned.recording_artist),
        )
    if recording.title != planned.title:
        recording.title = planned.title
        recording.save(update_fields=["title"])
    return recording


def _known_recording(planned: PlannedTrack, release: Release) -> Recording | None:
    """The recording it is already, with its licence, shares and purchases. If no ISRC is said, none is taken away."""
    known = Recording.objects.filter(key=_recording_key(planned)).first()
    if not planned.isrc:
        before = Track.objects.filter(edition=release.edition_id, master__pcm_md5=planned.master.pcm_md5)
        same = None if known or planned.recording else before.select_related("recording").first()
        return planned.recording or known or (same.recording if same else None)
    if known or planned.recording is None:
        return known
    if planned.recording.tracks.exclude(edition__release=release).exists():
        return None  # Other releases call it by the ISRC it has.
    planned.recording.isrc, planned.recording.key = planned.isrc, _recording_key(planned)
    planned.recording.save(update_fields=["isrc", "key"])
    return planned.recording


def _saved(master: Master) -> Master:
    if master.pk is None:
        known = Master.objects.filter(sha256=master.sha256).first()
        if known:
            return known
        master.save()
        remember(master)
    return master


def _artist(name: str) -> Artist:
    known = Artist.objects.filter(name=name).first()
    return known or Artist.objects.create(name=name, slug=free_slug(Artist, name))


def _label(name: str) -> Label:
    known = Label.objects.filter(name=name).first()
    return known or Label.objects.create(name=name, slug=free_slug(Label, name))


def _recording_key(planned: PlannedTrack) -> str:
    return f"isrc:{planned.isrc}" if planned.isrc else f"pcm:{planned.master.pcm_md5}"


def _upc_key(upc: str) -> str:
    return f"upc:{upc}"


def _name_key(plan: PlannedRelease) -> str:
    named = f"{folded(plan.artist) or plan.artist}\n{folded(plan.title) or plan.title}"
    return "name:" + hashlib.sha256(named.encode()).hexdigest()[:40]

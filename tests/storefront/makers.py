"""Releases for pages to show, of any size and with any title: their masters have facts but no sound."""

import hashlib
import math
from datetime import date
from itertools import count

from obbligato.audio.facts import MasterFacts
from obbligato.catalog.models import Artist, Booklet, Edition, Label, Master, Picture, Recording, Release, Track
from obbligato.rights import licences
from obbligato.rights.licences import LicenceTerms
from obbligato.rights.splits import ShareTerms, declare_split
from obbligato.sales import listing
from obbligato.sales.models import Tariff

_numbers = count(1)


def a_silent_release(
    *,
    title: str = "Nocturnes",
    artist: str = "The Small Hours",
    tracks: int = 3,
    track_title: str = "Piece",
    territories: tuple[str, ...] = ("WORLD",),
    cover: Picture | None = None,
    booklet: Booklet | None = None,
    description: str = "Played at night.",
    genres: tuple[str, ...] = ("Chamber",),
) -> Release:
    """A release on sale at 6 cents a megabyte; its tracks last three minutes and a little."""
    number = next(_numbers)
    label, _ = Label.objects.get_or_create(name="Quiet Label", slug="quiet-label")
    player, _ = Artist.objects.get_or_create(name=artist, defaults={"slug": f"artist-{number}"})
    release = Release.objects.create(key=f"key-{number}", slug=f"release-{number}", artist=player, label=label)
    edition = Edition.objects.create(
        release=release, number=1, digest=f"{number:064}", title=title, date=date(2026, 3, number % 27 + 1),
        genres=list(genres), description=description, cover=cover, booklet=booklet, copyright="2026 Quiet Label",
        credits=[{"name": "Dana", "role": "piano", "tracks": [1, 2]}],
    )  # fmt: skip
    for position in range(1, tracks + 1):
        a_track(edition, position, title=f"{track_title} {position}", territories=territories)
    release.edition = edition
    release.save()
    Tariff.objects.create(
        release=release, currency="EUR", per_megabyte_micro=60_000, track_minimum_micro=50_000,
        track_maximum_micro=1_500_000, album_maximum_micro=3_000_000,
    )  # fmt: skip
    listing.keep([release.pk])
    return release


def a_track(edition: Edition, position: int, *, title: str, territories: tuple[str, ...] = ("WORLD",)) -> Track:
    """A licensed recording at its place."""
    key = f"{edition.digest}:{position}"
    recording = Recording.objects.create(key=key[-64:], title=title, artist=edition.release.artist)
    terms = LicenceTerms("own", "Recorded by the label.", territories, date(2020, 1, 1))
    licences.declare(recording, terms, by="bob")
    declare_split(recording, [ShareTerms("Bob", "performer", 10_000)])
    return Track.objects.create(
        edition=edition,
        recording=recording,
        master=a_master(key, position),
        position=position,
        title=title,
        artist_credit=edition.release.artist.name,
        tag_bytes={"mp3": 40_000, "flac": 40_000},
    )


def a_master(key: str, position: int) -> Master:
    """Facts of a master as an import would have found them."""
    samples = 44_100 * (150 + 23 * position)
    facts = MasterFacts("flac", "flac", 44_100, 16, 2, samples, "0" * 32, samples * 5 // 2, 4096)
    peaks = bytes(int(40 + 190 * abs(math.sin(i / 37 + position) * math.sin(i / 11))) for i in range(800))
    digest = hashlib.sha256(key.encode()).hexdigest()
    return Master.objects.create(
        sha256=digest, original_name=f"{position}.flac", size_bytes=samples * 3, facts_json=facts.to_json(),
        pcm_md5="0" * 32, integrated_lufs=-18.0, range_lu=8.0, true_peak_dbtp=-1.0, peaks=peaks,
    )  # fmt: skip

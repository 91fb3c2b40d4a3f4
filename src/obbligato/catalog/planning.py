"""Make of a content what publishing takes: the same plan that an import makes of a folder. It writes nothing."""

from dataclasses import replace
from pathlib import Path

from obbligato.audio.tags import Tags
from obbligato.catalog.arranging import PlannedRelease, PlannedTrack
from obbligato.catalog.contents import Content, Line
from obbligato.catalog.models import Release, Track
from obbligato.catalog.proofreading import day_of
from obbligato.catalog.scanning import FoundFile
from obbligato.catalog.sidecar import checked_isrc, checked_upc
from obbligato.catalog.tagging import tags_of

OF_ANOTHER_ALBUM = ("musicbrainz_album", "musicbrainz_release")
"""How the names of identifiers begin that say which album a track is on, not what it is."""


def plan_of(content: Content, *, release: Release) -> PlannedRelease:
    """The plan of a content without problems; see proofreading."""
    tracks = Track.objects.select_related("master", "recording__artist", "edition")
    sources = tracks.in_bulk({line.track_id for line in content.lines})
    return PlannedRelease(
        title=content.title,
        artist=content.artist,
        label=content.label,
        upc=checked_upc(content.upc) if content.upc else "",
        date=day_of(content.date),
        date_text=content.date,
        genres=content.genres,
        description=content.description,
        copyright=content.copyright,
        credits=tuple({"name": one.name, "role": one.role, "tracks": list(one.tracks)} for one in content.credits),
        tracks=tuple(
            _track(line, sources[line.track_id], release) for line in sorted(content.lines, key=lambda line: line.place)
        ),
    )


def _track(line: Line, source: Track, release: Release) -> PlannedTrack:
    return PlannedTrack(
        file=FoundFile(Path(source.master.original_name), source.master.original_name, _tags(line, source, release)),
        master=source.master,
        disc=line.disc,
        position=line.position,
        title=line.title,
        artist_credit=line.artist,
        recording_artist=source.recording.artist.name,
        isrc=checked_isrc(line.isrc) if line.isrc else "",
        recording=source.recording,
    )


def _tags(line: Line, source: Track, release: Release) -> Tags:
    """What the source's file said, with what a label may say otherwise."""
    tags = replace(tags_of(source), composer=line.composer, lyrics=line.lyrics)
    if source.edition.release_id == release.pk:
        return tags
    kept = {name: value for name, value in tags.musicbrainz.items() if not name.startswith(OF_ANOTHER_ALBUM)}
    return replace(tags, musicbrainz=kept)

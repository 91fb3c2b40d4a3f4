"""What changed between editions is found by comparing rows, without a question to the database."""

from datetime import date

from obbligato.catalog.differences import changes_between
from obbligato.catalog.models import Edition, Track


def an_edition(**fields: object) -> Edition:
    return Edition(**{"title": "Nocturnes", "date": date(2026, 3, 1), "genres": ["Piano"], **fields})


def a_track(recording: int, *, position: int | None = None, master: int = 0, title: str = "") -> Track:
    return Track(
        recording_id=recording,
        master_id=master or recording,
        disc=1,
        position=position or recording,
        title=title or f"Piece {recording}",
    )


def test_the_same_again_is_no_difference() -> None:
    tracks = [a_track(1), a_track(2)]
    found = changes_between(an_edition(), tracks, an_edition(), [a_track(1), a_track(2)])
    assert found.is_nothing
    assert found.to_fetch == ()


def test_each_kind_of_change_is_told_apart() -> None:
    before = [a_track(1), a_track(2), a_track(3), a_track(4)]
    after = [a_track(1, position=2), a_track(2, position=1), a_track(3, master=9, title="Piece 3 again"), a_track(5)]
    found = changes_between(an_edition(), before, an_edition(title="Nocturnes II", cover_id=7), after)
    assert [track.recording_id for track in found.added] == [5]
    assert [track.recording_id for track in found.removed] == [4]
    assert [(was.master_id, now.master_id) for was, now in found.sounds_new] == [(3, 9)]
    assert [(was.title, now.title) for was, now in found.retitled] == [("Piece 3", "Piece 3 again")]
    assert [(was.position, now.position) for was, now in found.moved] == [(1, 2), (2, 1)]
    assert found.others == ("the title", "the cover")
    assert [track.recording_id for track in found.to_fetch] == [3, 5]
    assert not found.is_nothing


def test_a_removed_track_alone_is_a_difference_with_nothing_to_fetch() -> None:
    found = changes_between(an_edition(), [a_track(1), a_track(2)], an_edition(), [a_track(1)])
    assert not found.is_nothing
    assert found.to_fetch == ()

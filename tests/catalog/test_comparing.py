"""The difference of two contents tells everything, and nothing else; a draft carried over keeps what it changed."""

from dataclasses import replace
from datetime import date

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from obbligato.catalog.comparing import Change, applied, changes_between, difference, told
from obbligato.catalog.contents import Content, Line
from obbligato.catalog.merging import merged
from obbligato.catalog.models import Edition, Track
from obbligato.catalog.placing import appended, placed
from obbligato.catalog.sidecar import CreditLine

PATIENT = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
WORDS = st.sampled_from(["", "Aria", "Fugue", "Gigue"])


@st.composite
def contents(draw: st.DrawFn) -> Content:
    places = sorted(draw(st.sets(st.tuples(st.integers(1, 2), st.integers(1, 6)), max_size=7)))
    sounds = draw(st.lists(st.sampled_from("abcdefgh"), min_size=len(places), max_size=len(places)))
    return Content(
        title=draw(WORDS),
        genres=tuple(draw(st.lists(WORDS, max_size=2))),
        cover=draw(WORDS),
        credits=(CreditLine("Ada", draw(WORDS)),),
        lines=tuple(
            Line(
                f"{sound}{place}",
                ord(sound),
                sound,
                *place,
                draw(WORDS),
                "Ada",
                isrc=draw(st.sampled_from(["", sound])),
            )
            for place, sound in zip(places, sounds, strict=True)
        ),
    )


def suite(*titles: str) -> Content:
    """A content of these tracks, each a sound of its own."""
    lines = [Line(title, place, title, 1, place, title, "Ada") for place, title in enumerate(titles, 1)]
    return Content(title="Suite", artist="Ada", lines=tuple(lines))


def reordered(content: Content, *titles: str) -> Content:
    return replace(
        content,
        lines=tuple(
            replace(line, position=place)
            for place, title in enumerate(titles, 1)
            for line in content.lines
            if line.title == title
        ),
    )


@PATIENT
@given(contents())
def test_equal_contents_do_not_differ(content: Content) -> None:
    assert difference(content, Content.from_json(content.to_json())).is_none
    assert told(content, content) == []


@PATIENT
@given(contents(), contents())
def test_what_differs_applied_gives_the_other(old: Content, new: Content) -> None:
    found = difference(old, new)
    assert applied(old, found) == new
    assert found.is_none == (old == new)
    assert bool(told(old, new)) == (old != new)


@PATIENT
@given(contents(), contents())
def test_the_difference_back_undoes_it(old: Content, new: Content) -> None:
    assert applied(applied(old, difference(old, new)), difference(new, old)) == old


@PATIENT
@given(contents(), contents())
def test_carried_over_to_what_it_began_with_a_draft_stays_the_same(base: Content, draft: Content) -> None:
    assert merged(base, draft, base) == draft
    assert merged(base, base, draft) == draft


@PATIENT
@given(contents(), contents(), contents())
def test_what_is_carried_over_has_one_track_a_place(base: Content, draft: Content, current: Content) -> None:
    found = merged(base, draft, current)
    places = [line.place for line in found.lines]
    assert places == sorted(set(places))
    keys = [line.key for line in found.lines]
    assert len(keys) == len(set(keys))


def test_words_say_how_it_was_and_is() -> None:
    old = suite("Aria", "Fugue")
    new = replace(old, title="Partita", genres=("Baroque", "Piano"), cover="ab" * 32)
    new = replace(new, credits=(CreditLine("Ada", "piano", ("1", "2")), CreditLine("Ben", "")))
    assert told(old, new) == [
        Change("Title", "Suite", "Partita"),
        Change("Genres", "", "Baroque; Piano"),
        Change("Cover", "", "ab" * 32),
        Change("Credits", "", "Ada, piano (1, 2)\nBen"),
    ]


def test_words_name_tracks_added_removed_and_changed() -> None:
    old = suite("Aria", "Fugue")
    new = replace(old, lines=(replace(old.lines[0], title="Air", isrc="FRX872400001"),))
    assert told(old, new) == [
        Change("1.1 “Air”: title", "Aria", "Air"),
        Change("1.1 “Air”: ISRC", "", "FRX872400001"),
        Change("Track removed", "1.2 “Fugue” by Ada", ""),
    ]
    assert told(new, old)[-1] == Change("Track added", "", "1.2 “Fugue” by Ada")


def test_only_what_changed_its_order_is_called_moved() -> None:
    old = suite("Aria", "Fugue", "Gigue", "Air")
    assert told(old, reordered(old, "Air", "Aria", "Fugue", "Gigue")) == [Change("“Air” moved", "1.4", "1.1")]
    without = replace(old, lines=tuple(replace(one, position=one.position - 1) for one in old.lines[1:]))
    assert told(old, without) == [Change("Track removed", "1.1 “Aria” by Ada", "")]


def test_another_number_alone_is_told_too() -> None:
    old = suite("Aria")
    new = replace(old, lines=(replace(old.lines[0], position=2),))
    assert told(old, new) == [Change("“Aria” moved", "1.1", "1.2")]


def test_another_sound_in_its_place_is_told() -> None:
    old = suite("Aria")
    new = replace(old, lines=(replace(old.lines[0], master="b" * 64),))
    assert told(old, new) == [Change("1.1 “Aria”: sound", "Aria (SHA-256)", "bbbbbbbb (SHA-256)")]


def test_a_new_master_is_kept_when_a_draft_is_carried_over() -> None:
    base = suite("Aria", "Fugue", "Gigue")
    draft = reordered(base, "Fugue", "Aria", "Gigue")
    draft = replace(draft, title="Partita", lines=(replace(draft.lines[0], title="Fuga"), *draft.lines[1:]))
    newer = replace(base.lines[1], master="remastered", track_id=99, composer="Ada")
    current = replace(base, description="New.", lines=(base.lines[0], newer, base.lines[2]))
    found = merged(base, draft, current)
    assert (found.title, found.description) == ("Partita", "New.")
    assert [(line.title, line.master, line.composer) for line in found.lines] == [
        ("Fuga", "remastered", "Ada"),
        ("Aria", "Aria", ""),
        ("Gigue", "Gigue", ""),
    ]
    assert found.lines[0].track_id == 99
    assert found.lines[0].key == "Fugue"


def test_what_came_and_went_meanwhile_came_and_went() -> None:
    base = suite("Aria", "Fugue", "Gigue")
    draft = replace(base, lines=(replace(base.lines[0], title="Air"), replace(base.lines[1], isrc="X"), base.lines[2]))
    current = replace(base, lines=(base.lines[0], Line("n", 9, "new", 1, 2, "Coda", "Ada")))
    # The new sound stands where the fugue stood, so it replaced it; the gigue, which nobody touched, is gone.
    assert [(line.title, line.master) for line in merged(base, draft, current).lines] == [
        ("Air", "Aria"),
        ("Coda", "new"),
    ]
    added = appended(draft.lines, Line("t7", 7, "seven", 1, 1, "Seven", "Ada"))
    kept = merged(base, replace(draft, lines=added), replace(base, lines=base.lines[:2]))
    assert [line.title for line in kept.lines] == ["Air", "Fugue", "Seven"]


def test_what_a_draft_changed_of_a_track_that_is_gone_is_not_lost() -> None:
    base = suite("Aria", "Fugue")
    draft = replace(base, lines=(base.lines[0], replace(base.lines[1], title="Fuga")))
    assert [one.title for one in merged(base, draft, replace(base, lines=base.lines[:1])).lines] == ["Aria", "Fuga"]


def test_a_moved_track_stands_where_it_wants_to() -> None:
    lines = suite("Aria", "Fugue", "Gigue", "Air", "Coda").lines
    moved = placed(lines, {"Aria": (1, 3)})
    assert [line.title for line in moved] == ["Fugue", "Gigue", "Aria", "Air", "Coda"]
    assert [line.title for line in placed(lines, {"Coda": (1, 2)})] == ["Aria", "Coda", "Fugue", "Gigue", "Air"]
    swapped = placed(lines, {"Aria": (1, 2), "Fugue": (1, 1)})
    assert [line.title for line in swapped] == ["Fugue", "Aria", "Gigue", "Air", "Coda"]
    assert placed(lines, {"Aria": (1, 1)}) == lines
    second = placed(lines, {"Air": (2, 7)}, without={"Aria"})
    assert [(line.title, line.place) for line in second] == [
        ("Fugue", (1, 1)), ("Gigue", (1, 2)), ("Coda", (1, 3)), ("Air", (2, 1)),
    ]  # fmt: skip


@PATIENT
@given(contents(), st.data())
def test_placing_loses_no_track_and_gives_each_a_place(content: Content, data: st.DataObject) -> None:
    places = st.tuples(st.integers(1, 3), st.integers(1, 9))
    wanted = {line.key: data.draw(places) for line in content.lines if data.draw(st.booleans())}
    found = placed(content.lines, wanted)
    assert {line.key for line in found} == {line.key for line in content.lines}
    assert len({line.place for line in found}) == len(found)


def test_a_track_that_is_added_twice_has_two_keys() -> None:
    lines = suite("Aria").lines
    again = appended(appended(lines, lines[0]), lines[0])
    assert [line.key for line in again] == ["Aria", "Aria-2", "Aria-3"]
    assert [line.position for line in again] == [1, 2, 3]
    assert appended((), lines[0])[0].place == (1, 1)


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


def test_the_same_edition_again_is_no_change() -> None:
    tracks = [a_track(1), a_track(2)]
    found = changes_between(an_edition(), tracks, an_edition(), [a_track(1), a_track(2)])
    assert found.is_nothing
    assert found.to_fetch == ()


def test_whoever_owns_an_edition_is_told_each_kind_of_change() -> None:
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


def test_a_removed_track_alone_is_a_change_with_nothing_to_fetch() -> None:
    found = changes_between(an_edition(), [a_track(1), a_track(2)], an_edition(), [a_track(1)])
    assert not found.is_nothing
    assert found.to_fetch == ()


def test_a_recording_twice_on_an_edition_is_two_tracks() -> None:
    twice = [a_track(1), a_track(1, position=2)]
    assert changes_between(an_edition(), twice, an_edition(), twice).is_nothing
    found = changes_between(an_edition(), twice, an_edition(), twice[:1])
    assert [track.position for track in found.removed] == [2]

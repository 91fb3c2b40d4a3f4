"""What is closed at any moment is the union of the active scopes, whatever is imposed, replaced, lifted or runs out."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from obbligato.catalog.models import Artist, Edition, Label, Master, Release, Track
from obbligato.catalog.restrictions import imposing, in_effect, scopes
from obbligato.catalog.restrictions.imposing import Authority
from obbligato.catalog.restrictions.models import Effect, Restriction
from obbligato.catalog.restrictions.scopes import WORLD, Point, Scope
from obbligato.kernel import clock
from tests.catalog.restrictions.makers import NOON, an_order, some_recordings

HOUR = timedelta(hours=1)
PLACES = ("DE", "AT", "FR", WORLD)
ASKED = ("DE", "AT", "FR", "JP")
RECORDINGS = 3


def a_few_of(values: list[object]) -> st.SearchStrategy[list[object]]:
    return st.lists(st.sampled_from(values), min_size=1, max_size=2, unique=True)


@dataclass(frozen=True)
class Act:
    """Something that happens at an hour: a scope imposed (or put in place of all of its authority), or a lifting."""

    hour: int
    kind: str
    authority: int
    recordings: list[int] = field(default_factory=list)
    territories: list[str] = field(default_factory=list)
    effects: list[Effect] = field(default_factory=list)
    begins_after: int = 0
    lasts: int | None = None


ACTS = st.lists(
    st.builds(
        Act,
        hour=st.integers(0, 8),
        kind=st.sampled_from(["impose", "replace", "lift"]),
        authority=st.integers(1, 3),
        recordings=a_few_of(list(range(RECORDINGS))),
        territories=a_few_of(list(PLACES)),
        effects=a_few_of(list(Effect)),
        begins_after=st.integers(0, 2),
        lasts=st.none() | st.integers(1, 4),
    ),
    min_size=1,
    max_size=6,
)


class Model:
    """The same in plain Python: a list of scopes, each with its authority."""

    def __init__(self) -> None:
        self.scopes: list[tuple[int, Scope]] = []

    def do(self, act: Act, keys: list[int]) -> None:
        now = NOON + act.hour * HOUR
        if act.kind in {"replace", "lift"}:
            self.scopes = [
                (whose, scope.until(now) if whose == act.authority else scope) for whose, scope in self.scopes
            ]
        if act.kind != "lift":
            self.scopes.append((act.authority, scope_of(act, keys)))

    def closed(self, points: list[Point], hour: int) -> set[Point]:
        all_scopes = [scope for _, scope in self.scopes]
        return {point for point in points if scopes.is_closed(all_scopes, point, at=NOON + hour * HOUR)}


def scope_of(act: Act, keys: list[int]) -> Scope:
    begins = NOON + (act.hour + act.begins_after) * HOUR
    return Scope(
        recordings=frozenset(keys[place] for place in act.recordings),
        territories=frozenset(act.territories),
        effects=frozenset(act.effects),
        starts_at=begins,
        ends_at=None if act.lasts is None else begins + act.lasts * HOUR,
    )


def do(act: Act, keys: list[int]) -> None:
    """As the store does it."""
    now = clock.now()
    authority = an_order(f"O-{act.authority}", NOON)
    if act.kind in {"replace", "lift"}:
        imposing.lift(authority=authority, at=now, by="dana")
    if act.kind != "lift":
        scope = scope_of(act, keys)
        imposing.impose(
            authority=authority,
            recordings=scope.recordings,
            territories=sorted(scope.territories),
            effects=act.effects,
            starts_at=scope.starts_at,
            ends_at=scope.ends_at,
            sentence="By order.",
        )


def asked(points: list[Point]) -> set[Point]:
    """What the store says is closed now, by the question that every page asks."""
    closed = set()
    for territory in ASKED:
        found = in_effect.found({point.recording for point in points}, territory=territory)
        closed |= {Point(recording, territory, effect) for recording, effects in found.items() for effect in effects}
    return closed


def agree(acts: list[Act], keys: list[int], do_it: Callable[[Act, list[int]], None]) -> bool:
    """Whether store and model say the same each hour, while the acts happen and afterwards."""
    points = [Point(key, territory, effect) for key in keys for territory in ASKED for effect in Effect]
    model = Model()
    for hour in range(14):
        with clock.stopped(NOON + hour * HOUR):
            for act in acts:
                if act.hour == hour:
                    do_it(act, keys)
                    model.do(act, keys)
            if asked(points) != model.closed(points, hour):
                return False
    return True


@pytest.mark.django_db
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(acts=ACTS)
def test_what_is_closed_is_the_union_of_what_is_active_at_every_hour(acts: list[Act]) -> None:
    assert agree(acts, some_recordings(RECORDINGS), do)


FAULTS: dict[str, list[Act]] = {
    "a lifting that lifts nothing": [
        Act(0, "impose", 1, [0], ["DE"], [Effect.SELL]),
        Act(1, "lift", 1),
    ],
    "a lifting that opens what others close": [
        Act(0, "impose", 1, [0], ["DE"], [Effect.SELL]),
        Act(0, "impose", 2, [0], ["DE"], [Effect.SELL]),
        Act(1, "lift", 1),
    ],
    "a scope that is everywhere": [Act(0, "impose", 1, [0], ["DE"], [Effect.SELL])],
    "a restriction that never ends": [Act(0, "impose", 1, [0], ["DE"], [Effect.SELL], lasts=1)],
    "a restriction that begins at once": [Act(0, "impose", 1, [0], ["DE"], [Effect.SELL], begins_after=1)],
}


def faulty(fault: str) -> Callable[[Act, list[int]], None]:
    """The store with one thing wrong."""

    def broken(act: Act, keys: list[int]) -> None:
        if fault == "a lifting that lifts nothing" and act.kind == "lift":
            return
        if fault == "a lifting that opens what others close" and act.kind == "lift":
            do(act, keys)
            do(Act(act.hour, "lift", 2), keys)
            return
        territories = [WORLD] if fault == "a scope that is everywhere" else act.territories
        lasts = None if fault == "a restriction that never ends" else act.lasts
        begins_after = 0 if fault == "a restriction that begins at once" else act.begins_after
        do(Act(act.hour, act.kind, act.authority, act.recordings, territories, act.effects, begins_after, lasts), keys)

    return broken


@pytest.mark.django_db
@pytest.mark.parametrize("fault", list(FAULTS))
def test_the_model_finds_each_planted_fault(fault: str) -> None:
    keys = some_recordings(RECORDINGS)
    assert not agree(FAULTS[fault], keys, faulty(fault))


@pytest.mark.django_db
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    decided=st.integers(-3, 3), begins=st.integers(-3, 3), kind=st.sampled_from(["order", "decision", "allegation", ""])
)
def test_no_restriction_is_without_authority_or_earlier_than_it(decided: int, begins: int, kind: str) -> None:
    (one,) = some_recordings(1)
    authority = Authority(kind, "X-1", NOON + decided * HOUR)
    with clock.stopped(NOON):
        try:
            imposing.impose(
                authority=authority, recordings=[one], territories=["DE"], effects=[Effect.SELL],
                starts_at=NOON + begins * HOUR, ends_at=None, sentence="By order.",
            )  # fmt: skip
        except imposing.NoAuthority:
            assert kind not in {"order", "decision"} or begins < decided or decided > 0
        else:
            assert kind in {"order", "decision"}
            assert decided <= min(begins, 0)
    assert all(row.decided_at <= row.starts_at for row in Restriction.objects.all())


class TestAlgebra:
    def test_a_difference_is_what_nobody_else_closes(self) -> None:
        mine = Scope(frozenset({1, 2}), frozenset({"DE", "AT"}), frozenset({"sell"}), NOON)
        german = Scope(frozenset({1, 2}), frozenset({"DE"}), frozenset({"sell"}), NOON)
        austrian = Scope(frozenset({1}), frozenset({"AT"}), frozenset({"sell"}), NOON)
        assert scopes.changed(mine, [], at=NOON) == {1, 2}
        assert scopes.changed(mine, [german, austrian], at=NOON) == {2}
        assert scopes.changed(mine, [mine.until(NOON)], at=NOON) == {1, 2}

    def test_its_end_is_outside_of_it(self) -> None:
        scope = Scope(frozenset({1}), frozenset({WORLD}), frozenset({"sell"}), NOON, NOON + HOUR)
        point = Point(1, "", "sell")
        assert scope.covers(point, at=NOON)
        assert not scope.covers(point, at=NOON + HOUR)
        assert scope.until(NOON + 2 * HOUR).ends_at == NOON + HOUR


@pytest.mark.django_db
class TestLists:
    def test_a_release_is_hidden_when_all_of_its_tracks_are(self) -> None:
        first, second = some_recordings(2)
        edition = an_edition([first, second])
        with clock.stopped(NOON):
            close([first])
            assert hidden(edition) == set()
            assert in_effect.hidden_tracks(edition.tracks.values_list("pk", flat=True), territory="DE") == {
                edition.tracks.get(recording=first).pk
            }
            close([second])
            assert hidden(edition) == {edition.pk}
            assert hidden(edition, "AT") == set()
            releases = Release.objects.published()
            assert list(in_effect.listed(releases, territory="DE")) == []
            assert in_effect.listed(releases, territory="DE").count() == 0
            assert list(in_effect.listed(releases, territory="AT")) == [edition.release]

    def test_one_without_tracks_is_never_hidden(self) -> None:
        edition = an_edition([])
        assert hidden(edition) == set()
        assert list(in_effect.listed(Release.objects.published(), territory="DE")) == [edition.release]


def an_edition(recordings: list[int]) -> Edition:
    artist = Artist.objects.get_or_create(name="The Test Ensemble", slug="the-test-ensemble")[0]
    label = Label.objects.create(name="Test Label", slug="test-label")
    release = Release.objects.create(key="one", slug="one", artist=artist, label=label)
    edition = Edition.objects.create(release=release, number=1, digest="0" * 64, title="One")
    release.edition = edition
    release.save()
    for position, recording in enumerate(recordings, 1):
        master = a_master(position)
        Track.objects.create(
            edition=edition, recording_id=recording, master_id=master, position=position, title="Piece"
        )
    return edition


def a_master(number: int) -> int:
    return Master.objects.create(
        sha256=f"{number:064}", original_name="x.flac", size_bytes=1, facts_json={}, pcm_md5="0" * 32,
        range_lu=0.0, true_peak_dbtp=0.0, peaks=b"",
    ).pk  # fmt: skip


def close(recordings: list[int]) -> None:
    imposing.impose(
        authority=an_order(), recordings=recordings, territories=["DE"], effects=[Effect.SEARCH], starts_at=NOON,
        ends_at=None, sentence="By order.",
    )  # fmt: skip


def hidden(edition: Edition, territory: str = "DE") -> set[int]:
    return in_effect.hidden_editions([edition.pk], territory=territory)

"""Only a decision or an order restricts, not before it is one; what it imposed ends, and is never edited."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from obbligato.catalog.restrictions import immutability, imposing, in_effect
from obbligato.catalog.restrictions.imposing import Authority, BadScope, NoAuthority, impose, lift
from obbligato.catalog.restrictions.models import Effect, RestrictedRecording, Restriction
from obbligato.kernel import clock
from tests.catalog.restrictions.makers import NOON, an_order, some_recordings

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
WHY = "A court in Berlin has ordered that this recording is not sold in Germany."


def closing(wanted: list[int], **other: object) -> Restriction:
    values = {
        "authority": an_order(),
        "recordings": wanted,
        "territories": ["DE"],
        "effects": [Effect.SELL, Effect.PREVIEW],
        "starts_at": NOON,
        "ends_at": None,
        "sentence": WHY,
    }
    return impose(**{**values, **other})  # type: ignore[arg-type]


def refused(recordings: list[int], territory: str = "DE", effect: Effect = Effect.SELL) -> dict[int, str]:
    return in_effect.refusals(recordings, territory=territory, effect=effect)


def test_what_is_closed_is_closed_there_and_for_that_alone() -> None:
    first, second = some_recordings(2)
    with clock.stopped(NOON):
        closing([first])
        assert refused([first, second]) == {first: WHY}
        assert refused([first, second], "AT") == {}
        assert refused([first], "") == {}
        assert refused([first], effect=Effect.REDOWNLOAD) == {}
        assert in_effect.found([first], territory="DE") == {first: {Effect.SELL: WHY, Effect.PREVIEW: WHY}}
        assert refused([]) == {}


def test_world_is_everywhere_also_where_nobody_knows_where_it_is() -> None:
    (one,) = some_recordings(1)
    with clock.stopped(NOON):
        closing([one], territories=["WORLD"])
        assert refused([one], "JP") == refused([one], "") == {one: WHY}


def test_it_begins_and_ends_at_its_moments_by_itself() -> None:
    (one,) = some_recordings(1)
    with clock.stopped(NOON):
        closing([one], starts_at=NOON + HOUR, ends_at=NOON + 2 * HOUR)
        assert refused([one]) == {}
        assert Restriction.active().count() == 1
        clock.advance(HOUR)
        assert refused([one]) == {one: WHY}
        clock.advance(HOUR)
        assert refused([one]) == {}
        assert not Restriction.active().exists()


def test_lifting_ends_what_that_authority_imposed_and_nothing_else() -> None:
    (one,) = some_recordings(1)
    with clock.stopped(NOON):
        closing([one])
        closing([one], authority=Authority(Authority.DECISION, "O-1", NOON), sentence="A decision.")
        clock.advance(HOUR)
        assert lift(authority=an_order(), at=NOON, by="dana") == 1
        assert refused([one]) == {one: "A decision."}
        assert lift(authority=an_order(), at=NOON, by="dana") == 0
        ended = Restriction.objects.get(authority_kind="order")
        assert (ended.lifted_at, ended.lifted_by) == (NOON + HOUR, "dana")
        assert ended.scope().ends_at == NOON + HOUR
        assert Restriction.objects.get(authority_kind="decision").scope().ends_at is None
        assert str(ended) == "order O-1"
        assert str(RestrictedRecording.objects.first()) == "Piece by order O-1"


def test_the_first_that_was_in_effect_speaks() -> None:
    (one,) = some_recordings(1)
    with clock.stopped(NOON + HOUR):
        closing([one], starts_at=NOON + HOUR, sentence="The second.")
        closing([one], authority=an_order("O-2"), sentence="The first.")
        assert refused([one]) == {one: "The first."}


@pytest.mark.parametrize(
    ("other", "refusal"),
    [
        ({"authority": Authority("allegation", "A-1", NOON)}, NoAuthority),
        ({"authority": Authority("order", "", NOON)}, NoAuthority),
        ({"authority": an_order(decided_at=NOON + HOUR), "starts_at": NOON + HOUR}, NoAuthority),
        ({"starts_at": NOON - HOUR}, NoAuthority),
        ({"recordings": []}, BadScope),
        ({"recordings": [987_654]}, BadScope),
        ({"territories": []}, BadScope),
        ({"territories": ["Germany"]}, BadScope),
        ({"effects": []}, BadScope),
        ({"effects": ["payout"]}, BadScope),
        ({"ends_at": NOON}, BadScope),
        ({"sentence": "  "}, BadScope),
    ],
)
def test_nothing_is_restricted_without_authority_or_scope(other: dict[str, object], refusal: type[Exception]) -> None:
    (one,) = some_recordings(1)
    with clock.stopped(NOON), pytest.raises(refusal):
        closing([one], **other)
    assert not Restriction.objects.exists()


@pytest.mark.parametrize(
    "wrong",
    [
        {"authority_kind": "rumour"},
        {"authority_number": ""},
        {"decided_at": NOON + HOUR},
        {"ends_at": NOON},
        {"effects": ""},
        {"territories": ""},
        {"sentence": ""},
        {"sentence": "Something else."},
        {"starts_at": NOON + HOUR},
    ],
)
def test_the_database_itself_keeps_it_so(wrong: dict[str, object]) -> None:
    (one,) = some_recordings(1)
    with clock.stopped(NOON):
        closing([one])
    with pytest.raises(IntegrityError), transaction.atomic():
        Restriction.objects.update(**wrong)


def test_what_was_lifted_stays_lifted() -> None:
    (one,) = some_recordings(1)
    with clock.stopped(NOON):
        closing([one])
        lift(authority=an_order(), at=NOON, by="dana")
    with pytest.raises(IntegrityError), transaction.atomic():
        Restriction.objects.update(lifted_at=None)


def test_many_recordings_are_asked_about_in_few_questions() -> None:
    many = some_recordings(in_effect.MOST_A_QUESTION + 1)
    with clock.stopped(NOON):
        closing(many)
        assert set(refused(many)) == set(many)
    assert imposing.ROWS_A_STATEMENT > in_effect.MOST_A_QUESTION


def test_the_triggers_make_way_for_a_migration_and_come_back() -> None:
    (one,) = some_recordings(1)
    with clock.stopped(NOON):
        closing([one])
    immutability.remove(connection)
    assert Restriction.objects.update(sentence="Another sentence.") == 1
    immutability.install(connection)
    with pytest.raises(IntegrityError), transaction.atomic():
        Restriction.objects.update(sentence="A third one.")

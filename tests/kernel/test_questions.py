"""Questions that are put together once."""

from collections.abc import Collection
from datetime import datetime, timedelta
from threading import Thread

import pytest
from django.db import connection, transaction
from django.db.models import QuerySet
from django.test.utils import CaptureQueriesContext

from obbligato.catalog.models import Artist, Recording
from obbligato.kernel import clock, questions
from obbligato.kernel.questions import question
from obbligato.ledger.models import Account, Transfer
from obbligato.ledger.transfers import Move, transfer
from obbligato.rights import licences
from obbligato.rights.licences import LicenceTerms
from obbligato.rights.models import Licence

times_put: list[str] = []


@question
def names(keys: Collection[int], currency: str) -> QuerySet[Account, tuple[str]]:
    times_put.append(currency)
    return Account.objects.filter(pk__in=keys, currency=currency).order_by("name").values_list("name")


@question
def called(name: str) -> QuerySet[Account]:
    return Account.objects.filter(name=name)


@question
def made_until(moment: datetime) -> QuerySet[Transfer, tuple[str, datetime]]:
    return Transfer.objects.filter(created_at__lte=moment).values_list("key", "created_at")


@question
def made_with_accounts(key: str) -> QuerySet[Transfer]:
    return Transfer.objects.filter(key=key).select_related("source")


@question
def any_account() -> QuerySet[Account, tuple[int]]:
    return Account.objects.values_list("pk")[:1]


@question
def locked(name: str) -> QuerySet[Account, tuple[int]]:
    return Account.objects.select_for_update().filter(name=name).values_list("pk")


@question
def territories(recording: int) -> QuerySet[Licence, tuple[list[str]]]:
    return Licence.objects.filter(recording_id=recording).values_list("territories")


def opened(*names: str) -> list[Account]:
    return [Account.objects.create(name=name, currency="EUR", kind="revenue", may_overdraw=True) for name in names]


@pytest.mark.django_db
class TestAQuestion:
    def test_finds_what_the_query_finds(self) -> None:
        a, b, c = opened("a", "b", "c")
        assert names([c.pk, a.pk], "EUR") == [("a",), ("c",)]
        assert names({a.pk, b.pk, c.pk}, "EUR") == [("a",), ("b",), ("c",)]
        assert names([a.pk], "JPY") == []

    def test_gives_objects_where_the_query_does(self) -> None:
        [made] = opened("a")
        [found] = called("a")
        assert (found, found.kind, found.currency) == (made, "revenue", "EUR")
        assert not found._state.adding

    def test_is_put_together_once_for_lists_of_about_a_length(self) -> None:
        keys = [one.pk for one in opened("a", "b", "c", "d")]
        assert len(names(keys, "EUR")) == 4
        put = len(times_put)
        assert names(keys[:3], "EUR") == [("a",), ("b",), ("c",)]
        assert len(times_put) == put

    def test_keeps_no_statement_for_a_list_that_is_long(self) -> None:
        opened("a")
        for length in (questions.LONGEST_KEPT + 1, questions.LONGEST_KEPT + 1):
            put = len(times_put)
            names(range(-length, 0), "EUR")
            assert len(times_put) == put + 1

    def test_of_an_empty_list_is_not_asked(self) -> None:
        with CaptureQueriesContext(connection) as asked:
            assert names([], "EUR") == []
        assert not asked.captured_queries

    def test_reads_moments_and_lists_as_django_does(self) -> None:
        source, target = opened("a", "b")
        made = transfer(Move("once", source, target, 5, "sale"))
        assert made_until(clock.now()) == [("once", made.created_at)]
        assert made_until(made.created_at - timedelta(seconds=1)) == []
        recording = Recording.objects.create(key="pcm:1", title="Aria", artist=Artist.objects.create(name="Bach"))
        licences.declare(recording, LicenceTerms("own", "", ("FR", "DE"), clock.today()), by="dana")
        assert territories(recording.pk) == [(["FR", "DE"],)]

    def test_that_it_would_answer_wrongly_is_not_asked(self) -> None:
        with pytest.raises(AssertionError):
            called(name="a")
        with pytest.raises(AssertionError):
            made_with_accounts("once")

    def test_may_have_no_value_at_all(self) -> None:
        assert any_account() == []
        [made] = opened("a")
        assert any_account() == [(made.pk,)]


@pytest.mark.django_db(transaction=True)
class TestOutsideOfATransaction:
    def test_a_question_that_locks_is_not_asked(self) -> None:
        [made] = opened("a")
        with transaction.atomic():
            assert locked("a") == [(made.pk,)]
        with pytest.raises(AssertionError):
            locked("a")

    def test_each_thread_puts_it_together_for_its_own_connection(self) -> None:
        names([1], "EUR")
        put = len(times_put)

        def ask() -> None:
            names([1], "EUR")
            connection.close()

        thread = Thread(target=ask)
        thread.start()
        thread.join()
        assert len(times_put) == put + 1

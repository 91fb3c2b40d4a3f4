"""Each mail is taken at least once or given up with what the server said; none waits for another."""

import smtplib
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from django.core.cache import cache
from django.core.mail import EmailMessage
from hypothesis import HealthCheck, given
from hypothesis import settings as examples
from hypothesis import strategies as some

from obbligato.kernel import clock
from obbligato.people.mails import sending
from obbligato.people.mails.answers import Meaning, answer_of
from obbligato.people.mails.models import Mail
from tests.meanwhile import meanwhile
from tests.people.mails.servers import Killed, Server, hangs_up, is_killed, put_in_place, refuses

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 11, 2, 12, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def server(settings: Any) -> Iterator[type[Server]]:
    with clock.stopped(NOON):
        yield put_in_place(settings)


def made(mail: Mail) -> EmailMessage:
    return EmailMessage(f"About {mail.key}", "Words.\n", to=[f"reader-{mail.key}@example.org"])


def send(limit: int = 10) -> int:
    return sending.send_due("news", made, limit=limit)


def taken() -> list[str]:
    return [one.subject for one in Server.taken]


def test_a_mail_is_sent_once_noted_and_gone() -> None:
    sending.post("news", 1)
    sending.post("other", 1)
    noted: list[int] = []
    assert sending.send_due("news", made, limit=10, sent=lambda mail: noted.append(mail.key)) == 1
    assert send() == 0
    assert (taken(), noted) == (["About 1"], [1])
    assert [str(one) for one in Mail.objects.all()] == ["mail other 1"]


def test_what_is_told_anew_takes_the_place_of_what_waited(server: type[Server]) -> None:
    server.answers = [refuses()]
    first = sending.post("news", 1)
    send()
    again = sending.post("news", 1)
    assert (again.pk, again.is_refused, again.said, again.tries) == (first.pk, False, "", 0)
    assert send() == 1


def test_what_is_told_anew_while_it_is_sent_is_sent_again(server: type[Server]) -> None:
    sending.post("news", 1)
    server.answers = [lambda _: sending.post("news", 1) and None]
    assert (send(), send(), send()) == (1, 1, 0)


def test_where_nothing_is_left_to_say_nothing_is_sent() -> None:
    sending.post("news", 1)
    assert sending.send_due("news", lambda _: None, limit=10) == 0
    assert not Mail.objects.exists()


def test_an_address_that_is_refused_is_noted_and_holds_up_nobody(server: type[Server]) -> None:
    for key in (1, 2, 3):
        sending.post("news", key)
    server.answers = [refuses(), None, refuses(553, b"5.1.3 \xff bad\r\naddress")]
    assert send() == 1
    assert taken() == ["About 2"]
    first, last = Mail.objects.order_by("key")
    assert (first.refused_at, first.said, first.tries) == (NOON, "550 No such user here", 1)
    assert last.said == "553 5.1.3 \ufffd bad address"
    clock.advance(timedelta(days=30))
    assert send() == 0
    assert len(server.taken) == 1


def test_what_is_put_off_is_tried_at_growing_intervals_for_five_days(server: type[Server]) -> None:
    sending.post("news", 1)
    tries = []
    while not (mail := Mail.objects.get()).is_refused:
        clock.advance(mail.due_at - clock.now())
        tries.append(clock.now() - NOON)
        server.answers = [refuses(451, b"Greylisted")]
        assert send() == 0
        assert send() == 0  # Not before its time.
    pauses = [later - earlier for earlier, later in pairwise(tries)]
    assert pauses[:3] == [timedelta(minutes=5), timedelta(minutes=10), timedelta(minutes=20)]
    assert max(pauses) == timedelta(days=1)
    assert timedelta(days=4) < tries[-1] < timedelta(days=5)
    assert mail.said == "451 Greylisted"


def test_what_is_put_off_once_is_taken_later_and_the_others_at_once(server: type[Server]) -> None:
    sending.post("news", 1)
    sending.post("news", 2)
    server.answers = [refuses(450)]
    assert send() == 1
    clock.advance(timedelta(minutes=5))
    assert send() == 1
    assert taken() == ["About 2", "About 1"]


def test_a_server_that_is_not_there_is_asked_once_and_left_in_peace(server: type[Server]) -> None:
    for key in range(10):
        sending.post("news", key)
    server.is_there = False
    assert (send(), send(), server.opened) == (0, 0, 1)
    assert not Mail.objects.filter(tries__gt=0).exists()
    server.is_there = True
    assert send() == 0
    clock.advance(sending.PAUSE_OF_SERVER)
    assert send() == 10


@pytest.mark.parametrize("trouble", [hangs_up, refuses(421, b"Closing")])
def test_a_server_that_goes_away_ends_the_round(server: type[Server], trouble: Any) -> None:
    for key in range(10):
        sending.post("news", key)
    server.answers = [None, trouble]
    assert (send(), send()) == (1, 0)
    assert Mail.objects.filter(tries__gt=0).count() == 1
    clock.advance(sending.PAUSE_OF_SERVER)
    assert send() == 9


def test_a_mail_on_which_the_server_always_hangs_up_is_given_up_too(server: type[Server]) -> None:
    sending.post("news", 1)
    while not (mail := Mail.objects.get()).is_refused:
        clock.advance(mail.due_at - clock.now())
        server.answers = [hangs_up]
        send()
    assert mail.said == "Connection unexpectedly closed"


def test_a_slow_server_is_waited_for_only_so_long(monkeypatch: pytest.MonkeyPatch) -> None:
    sending.post("news", 1)
    monkeypatch.setattr(sending, "SECONDS_A_ROUND", -1)
    assert send() == 0
    assert Mail.objects.get().tries == 0


def test_a_mail_that_cannot_be_made_holds_up_nobody() -> None:
    def fails_first(mail: Mail) -> EmailMessage:
        return made(mail) if mail.key == 2 else made(Mail(key=len(str(1 // 0))))

    sending.post("news", 1)
    sending.post("news", 2)
    with pytest.raises(ZeroDivisionError):
        sending.send_due("news", fails_first, limit=10)
    assert sending.send_due("news", fails_first, limit=10) == 1


def test_a_mail_cut_off_is_sent_again_by_the_same_name(server: type[Server]) -> None:
    sending.post("news", 1)
    server.kills_after = 1
    with pytest.raises(Killed):
        send()
    assert send() == 0  # Whoever tries it now may still be at it.
    clock.advance(timedelta(minutes=5))
    assert send() == 1
    first, second = (one.message() for one in server.taken)
    assert (
        first["Message-ID"]
        == second["Message-ID"]
        == f"<news-{first['Message-ID'].split('-')[1]}-20261102120000@localhost>"
    )
    assert first["Auto-Submitted"] == "auto-generated"


def test_one_that_somebody_waits_for_is_answered_at_once(server: type[Server]) -> None:
    server.answers = [None, refuses(550, b"No")]
    assert sending.send_now(sending.post("letter", 1), made) is None
    answer = sending.send_now(sending.post("letter", 2), made)
    assert answer is not None
    assert (answer.meaning, answer.said) == (Meaning.REFUSED, "550 No")
    stale = sending.post("letter", 3)
    assert sending.send_due("letter", made, limit=1) == 1
    assert sending.send_now(stale, made) is None
    assert len(server.taken) == 2


@pytest.mark.parametrize(
    ("error", "meaning", "said"),
    [
        (smtplib.SMTPRecipientsRefused({"a@b.c": (450, b"Wait"), "d@e.f": (550, b"No")}), "LATER", "450 Wait; 550 No"),
        (smtplib.SMTPDataError(554, b"Spam"), "REFUSED", "554 Spam"),
        (smtplib.SMTPDataError(452, "Full"), "LATER", "452 Full"),
        (smtplib.SMTPSenderRefused(550, b"Who are you", "store@localhost"), "AWAY", "550 Who are you"),
        (smtplib.SMTPNotSupportedError("SMTPUTF8"), "REFUSED", "SMTPUTF8"),
        (smtplib.SMTPAuthenticationError(535, b"Bad"), "AWAY", "535 Bad"),
        (ValueError("Header values can't contain newlines"), "REFUSED", "Header values can't contain newlines"),
        (TimeoutError(), "AWAY", "TimeoutError"),
        (smtplib.SMTPDataError(554, b"x" * 900), "REFUSED", "554 " + "x" * 496),
    ],
)  # fmt: skip
def test_what_a_server_answers_is_for_ever_for_now_or_about_itself(error: Any, meaning: str, said: str) -> None:
    answer = answer_of(error)
    assert (answer.meaning.name, answer.said) == (meaning, said)


ROUNDS = some.lists(
    some.one_of(
        some.just("nobody there"),
        some.lists(some.sampled_from(["takes", "refuses", "later", "away", "killed", "killed after"]), max_size=6),
    ),
    max_size=12,
)
ANSWERS = {"takes": None, "refuses": refuses(), "later": refuses(450), "away": hangs_up, "killed": is_killed}


@pytest.mark.usefixtures("server")
@examples(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(count=some.integers(1, 4), rounds=ROUNDS)
def test_whatever_breaks_each_is_taken_or_refused_and_none_twice_without_a_crash(count: int, rounds: list[Any]) -> None:
    cache.clear()
    Mail.objects.all().delete()
    Server.taken.clear()
    crashes: Counter[str] = Counter()

    def dies(message: EmailMessage) -> None:
        crashes[message.subject] += 1
        Server.kills_after = 1

    with clock.stopped(NOON):
        for key in range(count):
            sending.post("news", key)
        for one in rounds:
            Server.is_there = one != "nobody there"
            Server.answers = [ANSWERS.get(word, dies) for word in one] if Server.is_there else []
            with suppress(Killed):
                send()
            clock.advance(timedelta(hours=7))
        Server.is_there, Server.answers = True, []
        for _ in range(3):
            clock.advance(timedelta(days=1))
            send()
        refused = {f"About {one.key}" for one in Mail.objects.all() if one.is_refused}
        assert Mail.objects.count() == len(refused)
        times = Counter(taken())
        for subject in (f"About {key}" for key in range(count)):
            assert times[subject] >= 1 or subject in refused
            assert times[subject] <= 1 + crashes[subject]


@pytest.mark.django_db(transaction=True)
def test_two_processes_send_it_once() -> None:
    sending.post("news", 1)
    with meanwhile(send, after='FROM "mails_mail"'):
        send()
    assert taken() == ["About 1"]

"""Fill a wallet: one payment per key, whatever is clicked twice, by the first rail that carries it.

It never hears of orders.
"""

import hashlib
from collections.abc import Sequence

from django.conf import settings

from obbligato.kernel import chance, clock
from obbligato.kernel.money import MICRO, Money, minor_unit_micro
from obbligato.kernel.refusals import Busy, Invalid, KeyUsedOtherwise, Missing
from obbligato.payments import attempts, card_testing, rails, registry, routing
from obbligato.payments.contract import Decline, Method
from obbligato.payments.keys import own_key
from obbligato.payments.limits.limiting import lot_of
from obbligato.payments.models import OPEN_STATES, Attempt, Decision, Intent
from obbligato.people.models import Person
from obbligato.people.throttle import count_attempt

MINIMUM_MICRO = MICRO // 2
MAXIMUM_MICRO = 500 * MICRO
RETRY_AFTER_SECONDS = 300
TROUBLE = {Decline.TECHNICAL, Decline.MERCHANT}
"""A no that says nothing of the buyer: the next rail is asked at once."""


class BadTopUp(Invalid):
    """The amount cannot be topped up."""


class NoSuchAttempt(Missing):
    """There is no such payment among this person's."""


class NoSuchMethod(Invalid):
    """There is no such way of paying."""


class NoRail(Busy):
    """Nothing that could carry this payment can be used at the moment."""


def start(
    person: Person,
    *,
    amount_micro: int,
    currency: str,
    key: str,
    return_url: str,
    provider: str = "",
    method: str = "",
    country: str = "",
    origins: Sequence[str] = (),
) -> Attempt:
    """Begin a payment; attempt.next_url is where the buyer finishes it. The same key gives the same payment.

    `return_url` may contain {number}. By one rail where `provider` names it, else by whichever carries `method` best;
    where a rail itself fails, by the next. `origins` are names of where the request came from, each counted for itself.
    Every row is committed before anything is sent. Raises BadTopUp, NoSuchMethod, NoRail, NoSuchProvider,
    KeyUsedOtherwise, TooManyAttempts, TooManyCards.
    """
    _refuse_amount(amount_micro, currency)
    if method and method not in set(Method):
        raise NoSuchMethod("This way of paying is not known here.")
    if provider:
        registry.provider(provider)
    wanted = {
        "amount_micro": amount_micro,
        "currency": currency,
        "method": method,
        "wanted": provider,
        "country": country[:2],
    }
    return carry_on(_intent(person, key, wanted, return_url, origins))


def carry_on(intent: Intent) -> Attempt:
    """Try rails, each once, until one has answered with more than its own trouble; gives the last attempt."""
    while True:
        before = intent.attempts.order_by("pk").last()
        if before is not None and not _may_try_another(before):
            return before
        order = _decided(intent).order
        if not order:
            before = intent.attempts.order_by("pk").last()  # The other click of a double click may have made one.
            if before is None:
                raise NoRail(
                    "No way of paying can carry this at the moment. What you chose waits for you; please try again.",
                    retry_after_seconds=RETRY_AFTER_SECONDS,
                )
            return before
        attempt, is_new = attempts.prepare(intent, order[0])
        if not is_new:
            return attempt
        attempts.dispatch(attempt, registry.provider(order[0]))


def attempt_of(person: Person, number: str) -> Attempt:
    """One of the person's own attempts. Another's is as missing as one that never was."""
    attempt = Attempt.objects.filter(person=person, number=number[:32]).first()
    if attempt is None:
        raise NoSuchAttempt("There is no such payment.")
    return attempt


def _refuse_amount(amount_micro: int, currency: str) -> None:
    if not MINIMUM_MICRO <= amount_micro <= MAXIMUM_MICRO:
        least, most = Money(MINIMUM_MICRO, currency), Money(MAXIMUM_MICRO, currency)
        raise BadTopUp("A top-up is between {least} and {most}.", least=least, most=most)
    if amount_micro % minor_unit_micro(currency):
        raise BadTopUp("{currency} has no unit that small.", currency=currency)


def _intent(person: Person, key: str, wanted: dict[str, object], return_url: str, origins: Sequence[str]) -> Intent:
    key = own_key(person.pk, key)
    found = Intent.objects.filter(key=key).first()
    if found is None:
        count_attempt("top-up", str(person.pk), limit=20, window_seconds=600)
        for origin in origins:
            count_attempt("top-up-from", origin, limit=40, window_seconds=600)
        if _may_be_a_card(wanted):
            card_testing.refuse_too_many(person.pk)
        # The other click of a double click may come first between the look above and here.
        found, _ = Intent.objects.get_or_create(
            key=key,
            defaults={"number": chance.token(8), "person": person, "return_url": return_url, **wanted},
        )
    if any(getattr(found, name) != value for name, value in wanted.items() if name != "country"):
        raise KeyUsedOtherwise(
            "This was sent before, for {amount}. Open the wallet again for another.",
            amount=Money(found.amount_micro, found.currency),
        )
    return found


def _may_be_a_card(wanted: dict[str, object]) -> bool:
    rails = [one for one in registry.providers() if wanted["wanted"] in {"", one.name}]
    return wanted["method"] in {"", Method.CARD} and any(Method.CARD in one.capabilities.methods for one in rails)


def _may_try_another(before: Attempt) -> bool:
    if Attempt.objects.filter(intent_id=before.intent_id, decline=Decline.HARD).exists():
        return False
    if before.superseded_at is not None:
        return True
    return before.state == Attempt.State.NOT_SENT or (
        before.state == Attempt.State.DECLINED and before.decline in TROUBLE
    )


def _decided(intent: Intent) -> routing.Answer:
    """Ask the router, and keep its question and answer."""
    lot = int(hashlib.sha256(intent.number.encode()).hexdigest(), 16) % 1000
    question = routing.Question(
        amount_micro=intent.amount_micro,
        currency=intent.currency,
        method=intent.method,
        country=intent.country,
        wanted=intent.wanted,
        tried=tuple(intent.attempts.order_by("pk").values_list("provider", flat=True)),
        stuck=_stuck(intent),
        most_share_basis_points=settings.MOST_SHARE_BASIS_POINTS,
        rails=rails.rails(draw_per_mille=lot, lot=lot_of(intent.person_id, clock.today())),
    )
    answer = routing.decide(question)
    Decision.objects.create(
        intent=intent,
        policy_version=routing.POLICY_VERSION,
        question=routing.stored(question),
        answer=routing.stored(answer),
    )
    return answer


def _stuck(intent: Intent) -> tuple[str, ...]:
    """Rails at which another payment of hers is open: if it did not work there, the next click goes elsewhere."""
    others = Attempt.objects.filter(person_id=intent.person_id, state__in=OPEN_STATES).exclude(intent=intent)
    return tuple(sorted(set(others.values_list("provider", flat=True))))

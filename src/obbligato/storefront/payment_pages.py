"""The store's own pages on which a payment is finished, by their kinds. Nothing secret of them is ever stored."""

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext

from obbligato.kernel.refusals import Busy
from obbligato.payments import attempts
from obbligato.payments.contract import NoAnswer, NotSent
from obbligato.payments.models import Attempt
from obbligato.sales.models import Order

RETRY_AFTER_SECONDS = 10


@dataclass(frozen=True)
class Kind:
    """What a page of this kind is made of, and what it may load beyond what is the store's own."""

    template: str
    policy: str


KINDS = {
    "payment_element": Kind(
        template="card.html",
        # https://docs.stripe.com/security/guide#content-security-policy
        policy=(
            "default-src 'self'; script-src 'self' https://js.stripe.com https://*.js.stripe.com; "
            "frame-src https://js.stripe.com https://*.js.stripe.com https://hooks.stripe.com; "
            "connect-src 'self' https://api.stripe.com; img-src 'self' data:; style-src 'self' 'unsafe-inline'; "
            "object-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'"
        ),
    ),
}


class NoAnswerYet(Busy):
    """The payment company has to be asked for what the page shows, and does not answer."""


def page_of(request: HttpRequest, attempt: Attempt) -> HttpResponse | None:
    """The page on which this payment is finished; None where there is nothing to finish here. Raises NoAnswerYet."""
    try:
        shown = attempts.pay_page(attempt)
    except (NotSent, NoAnswer):
        raise NoAnswerYet(
            gettext(
                "The payment company does not answer just now. Please try again in a moment; what was paid is not lost."
            ),
            retry_after_seconds=RETRY_AFTER_SECONDS,
        ) from None
    if shown is None or shown.kind not in KINDS:
        return None
    kind = KINDS[shown.kind]
    waiting = Order.objects.filter(person=attempt.person_id, paid_at__isnull=True, cancelled_at__isnull=True)
    context = {"attempt": attempt, "facts": shown.facts, "waiting": waiting.order_by("-pk").first()}
    response = render(request, kind.template, context)
    response.headers["Content-Security-Policy"] = kind.policy
    response.headers["Cache-Control"] = "no-store"
    return response

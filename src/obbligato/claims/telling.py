"""Tell claimant and supplier by mail what became of a claim, each in her language. A row says what is to be told.

The template of a kind and a language begins with its subject; upkeep sends it.
"""

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation

from obbligato.claims.elements import missing_of
from obbligato.claims.models import Claim, ClaimMail, ClaimStep, Supplier
from obbligato.claims.regimes.steps import State
from obbligato.kernel import clock
from obbligato.people.mails import sending
from obbligato.people.mails.models import Mail

TO_CLAIMANT = {
    State.INCOMPLETE: "missing",
    State.REFUSED: "declined",
    State.NO_ACTION: "declined",
    State.DISABLED: "restricted",
    State.RESTRICTED: "restricted",
    State.COUNTERED: "countered",
    State.RESTORED: "restored",
    State.UPHELD: "decided_again",
    State.REVERSED: "decided_again",
    State.FORWARDED: "forwarded",
    State.ANSWERED: "answered",
    State.CLOSED: "answered",
}
TO_SUPPLIER = {
    State.VALID: "heard",
    State.HEARING: "heard",
    State.FORWARDED: "heard",
    State.DISABLED: "restricted",
    State.RESTRICTED: "restricted",
    State.RESTORED: "restored",
    State.RETRACTED: "restored",
    State.UPHELD: "decided_again",
    State.REVERSED: "decided_again",
}
TOPIC = "claim"


def received(claim: Claim) -> None:
    """A receipt, at once: the claimant's link is in it."""
    _to_claimant(claim, "received")


def after(step: ClaimStep) -> None:
    """Whom it concerns hears of a step, if she left an address."""
    state = State(step.target)
    if kind := TO_CLAIMANT.get(state):
        _to_claimant(step.claim, kind)
    if kind := TO_SUPPLIER.get(state):
        _to_supplier(step.claim, kind)


def tell_due(limit: int) -> int:
    """Send the mails that wait; gives how many."""
    return sending.send_due(TOPIC, _message, limit=limit, sent=_note_sent)


def mail_of(told: ClaimMail) -> Mail | None:
    """What the server says of it, while it waits or where it was refused."""
    return Mail.objects.about(TOPIC, told.pk)


def text_of(mail: ClaimMail) -> tuple[str, str]:
    """The subject and the words of a mail, in its language."""
    claim = mail.claim
    last = claim.steps.exclude(reason="").last()
    names = ("supplier_claim", claim.supplier_secret) if mail.is_to_supplier else ("claim", claim.secret)
    words = {
        "claim": claim,
        "site_name": settings.SITE_NAME,
        "link": f"{settings.SITE_URL}{reverse(names[0], args=[claim.number, names[1]])}",
        "register": f"{settings.SITE_URL}{reverse('public_claim', args=[claim.number])}",
        "reason": last.reason if last else "",
        "statement": claim.statements.last(),
        "missing": missing_of(claim.regime_name, claim.notice, sum(one.is_located for one in claim.targets.all())),
        "counter": claim.counter_notices.last(),
    }
    with translation.override(mail.language):
        text = render_to_string(f"claims/mail/{mail.kind}.{mail.language}.txt", words)
    subject, _, body = text.partition("\n")
    return subject.strip(), body.strip() + "\n"


def _to_claimant(claim: Claim, kind: str) -> None:
    if claim.mail:
        _post(claim, kind, to=claim.mail, language=claim.language)


def _to_supplier(claim: Claim, kind: str) -> None:
    """All addresses of the label; where there is none, its page and the desk say so."""
    found = Supplier.objects.filter(label=claim.label_id) if claim.label_id else Supplier.objects.none()
    for one in found:
        _post(claim, kind, to=one.mail, language=one.language, is_to_supplier=True)
    if found and claim.supplier_told_at is None:
        claim.supplier_told_at = clock.now()
        claim.save(update_fields=["supplier_told_at"])


@transaction.atomic
def _post(claim: Claim, kind: str, *, to: str, language: str, is_to_supplier: bool = False) -> None:
    made = ClaimMail.objects.create(claim=claim, kind=kind, to=to, language=language, is_to_supplier=is_to_supplier)
    sending.post(TOPIC, made.pk)


def _message(mail: Mail) -> EmailMessage:
    told = ClaimMail.objects.select_related("claim__label").get(pk=mail.key)
    subject, body = text_of(told)
    return EmailMessage(subject, body, to=[told.to])


def _note_sent(mail: Mail) -> None:
    ClaimMail.objects.filter(pk=mail.key).update(sent_at=clock.now())

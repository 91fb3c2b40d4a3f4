"""Tell claimant and supplier by mail what became of a claim, each in her language, in words as of the step.

A mail is written in the step's transaction, so it says what was so then; upkeep sends it, once. The template of a kind
and a language begins with its subject.
"""

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext

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
    State.REHEARING: "complained",
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
        _to_claimant(step.claim, kind, step)
    if kind := TO_SUPPLIER.get(state):
        _to_supplier(step.claim, kind, step)


def remind(step: ClaimStep) -> None:
    """The supplier hears that her term to answer is nearly over."""
    _to_supplier(step.claim, "reminded", step)


def of_supplier(claim: Claim, kind: str) -> None:
    """The supplier of a claim hears what was decided about herself."""
    _to_supplier(claim, kind)


def tell_due(limit: int) -> int:
    """Send the mails that wait; gives how many."""
    return sending.send_due(TOPIC, _message, limit=limit, sent=_note_sent)


def mail_of(told: ClaimMail) -> Mail | None:
    """What the server says of it, while it waits or where it was refused."""
    return Mail.objects.about(TOPIC, told.pk)


def words_of(
    claim: Claim, kind: str, language: str, *, step: ClaimStep | None = None, is_to_supplier: bool = False
) -> tuple[str, str]:
    """The subject and the text of a mail, as the claim stands and by the step that it tells of."""
    names = ("supplier_claim", claim.supplier_secret) if is_to_supplier else ("claim", claim.secret)
    with translation.override(language):
        words = {
            "claim": claim,
            "site_name": settings.SITE_NAME,
            "link": f"{settings.SITE_URL}{reverse(names[0], args=[claim.number, names[1]])}",
            "reason": gettext(step.reason) if step and step.reason else "",
            "statement": step.statement if step else None,
            "missing": missing_of(claim.regime_name, claim.notice, sum(one.is_located for one in claim.targets.all())),
            "counter": claim.counter_notices.last(),
            "complaint": claim.complaints.last(),
        }
        text = render_to_string(f"claims/mail/{kind}.{language}.txt", words)
    subject, _, body = text.partition("\n")
    return subject.strip(), body.strip() + "\n"


def _to_claimant(claim: Claim, kind: str, step: ClaimStep | None = None) -> None:
    if claim.mail:
        _write(claim, kind, claim.mail, claim.language, step)


def _to_supplier(claim: Claim, kind: str, step: ClaimStep | None = None) -> None:
    """All addresses of the label; where there is none, its page and the desk say so."""
    found = Supplier.objects.filter(label=claim.label_id) if claim.label_id else Supplier.objects.none()
    for one in found:
        _write(claim, kind, one.mail, one.language, step, is_to_supplier=True)
    if found and claim.supplier_told_at is None:
        claim.supplier_told_at = clock.now()
        claim.save(update_fields=["supplier_told_at"])


@transaction.atomic
def _write(
    claim: Claim, kind: str, to: str, language: str, step: ClaimStep | None, *, is_to_supplier: bool = False
) -> None:
    subject, text = words_of(claim, kind, language, step=step, is_to_supplier=is_to_supplier)
    made = ClaimMail.objects.create(
        claim=claim,
        kind=kind,
        to=to,
        language=language,
        is_to_supplier=is_to_supplier,
        subject=subject[:200],
        text=text,
    )
    sending.post(TOPIC, made.pk)


def _message(mail: Mail) -> EmailMessage:
    told = ClaimMail.objects.get(pk=mail.key)
    return EmailMessage(told.subject, told.text, to=[told.to])


def _note_sent(mail: Mail) -> None:
    ClaimMail.objects.filter(pk=mail.key).update(sent_at=clock.now())

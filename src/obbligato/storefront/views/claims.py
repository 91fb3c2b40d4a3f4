"""Claims of rights-holders: the form, each side's own page by a secret link, and the public register. No rules here."""

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language, gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from obbligato.claims import exporting, hearing, policies, receiving, registering, stepping, wording
from obbligato.claims.hearing import Added
from obbligato.claims.models import Claim
from obbligato.claims.notices import LANGUAGES, MOST_LOCATORS, Notice
from obbligato.claims.regimes.steps import Who
from obbligato.claims.suspensions import appealing
from obbligato.kernel.refusals import Refused
from obbligato.storefront.addresses import origins_of
from obbligato.storefront.claim_forms import added_in, counter_in, notice_in, sent_in

A_PAGE = 50


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def new_claim(request: HttpRequest) -> HttpResponse:
    """The form; a refused one keeps what was typed. The same notice again from the same browser finds its page."""
    if request.method != "POST":
        return _form(request, Notice(language=_language()))
    typed, sent = notice_in(request, _language()), sent_in(request)
    try:
        found = receiving.receive(typed, channel="form", origin=origins_of(request)[0], sent=sent)
        first, known = found.claims[0], request.session.get("claims", [])
        if not found.is_new and first.number not in known:
            return render(request, "claims/known.html", {"claims": found.claims, "sent": sent})
        for one in () if found.is_new else found.claims:
            hearing.add(one, Added({}, sent=sent))  # What was sent along this time; twice it is one.
    except Refused as refusal:
        return _form(request, typed, refusal)
    request.session["claims"] = [*(one for one in known[-50:] if one != first.number), first.number]
    return redirect("claim", first.number, first.secret)


@never_cache
@require_safe
def claim(request: HttpRequest, number: str, secret: str) -> HttpResponse:
    """Where a claim stands, for its claimant: what is missing, what happened, what she may do."""
    found = hearing.claim_with(number, secret)
    others = Claim.objects.filter(notice_number=found.notice_number).exclude(pk=found.pk).order_by("part")
    context = {**_shown(found, Who.CLAIMANT), "missing": hearing.missing(found), "others": others}
    return render(request, "claims/claim.html", context)


@never_cache
@require_safe
def supplier_claim(request: HttpRequest, number: str, secret: str) -> HttpResponse:
    """The same for the supplier, who is heard here."""
    found = hearing.claim_with(number, secret, who=Who.SUPPLIER)
    complaints = found.complaints.filter(who=Who.CLAIMANT.value).order_by("pk")
    return render(request, "claims/supplier.html", {**_shown(found, Who.SUPPLIER), "complaints": complaints})


@require_POST
def supplier_appeal(request: HttpRequest, number: str, secret: str, word: str) -> HttpResponse:
    """A supplier who was warned or suspended asks that it is looked at again."""
    found = hearing.claim_with(number, secret, who=Who.SUPPLIER)
    appealing.appeal(found, word, request.POST.get("text", ""))
    messages.success(request, gettext("Somebody else will look at the decision."))
    return redirect("supplier_claim", found.number, found.supplier_secret)


@require_POST
def additions(request: HttpRequest, number: str, secret: str) -> HttpResponse:
    """What was missing, or one more document."""
    found = hearing.add(hearing.claim_with(number, secret), added_in(request))
    messages.success(request, gettext("Thank you. It is with your claim now."))
    return redirect("claim", found.number, found.secret)


@require_POST
def retraction(request: HttpRequest, number: str, secret: str) -> HttpResponse:
    """Take the claim back."""
    found = hearing.claim_with(number, secret)
    hearing.retract(found)
    messages.success(request, gettext("Your claim is taken back."))
    return redirect("claim", found.number, found.secret)


@require_POST
def court(request: HttpRequest, number: str, secret: str) -> HttpResponse:
    """Tell of an action in court, before what was countered is put back."""
    found, posted = hearing.claim_with(number, secret), request.POST
    hearing.tell_of_court(found, court=posted.get("court", ""), case=posted.get("case", ""), sent=sent_in(request))
    messages.success(request, gettext("Thank you. Nothing is put back before the court has decided."))
    return redirect("claim", found.number, found.secret)


@require_POST
def complaint(request: HttpRequest, number: str, secret: str) -> HttpResponse:
    """The claimant asks that a decision is looked at again."""
    found = hearing.claim_with(number, secret)
    hearing.complain(found, request.POST.get("text", ""), who=Who.CLAIMANT)
    messages.success(request, gettext("Somebody else will look at the decision."))
    return redirect("claim", found.number, found.secret)


@require_POST
def supplier_complaint(request: HttpRequest, number: str, secret: str) -> HttpResponse:
    """The supplier asks that a decision is looked at again."""
    found = hearing.claim_with(number, secret, who=Who.SUPPLIER)
    hearing.complain(found, request.POST.get("text", ""), who=Who.SUPPLIER)
    messages.success(request, gettext("Somebody else will look at the decision."))
    return redirect("supplier_claim", found.number, found.supplier_secret)


@require_POST
def answer(request: HttpRequest, number: str, secret: str) -> HttpResponse:
    """What the supplier says of a claim."""
    found = hearing.claim_with(number, secret, who=Who.SUPPLIER)
    hearing.answer(found, request.POST.get("text", ""), sent=sent_in(request))
    messages.success(request, gettext("Thank you. Whoever decides will read it."))
    return redirect("supplier_claim", found.number, found.supplier_secret)


@never_cache
@require_POST
def counter(request: HttpRequest, number: str, secret: str) -> HttpResponse:
    """A counter-notice under § 512(g)(3); an incomplete one keeps what was typed."""
    found, said = hearing.claim_with(number, secret, who=Who.SUPPLIER), counter_in(request)
    try:
        hearing.counter(found, said)
    except hearing.CounterIncomplete as refusal:
        context = {**_shown(found, Who.SUPPLIER), "typed": said, "trouble": str(refusal)}
        return render(request, "claims/supplier.html", context, status=refusal.status)
    messages.success(request, gettext("Your counter-notice is here, and the claimant gets a copy."))
    return redirect("supplier_claim", found.number, found.supplier_secret)


@require_safe
def register(request: HttpRequest) -> HttpResponse:
    """All claims, newest first, as far as they are anyone's business."""
    text = request.GET.get("before", "")
    before = int(text) if text.isascii() and text.isdigit() and len(text) < 18 else None
    claims = registering.latest(A_PAGE + 1, before=before)
    context = {"claims": claims[:A_PAGE], "figures": registering.figures(), "has_more": len(claims) > A_PAGE}
    return render(request, "claims/register.html", context)


@require_safe
def public_claim(request: HttpRequest, number: str) -> HttpResponse:
    """What is public of one claim: its law, its steps, the statements of reasons."""
    found = registering.entry(number)
    context = {"claim": found, "steps": wording.timeline(found, has_reasons=False)}
    return render(request, "claims/public.html", context)


@require_safe
def statement(request: HttpRequest, number: str, decision: str) -> HttpResponse:
    """A statement of reasons as the EU's Transparency Database takes it."""
    found = exporting.statement_of(registering.entry(number), decision)
    return _download(exporting.eu_statement(found), f"{found.number}.json")


@require_safe
def lumen(request: HttpRequest, number: str) -> HttpResponse:
    """A notice as Lumen keeps it, its people left out."""
    found = registering.entry(number)
    return _download(exporting.lumen_notice(found), f"{found.number}.json")


def _form(request: HttpRequest, typed: Notice, refusal: Refused | None = None) -> HttpResponse:
    context = {
        "typed": typed,
        "territories": "" if typed.territories == Notice().territories else ", ".join(typed.territories),
        "locators": "\n".join(typed.locators),
        "refusal": refusal,
        "roles": Claim.Role.choices,
        "rights": Claim.Rights.choices,
        "letter_languages": LANGUAGES,
        "most": MOST_LOCATORS,
        "us_agent": policies.current().us_agent,
        "contact": settings.SELLER_EMAIL,
    }
    return render(request, "claims/new.html", context, status=refusal.status if refusal else 200)


def _shown(found: Claim, who: Who) -> dict[str, object]:
    return {
        "claim": found,
        "steps": wording.timeline(found),
        "targets": found.targets.select_related("release__edition", "recording")[:200],
        "acts": stepping.open_acts(found, who),
        "statements": found.statements.all(),
        "can_answer": found.state in stepping.UNDECIDED,
        "has_term": found.state in stepping.ASKED,
        "counter": found.counter_notices.last(),
    }


def _language() -> str:
    code = (get_language() or "en")[:2]
    return code if code in LANGUAGES else "en"


def _download(content: dict[str, object], name: str) -> HttpResponse:
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return JsonResponse(content, headers=headers, json_dumps_params={"ensure_ascii": False, "indent": 2})

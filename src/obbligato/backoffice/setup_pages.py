"""The steps that open a store, one form each; later the same pages change what was chosen. Only for who may do all."""

from dataclasses import dataclass
from typing import Any

from django.contrib import admin, messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse

from obbligato.backoffice import choosing
from obbligato.backoffice.setup_forms import MailForm, MoneyForm, SellerForm, SettingsForm, StoreForm
from obbligato.catalog.models import Release
from obbligato.kernel.refusals import Refused

FIRST_NUMBER = 2
"""The first step was her own account."""


@dataclass(frozen=True)
class Step:
    """A page of its own."""

    name: str
    title: str
    sentence: str
    form: type[SettingsForm] | None = None


STEPS = (
    Step("store", "The store", "What it is called, and what it sells in. The currency stays once a release is priced.",
         StoreForm),
    Step("seller", "Who sells", "It stands on receipts and invoices.", SellerForm),
    Step("money", "Being paid",
         "With a bank account buyers can pay by transfer, whatever payment companies think of it. Payment companies"
         " come later, by a file: docs/rails tells how for each. Vouchers and gift cards need nothing.", MoneyForm),
    Step("mail", "Mails", "Whoever follows an artist or lost her password gets one. A mail to you shows that it works;"
         " without that nothing is kept. Until there is a server, mails are printed where the store was started.",
         MailForm),
    Step("release", "The first release", ""),
    Step("done", "Open", ""),
)  # fmt: skip
NAMES = [step.name for step in STEPS]


def start(request: HttpRequest) -> HttpResponse:
    """To the first step."""
    return HttpResponseRedirect(_address(NAMES[0]))


def page(request: HttpRequest, name: str) -> HttpResponse:
    """Show a step, or keep what was chosen there and go on to the next."""
    if not (request.user.is_active and getattr(request.user, "is_superuser", False)):
        return HttpResponse("Only who may do everything here may change this.", status=403, content_type="text/plain")
    if name not in NAMES:
        raise Http404
    place = NAMES.index(name)
    step = STEPS[place]
    form = step.form(request.POST if request.method == "POST" else None) if step.form else None
    if form is not None and request.method == "POST" and form.is_valid() and _has_kept(request, form):
        return HttpResponseRedirect(_address(NAMES[place + 1]))
    context: dict[str, Any] = {
        **admin.site.each_context(request),
        "title": step.title,
        "step": step,
        "number": place + FIRST_NUMBER,
        "count": len(STEPS) + FIRST_NUMBER - 1,
        "form": form,
        "before": _address(NAMES[place - 1]) if place else "",
        "after": _address(NAMES[place + 1]) if place + 1 < len(STEPS) else "",
        "releases": Release.objects.select_related("edition")[:5] if name == "release" else [],
    }
    has_fault = form is not None and request.method == "POST"
    return TemplateResponse(request, "backoffice/setup.html", context, status=422 if has_fault else 200)


def _has_kept(request: HttpRequest, form: SettingsForm) -> bool:
    if isinstance(form, MailForm) and (fault := form.send_one(request.user.email)):  # type: ignore[union-attr]
        form.add_error(None, fault)
        return False
    try:
        choosing.keep(form.values())
    except Refused as refusal:
        form.add_error(None, str(refusal))
        return False
    messages.success(request, "It is kept.")
    return True


def _address(name: str) -> str:
    return reverse("setup", args=[name])

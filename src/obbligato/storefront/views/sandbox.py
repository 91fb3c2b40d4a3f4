"""The sandbox processor's own pages. They play another company: nothing here reads the store's session or rows."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from obbligato.payments import sandbox_desk


@require_safe
def charge(request: HttpRequest, reference: str) -> HttpResponse:
    """The hosted payment page, or its 3-D Secure page, or word that it is decided."""
    return render(request, "sandbox/charge.html", {"charge": sandbox_desk.charge(reference)})


@require_POST
def decision(request: HttpRequest, reference: str) -> HttpResponse:
    """What the payer chose; afterwards she goes back to the shop, or on to the challenge."""
    decided = sandbox_desk.decide(reference, request.POST.get("outcome", ""))
    if decided.state in {"open", "challenge"}:
        return redirect("sandbox", reference)
    return redirect(decided.return_url)

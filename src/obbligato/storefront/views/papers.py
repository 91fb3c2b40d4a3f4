"""The paper of an order: its receipt, and an invoice for a business. Only its owner finds it."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_safe

from obbligato.sales.checkout import order_of
from obbligato.sales.documents import invoicing, receipting
from obbligato.sales.models import Order
from obbligato.storefront.visitors import buyer_of

FIELDS = ("name", "address", "vat_id")


@require_safe
@login_required
def receipt(request: HttpRequest, number: str) -> HttpResponse:
    """The receipt as a PDF."""
    found = receipting.receipt_of(order_of(buyer_of(request), number))
    return _pdf(receipting.receipt_pdf(found), f"receipt-{found.number}")


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def invoice(request: HttpRequest, number: str) -> HttpResponse:
    """Ask for an invoice, made out to a business; what cannot stand on one is said beside the form."""
    order, typed = order_of(buyer_of(request), number), {name: request.POST.get(name, "") for name in FIELDS}
    if request.method != "POST":
        return _form(request, order, typed)
    try:
        made = invoicing.issue(order, **typed)
    except invoicing.BadBuyer as refusal:
        return _form(request, order, typed, refusal.sentence)
    messages.success(request, gettext("Invoice %(number)s is ready.") % {"number": made.number})
    return redirect(order)


@require_safe
@login_required
def invoice_pdf(request: HttpRequest, number: str, invoice_number: str) -> HttpResponse:
    """An invoice or credit note as a PDF."""
    found = invoicing.invoice_of(order_of(buyer_of(request), number), invoice_number)
    return _pdf(invoicing.invoice_pdf(found), found.number)


def _form(request: HttpRequest, order: Order, typed: dict[str, str], trouble: str = "") -> HttpResponse:
    context = {"order": order, "typed": typed, "trouble": trouble}
    return render(request, "invoice.html", context, status=422 if trouble else 200)


def _pdf(content: bytes, name: str) -> HttpResponse:
    headers = {"Content-Disposition": f'inline; filename="{name}.pdf"', "Cache-Control": "private, no-store"}
    return HttpResponse(content, content_type="application/pdf", headers=headers)

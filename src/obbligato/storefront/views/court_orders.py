"""Which orders of courts and authorities are in effect in this store, for everyone to read."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from obbligato.claims.orders import in_force


@require_safe
def orders_in_force(request: HttpRequest) -> HttpResponse:
    """What each closes, where, and until when."""
    return render(request, "orders_in_force.html", {"orders": in_force.orders_in_force()})

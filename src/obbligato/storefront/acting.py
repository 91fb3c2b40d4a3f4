"""Lets a view be an act of a signed-in buyer. It decides nothing about the act itself."""

from collections.abc import Callable
from functools import wraps

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from obbligato.storefront.visitors import person_of

View = Callable[..., HttpResponse]


def act_from(page: str) -> Callable[[View], View]:
    """Only a POST of someone signed in reaches the view; all others land on the page that has the form.

    So whose session ended over a filled form signs in and finds the form again, not an empty refusal.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def act(request: HttpRequest, **address: str) -> HttpResponse:
            if request.method != "POST" or person_of(request) is None:
                return HttpResponseRedirect(reverse(page, kwargs=address))
            return view(request, **address)

        return act

    return decorate

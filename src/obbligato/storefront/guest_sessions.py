"""What a session knows of a guest: who she is, and whether she followed a link from a mail. It sends no mail."""

from collections.abc import Callable

from django.contrib.auth import login, update_session_auth_hash
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext

from obbligato.kernel.refusals import Forbidden
from obbligato.sales.guests.models import Guest
from obbligato.storefront.languages import note_language
from obbligato.storefront.visitors import person_of

NUMBER, PROOF, ALONE = "guest", "guest_proof", "guest_alone"
BACKEND = "django.contrib.auth.backends.ModelBackend"


class NeedsAccount(Forbidden):
    """What was asked for is only for those who have a password."""


def enter(request: HttpRequest, guest: Guest, *, has_proof: bool = False) -> None:
    """Sign the guest in under a new session key; `has_proof`: by a link that was mailed to her address."""
    note_language(guest.person)
    login(request, guest.person, backend=BACKEND)
    request.session[NUMBER] = guest.number
    if has_proof:
        request.session[PROOF] = guest.number


def is_guest(request: HttpRequest) -> bool:
    """Whether who is signed in has no password. It asks the session alone."""
    return NUMBER in request.session


def guest_of(request: HttpRequest) -> Guest | None:
    """The guest who is signed in; None for visitors and people with an account."""
    person = person_of(request)
    if person is None or not is_guest(request):
        return None
    return Guest.objects.select_related("person").filter(person=person, claimed_at__isnull=True).first()


def has_proof(request: HttpRequest, guest: Guest) -> bool:
    """Whether this session, and not only some other one, was opened by a link from her mail."""
    return bool(request.session.get(PROOF) == guest.number)


def leave_behind(request: HttpRequest) -> None:
    """The guest of this session has a password now."""
    for name in (NUMBER, PROOF, ALONE):
        request.session.pop(name, None)


def refuse_guest(request: HttpRequest) -> None:
    """Raises NeedsAccount."""
    if is_guest(request):
        raise NeedsAccount(gettext("This needs an account. Please choose a password first."))


class GuestPages:
    """Middleware: a guest has no account pages; and who followed a mailed link acts alone in what is hers.

    Whoever typed the address, perhaps another's, keeps looking at what he paid for until its owner first does
    something with it; from then on no other session sees what she adds.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        is_leaving = request.path == reverse("account_logout")
        if request.path.startswith("/account/") and not is_leaving and person_of(request) and is_guest(request):
            return HttpResponseRedirect(reverse("guest"))
        if request.method == "POST" and not is_leaving:
            _be_alone(request)
        return self.get_response(request)


def _be_alone(request: HttpRequest) -> None:
    """End all other sessions of a guest who has shown that the address is hers: their keys are of her old password."""
    person = person_of(request)
    if person is None or PROOF not in request.session or ALONE in request.session:
        return
    person.set_unusable_password()
    person.save(update_fields=["password"])
    update_session_auth_hash(request, person)
    request.session[ALONE] = True

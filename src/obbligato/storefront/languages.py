"""Which language a page is in: the visitor's choice, her account's, her browser's, or the store's. It has no words."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import translation
from django.utils.cache import patch_vary_headers
from django.utils.translation.trans_real import parse_accept_lang_header

from obbligato.kernel.languages import WRITTEN_IN, spoken
from obbligato.kernel.refusals import Invalid
from obbligato.people.models import Person
from obbligato.storefront.visitors import person_of

DESK = "/desk/"
FOR_EVERYONE = ("/feeds/", "/oembed", "/sitemap", "/robots.txt")
"""What programs fetch and keep for all their readers: it is in the store's own language, whoever asks."""


class NoSuchLanguage(Invalid):
    """The code is of no language that this store has words in."""


def pages_in_a_language(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """Middleware: make each answer in its language, say which that is, and that another reader may get another."""

    def middleware(request: HttpRequest) -> HttpResponse:
        language = language_of(request)
        with translation.override(language):
            response = get_response(request)
        response.headers.setdefault("Content-Language", language)
        if not request.path.startswith((DESK, *FOR_EVERYONE)):
            patch_vary_headers(response, ["Accept-Language", *(() if _is_embedded(request) else ("Cookie",))])
        return response

    return middleware


def language_of(request: HttpRequest) -> str:
    """A code of settings.LANGUAGES: of the cookie, the account, the browser, else the store's own.

    The desk is in English alone, whoever works at it.
    """
    if request.path.startswith(DESK):
        return WRITTEN_IN
    if request.path.startswith(FOR_EVERYONE):
        return str(settings.LANGUAGE_CODE)
    chosen = "" if _is_embedded(request) else request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, "")
    if chosen in dict(settings.LANGUAGES):
        return chosen
    person = None if _is_embedded(request) else person_of(request)
    if person and person.language in dict(settings.LANGUAGES):
        return person.language
    return _asked_for(request)


def _asked_for(request: HttpRequest) -> str:
    """Of what the browser prefers (RFC 9110, 12.5.4), the first that there is, whatever the region."""
    for code, _ in parse_accept_lang_header(request.headers.get("Accept-Language", "")):
        if (language := code.partition("-")[0]) in dict(settings.LANGUAGES):
            return str(language)
    return str(settings.LANGUAGE_CODE)


def _is_embedded(request: HttpRequest) -> bool:
    """A player in somebody else's page knows nobody: there the browser alone is asked."""
    return request.path.startswith("/embed/")


def choose_language(request: HttpRequest, language: str) -> None:
    """Keep it with the account of who is signed in; the caller sets the cookie. Raises NoSuchLanguage."""
    if language not in dict(settings.LANGUAGES):
        raise NoSuchLanguage(
            translation.gettext("“%(code)s” is not a language of this store.") % {"code": language[:8]}
        )
    if person := person_of(request):
        person.language = language
        person.save(update_fields=["language"])


def note_language(person: Person) -> None:
    """Mails to somebody new are in the language of the page she came by, until she says otherwise."""
    if not person.language:
        person.language = spoken()
        person.save(update_fields=["language"])

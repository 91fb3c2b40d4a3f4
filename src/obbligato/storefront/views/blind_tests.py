"""The blind test of a release: choosing what is played, its rounds, and what they say. Answers stay in the session."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from obbligato.library.blind.counting import Kind
from obbligato.library.blind.tickets import ROUNDS
from obbligato.people.throttle import count_attempt
from obbligato.sales.glances import glance, glances
from obbligato.sales.quoting import ReleaseQuote, format_named
from obbligato.storefront import blind_testing
from obbligato.storefront.addresses import origins_of
from obbligato.storefront.asked import whole_number
from obbligato.storefront.blind_testing import CODECS, KEY, BlindTest
from obbligato.storefront.carrying import format_wanted
from obbligato.storefront.visitors import person_of, territory_of

TESTS, TESTS_SECONDS = 30, 600


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def blind_test(request: HttpRequest, slug: str) -> HttpResponse:
    """Choose a passage and begin; the round that is next; or, after the last one, what was told."""
    if request.method == "POST":
        return _begin(request, slug)
    test = BlindTest.of(request.session, slug)
    if test is None:
        return _choose(request, slug)
    return _outcome(request, test) if test.is_over else _round(request, test)


@require_POST
def blind_test_answers(request: HttpRequest, slug: str) -> HttpResponse:
    """Answer the round that is next."""
    if test := BlindTest.of(request.session, slug):
        number = whole_number(request.POST.get("round", ""))
        test.answer(number, request.POST.get("best", ""), request.POST.get("worst", ""))
        test.keep(request.session)
    return redirect("blind_test", slug)


@require_POST
def blind_test_removal(request: HttpRequest, slug: str) -> HttpResponse:
    """Forget the test and its answers, and choose anew."""
    request.session.pop(KEY, None)
    return redirect("blind_test", slug)


def _choose(request: HttpRequest, slug: str) -> HttpResponse:
    quote = _quote(request, slug)
    setting = blind_testing.setting(quote, person_of(request), request.GET.get("track", ""))
    wanted = request.GET.get("codec") or format_wanted(request).codec
    codec = wanted if wanted in CODECS else next(iter(CODECS))
    context = {"quote": quote, "setting": setting, "codecs": CODECS, "codec": codec, "rounds": ROUNDS}
    part = request.headers.get("HX-Request") and not request.headers.get("HX-Boosted")
    return render(request, "fragments/blind_choice.html" if part else "blind_test.html", context)


def _begin(request: HttpRequest, slug: str) -> HttpResponse:
    count_attempt("blind-test", origins_of(request)[0], limit=TESTS, window_seconds=TESTS_SECONDS)
    blind_testing.begin(_quote(request, slug), person_of(request), request.POST.dict()).keep(request.session)
    return redirect("blind_test", slug)


def _round(request: HttpRequest, test: BlindTest) -> HttpResponse:
    return render(request, "blind_round.html", {"test": test, "quote": _quote(request, test.slug)})


def _outcome(request: HttpRequest, test: BlindTest) -> HttpResponse:
    names = test.ticket.format_names
    formats = tuple(format_named(names[kind]) for kind in Kind)
    quotes = glances(test.slug, formats, person=person_of(request), territory=territory_of(request))
    found = blind_testing.outcome(test, dict(zip(Kind, quotes, strict=True)))
    return render(request, "blind_outcome.html", {"test": test, "quote": quotes[0], **found})


def _quote(request: HttpRequest, slug: str) -> ReleaseQuote:
    return glance(slug, format_named("flac"), person=person_of(request), territory=territory_of(request))

"""Follow artists, labels and genres, see whom one follows, and end the mails about them: from the list or a mail."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from obbligato.catalog.following import choosing, quieting
from obbligato.catalog.headings import turning
from obbligato.catalog.headings.models import Heading
from obbligato.catalog.models import Artist, Label
from obbligato.storefront.acting import act_from
from obbligato.storefront.visitors import buyer_of, next_of, person_of


@require_safe
@login_required
def following(request: HttpRequest) -> HttpResponse:
    """Whom she follows, and whether she is told by mail."""
    person = buyer_of(request)
    artists, labels = choosing.followed_by(person)
    context = {"artists": artists, "labels": labels, "genres": choosing.genres_followed_by(person)}
    return render(request, "following.html", {**context, "is_quiet": quieting.is_quiet(person)})


@act_from("artist")
def artist_following(request: HttpRequest, slug: str) -> HttpResponse:
    """Follow an artist, or no longer."""
    return _follow(request, get_object_or_404(Artist, slug=slug))


@act_from("label")
def label_following(request: HttpRequest, slug: str) -> HttpResponse:
    """Follow a label, or no longer."""
    return _follow(request, get_object_or_404(Label, slug=slug))


@act_from("genre")
def genre_following(request: HttpRequest, slug: str) -> HttpResponse:
    """Follow a genre, or no longer; the latter also where nothing is on sale in it."""
    heading = turning.heading_of("genre", slug)
    if heading is not None:
        return _follow(request, heading)
    choosing.unfollow_genre(buyer_of(request), slug)
    return redirect(next_of(request, default=reverse("genres")))


@act_from("following")
def mails(request: HttpRequest) -> HttpResponse:
    """Be told by mail, or no longer."""
    person = buyer_of(request)
    if request.POST.get("wanted"):
        quieting.speak_again(person)
        messages.success(request, gettext("You are told by mail from now on."))
    else:
        quieting.be_quiet(person)
        messages.success(request, gettext("No more mails about those you follow."))
    return redirect("following")


@csrf_exempt  # A mail program has neither cookie nor page (RFC 8058, 3.1): the signed address is the proof.
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def mail_ending(request: HttpRequest, token: str) -> HttpResponse:
    """End the mails by the link in one of them. Only a POST does: what merely looks at links must end nothing."""
    person = quieting.person_named(token)
    if request.method == "POST":
        quieting.be_quiet(person)
    return render(request, "mail_ending.html", {"is_ended": quieting.is_quiet(person)})


def follow_button(request: HttpRequest, whom: choosing.Followed) -> dict[str, object]:
    """What the button on the page of an artist, a label or a genre has to know."""
    person = person_of(request)
    kind = "genre" if isinstance(whom, Heading) else "artist" if isinstance(whom, Artist) else "label"
    is_followed = person is not None and choosing.is_followed(person, whom)
    return {
        "whom": whom,
        "follow_page": f"{kind}_following",
        "feed_url": reverse(f"{kind}_feed", args=[whom.slug]),
        "is_followed": is_followed,
        "is_quiet": is_followed and person is not None and quieting.is_quiet(person),
    }


def _follow(request: HttpRequest, whom: choosing.Followed) -> HttpResponse:
    person = buyer_of(request)
    if request.POST.get("wanted"):
        choosing.follow(person, whom)
    else:
        choosing.unfollow(person, whom)
    if request.headers.get("HX-Request"):
        return render(request, "fragments/follow.html", follow_button(request, whom))
    return redirect(next_of(request, default=whom.get_absolute_url()))

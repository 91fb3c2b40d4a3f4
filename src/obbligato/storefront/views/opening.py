"""The first page of a new store: whoever has its key makes the first account. All else is set at the desk."""

from django.contrib.auth import login
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from obbligato.people import opening
from obbligato.people.throttle import count_attempt

TRIES, WINDOW_SECONDS = 100, 600


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def first(request: HttpRequest, key: str) -> HttpResponse:
    """Ask for a name and a password, and let her in."""
    count_attempt("opening", "all", limit=TRIES, window_seconds=WINDOW_SECONDS)
    if not opening.is_key(key):
        raise Http404
    fault = ""
    if request.method == "POST":
        told = {name: request.POST.get(name, "").strip() for name in ("username", "email")}
        try:
            made = opening.make_operator(key, **told, password=request.POST.get("password", ""))
        except opening.BadOperator as bad:
            fault = str(bad)
        else:
            login(request, made, backend="django.contrib.auth.backends.ModelBackend")
            return redirect("/desk/setup/")
    return render(request, "opening.html", {"fault": fault, "told": request.POST}, status=422 if fault else 200)

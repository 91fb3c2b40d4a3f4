"""The public log: what was done in numbers, entries with their proofs, and the files that others check it by."""

import csv
from dataclasses import asdict, astuple
from datetime import date

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from obbligato.claims import reporting
from obbligato.kernel import clock
from obbligato.storefront import log_pictures, log_words
from obbligato.transparency import checkpoints, exporting, keys, proving, reading, tiles
from obbligato.transparency.models import Checkpoint

CHECKPOINT_SECONDS, PARTIAL_SECONDS, FULL_SECONDS = 5, 60, 31_536_000
TEXT = "text/plain; charset=utf-8"


@require_safe
def transparency(request: HttpRequest) -> HttpResponse:
    """What was done in public matters in a year, and how anyone can check the log."""
    today = clock.today()
    numbers = log_pictures.statistics(reading.tallies(log_pictures.first_month(today)), today)
    signed, years = checkpoints.latest(), reporting.years()
    context = {"numbers": numbers, "signed": signed, "vkey": keys.verifier_key(), "years": years}
    return render(request, "transparency.html", context)


@require_safe
def log(request: HttpRequest) -> HttpResponse:
    """The log's entries, newest first: all, or those of one kind."""
    kind = request.GET.get("kind", "")[:60]
    return render(request, "log.html", {"page": reading.newest(request.GET.get("after", ""), kind), "kind": kind})


@require_safe
def figures_json(request: HttpRequest, year: int) -> HttpResponse:
    """What became of notices, orders and complaints in a year, for programs."""
    figures = [asdict(one) for one in reporting.figures_of(year)]
    return _download(
        {"year": year, "until": f"{min(clock.today(), date(year, 12, 31))}", "figures": figures}, f"{year}.json"
    )


@require_safe
def figures_csv(request: HttpRequest, year: int) -> HttpResponse:
    """The same for a spreadsheet."""
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="{year}.csv"'
    writer = csv.writer(response)
    writer.writerow(["article", "what", "number", "unit"])
    writer.writerows(astuple(one) for one in reporting.figures_of(year))
    return response


@require_safe
def subject(request: HttpRequest, subject: str) -> HttpResponse:
    """What was logged of one subject, in the order of time."""
    page = reading.of_subject(subject[:120], request.GET.get("after", ""))
    return render(request, "log_subject.html", {"page": page, "subject": subject})


@require_safe
def entry(request: HttpRequest, index: int) -> HttpResponse:
    """One entry with its proof."""
    found = reading.entry(index)
    context = {"entry": found, "shown": log_words.shown(found), "proof": None}
    try:
        context["proof"] = proving.inclusion_of(found)
    except proving.NotSignedYet as not_yet:
        context["not_yet"] = not_yet
    return render(request, "log_entry.html", context)


@require_safe
def proof(request: HttpRequest, index: int) -> HttpResponse:
    """An entry's proof as a file."""
    return _download(proving.inclusion_of(reading.entry(index)), f"entry-{index}.json")


@require_safe
def consistency(request: HttpRequest, size: int) -> HttpResponse:
    """The proof that the log of today begins with what it was when it had so many entries, as a file."""
    return _download(proving.consistency_from(size), f"consistency-{size}.json")


@require_safe
@cache_control(public=True, max_age=CHECKPOINT_SECONDS)
def checkpoint(request: HttpRequest, size: int | None = None) -> HttpResponse:
    """The newest signed checkpoint, or the one of a size (C2SP tlog-checkpoint)."""
    found = checkpoints.latest() if size is None else Checkpoint.objects.filter(size=size).first()
    if found is None:
        raise proving.NoSuchEntry("There is no such checkpoint, or not yet.")
    return _open(found.note.encode(), TEXT)


@require_safe
def tile(request: HttpRequest, name: str) -> HttpResponse:
    """A tile of hashes or entries (C2SP tlog-tiles): once full it is the same for ever."""
    wanted = tiles.named(name)
    response = _open(tiles.content(wanted), "application/octet-stream")
    seconds = FULL_SECONDS if wanted.width == tiles.WIDTH else PARTIAL_SECONDS
    response.headers["Cache-Control"] = f"public, max-age={seconds}, immutable"
    return response


@require_safe
@cache_control(public=True, max_age=PARTIAL_SECONDS)
def verifier(request: HttpRequest) -> HttpResponse:
    """The stand-alone verifier, to be kept and run anywhere."""
    response = _open(exporting.VERIFIER_FILE.read_bytes(), "text/x-python; charset=utf-8")
    response.headers["Content-Disposition"] = 'attachment; filename="verify_log.py"'
    return response


def _download(said: dict[str, object], name: str) -> HttpResponse:
    response = JsonResponse(said, json_dumps_params={"ensure_ascii": False, "indent": 2})
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _open(content: bytes, content_type: str) -> HttpResponse:
    """What pages of anyone may read too."""
    response = HttpResponse(content, content_type=content_type)
    response.headers["Access-Control-Allow-Origin"] = "*"
    return response

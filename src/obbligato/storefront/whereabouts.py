"""What a request tells of where a buyer lives, and the one question about it at checkout. It stops nobody."""

from django.http import HttpRequest

from obbligato.kernel.countries import COUNTRIES
from obbligato.sales.documents import locating
from obbligato.sales.documents.locating import Piece


def pieces_of(request: HttpRequest) -> list[Piece]:
    """Plain values for the order; the address itself is left behind."""
    return locating.pieces(request.headers, time_zone=request.POST.get("time_zone", "")[:64])


def question(request: HttpRequest, country: str) -> str:
    """What to ask her where her connection seems to be elsewhere; nothing where all fits."""
    elsewhere = locating.contradictions(country, pieces_of(request))
    if not elsewhere:
        return ""
    name, other = COUNTRIES[country], COUNTRIES[elsewhere[0].country]
    return f"Your connection seems to come from {other}. If you live in {name}, just go on; else choose your country."


def has_moved(request: HttpRequest, country: str) -> bool:
    """Whether the form was filled while the page showed another country's tax."""
    return request.POST.get("seen_country", country) != country

"""What the player tells: that a track was heard. Nothing of the visitor is kept."""

from allauth.account.adapter import get_adapter
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from obbligato.catalog.plays import counting
from obbligato.people.throttle import count_attempt, network_of

MOST_OF_A_TRACK, MOST_OF_A_NETWORK = 3, 300
WINDOW_SECONDS = 600


@csrf_exempt  # Else every page would set a cookie for a number that names nobody.
@require_POST
def plays(request: HttpRequest) -> HttpResponse:
    """Count a play, but not the same track again and again from one network."""
    told = request.POST.get("track", "")
    track_id = int(told) if told.isascii() and told.isdigit() and len(told) < 19 else 0
    network = network_of(get_adapter().get_client_ip(request))
    count_attempt("play", f"{network} {track_id}", limit=MOST_OF_A_TRACK, window_seconds=WINDOW_SECONDS)
    count_attempt("plays", network, limit=MOST_OF_A_NETWORK, window_seconds=WINDOW_SECONDS)
    counting.count_play(track_id)
    return HttpResponse(status=204)

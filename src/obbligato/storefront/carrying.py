"""Which device someone chose, in the form or before: a cookie has it, and nobody else is told. It prices nothing."""

from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext

from obbligato.audio.formats import Format
from obbligato.sales.quoting import ReleaseQuote
from obbligato.storefront import bench
from obbligato.storefront.devices import BY_KEY, DEVICES, Carried, Verdict, capacity_text

COOKIE = "device"
YEAR = timedelta(days=365)


@dataclass(frozen=True)
class OnDevice:
    """What a release is on a device: how much of it, how many such fit, and whether it plays there."""

    carried: Carried
    percent: str
    how_many: int
    verdict: Verdict
    is_suggested: bool


def carried_of(request: HttpRequest) -> Carried | None:
    """The device that the form names, else the one of the cookie; None where there is none, or none is wanted."""
    if "device" in request.GET:
        return Carried.named(request.GET["device"], request.GET.get("capacity", ""))
    return Carried.parse(request.COOKIES.get(COOKIE, ""))


def format_wanted(request: HttpRequest) -> Format:
    """The format of the form; where a device was just chosen, or nothing else is said, the one that suits the device.

    Raises Refused as bench.format_of does.
    """
    carried, asked = carried_of(request), request.GET
    is_new = "device" in asked and asked["device"] != asked.get("device_before", "")
    is_silent = not (asked.get("codec") or asked.get("format"))
    if carried is not None and (is_new or is_silent):
        return carried.device.format
    return bench.format_of(asked)


def remember(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """Keep in a cookie the device that the form names, or forget it where the form names none."""
    if "device" not in request.GET:
        return response
    if carried := carried_of(request):
        is_secure = settings.SESSION_COOKIE_SECURE
        response.set_cookie(COOKIE, str(carried), max_age=YEAR, samesite="Lax", httponly=True, secure=is_secure)
    else:
        response.delete_cookie(COOKIE, samesite="Lax")
    return response


def on_device(carried: Carried | None, quote: ReleaseQuote) -> OnDevice | None:
    """A quoted release on a device, judged by the track that is hardest to play; None without a device."""
    if carried is None or not quote.size_bytes:
        return None
    hardest = max((one.fitted for one in quote.tracks), key=lambda fit: (fit.sample_rate or 0, fit.bits or 0))
    return OnDevice(
        carried,
        carried.percent(quote.size_bytes),
        carried.how_many(quote.size_bytes),
        carried.device.verdict(hardest),
        is_suggested=quote.format == carried.device.format,
    )


def device_knobs(carried: Carried | None) -> list[bench.Knob]:
    """The two selects for a device and its capacity; without a device there is no capacity to choose."""
    key = carried.device.key if carried else ""
    devices = [bench.Choice("", gettext("Any device"), not key)]
    devices += [bench.Choice(one.key, gettext(one.name), one.key == key) for one in DEVICES]
    capacities = [bench.Choice("", "–", True)]
    if carried:
        sold = BY_KEY[key].gigabytes
        capacities = [bench.Choice(str(one), capacity_text(one), one == carried.gigabytes) for one in sold]
    return [
        bench.Knob("device", gettext("Play it on"), devices),
        bench.Knob("capacity", gettext("Capacity"), capacities),
    ]

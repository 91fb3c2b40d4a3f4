"""Claim a right, and see what becomes of it, without an account. A claim alone closes nothing."""

from typing import Annotated

from allauth.account.adapter import get_adapter
from django.http import HttpRequest
from ninja import Header, Path, Router, Status

from obbligato.api.schemas.claiming import AdditionIn, ClaimOut, MadeOut, NoticeIn, NoticeOut
from obbligato.api.schemas.values import Number
from obbligato.claims import hearing, receiving
from obbligato.people.throttle import network_of

router = Router()
Secret = Annotated[str, Header(alias="Claim-Secret", max_length=64, description="What POST /claims gave.")]


@router.post("", response={201: NoticeOut}, summary="Send a notice")
def send_notice(request: HttpRequest, wanted: NoticeIn) -> Status[NoticeOut]:
    """The same notice again is the same claim, and its secret is told once: keep it. Documents go by the page.

    Notices are counted by network: too many within an hour give 429. One notice can name 5,000 places.
    """
    origin = f"network {network_of(get_adapter().get_client_ip(request))}"
    found = receiving.receive(wanted.notice, channel="api", origin=origin)
    made = [
        MadeOut(
            number=one.number,
            secret=one.secret if found.is_new else "",
            page=request.build_absolute_uri(one.get_absolute_url()) if found.is_new else "",
        )
        for one in found.claims
    ]
    return Status(201, NoticeOut(is_new=found.is_new, claims=made))


@router.get("/{number}", response=ClaimOut, summary="Where a claim stands")
def show_claim(request: HttpRequest, number: Path[Number], secret: Secret) -> ClaimOut:
    """For its claimant, who shows its secret in the header `Claim-Secret`."""
    return ClaimOut.of(hearing.claim_with(number, secret), request)


@router.post("/{number}/additions", response=ClaimOut, summary="Add what was missing")
def add_to_claim(request: HttpRequest, number: Path[Number], secret: Secret, wanted: AdditionIn) -> ClaimOut:
    """When nothing is missing any more, the claim goes on by itself."""
    return ClaimOut.of(hearing.add(hearing.claim_with(number, secret), wanted.added), request)


@router.delete("/{number}", response=ClaimOut, summary="Take a claim back")
def retract_claim(request: HttpRequest, number: Path[Number], secret: Secret) -> ClaimOut:
    """What it had closed opens again. A new notice can follow later."""
    hearing.retract(hearing.claim_with(number, secret))
    return ClaimOut.of(hearing.claim_with(number, secret), request)

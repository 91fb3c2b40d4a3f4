"""Sign in and out for programs. It never sees a password twice, nor keeps one."""

from allauth.account.adapter import get_adapter
from django.http import HttpRequest, HttpResponse
from ninja import Router, Status

from obbligato.api.bearer import NEEDED, token_of
from obbligato.api.schemas.buying import TokenIn, TokenOut
from obbligato.people import tokens

router = Router()


@router.post("", response={201: TokenOut}, summary="Sign in: a token for a name and password")
def make_token(request: HttpRequest, wanted: TokenIn) -> Status[TokenOut]:
    """Counted and limited by address and by name: after too many attempts the answer is 429 for a while."""
    text, row = tokens.sign_in(
        username=wanted.username,
        password=wanted.password,
        note=wanted.note,
        address=get_adapter().get_client_ip(request),
    )
    return Status(201, TokenOut(token=text, expires_at=row.expires_at, username=row.person.username))


@router.delete("/current", auth=NEEDED, response={204: None}, summary="Sign out: end this token")
def end_token(request: HttpRequest) -> HttpResponse:
    """The token this request is sent with is good for nothing afterwards."""
    tokens.revoke(token_of(request))
    return HttpResponse(status=204)

"""The wallet and how to fill it. A payment only ever fills a wallet; it never pays an order."""

from dataclasses import asdict

from allauth.account.adapter import get_adapter
from django.conf import settings
from django.http import HttpRequest
from django.utils.http import url_has_allowed_host_and_scheme
from ninja import Path, Query, Router, Schema, Status

from obbligato.api.bearer import NEEDED, person_of
from obbligato.api.idempotency import IN_DOCUMENT, key_of
from obbligato.api.schemas.buying import EntryOut, RedemptionIn, RedemptionOut, TopUpIn, TopUpOut, WalletOut
from obbligato.api.schemas.values import Currency, Money, Number
from obbligato.api.territory import territory_of
from obbligato.kernel.money import minor_digits
from obbligato.kernel.refusals import Invalid
from obbligato.kernel.sentences import in_words
from obbligato.payments import attempts, top_ups
from obbligato.payments.vouchers.redeeming import redeem
from obbligato.payments.ways import ways
from obbligato.people.throttle import network_of
from obbligato.sales import checkout, wallets

router = Router(auth=NEEDED)
LONGEST_RETURN_URL = 250


class BadReturnUrl(Invalid):
    """After paying, a buyer comes back to this store and to nowhere else."""


class WalletIn(Schema):
    """Which wallet: there is one for each currency."""

    currency: Currency | None = None
    limit: int = 100


@router.get("", response=WalletOut, summary="Balance, history, and ways to top up")
def show_wallet(request: HttpRequest, wanted: Query[WalletIn]) -> WalletOut:
    """The last movements, newest first; at most 200."""
    person = person_of(request)
    currency = wanted.currency or settings.CURRENCY
    minor_digits(currency)  # Raises UnknownCurrency before a wallet is opened for it.
    country = territory_of(request, None)
    found = ways(amount_micro=top_ups.MINIMUM_MICRO, currency=currency, country=country, person_id=person.pk)
    entries = wallets.history(person, currency, limit=min(max(wanted.limit, 1), 200))
    return WalletOut(
        balance=Money.of(wallets.balance(person, currency), currency),
        history=[
            EntryOut(
                at=one.at,
                kind=in_words(one.kind),
                amount=Money.of(one.amount_micro, one.currency),
                reference=one.reference,
            )
            for one in entries
        ],
        ways=[asdict(one) for one in found.usable],
        unusable=list(found.unusable),
    )


@router.post("/top-ups", response={201: TopUpOut}, summary="Begin to fill the wallet", openapi_extra=IN_DOCUMENT)
def start_top_up(request: HttpRequest, wanted: TopUpIn) -> Status[TopUpOut]:
    """Send the buyer to `next_url`; then ask GET /wallet/top-ups/{number} what became of it.

    The same key again gives the same top-up; it is needed as an `Idempotency-Key` header or as `key`.
    """
    person = person_of(request)
    attempt = top_ups.start(
        person,
        method=wanted.method,
        country=territory_of(request, None),
        amount_micro=wanted.amount.micro,
        currency=wanted.amount.currency,
        key=key_of(request, wanted.key),
        return_url=_return_url(request, wanted.return_url),
        origins=(f"network {network_of(get_adapter().get_client_ip(request))}",),
    )
    return Status(201, TopUpOut.of(attempt, request, []))


@router.get("/top-ups/{number}", response=TopUpOut, summary="What became of a top-up")
def show_top_up(request: HttpRequest, number: Path[Number]) -> TopUpOut:
    """Asks the provider. When the money is there, orders that waited for it are completed, oldest first."""
    person = person_of(request)
    attempt = attempts.refresh(top_ups.attempt_of(person, number))
    completed = checkout.complete_waiting_orders(person)
    return TopUpOut.of(attempt, request, completed)


@router.post("/redemptions", response={201: RedemptionOut}, summary="Redeem a code", openapi_extra=IN_DOCUMENT)
def redeem_code(request: HttpRequest, wanted: RedemptionIn) -> Status[RedemptionOut]:
    """What a voucher or gift card is worth, or at most `most` of it, goes into the wallet; waiting orders complete.

    Whatever is wrong with a code, the answer is the same. Tries are counted by person and network: too many give 429.
    """
    person = person_of(request)
    redeemed = redeem(
        person,
        wanted.code,
        currency=wanted.most.currency if wanted.most else settings.CURRENCY,
        key=key_of(request, wanted.key),
        address=get_adapter().get_client_ip(request),
        most_micro=wanted.most.micro if wanted.most else None,
    )
    return Status(201, RedemptionOut.of(redeemed, checkout.complete_waiting_orders(person)))


def _return_url(request: HttpRequest, wanted: str) -> str:
    """An absolute address within this store, in which only {number} may stand in braces."""
    is_plain = not set("{}") & set(wanted.replace("{number}", ""))
    is_ours = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure())
    if not (is_plain and is_ours and wanted.isprintable() and wanted.isascii()):
        raise BadReturnUrl("return_url must be an address of this store, such as /wallet/top-ups/{number}.")
    if "://" not in wanted:
        wanted = f"{request.scheme}://{request.get_host()}/{wanted.lstrip('/')}"
    if len(wanted) > LONGEST_RETURN_URL:
        raise BadReturnUrl("return_url must not be longer than {most} characters.", most=LONGEST_RETURN_URL)
    return wanted

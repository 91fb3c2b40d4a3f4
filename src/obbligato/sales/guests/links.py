"""Make and read the links that open a guest's library. A link says whose it is by a signature, and ends by itself.

It opens her things and can be used to choose a password, which ends it, as does the next one she asks for.
"""

from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.core.signing import BadSignature, Signer
from django.db import transaction
from django.urls import reverse

from obbligato.kernel import clock
from obbligato.kernel.refusals import Gone
from obbligato.sales.guests.models import Guest

SALT = "obbligato.sales.guests.links"
LIFETIME = timedelta(days=7)


class LinkEnded(Gone):
    """The link is not one of this store's, or not whole, or its time is over; which of these is not told."""


def link_to(guest: Guest) -> str:
    """The whole address of her link, for a mail to her alone."""
    return f"{settings.SITE_URL}{reverse('guest_link', args=[token_for(guest)])}"


def token_for(guest: Guest) -> str:
    """What the link carries: whose it is, which of hers, until when, and the signature over all three."""
    ends = int((clock.now() + LIFETIME).timestamp())
    return _signer().sign(f"{guest.number}-{guest.links}-{ends}")


def guest_with(token: str) -> Guest:
    """Whose things the link opens. Raises LinkEnded."""
    try:
        number, links, ends = _signer().unsign(token).split("-")
    except (BadSignature, ValueError):
        raise _ended() from None
    guest = Guest.objects.select_related("person").filter(number=number, links=int(links)).first()
    has_ended = clock.now() >= datetime.fromtimestamp(int(ends), UTC)
    if guest is None or has_ended or guest.claimed_at is not None or not guest.person.is_active:
        raise _ended()
    return guest


def follow(token: str) -> Guest:
    """The same, and that she could read the mail is noted: the address is hers. Raises LinkEnded."""
    with transaction.atomic():
        guest = Guest.objects.select_for_update(of=("self",)).get(pk=guest_with(token).pk)
        if guest.proven_at is None:
            guest.proven_at = clock.now()
            guest.save(update_fields=["proven_at"])
    return guest


def _ended() -> LinkEnded:
    return LinkEnded("This link has ended, or a part of it was lost on the way. Please ask for a new one.")


def _signer() -> Signer:
    return Signer(salt=SALT, sep=".")

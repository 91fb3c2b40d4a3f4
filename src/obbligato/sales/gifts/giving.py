"""Give what was bought to whoever shows its link, once, and tell her of it. It never moves money."""

from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.mail import EmailMessage
from django.core.validators import validate_email
from django.db import transaction
from django.db.models import Count, QuerySet
from django.utils import translation
from django.utils.crypto import constant_time_compare

from obbligato.catalog.restrictions import in_effect
from obbligato.catalog.restrictions.in_effect import UnavailableForLegalReasons
from obbligato.catalog.restrictions.models import Effect
from obbligato.kernel import chance, clock
from obbligato.kernel.refusals import Invalid, Missing, Refused
from obbligato.kernel.sentences import Sentence
from obbligato.people import turns
from obbligato.people.mails import sending
from obbligato.people.mails.models import Mail
from obbligato.people.models import Person
from obbligato.sales.gifts.models import MESSAGE_LENGTH, Gift
from obbligato.sales.models import Order, Purchase

TOLD_A_DAY = 20
"""So many gifts of one buyer are told by mail in 24 hours; the others wait. What costs nothing could carry anything."""
DAY = timedelta(hours=24)
TOPIC = "gift"


class BadGift(Invalid):
    """What is said of a gift makes no sense."""


class NoSuchGift(Missing):
    """There is no gift under this link."""


class NotToBeTaken(Refused):
    """It is not paid yet, or was given back, or somebody else has it."""


@dataclass(frozen=True)
class Words:
    """What a buyer says of a gift. Without an address she hands on the link herself."""

    to_email: str = ""
    from_name: str = ""
    message: str = ""


def words(to_email: str, from_name: str, message: str) -> Words:
    """What was typed, in one line each but the message. Raises BadGift."""
    address, name, text = to_email.strip(), " ".join(from_name.split()), message.strip()
    try:
        if address:
            validate_email(address)
    except ValidationError:
        raise BadGift("This is not an e-mail address. Leave it empty to hand on the link yourself.") from None
    if len(address) > 254 or len(name) > 80 or len(text) > MESSAGE_LENGTH:
        raise BadGift("A message can have {most} characters, and a name 80.", most=MESSAGE_LENGTH)
    return Words(address, name, text)


def note(order: Order, said: Words) -> Gift:
    """Keep that this order is for somebody else."""
    return Gift.objects.create(
        order=order,
        number=chance.token(8),
        to_email=said.to_email,
        from_name=said.from_name,
        message=said.message,
    )


def gift_with(number: str, proof: str) -> Gift:
    """The gift of a link. Raises NoSuchGift, whatever is wrong with it."""
    gift = Gift.objects.select_related("order", "taken_by").filter(number=number[:32]).first()
    if gift is None or not constant_time_compare(gift.proof, proof):
        raise NoSuchGift("There is no gift under this link. Perhaps a part of it was lost on the way.")
    return gift


@transaction.atomic
def take(gift: Gift, person: Person) -> Gift:
    """All that was bought becomes hers, for ever. Taking it again changes nothing.

    Raises NotToBeTaken, and UnavailableForLegalReasons while giving it is closed where she lives; it waits for her.
    """
    turns.wait_for(person.pk)
    gift = Gift.objects.select_for_update(of=("self",)).select_related("order").get(pk=gift.pk)
    if gift.taken_by_id == person.pk:
        return gift
    if gift.taken_by_id is not None:
        raise NotToBeTaken("Somebody has taken this gift already.")
    waiting = Purchase.objects.standing().filter(line__order=gift.order, person__isnull=True)
    recordings = list(waiting.values_list("track__recording_id", flat=True))
    for sentence in in_effect.refusals(recordings, territory=person.country, effect=Effect.GIFT).values():
        raise UnavailableForLegalReasons(
            "This gift waits for you, but cannot be taken for now: {reason}", reason=sentence
        )
    # Refusals but one end here; what follows writes.
    if not waiting.update(person=person):
        raise NotToBeTaken("This gift is not paid yet, or was given back.")
    gift.taken_by, gift.taken_at = person, clock.now()
    gift.save(update_fields=["taken_by", "taken_at"])
    return gift


def tell_due(limit: int) -> int:
    """Send the mails of gifts that are paid and not taken; gives how many. The buyer has the link in any case."""
    waiting = Gift.objects.filter(told_at__isnull=True, taken_at__isnull=True, order__paid_at__isnull=False)
    to_tell = waiting.exclude(to_email="").exclude(order__person__in=_told_enough())
    for gift in to_tell.select_related("order").order_by("pk")[:limit]:
        _take_up(gift)
    return sending.send_due(TOPIC, _message, limit=limit)


def mail_of(gift: Gift) -> Mail | None:
    """Its mail, while it waits or where it was refused."""
    return Mail.objects.about(TOPIC, gift.pk)


def _told_enough() -> QuerySet[Gift, int]:
    """Buyers, by their keys, whose gifts of a day were told."""
    told = Gift.objects.filter(told_at__gt=clock.now() - DAY).values("order__person").annotate(count=Count("pk"))
    return told.filter(count__gte=TOLD_A_DAY).values_list("order__person", flat=True)


def _take_up(gift: Gift) -> None:
    """Have it told, unless its buyer had enough told meanwhile, or another process did it."""
    if _told_enough().filter(order__person=gift.order.person_id).exists():
        return
    with transaction.atomic():
        if Gift.objects.filter(pk=gift.pk, told_at__isnull=True).update(told_at=clock.now()):
            sending.post(TOPIC, gift.pk)


def _message(mail: Mail) -> EmailMessage | None:
    gift = Gift.objects.select_related("order__person").filter(pk=mail.key, taken_at__isnull=True).first()
    if gift is None:
        return None
    with translation.override(gift.order.person.reads):  # Of who is given to only the address is known.
        subject = Sentence("Music for you, at {store}", store=settings.SITE_NAME).in_words()
        return EmailMessage(subject, _text(gift), to=[gift.to_email])


def _text(gift: Gift) -> str:
    titles = sorted({line.track.edition.title for line in gift.order.lines.select_related("track__edition")})
    quoted = ", ".join(Sentence("“{title}”", title=title).in_words() for title in titles)
    given = Sentence("{name} gives you {titles}.", name=gift.from_name, titles=quoted)
    if not gift.from_name:
        given = Sentence("Somebody gives you {titles}.", titles=quoted)
    address = f"{settings.SITE_URL}/gifts/{gift.number}/{gift.proof}"
    parts = [given, gift.message, Sentence("Take it here; it is yours for ever: {address}", address=address)]
    return "\n\n".join(part.in_words() if isinstance(part, Sentence) else part for part in parts if part) + "\n"

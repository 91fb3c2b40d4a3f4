"""Want no mail about what one follows, or want it again; and the signed name by which a mail's own link does so.

The link needs no sign-in (RFC 8058, 3.1), says whose it is by a signature alone, and can do nothing else.
"""

from django.core.signing import BadSignature, Signer
from django.db import transaction

from obbligato.catalog.following.models import News, Quiet
from obbligato.kernel.refusals import Missing
from obbligato.people.models import Person

SALT = "obbligato.catalog.following.quieting"


class NoSuchLink(Missing):
    """The signature is not this store's, or the person is gone."""


def token_for(person_id: int) -> str:
    """What a mail's link carries. It does not end: an old mail must still be able to end them."""
    return _signer().sign(str(person_id))


def person_named(token: str) -> Person:
    """Whose mails the link ends. Raises NoSuchLink."""
    try:
        found = Person.objects.filter(pk=int(_signer().unsign(token))).first()
    except (BadSignature, ValueError):
        found = None
    if found is None:
        raise NoSuchLink("This link is not one of ours, or is not whole. Please take it from the mail again.")
    return found


@transaction.atomic
def be_quiet(person: Person) -> None:
    """Send her no more mails; what waited to be told is forgotten, so that it does not all come at once later."""
    Quiet.objects.get_or_create(person=person)
    News.objects.filter(person=person, letter__isnull=True).delete()


def speak_again(person: Person) -> None:
    """Tell her by mail again, of what comes from now on."""
    Quiet.objects.filter(person=person).delete()


def is_quiet(person: Person) -> bool:
    """Whether she wants no mail."""
    return Quiet.objects.filter(person=person).exists()


def _signer() -> Signer:
    return Signer(salt=SALT, sep=".")

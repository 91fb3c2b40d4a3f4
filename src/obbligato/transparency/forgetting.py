"""Forget what the log only committed to: the value and its salt go, the entry and every proof stay."""

from obbligato.kernel.refusals import Missing
from obbligato.transparency.models import Sealed


class NothingToForget(Missing):
    """No personal value is kept of that subject."""


def forget(subject: str, name: str = "") -> int:
    """Delete the personal values of a subject, or the one of that name; gives how many. Raises NothingToForget.

    What the log says of them is a number that nobody can open any more (GDPR, article 17).
    """
    kept = Sealed.objects.filter(subject=subject, **({"name": name} if name else {}))
    forgotten, _ = kept.delete()
    if not forgotten:
        raise NothingToForget("No such personal value is kept of this subject; perhaps it is forgotten already.")
    return forgotten


def forget_value(value: str) -> int:
    """Delete a value wherever it stands, such as a person's name in all her claims; gives how often it stood."""
    forgotten, _ = Sealed.objects.filter(value=value).delete()
    return forgotten

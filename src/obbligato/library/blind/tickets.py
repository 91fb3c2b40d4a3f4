"""Names a blind test so that its page can carry the name, and the order of its samples cannot be read from it.

The order follows from the name by a key that only the store has: nothing is stored, and no round tells of another.
"""

from dataclasses import dataclass
from itertools import permutations

from django.conf import settings
from django.core import signing
from django.utils.crypto import salted_hmac

from obbligato.kernel import chance
from obbligato.kernel.refusals import Gone, Missing
from obbligato.library.blind.counting import PLACES, Kind

SALT = "obbligato.library.blind"
CODECS = ("mp3", "aac", "opus")
LOW_KBPS, HIGH_KBPS = 96, 192
ROUNDS = (6, 10, 16)
ORDERS = tuple(permutations(Kind))


class NoSuchTest(Missing):
    """This store made no such test, or it has no such round."""


class TestIsOver(Gone):
    """The test was begun too long ago."""

    __test__ = False


@dataclass(frozen=True)
class Ticket:
    """What a test plays: a passage of a track and a codec. `person_id` is its owner's, 0 where it is nobody's."""

    person_id: int
    track_id: int
    start_milliseconds: int
    codec: str
    nonce: str
    country: str = ""
    """Where who takes it lives (ISO 3166-1 alpha-2), for what may be heard there; "" is the store's own."""

    @property
    def token(self) -> str:
        """Its name, signed; whoever reads it learns nothing of any order."""
        values = [self.person_id, self.track_id, self.start_milliseconds, self.codec, self.nonce, self.country]
        return signing.dumps(values, salt=SALT)

    @property
    def format_names(self) -> dict[Kind, str]:
        """What each of the three would be bought as."""
        return {
            Kind.LOW: f"{self.codec}-{LOW_KBPS}",
            Kind.HIGH: f"{self.codec}-{HIGH_KBPS}",
            Kind.EXACT: "flac",
        }


def issue(*, person_id: int, track_id: int, start_milliseconds: int, codec: str, country: str = "") -> Ticket:
    """A new test, unlike every other. Raises NoSuchTest for a codec that is not compared."""
    if codec not in CODECS:
        raise NoSuchTest("There is no blind test of that codec.")
    return Ticket(person_id, track_id, start_milliseconds, codec, chance.token(16), country)


def opened(token: str) -> Ticket:
    """The test of that name. Raises NoSuchTest, TestIsOver."""
    try:
        values = signing.loads(token, salt=SALT, max_age=settings.LINK_LIFETIME)
        person_id, track_id, start, codec, nonce, country = values
    except signing.SignatureExpired:
        raise TestIsOver("This blind test was begun too long ago. Please begin another.") from None
    except (signing.BadSignature, TypeError, ValueError):
        raise NoSuchTest("There is no such blind test.") from None
    return Ticket(int(person_id), int(track_id), int(start), str(codec), str(nonce), str(country))


def order_of(ticket: Ticket, number: int) -> tuple[Kind, ...]:
    """What stands at A, B and C in a round, counted from 1; only with the store's key can it be worked out."""
    digest = salted_hmac(SALT, f"{ticket.nonce}:{number}", algorithm="sha256").digest()
    return ORDERS[int.from_bytes(digest) % len(ORDERS)]


def kind_at(ticket: Ticket, number: int, place: str) -> Kind:
    """What stands at one place of a round. Raises NoSuchTest."""
    if not 1 <= number <= max(ROUNDS) or place not in PLACES or len(place) != 1:
        raise NoSuchTest("The blind test has no such sample.")
    return order_of(ticket, number)[PLACES.index(place)]

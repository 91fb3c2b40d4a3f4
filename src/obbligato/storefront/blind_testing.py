"""One visitor's blind test as her session has it: what is played, what she answered. It keeps nothing elsewhere."""

from dataclasses import dataclass, field
from typing import Any, Self

from django.contrib.sessions.backends.base import SessionBase
from django.utils.translation import gettext

from obbligato.audio.formats import LABELS
from obbligato.catalog.models import Release
from obbligato.kernel.refusals import Invalid
from obbligato.library.blind import counting, tickets
from obbligato.library.blind.counting import PLACES, Kind, Ranking, Told
from obbligato.library.blind.passages import length_of, loudest, offered, starts_of
from obbligato.library.blind.tickets import ROUNDS, NoSuchTest, Ticket
from obbligato.library.hearing import Hearing, NotToBeHeard, hearing_of
from obbligato.people.models import Person
from obbligato.sales.quoting import ReleaseQuote, TrackQuote

KEY = "blind_test"
CODECS = {codec: LABELS[codec] for codec in tickets.CODECS}


class NoRanking(Invalid):
    """The answer does not name two different samples."""


@dataclass
class BlindTest:
    """A test under way, or over when there is an answer for each round."""

    slug: str
    token: str
    rounds: int
    answers: list[str] = field(default_factory=list)
    """For each round the places of the best and the worst, such as 'ca'."""

    @classmethod
    def of(cls, session: SessionBase, slug: str) -> Self | None:
        """The test of a release that this session has; None where there is none, or it was begun too long ago."""
        kept = session.get(KEY)
        if not isinstance(kept, dict) or kept.get("slug") != slug:
            return None
        try:
            tickets.opened(kept["token"])
        except (NoSuchTest, tickets.TestIsOver):
            return None
        return cls(**kept)

    def keep(self, session: SessionBase) -> None:
        """Store it in place of any other."""
        session[KEY] = {"slug": self.slug, "token": self.token, "rounds": self.rounds, "answers": self.answers}

    @property
    def ticket(self) -> Ticket:
        return tickets.opened(self.token)

    @property
    def number(self) -> int:
        """Of the round that is next, counted from 1."""
        return len(self.answers) + 1

    @property
    def is_over(self) -> bool:
        return len(self.answers) >= self.rounds

    @property
    def addresses(self) -> dict[str, str]:
        """Of the samples of the next round, by their places in capitals."""
        start = f"/delivery/blind-tests/{self.token}/{self.number}"
        return {place.upper(): f"{start}-{place}.wav" for place in PLACES}

    def answer(self, number: int, best: str, worst: str) -> None:
        """Note an answer; one to another round than the next is left out. Raises NoRanking."""
        if number != self.number or self.is_over:
            return
        if best == worst or {best, worst} - set(PLACES):
            raise NoRanking(
                gettext("Please name the sample that sounds best and another that sounds worst. A guess will do.")
            )
        # Refusals end here.
        self.answers.append(best + worst)

    def told(self, kind: Kind) -> Told:
        """How often a coded sample was told from the exact one so far."""
        orders = [tickets.order_of(self.ticket, number) for number in range(1, self.number)]
        return counting.told(kind, orders, [Ranking(answer[0], answer[1]) for answer in self.answers])

    def order(self, number: int) -> dict[Kind, str]:
        """Where each kind stood in a round; to be shown when it is over."""
        return {kind: PLACES[at].upper() for at, kind in enumerate(tickets.order_of(self.ticket, number))}


@dataclass(frozen=True)
class Setting:
    """What can be chosen before a test: a track, then a passage of it."""

    tracks: list[TrackQuote]
    chosen: TrackQuote
    loudest: int
    """In milliseconds, as all starts."""
    offered: list[int]
    seconds: int


def setting(quote: ReleaseQuote, person: Person | None, wanted: str) -> Setting:
    """The choices for a release and someone, of the track with the key `wanted`, else of the first that may be heard.

    Raises NotToBeHeard with the reason.
    """
    heard = {one.track.pk: found for one in quote.tracks if (found := heard_of(quote.release, one, person))}
    tracks = [one for one in quote.tracks if starts_of(heard.get(one.track.pk))]
    if not tracks and quote.release.preview == Release.Preview.NONE:
        raise NotToBeHeard(gettext("The label gives no previews of this release, so there is no blind test of it."))
    if not tracks:
        raise NotToBeHeard(gettext("Too little of this release may be heard for a blind test."))
    chosen = next((one for one in tracks if str(one.track.pk) == wanted), tracks[0])
    starts = starts_of(heard[chosen.track.pk])
    loud = loudest(chosen.track, starts)
    return Setting(tracks, chosen, loud, offered(starts), length_of(heard[chosen.track.pk], loud) // 1000)


def heard_of(release: Release, one: TrackQuote, person: Person | None) -> Hearing | None:
    """What someone may hear of a track; of one that is not on sale only who owns it."""
    if one.is_owned:
        return hearing_of(one.track, release.preview, owner=person, closed=one.closed)
    return hearing_of(one.track, release.preview, owner=None, closed=one.closed) if one.may_be_heard else None


def begin(quote: ReleaseQuote, person: Person | None, asked: dict[str, str]) -> BlindTest:
    """A new test of what a form asks for: track, start (ms), codec, rounds. Raises NotToBeHeard, NoSuchTest."""
    found = setting(quote, person, asked.get("track", ""))
    starts = {str(start): start for start in starts_of(heard_of(quote.release, found.chosen, person))}
    ticket = tickets.issue(
        person_id=person.pk if person and found.chosen.is_owned else 0,
        track_id=found.chosen.track.pk,
        start_milliseconds=starts.get(asked.get("start", ""), found.loudest),
        codec=asked.get("codec", ""),
        country=quote.territory,
    )
    rounds = {str(one): one for one in ROUNDS}.get(asked.get("rounds", ""), ROUNDS[0])
    return BlindTest(quote.release.slug, ticket.token, rounds)


def outcome(test: BlindTest, quotes: dict[Kind, ReleaseQuote]) -> dict[str, Any]:
    """What a test that is over says: of each coded sample, and the cheapest that was not told from the exact one."""
    low, high = test.told(Kind.LOW), test.told(Kind.HIGH)
    best = counting.cheapest(low, high)
    return {
        "results": [(quotes[Kind.LOW].format, low), (quotes[Kind.HIGH].format, high)],
        "cheapest": quotes[best],
        "is_owned": all(one.costs_nothing_more for one in quotes[best].tracks),
        "is_exact_needed": best is Kind.EXACT,
        "rounds": [(number, test.order(number), answer) for number, answer in enumerate(test.answers, 1)],
    }

"""A catalogue and its buyers for the simulation: rows alone, without a sound."""

from datetime import date
from random import Random

from django.conf import settings
from django.db import transaction

from obbligato.audio.facts import MasterFacts
from obbligato.catalog.models import Artist, Edition, Label, Master, Recording, Release, Track
from obbligato.kernel import clock
from obbligato.people.models import Person
from obbligato.rights.models import Licence, Party, Share, SplitSheet
from obbligato.sales.models import Basket, BasketLine, Quote
from obbligato.sales.owning import NOT_OWNED, owned_by

COUNTRIES = ("DE", "AT", "FR", "US")
MOST_PRICE_CENTS = 300
FACTS = MasterFacts("flac", "flac", 44_100, 16, 2, 44_100 * 180, "0" * 32, 1, 4096)


def tracks(count: int) -> list[Track]:
    """So many tracks of one release, each with a licence, and with one to three who share in it."""
    artist = Artist.objects.create(name="The Simulated Ensemble", slug="simulated")
    label = Label.objects.create(name="Simulated Label", slug="simulated")
    release = Release.objects.create(key="upc:1", slug="simulated", artist=artist, label=label)
    edition = Edition.objects.create(release=release, number=1, digest="0" * 64, title="Simulated")
    parties = [Party.objects.create(name=f"Party {number}") for number in range(3)]
    return [_track(edition, f"{number}", number, parties[: number % 3 + 1]) for number in range(count)]


@transaction.atomic
def a_release(name: str, count: int) -> Release:
    """Another release with so many tracks of its own, of the same artist and label. Nobody named a price yet."""
    before = Release.objects.get(slug="simulated")
    release = Release.objects.create(key=name, slug=name, artist=before.artist, label=before.label)
    release.edition = Edition.objects.create(release=release, number=1, digest=f"{name:0>64}", title=name)
    release.save(update_fields=["edition"])
    parties = list(Party.objects.order_by("pk")[:2])
    for number in range(count):
        _track(release.edition, f"{name}-{number}", number, parties)
    return release


def buyers(count: int) -> list[Person]:
    """People with empty wallets."""
    return [Person.objects.create_user(f"buyer{number}") for number in range(count)]


@transaction.atomic
def a_basket(lot: Random, person: Person, goods: list[Track], number: int) -> tuple[Basket, int]:
    """A basket of a few tracks at prices that nobody but chance has quoted, and its total in micro-units."""
    chosen = lot.sample(goods, lot.randrange(1, 5))
    owned = owned_by(person, chosen)
    basket = Basket.objects.create(key=f"basket{number}", person=person)
    quotes = Quote.objects.bulk_create(
        Quote(
            track=track,
            format_name="flac",
            size_bytes=1_000_000,
            is_exact=True,
            price_micro=lot.randrange(0, MOST_PRICE_CENTS) * 10_000,
            currency="EUR",
            owned_bytes=owned.get(track.pk, NOT_OWNED).largest_bytes,
            expires_at=clock.now() + settings.QUOTE_LIFETIME,
        )
        for track in chosen
    )
    BasketLine.objects.bulk_create(
        BasketLine(basket=basket, quote=quote, track=quote.track, bundle="one", list_price_micro=quote.price_micro)
        for quote in quotes
    )
    return basket, sum(quote.price_micro for quote in quotes)


def _track(edition: Edition, name: str, number: int, parties: list[Party]) -> Track:
    artist = edition.release.artist
    recording = Recording.objects.create(key=f"pcm:{name}", title=f"Piece {number}", artist=artist)
    master = Master.objects.create(
        sha256=f"{name:0>64}",
        original_name=f"{number}.flac",
        size_bytes=1,
        facts_json=FACTS.to_json(),
        pcm_md5=f"{name:0>32}",
        range_lu=0,
        true_peak_dbtp=0,
        peaks=b"",
    )
    Licence.objects.create(
        recording=recording,
        basis=Licence.Basis.OWN,
        evidence="It is simulated.",
        territories=["WORLD"],
        valid_from=date(2020, 1, 1),
        declared_by="simulation",
    )
    sheet = SplitSheet.objects.create(recording=recording, digest=f"{name:0>64}")
    left = 10_000
    for place, party in enumerate(parties):
        part = left if place == len(parties) - 1 else left // 3
        Share.objects.create(sheet=sheet, party=party, role="performer", basis_points=part)
        left -= part
    return Track.objects.create(
        edition=edition,
        recording=recording,
        master=master,
        position=number + 1,
        title=f"Piece {number}",
        artist_credit=artist.name,
    )

"""The cast and the goods that tests share, as plain functions. Masters are real audio, made once per run."""

import functools
import hashlib
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from django.test import Client
from PIL import Image

from obbligato.audio.flacfile import write_flac
from obbligato.catalog import resembling
from obbligato.catalog.models import Master, Release
from obbligato.kernel import clock
from obbligato.kernel.money import MICRO
from obbligato.ledger import accounts
from obbligato.ledger.models import Account
from obbligato.ledger.transfers import Move, transfer
from obbligato.people.models import Person
from obbligato.sales.stocking import stock_folder

RATE = 44_100
_decoded: dict[str, Master] = {}
"""Masters that were imported for an earlier test of this process, by the SHA-256 of their files."""
SHEET = """
artist = "The Test Ensemble"
title = "{title}"
label = "Test Label"
upc = "{upc}"
date = "2026-03-01"
genres = ["Classical"]
{licence}
[price]
currency = "EUR"
per_megabyte = "{per_megabyte}"
track_minimum = "{minimum}"
{album}
[[shares]]
party = "Ada Performer"
role = "performer"
percent = "70"
[[shares]]
party = "Ben Composer"
role = "composer"
percent = "30"
"""
LICENCE = """
[licence]
basis = "own"
evidence = "We recorded it ourselves."
territories = [{territories}]
from = "2020-01-01"
"""


def alice(balance: str = "0") -> Person:
    """A buyer, with that many euros in her wallet."""
    return _person("alice", balance)


def bob(balance: str = "0") -> Person:
    """Another buyer."""
    return _person("bob", balance)


def dana() -> Person:
    """An operator."""
    person = _person("dana", "0")
    person.is_staff = person.is_superuser = True
    person.save()
    return person


def erin() -> Person:
    """Another operator: the second person, where two must agree."""
    return Person.objects.create_user("erin", password="a long password", is_staff=True, is_superuser=True)


def signed_in(person: Person) -> Client:
    """A browser in which that person is signed in."""
    client = Client()
    client.force_login(person)
    return client


def fill_wallet(person: Person, euros: str) -> None:
    """Put money into a wallet as a credit from the store."""
    marketing = accounts.open_account("marketing", currency="EUR", kind=Account.Kind.MARKETING)
    wallet = accounts.wallet_of(person.pk, "EUR")
    count = wallet.incoming.count()
    amount = round(float(euros) * MICRO)
    transfer(Move(f"test-credit:{person.pk}:{count}", marketing, wallet, amount, "credit"))


def a_release(
    title: str = "Three Small Pieces",
    *,
    tracks: int = 3,
    seconds: float = 2.0,
    upc: str = "4006381333931",
    per_megabyte: str = "0.50",
    minimum: str = "0.10",
    album_maximum: str = "",
    territories: tuple[str, ...] = ("WORLD",),
    has_licence: bool = True,
) -> Release:
    """A release imported from a real folder through the real importer, on sale unless it has no licence.

    Its files are decoded for the first test that asks for them; the stores of later ones know their masters.
    """
    with tempfile.TemporaryDirectory(prefix="label-") as parent:
        folder = Path(parent) / "album"
        folder.mkdir()
        _write(folder, title, tracks, seconds, upc, per_megabyte, minimum, album_maximum, territories, has_licence)
        digests = [hashlib.sha256(_master(number, seconds)).hexdigest() for number in range(1, tracks + 1)]
        _know_again(digests)
        stock_folder(folder, report=lambda _: None, by="tests")
        _decoded.update({one.sha256: one for one in Master.objects.filter(sha256__in=set(digests) - _decoded.keys())})
    return Release.objects.filter(editions__title=title).distinct().get()


def _know_again(digests: Sequence[str]) -> None:
    """As if a release with these files had been in the store before: nothing is decoded that was."""
    there = set(Master.objects.filter(sha256__in=digests).values_list("sha256", flat=True))
    for digest in sorted(set(digests) & _decoded.keys() - there):
        fields = {field.attname: getattr(_decoded[digest], field.attname) for field in Master._meta.fields}
        resembling.remember(Master.objects.create(**{**fields, "id": None, "imported_at": clock.now()}))


def _write(
    folder: Path,
    title: str,
    tracks: int,
    seconds: float,
    upc: str,
    per_megabyte: str,
    minimum: str,
    album_maximum: str,
    territories: tuple[str, ...],
    has_licence: bool,
) -> None:
    for number in range(1, tracks + 1):
        (folder / f"{number:02d} Piece {number}.flac").write_bytes(_master(number, seconds))
    Image.new("RGB", (600, 600), (40, 60, 90)).save(folder / "cover.jpg")
    codes = ", ".join(f'"{code}"' for code in territories)
    sheet = SHEET.format(
        title=title,
        upc=upc,
        per_megabyte=per_megabyte,
        minimum=minimum,
        licence=LICENCE.format(territories=codes) if has_licence else "",
        album=f'album_maximum = "{album_maximum}"' if album_maximum else "",
    )
    (folder / "release.toml").write_text(sheet)


def _person(name: str, balance: str) -> Person:
    person = Person.objects.create_user(name, f"{name}@example.org", "a long password", country="FR")
    if float(balance):
        fill_wallet(person, balance)
    return person


@functools.cache
def _master(number: int, seconds: float) -> bytes:
    """A FLAC of two voices and a little noise, the same for the same arguments."""
    time = np.arange(int(seconds * RATE)) / RATE
    noise = np.random.default_rng(number).normal(0, 0.01, time.size)
    left = 0.4 * np.sin(2 * np.pi * 220 * number * time) + noise
    right = 0.3 * np.sin(2 * np.pi * 331 * number * time) + noise
    samples = (np.stack([left, right], axis=1) * 32_767).astype(np.int32)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "master.flac"
        write_flac(path, samples, sample_rate=RATE, bits=16)
        return path.read_bytes()

"""Terms are read as a label writes them, and everything wrong with them is said beside its field, at once."""

from dataclasses import replace
from datetime import date

import pytest

from obbligato.catalog.contents import Content, Line
from obbligato.catalog.models import Track
from obbligato.catalog.proofreading import problems
from obbligato.catalog.sidecar import CreditLine
from obbligato.rights.models import Licence
from obbligato.rights.splits import NoShare, basis_points_of
from obbligato.sales.editing import previewing
from obbligato.sales.editing.checking import checked
from obbligato.sales.editing.previewing import NotShown
from obbligato.sales.editing.reading import ReadTerms, read_terms
from obbligato.sales.editing.telling import licence_in_words, price_in_words
from obbligato.sales.editing.written import (
    Group,
    WrittenPrice,
    WrittenRights,
    WrittenShare,
    WrittenTerms,
    as_written,
    percent_of,
)
from obbligato.sales.models import Tariff
from obbligato.sales.pricing import Rates
from obbligato.sales.quoting import format_named
from tests import makers
from tests.sales.editing.makers import a_draft, reprice, reterm, rewrite, rewrite_line
from tests.storefront.makers import a_silent_release

pytestmark = pytest.mark.django_db
TODAY = date(2026, 3, 1)


def read_price(**values: object) -> ReadTerms:
    terms = WrittenTerms(price=WrittenPrice(**values))  # type: ignore[arg-type]
    return read_terms(terms, WrittenTerms(), Content(), currency="EUR", today=TODAY)


def read_rights(rights: WrittenRights, *, day: str = "") -> ReadTerms:
    track = Track.objects.get()
    line = Line("a", track.pk, track.master.sha256, 1, 1, "Aria", "Ada")
    terms = WrittenTerms(groups=(Group(("a", "gone"), rights),))
    return read_terms(terms, WrittenTerms(), Content(date=day, lines=(line,)), currency="EUR", today=TODAY)


def wrong(read: ReadTerms) -> dict[str, str]:
    return {one.field: one.sentence for one in read.problems}


def test_each_way_to_sell_has_its_rates() -> None:
    assert read_price(kind="free", takes_more=True).rates == Rates("EUR", 0, takes_more=True)
    one = read_price(kind="one_price", track="0.99", album_maximum="6.90").rates
    assert one == Rates("EUR", 0, 990_000, 990_000, 6_900_000)
    by_size = read_price(kind="per_megabyte", per_megabyte="0.0305", track_minimum="0.15", track_maximum="0.99").rates
    assert by_size == Rates("EUR", 30_500, 150_000, 990_000)
    assert read_price(kind="per_megabyte", per_megabyte="0.03").rates == Rates("EUR", 30_000)


def test_what_is_wrong_with_a_price_is_said_beside_each_field() -> None:
    assert wrong(read_price(kind="barter")) == {"price.kind": "Choose how it is sold."}
    assert "price.track" in wrong(read_price(kind="one_price"))
    assert "price.track" in wrong(read_price(kind="one_price", track="x"))
    found = wrong(read_price(kind="per_megabyte", track_minimum="0.001", track_maximum="-1", album_maximum="1e3"))
    assert found == {
        "price.per_megabyte": "What does a megabyte cost?",
        "price.track_minimum": "0.001 has more decimals than EUR has.",
        "price.track_maximum": "An amount cannot be negative.",
        "price.album_maximum": "“1e3” is not an amount of money.",
    }
    below = wrong(read_price(kind="per_megabyte", per_megabyte="0.03", track_minimum="1", track_maximum="0.5"))
    assert below == {"price.track_maximum": "The most for a track is below the least."}
    assert wrong(read_price(kind="per_megabyte", per_megabyte="dear"))["price.per_megabyte"].startswith("“dear”")


def test_what_anyone_may_hear_is_one_of_three() -> None:
    terms = WrittenTerms(preview="loud")
    read = read_terms(terms, WrittenTerms(), Content(), currency="EUR", today=TODAY)
    assert wrong(read) == {"preview": "Choose what anyone may hear."}


def test_a_licence_is_read_with_its_defaults() -> None:
    a_silent_release(tracks=1)
    licence = read_rights(WrittenRights("own"), day="2027-05").licences["a"]
    assert (licence.territories, licence.valid_from, licence.valid_until) == (("WORLD",), date(2027, 5, 1), None)
    assert read_rights(WrittenRights("own")).licences["a"].valid_from == TODAY
    assert read_rights(WrittenRights("own"), day="soon").licences["a"].valid_from == TODAY
    assert read_rights(WrittenRights("own", territories="fr;de, FR")).licences["a"].territories == ("FR", "DE")


def test_what_is_wrong_with_rights_is_said_beside_each_field() -> None:
    a_silent_release(tracks=1)
    rights = WrittenRights("theft", "x" * 5_001, "XX FR", "2026-02-30", "never", (WrittenShare("", "", "x"),))
    assert wrong(read_rights(rights)) == {
        "group.0.basis": "This is not a licence basis.",
        "group.0.evidence": "This is longer than 5,000 characters.",
        "group.0.territories": "“XX” is not a country (two letters of ISO 3166-1) nor WORLD.",
        "group.0.valid_from": "Write a day as in 2026-03-01.",
        "group.0.valid_until": "Write a day as in 2026-03-01.",
        "group.0.share.0": "A share is a per cent above 0 with at most two decimals.",
    }
    assert wrong(read_rights(WrittenRights(territories="FR")))["group.0.basis"] == "On what basis may it be sold?"
    ended = read_rights(WrittenRights("own", valid_from="2026-01-01", valid_until="2026-01-01"))
    assert wrong(ended) == {"group.0.valid_until": "The licence begins on 2026-01-01, and must end after that."}
    assert ended.licences == {}


@pytest.mark.parametrize("percents", [("99.99",), ("50", "50.01"), ("33.33", "33.33", "33.33")])
def test_shares_that_are_not_whole_are_refused(percents: tuple[str, ...]) -> None:
    a_silent_release(tracks=1)
    shares = tuple(WrittenShare(f"P{number}", "", percent) for number, percent in enumerate(percents))
    read = read_rights(WrittenRights(shares=shares))
    assert "not to 100 %" in wrong(read)["group.0.shares"]
    assert read.shares == {}


@pytest.mark.parametrize("text", ["", "0", "-1", "100.01", "0.001", "NaN", "Infinity", "1e999999", "½", "ten"])
def test_what_is_no_per_cent_is_no_share(text: str) -> None:
    with pytest.raises(NoShare):
        basis_points_of(text)


def test_per_cents_are_written_as_they_are_read() -> None:
    for points in range(1, 10_001):
        assert basis_points_of(percent_of(points)) == points
    assert basis_points_of("33,33") == 3_333


def test_one_recording_on_two_lines_has_one_licence_and_one_sheet() -> None:
    release = makers.a_release(tracks=1)
    line = a_draft(release).content.lines[0]
    rewrite(release, lines=(line, replace(line, key="again", position=2)))
    shares = (WrittenShare("Ada", "performer", "100"),)
    rights = WrittenRights("public_domain", shares=shares)
    reterm(release, lambda terms: replace(terms, groups=(*terms.groups, Group(("again",), rights))))
    found = checked(a_draft(release)).problems
    assert [one.field for one in found] == ["groups", "groups"]
    assert found[0].sentence == "“Piece 1” is on it twice, with different rights."


def test_what_stands_in_force_already_is_not_judged_again() -> None:
    release = makers.a_release(tracks=1)
    Licence.objects.update(territories=["XK"])
    Tariff.objects.update(track_minimum_micro=1)
    rewrite(release, title="New")
    found = checked(a_draft(release))
    assert found.problems == []
    assert found.terms.price.track_minimum == "0.000001"


def test_a_price_is_written_as_it_would_be_typed() -> None:
    release = makers.a_release(tracks=1, album_maximum="2.00")
    terms = as_written(release, ())
    assert price_in_words(terms.price) == "0.50 a megabyte, at least 0.10 a track, at most 2.00 for the release"
    Tariff.objects.update(per_megabyte_micro=0, track_minimum_micro=0, takes_more=True)
    free = as_written(release, ()).price
    assert (free.kind, free.album_maximum) == ("free", "")
    assert price_in_words(free) == "free; buyers may give more"
    Tariff.objects.update(track_maximum_micro=0)
    assert as_written(release, ()).price.kind == "per_megabyte"
    Tariff.objects.update(track_minimum_micro=990_000, track_maximum_micro=990_000)
    assert (as_written(release, ()).price.kind, as_written(release, ()).price.track) == ("one_price", "0.99")
    Tariff.objects.all().delete()
    assert as_written(release, ()).price == WrittenPrice()
    assert price_in_words(WrittenPrice()) == ""


def test_a_licence_is_told_in_words() -> None:
    rights = WrittenRights("own", "We did it.", "FR", "2026-01-01", "2027-01-01")
    assert licence_in_words(rights) == "Own recording: FR from 2026-01-01 until 2027-01-01\nWe did it."
    assert licence_in_words(WrittenRights("own")) == "Own recording: WORLD"
    assert licence_in_words(WrittenRights()) == ""


def test_everything_wrong_with_a_content_is_found() -> None:
    release = makers.a_release(tracks=2)
    other = makers.a_release("Another", upc="036000291452", tracks=3)
    Track.objects.get(edition=other.edition, position=3).recording.__class__.objects.filter(title="Piece 3").update(
        key="isrc:FRX872400003", isrc="FRX872400003"
    )
    first, second = a_draft(release).content.lines
    content = Content(
        title="x" * 301, artist="", label="", upc="0036000291452", date="2026-13",
        genres=("g" * 101, *map(str, range(10))),
        description="x" * 20_001, copyright="x" * 301, cover="gone", booklet="gone",
        credits=(CreditLine("x" * 201, ""), CreditLine("", "piano")),
        lines=(
            replace(first, title="", artist="", composer="x" * 301, disc=0, isrc="FRX872400003"),
            replace(second, isrc="nonsense"),
        ),
    )  # fmt: skip
    found = {one.field: one.sentence for one in problems(content, release=release)}
    assert set(found) == {
        "title", "artist", "label", "upc", "date", "genres", "description", "copyright", "cover", "booklet",
        "credit.0.name", "credit.1.name",
        *(f"line.{first.key}.{name}" for name in ("title", "artist", "composer", "position", "isrc")),
        f"line.{second.key}.isrc",
    }  # fmt: skip
    assert found[f"line.{first.key}.isrc"] == "This ISRC is that of another recording, “Piece 3”."
    same = replace(content, lines=(replace(first, isrc="FRX872400009"), replace(second, isrc="FRX872400009")))
    sentences = [one.sentence for one in problems(same, release=release)]
    assert "“Piece 1” has the same ISRC; each recording has its own." in sentences
    many = replace(content, lines=tuple(replace(first, position=place) for place in range(1, 1_001)))
    assert "A release has at most 999 tracks." in [one.sentence for one in problems(many, release=release)]


def test_the_isrc_of_the_same_sound_is_no_other_recording() -> None:
    release = makers.a_release(tracks=1)
    track = Track.objects.get()
    track.recording.__class__.objects.create(key="isrc:FRX872400001", title="Old", artist=release.artist).tracks.add(
        Track.objects.create(
            edition=track.edition, recording=track.recording, master=track.master, position=9, title="Old",
            artist_credit="Ada",
        )
    )  # fmt: skip
    rewrite_line(release, 1, isrc="FRX872400001")
    assert checked(a_draft(release)).problems == []


def test_a_preview_shows_what_would_be_sold_and_writes_nothing() -> None:
    release = makers.a_release(tracks=2, has_licence=False)
    line = a_draft(release).content.lines[0]
    rewrite(
        release,
        title="New",
        artist="Nobody yet",
        lines=(*a_draft(release).content.lines, replace(line, key="b", position=3)),
    )
    quote = previewing.quote_of(a_draft(release), format_named("mp3-320"), territory="FR")
    assert quote.edition is not None
    assert (quote.edition.title, quote.release.artist.name, len(quote.tracks)) == ("New", "Nobody yet", 3)
    assert quote.sentence == "No licence basis is recorded for this recording."
    keys = [one.key for one in a_draft(release).content.lines]
    reterm(release, lambda terms: replace(terms, groups=(Group(tuple(keys), WrittenRights("own")),)))
    reprice(release, kind="one_price", track="0.50")
    quote = previewing.quote_of(a_draft(release), format_named("flac"), territory="FR")
    assert (quote.sentence, quote.price_micro, quote.bases) == ("", 1_500_000, ["Own recording"])
    assert not Licence.objects.exists()
    rewrite(release, title="")
    with pytest.raises(NotShown, match="A release needs a title"):
        previewing.quote_of(a_draft(release), format_named("flac"), territory="FR")

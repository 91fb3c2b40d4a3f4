"""What a label's folder says about licence, price and shares is declared once, and followed or refused."""

import json
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from pytest_django import Settings

from obbligato.catalog.models import Edition, Release
from obbligato.catalog.reports import FileReport
from obbligato.kernel import clock
from obbligato.rights.models import Licence, Share, SplitSheet
from obbligato.sales.models import Tariff
from obbligato.sales.offers import offer_of
from obbligato.sales.stocking import DRAFT, StockReport, stock_folder
from tests.catalog.makers import UPC, put_album, put_sidecar

OWN = '[licence]\nbasis = "own"\nevidence = "We recorded it."\n'


@pytest.fixture
def label(tmp_path: Path, settings: Settings, db: None) -> Path:
    """A label's folder with one album of two tracks, beside an empty store."""
    settings.DATA_FOLDER = tmp_path / "store"
    settings.DATA_FOLDER.mkdir()
    return put_album(tmp_path / "label")


def stock(folder: Path) -> tuple[StockReport, list[FileReport]]:
    lines: list[FileReport] = []
    return stock_folder(folder, report=lines.append, by="bob"), lines


def reasons(lines: list[FileReport]) -> str:
    return " ".join(line.reason for line in lines)


def test_a_licensed_release_is_on_sale_at_once(label: Path) -> None:
    put_sidecar(label, OWN)
    report, lines = stock(label)
    assert report.is_success
    assert offer_of(report.releases[0].release, territory="FR").is_on_sale
    assert not [line for line in lines if line.status == "draft"]
    assert set(Licence.objects.values_list("declared_by", flat=True)) == {"bob"}


def test_without_a_licence_basis_it_is_a_draft_and_says_so(label: Path) -> None:
    report, lines = stock(label)
    assert report.is_success
    assert [line.reason for line in lines if line.status == "draft"] == [DRAFT]
    assert not offer_of(report.releases[0].release).is_on_sale


def test_without_a_price_the_default_tariff_holds(label: Path) -> None:
    stock(label)
    tariff = Tariff.objects.get()
    assert (tariff.currency, tariff.per_megabyte_micro, tariff.track_minimum_micro) == ("EUR", 30_000, 150_000)
    assert (tariff.track_maximum_micro, tariff.album_maximum_micro) == (None, None)


def test_without_shares_everything_goes_to_the_label(label: Path) -> None:
    put_sidecar(label, 'label = "Test Label"')
    stock(label)
    assert {(share.party.name, share.basis_points) for share in Share.objects.all()} == {("Test Label", 10_000)}


def test_stocking_twice_changes_nothing_even_tomorrow(label: Path) -> None:
    put_sidecar(label, OWN + '[price]\nper_megabyte = "0.5"\n[[shares]]\nparty = "Ada"\npercent = "100"\n')
    tables = (Release, Edition, Tariff, Licence, SplitSheet, Share)
    with clock.stopped(datetime(2026, 5, 1, tzinfo=UTC)):
        stock(label)
    rows = [list(table.objects.order_by("pk").values()) for table in tables]
    with clock.stopped(datetime(2026, 5, 2, tzinfo=UTC)):
        stock(label)
    assert [list(table.objects.order_by("pk").values()) for table in tables] == rows


def test_a_new_price_is_a_new_tariff_and_no_new_edition(label: Path) -> None:
    stock(label)
    put_sidecar(label, '[price]\ntrack_minimum = "1"\nalbum_maximum = "9"')
    stock(label)
    assert [tariff.track_minimum_micro for tariff in Tariff.objects.order_by("pk")] == [150_000, 1_000_000]
    put_sidecar(label, '[price]\ntrack_minimum = "1"\nalbum_maximum = "9"\nname_your_price = true')
    stock(label)
    assert [tariff.takes_more for tariff in Tariff.objects.order_by("pk")] == [False, False, True]
    assert Edition.objects.count() == 1


def test_a_price_set_elsewhere_stays_when_the_folder_names_none(label: Path) -> None:
    report, _ = stock(label)
    Tariff.objects.create(release=report.releases[0].release, currency="EUR", per_megabyte_micro=1)
    stock(label)
    first = Tariff.objects.first()
    assert first is not None
    assert first.per_megabyte_micro == 1


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ('[price]\ncurrency = "USD"', "this store sells in EUR"),
        ('[price]\nper_megabyte = "-0.03"', "price.per_megabyte: An amount cannot be negative"),
        ('[price]\ntrack_minimum = "0.155"', "more decimals than EUR has"),
        ('[price]\ntrack_minimum = "2"\ntrack_maximum = "1"', "below price.track_minimum"),
        ('[licence]\nbasis = "theft"', "“theft” is not a licence basis"),
        ('[licence]\nbasis = "own"\nfrom = 2026-02-01\nuntil = 2026-01-01', "before it begins"),
        ('[[shares]]\nparty = "Ada"\npercent = "99"', "add up to 99 %"),
        ('[[shares]]\nparty = "Ada"\npercent = "-1"', "above 0"),
        ('[[shares]]\nparty = "Ada"\npercent = "NaN"', "above 0"),
        ('[[shares]]\nparty = "Ada"\npercent = "33.333"', "two decimals"),
    ],
)
def test_terms_that_cannot_be_followed_refuse_the_release(label: Path, text: str, sentence: str) -> None:
    put_sidecar(label, text)
    report, lines = stock(label)
    assert not report.is_success
    assert sentence in reasons(lines)
    assert (Release.objects.count(), Tariff.objects.count(), Licence.objects.count()) == (0, 0, 0)


def test_a_licence_for_some_territories_is_refused_elsewhere(label: Path) -> None:
    put_sidecar(label, OWN + 'territories = ["FR"]')
    report, _ = stock(label)
    release = report.releases[0].release
    assert offer_of(release, territory="FR").is_on_sale
    assert not offer_of(release, territory="US").is_on_sale


def test_a_licence_that_has_ended_is_told(label: Path) -> None:
    put_sidecar(label, OWN + "from = 2020-01-01\nuntil = 2021-01-01")
    _, lines = stock(label)
    assert "2 of 2 recordings not on sale: Its licence ended" in reasons(lines)


def test_two_releases_of_one_recording_do_not_take_turns(label: Path) -> None:
    put_sidecar(label, OWN + '[[shares]]\nparty = "Ada"\npercent = "100"')
    single = put_album(label / "single", tracks=1, title="Single")
    put_sidecar(single, '[licence]\nbasis = "licensed"\n[[shares]]\nparty = "Ben"\npercent = "100"')
    for _ in range(2):
        _, lines = stock(label)
        assert "other terms in another release" in reasons(lines)
        assert (Licence.objects.count(), SplitSheet.objects.count()) == (2, 2)


def run(*arguments: str) -> tuple[list[str], int]:
    out = StringIO()
    try:
        call_command("import", *arguments, stdout=out)
    except SystemExit as end:
        return out.getvalue().splitlines(), int(str(end.code))
    return out.getvalue().splitlines(), 0


def test_the_command_prints_a_line_for_each_file_and_a_summary(label: Path) -> None:
    lines, status = run(str(label))
    assert status == 0
    assert lines[0].startswith("imported  01 Piece 1.flac  0:00  44.1 kHz/16 bit  -")
    assert lines[-1] == "Files: 2 imported. Releases: 1, of which 1 new or changed."
    assert run(str(label))[0][-1] == "Files: 2 unchanged. Releases: 1, of which 0 new or changed."


def test_the_command_speaks_json_a_line(label: Path) -> None:
    put_sidecar(label, f'upc = "{UPC}"')
    lines, status = run(str(label), "--json")
    values = [json.loads(line) for line in lines]
    assert status == 0
    assert (values[0]["status"], values[0]["samples"]) == ("imported", 22_050)
    assert values[-1]["summary"] == {"imported": 2}
    assert values[-1]["releases"][0]["edition"] == 1


def test_the_command_ends_with_1_when_nothing_was_imported(label: Path) -> None:
    empty = label / "empty"
    empty.mkdir()
    assert run(str(empty)) == (["Nothing to import: there is no audio in this folder."], 1)
    (empty / "a.flac").write_text("words")
    lines, status = run(str(empty))
    assert status == 1
    assert lines[0].startswith("refused   a.flac  because the file is not audio")


def test_the_command_refuses_a_folder_that_is_not_there(label: Path) -> None:
    with pytest.raises(CommandError, match="There is no folder"):
        run(str(label / "missing"))


def test_a_licence_without_a_basis_is_none(label: Path) -> None:
    put_sidecar(label, '[licence]\nevidence = "We recorded it."\n')
    _, lines = stock(label)
    assert DRAFT in reasons(lines)
    assert not Licence.objects.exists()


def test_a_minimum_may_be_named_alone_and_is_then_the_minimum(label: Path) -> None:
    put_sidecar(label, OWN + '[price]\ncurrency = "EUR"\nper_megabyte = "0.03"\ntrack_minimum = "0.42"\n')
    stock(label)
    assert Tariff.objects.get().track_minimum_micro == 420_000


def test_one_recording_on_two_releases_has_the_shares_of_the_first(label: Path) -> None:
    share = '[[shares]]\nparty = "{}"\nrole = "performer"\npercent = "100"\n'
    put_sidecar(put_album(label / "a", tracks=1, title="First"), OWN + share.format("Ada"))
    put_sidecar(put_album(label / "b", tracks=1, title="Second"), OWN + share.format("Ben"))
    for file in label.glob("*.flac"):
        file.unlink()
    _, lines = stock(label)
    assert SplitSheet.objects.count() == 1
    assert Share.objects.get().party.name == "Ada"
    assert "has other terms in another release" in reasons(lines)


def test_a_low_maximum_alone_lowers_the_usual_minimum_with_it(label: Path) -> None:
    put_sidecar(label, OWN + '[price]\ncurrency = "EUR"\nper_megabyte = "0.03"\ntrack_maximum = "0.05"\n')
    stock(label)
    assert Tariff.objects.get().track_minimum_micro == 50_000


def test_what_anyone_may_hear_is_said_in_the_folder_and_else_stays(label: Path) -> None:
    put_sidecar(label, 'preview = "full"\n')
    stock(label)
    assert Release.objects.get().preview == "full"
    put_sidecar(label, 'title = "Another"\n')
    stock(label)
    assert {one.preview for one in Release.objects.all()} <= {"full", "excerpt"}
    put_sidecar(label, 'preview = "loud"\n')
    _, lines = stock(label)
    assert "“preview” must be one of excerpt, full, none" in reasons(lines)

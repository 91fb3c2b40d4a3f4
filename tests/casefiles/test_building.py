"""A case file has all that its reader needs, is the same to the byte when built again, and is whole or not there."""

import hashlib
import json
import os
import signal
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from io import BytesIO, StringIO
from pathlib import Path

import pypdf
import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from obbligato.casefiles import archive, building, figures, making, printing, rebuilding
from obbligato.casefiles.archive import File
from obbligato.casefiles.models import CaseFile
from obbligato.claims.orders.models import Paper as Order
from obbligato.kernel import clock, kept_files
from obbligato.kernel.folders import data_folder
from obbligato.kernel.kept_files import LostFile
from obbligato.ledger import accounts, immutability
from obbligato.ledger.models import Transfer
from obbligato.ledger.transfers import Move, transfer
from obbligato.people.models import Person
from obbligato.standing import documents
from obbligato.standing.models import Incident
from obbligato.standing.words import Word
from obbligato.storefront.log_words import SENTENCES
from obbligato.transparency.models import Announcement, Entry
from tests.casefiles.makers import MAIL, a_dispute, content, ruled
from tests.standing.makers import a_ruling, an_incident, rails, said

pytestmark = pytest.mark.django_db


@pytest.fixture
def incident() -> Iterator[Incident]:
    with a_dispute() as found:
        yield found


def built(incident: Incident, profile: str = "court") -> tuple[CaseFile, dict[str, bytes]]:
    case = building.build(incident.number, profile, by="dana")
    return case, content(case)


def test_a_court_gets_the_whole_with_its_exhibits_as_they_came(incident: Incident) -> None:
    ruled(incident)
    case, files = built(incident)
    assert MAIL + b"closing.eml" in [files[name] for name in files if name.endswith(".eml")]
    assert {name.partition("/")[0] for name in files if "/" in name} == {
        "correspondence",
        "contract",
        "rulings",
        "other",
        "log",
    }
    manifest = json.loads(files["manifest.json"])
    assert (manifest["number"], manifest["profile"], manifest["incident"]) == (case.number, "court", incident.number)
    numbers = [one["number"] for one in json.loads(files["exhibits.json"])]
    assert numbers == [f"A-{place}" for place in range(1, len(numbers) + 1)]
    timeline = json.loads(files["timeline.json"])
    assert [one["at"] for one in timeline] == sorted(one["at"] for one in timeline)
    assert {one["exhibit"] for one in timeline} == {"", *numbers}
    entries = [json.loads(files[name])["leaf"] for name in files if name.startswith("log/entries/")]
    assert len(entries) == Entry.objects.filter(subject__in=manifest["subjects"]).count() > 5


def test_it_says_what_was_decided_and_no_more(incident: Incident) -> None:
    ruled(incident)
    _, files = built(incident, "public")
    told = json.loads(files["rulings.json"])
    (ruling,) = told["rulings"]
    assert ruling["operative_part"] == "The defendants shall perform the contract."
    assert ruling["is_in_force"]
    assert "neither it nor this file says" in ruling["not_decided"][-1]
    assert told["orders"][0]["papers"][0]["operative_part"] == "The recording shall not be offered in Austria."
    assert any("never answered" in one for one in told["not_decided"])
    for name in ("rulings.json", "case-file.pdf"):
        assert "declared lawful" not in text_of(name, files)


def text_of(name: str, files: dict[str, bytes]) -> str:
    if name.endswith(".pdf"):
        return "\n".join(page.extract_text() for page in pypdf.PdfReader(BytesIO(files[name])).pages)
    return files[name].decode()


def test_what_nobody_has_checked_counts_nothing_in_it(incident: Incident) -> None:
    found = a_ruling(incident)
    told = json.loads(built(incident)[1]["rulings.json"])
    assert told["rulings"] == []
    assert "No ruling is known in this matter." in told["not_decided"]
    assert any("no second person has confirmed: 1" in one for one in told["not_decided"])
    said(found, Word.DECIDED)
    told = json.loads(built(incident)[1]["rulings.json"])
    assert "It is not in force, so nothing follows from it yet." in told["rulings"][0]["not_decided"]
    assert "No ruling in this matter is in force." in told["not_decided"]


def test_nor_does_an_order_that_nobody_has_verified(incident: Incident) -> None:
    Order.objects.update(verified_at=None, verified_by="", force="full", force_since=clock.now())
    files = built(incident, "public")[1]
    told = json.loads(files["rulings.json"])
    assert told["orders"] == []
    assert any("look like an order about a recording named" in one and ": 1." in one for one in told["not_decided"])
    assert "7 O 1/26" not in text_of("case-file.pdf", files)
    Order.objects.update(rejected_at=clock.now())
    told = json.loads(built(incident, "court")[1]["rulings.json"])
    assert not [one for one in told["not_decided"] if "look like an order" in one]


def test_a_ruling_between_others_says_whom_it_does_not_bind(incident: Incident) -> None:
    found = a_ruling(incident, speaks_for_us=False, addressees=(("North Payments Ltd", "north"), ("Some Ltd", "")))
    said(found, Word.DECIDED, Word.APPEALED, Word.REVERSED)
    case, files = built(incident, "public")
    (ruling,) = json.loads(files["rulings.json"])["rulings"]
    assert ruling["not_decided"][:3] == [
        "It was reversed on appeal and binds nobody.",
        "This store is no party to it.",
        "It does not speak to the company of: south.",
    ]
    assert case.profile == "public"


def test_items_that_are_not_in_the_catalogue_stand_beside_those_that_are(incident: Incident) -> None:
    here, absent = json.loads(built(incident)[1]["items.json"])
    assert (here["is_in_catalogue"], here["licence_basis"]) == (True, "own")
    assert here["licence_evidence"] == "Recorded by the label."
    assert (absent["is_in_catalogue"], absent["finding"]) == (False, "Not in this store's catalogue.")


def test_money_and_risk_are_told_to_the_cent(incident: Incident) -> None:
    _, files = built(incident)
    north = json.loads(files["money.json"])[0]
    assert (north["captured_micro"], north["frozen_micro"], north["sent_back_micro"]) == (
        5_000_000,
        1_000_000,
        2_000_000,
    )
    north, whole, south, _ = json.loads(files["figures.json"])
    assert (north["payments"], north["refunds"], north["refund_basis_points"]) == (1, 1, 10_000)
    assert (south["disputes"], south["disputes_micro"], south["dispute_basis_points"]) == (1, 1_000_000, 10_000)
    assert {**north, "month": ""} == {**whole, "month": ""}
    assert "north,EUR,all months,1,5.00,1,2.00,0,0.00,0,0.00,0.00,100.00\r\n" in files["figures.csv"].decode()


def test_whoever_may_decide_is_named_as_such(incident: Incident) -> None:
    Incident.objects.update(basis="court_order")
    told = json.loads(built(incident, "public")[1]["rulings.json"])["not_decided"]
    assert not [one for one in told if "No court, statute" in one]


def test_a_bare_signal_makes_a_case_file_too() -> None:
    with rails():
        incident = an_incident("rail:north")
        Announcement.objects.all().delete()
        case, files = built(incident, "public")
    assert case.log_size == 0
    assert not [name for name in files if name.startswith("log/")]
    assert json.loads(files["rulings.json"])["not_decided"][0].startswith("No court, statute or authority is named")


def test_two_builds_of_one_snapshot_are_the_same_whatever_happened_since(incident: Incident) -> None:
    ruled(incident)
    case, _ = built(incident)
    before = case.file.read_bytes()
    Incident.objects.update(case_number="another", cited_text="later")
    bob = Person.objects.get(username="bob")
    clearing, wallet = accounts.clearing_of("south", "EUR"), accounts.wallet_of(bob.pk, "EUR")
    transfer(Move("later", clearing, wallet, 1_000_000, "top_up"))
    documents.keep(incident, b"later", kind=documents.Paper.OTHER, title="Later", name="later.txt", by="dana")
    built(incident)  # The log has grown by it.
    case.file.write_bytes(b"altered")
    with pytest.raises(making.LostCaseFile, match="was altered"):
        making.opened(case)
    made = rebuilding.rebuild(case.number)
    assert (made.is_same, made.sha256) == (True, case.sha256)
    assert "the same to the byte" in made.sentence
    assert case.file.read_bytes() == before
    case.file.unlink()
    with pytest.raises(making.LostCaseFile, match="not in the store's folder"):
        making.opened(case)


def test_a_ledger_that_was_altered_shows_when_it_is_built_again(incident: Incident) -> None:
    case, _ = built(incident)
    alter_the_ledger()
    made = rebuilding.rebuild(case.number)
    assert not made.is_same
    assert "is NOT the same" in made.sentence
    with making.opened(case) as file:
        assert file.read(2) == b"PK"  # What was built before is still there.


def alter_the_ledger() -> None:
    """As whoever owns the database can."""
    immutability.remove(connection)
    Transfer.objects.filter(kind="top_up").update(amount_micro=4_000_000)
    immutability.install(connection)


def test_an_exhibit_that_was_altered_or_lost_refuses_the_file_and_leaves_nothing(incident: Incident) -> None:
    path = kept_files.path_of(documents.FOLDER, incident.documents.get(title="About terms.pdf").sha256)
    content = path.read_bytes()
    path.write_bytes(b"other")
    before = set(data_folder("casefiles").rglob("*.zip"))
    with pytest.raises(LostFile, match="was altered"):
        building.build(incident.number, "court", by="dana")
    assert set(data_folder("casefiles").rglob("*.zip")) == before
    assert not CaseFile.objects.exists()
    building.build(incident.number, "public", by="dana")  # It has no exhibits.
    path.write_bytes(content)


def test_what_does_not_exist_is_refused_with_a_sentence(incident: Incident) -> None:
    for number, profile, words in (
        ("I-none", "court", "There is no incident “I-none”"),
        (incident.number, "press", "for one of public, counterparty, court, not for “press”"),
    ):
        with pytest.raises(CommandError, match=words):
            call_command("casefile", "build", number, "--profile", profile)
    with pytest.raises(CommandError, match="There is no case file “F-none”"):
        call_command("casefile", "rebuild", "F-none")


def test_one_case_file_is_built_at_a_time(incident: Incident) -> None:
    with making.alone(), pytest.raises(making.BeingBuilt, match="please try again"):
        building.build(incident.number, "public", by="dana")


def test_the_log_says_its_hash_alone(incident: Incident) -> None:
    case, _ = built(incident)
    said = json.loads(bytes(Announcement.objects.get(kind="casefile.built").leaf))
    assert said["facts"] == {"sha256": case.sha256}
    assert said["personal"] == {}
    assert "casefile.built" in SENTENCES
    assert str(case) == f"{case.number}: For a court, {case.moment:%Y-%m-%d %H:%M}"


def test_the_command_writes_the_archive_where_it_is_told(incident: Incident, tmp_path: Path) -> None:
    said = StringIO()
    call_command("casefile", "build", incident.number, "--out", str(tmp_path / "case.zip"), stdout=said)
    case = CaseFile.objects.get()
    assert case.sha256 in said.getvalue()
    assert (tmp_path / "case.zip").read_bytes() == case.file.read_bytes()
    call_command("casefile", "rebuild", case.number, stdout=said)
    assert "the same to the byte" in said.getvalue()
    with pytest.raises(CommandError, match="cannot be written"):
        call_command("casefile", "build", incident.number, "--by", "dana", "--out", str(tmp_path / "none" / "case.zip"))
    alter_the_ledger()
    with pytest.raises(CommandError, match="NOT the same"):
        call_command("casefile", "rebuild", case.number)


def test_another_process_prints_the_same_bytes(incident: Incident) -> None:
    """The rest is canonical JSON and tables; the paper is what another program makes for us."""
    case, _ = built(incident)
    program = (
        "import django, hashlib, json, sys; django.setup()\n"
        "from obbligato.casefiles.models import CaseFile\n"
        "from obbligato.casefiles.printing import printed\n"
        "case = CaseFile(number='F-1', profile='court')\n"
        "sys.stdout.write(hashlib.sha256(printed(case, json.load(sys.stdin), [])).hexdigest())\n"
    )
    other = {**os.environ, "PYTHONHASHSEED": "7", "DJANGO_SETTINGS_MODULE": "obbligato.config.settings_tests"}
    said = subprocess.run(
        [sys.executable, "-c", program], input=case.frozen, env=other, check=True, capture_output=True, text=True
    )
    here = printing.printed(CaseFile(number="F-1", profile="court"), json.loads(case.frozen), [])
    assert said.stdout == hashlib.sha256(here).hexdigest()


def test_python_reads_the_archive_as_any_other(tmp_path: Path) -> None:
    file = tmp_path / "some.zip"
    with file.open("wb") as to:
        sha256, size = archive.write([File("a.txt", lambda: b"a"), File("b/c", lambda: b"")], to)
    with zipfile.ZipFile(file) as read:
        assert (read.testzip(), read.namelist()) == (None, ["a.txt", "b/c"])
    assert (file.stat().st_size, len(sha256)) == (size, 64)


def test_an_archive_has_its_limits() -> None:
    with pytest.raises(archive.TooLarge, match="at most 4 GB"):
        archive.write([File("a", lambda: bytes(1_000))], BytesIO(), most_bytes=999)
    with pytest.raises(archive.TooLarge, match="65,535 files"):
        archive.write((File(str(place), lambda: b"") for place in range(65_536)), BytesIO())


def test_a_process_killed_in_the_middle_leaves_no_half_file_and_the_next_one_sweeps(incident: Incident) -> None:
    left = data_folder("casefiles", making.FOLDER) / "F-half.zip"
    program = (
        "import os, signal, sys\n"
        "from obbligato.casefiles.archive import File, write\n"
        "dies = File('b', lambda: os.kill(os.getpid(), signal.SIGKILL))\n"
        "write([File('a', lambda: bytes(100_000)), dies], open(sys.argv[1], 'wb'))\n"
    )
    killed = subprocess.run([sys.executable, "-c", program, str(left)], check=False)
    assert killed.returncode == -signal.SIGKILL
    assert 0 < left.stat().st_size < 101_000
    case, _ = built(incident)
    assert case.file.exists()
    assert list(data_folder("casefiles", making.FOLDER).iterdir()) == []


def test_figures_of_no_rail_are_none(incident: Incident) -> None:
    assert figures.of_rails(["nobody"], through=10**9) == []
    assert figures.of_rails(["north"], through=0) == []

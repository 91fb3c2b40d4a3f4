"""An incident with all that one can have: letters, mails, items, a claim, an order, money, a ruling in force."""

import shutil
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path

from django.core.cache import cache

from obbligato.casefiles.models import CaseFile
from obbligato.catalog.models import Recording
from obbligato.claims.orders.models import CourtOrder, Paper
from obbligato.kernel import clock
from obbligato.kernel.folders import data_folder
from obbligato.kernel.money import Money
from obbligato.payments import refunds
from obbligato.payments.contract import DisputeFact
from obbligato.payments.disputes import note_fact
from obbligato.standing import chain, documents, funds, naming_items, restoring
from obbligato.standing.models import Incident
from obbligato.standing.words import Basis, Role
from obbligato.standing.words import Paper as Kind
from tests import makers
from tests.claims.makers import about
from tests.standing.makers import before_a_court, in_force, pay, rails
from tests.storefront.makers import a_silent_release

MAIL = b"From: Nora Northman <nora@north.example>\r\nTo: the store\r\n\r\nYour account is closed.\r\n"


@contextmanager
def a_dispute() -> Iterator[Incident]:
    """Before a court, with money, letters and items; the clock stands still."""
    with rails():
        first, second = pay(makers.alice(), "one", provider="north"), pay(makers.bob(), "two", provider="south")
        refunds.ask(first, amount_micro=2_000_000, key="back", by="dana", reason="Asked for.")
        note_fact(second, DisputeFact("open", "dp_1", 1_000_000, "fraudulent"))
        incident = before_a_court()
        release = a_silent_release()
        about(release)
        recording = Recording.objects.order_by("pk")[0]
        naming_items.name(incident, [recording.title, "A song nobody has here"], by="dana")
        an_order(recording)
        for name, kind in (("closing.eml", Kind.LETTER_IN), ("terms.pdf", Kind.CONTRACT), ("opinion", Kind.OTHER)):
            documents.keep(incident, MAIL + name.encode(), kind=kind, title=f"About {name}", name=name, by="dana")
        network = chain.add_actor(incident, "Network One", role=Role.NETWORK, rule_cited="Rule 5", by="dana")
        question = chain.ask(network, "Did you decide?", by="dana")
        chain.answer(question, "No, the acquirer did.", by="dana")
        chain.ask(network, "Who then?", by="dana")
        chain.add_actor(incident, "Tilda Tipster", role=Role.THIRD_PARTY, names_as_decider="Network One", by="dana")
        chain.note_demand(incident, "All customers", demanded_by="Nora Northman", basis=Basis.CONTRACT, by="dana")
        funds.hold_back(incident, "north", Money(1_000_000, "EUR"), by="dana", why="They wrote so.")
        yield incident


def ruled(incident: Incident) -> None:
    """A ruling in force, and the rails on their way back."""
    in_force(incident)
    restoring.begin(incident, by="dana", why="They wrote that the accounts are open.")


def an_order(recording: Recording) -> CourtOrder:
    """Of a court, about one recording; erin has verified it, and it is not in force."""
    order = CourtOrder.objects.create(
        number="O-1", issuer="Regional Court", issuer_kind="court", case_number="7 O 1/26", state="waiting"
    )
    Paper.objects.create(
        order=order, operative_part="The recording shall not be offered in Austria.", language="en", is_signed=True,
        service="by post", served_at=clock.now(), decided_at=clock.now(), recordings=[recording.pk],
        territories=["AT"], effects=["sell"], document_name="order.pdf", document_sha256="0" * 64, recorded_by="dana",
        verified_by="erin", verified_at=clock.now(),
    )  # fmt: skip
    return order


def another_store() -> None:
    """Where a store is another one in the middle of a test: its log begins anew, and nobody has asked it anything."""
    cache.clear()
    shutil.rmtree(data_folder("transparency"))


def content(case: CaseFile) -> dict[str, bytes]:
    """What is in an archive, by Python's own reader."""
    with zipfile.ZipFile(BytesIO(case.file.read_bytes())) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def unpacked(case: CaseFile, folder: Path) -> Path:
    """The archive's files, in a folder."""
    with zipfile.ZipFile(case.file) as archive:
        archive.extractall(folder)
    return folder

"""An order of a court is recorded, verified by somebody else, amended, lifted at the desk: asked first, done once."""

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from obbligato.catalog.models import Release
from obbligato.catalog.restrictions import in_effect
from obbligato.catalog.restrictions.models import Effect
from obbligato.claims.orders.models import FOLDER, CourtOrder, OrderLetter, Paper
from obbligato.kernel.kept_files import path_of
from obbligato.people.models import Person
from tests.backoffice import acting
from tests.makers import a_release, dana, erin, signed_in

pytestmark = pytest.mark.django_db
DESK = "/desk/court_orders"


@pytest.fixture
def release() -> Release:
    return a_release(tracks=2)


@pytest.fixture
def recorder() -> Client:
    return signed_in(dana())


@pytest.fixture
def verifier() -> Client:
    """Somebody else who may act."""
    return signed_in(erin())


def act(client: Client, address: str, **values: Any) -> str:
    return acting.act(client, f"{DESK}/{address}", **values)


def written(release: Release | None, content: bytes = b"%PDF", **other: Any) -> dict[str, Any]:
    """A paper as it is typed in."""
    scope = {"targets": release.slug, "territories": "de, at", "effects": ["sell", "preview"]} if release else {}
    return {
        "document": SimpleUploadedFile("order.pdf", content),
        "operative_part": "Nothing of it is sold.",
        "legal_basis": "§ 97 UrhG",
        "language": "de",
        "is_signed": "on",
        "service": "by a bailiff",
        "served_at": "2026-11-02 12:00",
        "decided_at": "2026-11-01 12:00",
        "force": "full",
        "force_since": "2026-11-01 12:00",
        **scope,
        **other,
    }


def of_court(**other: Any) -> dict[str, str]:
    return {"issuer": "the Regional Court of Anywhere", "issuer_kind": "court", "case_number": "16 O 12/26", **other}


def closed(release: Release) -> int:
    assert release.edition is not None
    keys = release.edition.tracks.values_list("recording", flat=True)
    return len(in_effect.refusals(keys, territory="DE", effect=Effect.SELL))


def test_an_order_goes_over_two_desks_and_is_lifted_over_two(
    recorder: Client, verifier: Client, release: Release
) -> None:
    words = act(recorder, "courtorder/record", **written(release), **of_court())
    order, paper = CourtOrder.objects.get(), Paper.objects.get()
    assert f"{order.number} is recorded." in words
    assert closed(release) == 0
    asks = verifier.get(f"{DESK}/paper/{paper.pk}/verify/").content.decode()
    assert "It closes 2 recordings for people in Austria and Germany: sale, preview, until it is lifted." in asks
    assert "somebody else has to approve" in act(recorder, f"paper/{paper.pk}/verify", why="It is mine.")
    assert "In effect." in act(verifier, f"paper/{paper.pk}/verify", why="I called the registry.")
    assert closed(release) == 2
    assert "is recorded" in act(recorder, f"courtorder/{order.pk}/lift", **written(None, b"lifting"))
    last = Paper.objects.latest("pk")
    assert "It opens 2 of 2 recordings" in verifier.get(f"{DESK}/paper/{last.pk}/verify/").content.decode()
    assert "Lifted." in act(verifier, f"paper/{last.pk}/verify", why="I called.")
    assert closed(release) == 0


def test_a_paper_waits_for_its_force_and_is_amended(recorder: Client, verifier: Client, release: Release) -> None:
    act(recorder, "courtorder/record", **written(release, force="none", force_since=""), **of_court())
    paper = Paper.objects.get()
    assert "not in force yet" in act(verifier, f"paper/{paper.pk}/verify", why="I called.")
    asked = {"force": "provisional", "since": "2026-11-03 09:00", "why": "Security was given."}
    assert "no moment" in act(verifier, f"paper/{paper.pk}/force", **{**asked, "since": "today"})
    assert "In effect." in act(verifier, f"paper/{paper.pk}/force", **asked)
    act(recorder, f"courtorder/{paper.order_id}/amend", **written(release, b"amendment", territories="WORLD"))
    assert "In effect." in act(verifier, f"paper/{Paper.objects.latest('pk').pk}/verify", why="Same seal.")
    assert closed(release) == 2


def test_what_is_missing_is_asked_of_the_issuer(recorder: Client, verifier: Client, release: Release) -> None:
    act(recorder, "courtorder/record", **written(release, legal_basis=""), **of_court())
    paper = Paper.objects.get()
    assert "names no legal basis" in act(verifier, f"paper/{paper.pk}/verify", why="Fine.")
    assert "The letter is written" in act(verifier, f"paper/{paper.pk}/ask-issuer", why="What is its legal basis?")
    answer = {"legal_basis": "§ 97 UrhG", "language": "de", "is_signed": "on", "why": "Their mail of today."}
    assert "It is noted" in act(recorder, f"paper/{paper.pk}/complete", **answer)
    assert "It is rejected" in act(verifier, f"paper/{paper.pk}/reject", why="Forged.")
    assert closed(release) == 0


def test_pages_show_what_there_is_and_the_document_as_it_came(recorder: Client, release: Release) -> None:
    act(recorder, "courtorder/record", **written(release), **of_court())
    paper = Paper.objects.get()
    OrderLetter.objects.create(order=paper.order, kind="report", subject="x", text="y")
    for address in ("courtorder", f"courtorder/{paper.order_id}/change", "paper", f"paper/{paper.pk}/change",
                    "orderletter", f"orderletter/{OrderLetter.objects.get().pk}/change"):  # fmt: skip
        assert recorder.get(f"{DESK}/{address}/").status_code == 200, address
    sent = recorder.get(f"{DESK}/paper/{paper.pk}/document/")
    assert sent.content == b"%PDF"
    assert sent.headers["Content-Disposition"].startswith("attachment")
    assert sent.headers["Content-Type"] == "application/octet-stream"
    path_of(FOLDER, paper.document_sha256).write_bytes(b"%PDF-another")
    sent = recorder.get(f"{DESK}/paper/{paper.pk}/document/")
    assert (sent.status_code, b"was altered" in sent.content, b"another" in sent.content) == (404, True, False)


def test_nobody_acts_who_may_not(release: Release, recorder: Client) -> None:
    act(recorder, "courtorder/record", **written(release), **of_court())
    guest = signed_in(Person.objects.create_user("frank", password="a long password", is_staff=True))
    assert guest.get(f"{DESK}/paper/{Paper.objects.get().pk}/verify/").status_code in {302, 403}
    assert guest.get(f"{DESK}/courtorder/record/").status_code in {302, 403}

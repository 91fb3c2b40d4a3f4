"""The pages of claims: a form that keeps what was typed, a page for each side by a secret link, a public register."""

from collections.abc import Iterator

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from obbligato.claims import deciding, due, hearing, receiving
from obbligato.claims.models import Claim
from obbligato.claims.wording import ACTS
from obbligato.kernel import clock
from obbligato.storefront import log_words
from tests.claims.makers import COUNTER, MONDAY, PDF, about, in_the_us, large, reasons
from tests.storefront.makers import a_silent_release

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _time() -> Iterator[None]:
    with clock.stopped(MONDAY):
        yield


def typed(slug: str, **changed: object) -> dict[str, object]:
    said = {
        "name": "Carol Claimant",
        "mail": "carol@example.org",
        "work": "Piece 1",
        "explanation": "I recorded this myself and never licensed it.",
        "locators": f"/releases/{slug}\r\nnowhere",
        "role": "owner",
        "rights": "recording",
        "is_in_good_faith": "on",
        "is_accurate": "on",
        "signature": "Carol Claimant",
        "language": "fr",
    }
    return {**said, **changed}


def words(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200, address
    return answer.content.decode()


def post(claim: Claim, what: str, **values: object) -> str:
    return Client().post(f"{claim.get_absolute_url()}/{what}", values, follow=True).content.decode()


def supplier(claim: Claim) -> str:
    return f"/claims/{claim.number}/supplier/{claim.supplier_secret}"


def test_a_notice_is_sent_without_an_account_and_leads_to_its_page() -> None:
    release, client = a_silent_release(), Client()
    assert "You need no account" in words(client, "/claims/new")
    mandate = SimpleUploadedFile("m.pdf", PDF)
    answer = client.post("/claims/new", typed(release.slug, mandate=mandate), follow=True)
    claim = Claim.objects.get()
    assert answer.redirect_chain[-1][0] == claim.get_absolute_url()
    page = answer.content.decode()
    for part in (claim.number, "Nocturnes", "leads to nothing in this store", "The notice is complete.", "noindex"):
        assert part in page
    assert (claim.language, claim.channel, claim.documents.get().is_mandate) == ("fr", "form", True)


def test_a_second_click_finds_the_same_page_and_somebody_else_finds_no_link() -> None:
    release, client = a_silent_release(), Client()
    client.post("/claims/new", typed(release.slug))
    claim = Claim.objects.get()
    assert client.post("/claims/new", typed(release.slug)).headers["Location"] == claim.get_absolute_url()
    other = Client().post("/claims/new", typed(release.slug)).content.decode()
    assert "This notice is here already" in other
    assert claim.number in other
    assert claim.secret not in other


def test_a_mandate_that_was_forgotten_comes_with_the_same_notice_again() -> None:
    release, client = a_silent_release(), Client()
    as_agent = typed(release.slug, role="agent", on_behalf_of="Ada Owner")
    client.post("/claims/new", as_agent)
    claim = Claim.objects.get()
    assert claim.standing == "none"
    other = Client().post("/claims/new", {**as_agent, "mandate": SimpleUploadedFile("m.pdf", PDF)}).content.decode()
    assert "sent along now were not kept" in other
    assert not claim.documents.exists()
    for _ in range(2):
        answer = client.post("/claims/new", {**as_agent, "mandate": SimpleUploadedFile("m.pdf", PDF)})
        assert answer.headers["Location"] == claim.get_absolute_url()
    claim.refresh_from_db()
    assert (claim.standing, claim.documents.get().is_mandate) == ("asserted", True)


def test_what_was_typed_is_kept_when_it_is_refused() -> None:
    answer = Client().post("/claims/new", typed("x", mail="nobody", territories="DE"))
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "This is not an e-mail address." in page
    for part in (
        "I recorded this myself",
        "nowhere",
        "Carol Claimant",
        'value="DE"',
        "Nothing of what you typed is lost",
    ):
        assert part in page


def test_what_is_missing_is_said_and_added_on_the_page() -> None:
    release, client = a_silent_release(), Client()
    client.post("/claims/new", typed(release.slug, explanation=""))
    claim = Claim.objects.get()
    assert "does not explain why" in words(client, claim.get_absolute_url())
    assert "with your claim now" in post(
        claim, "additions", explanation="I recorded this, alone and at home.", is_accurate="on"
    )
    claim.refresh_from_db()
    assert claim.state == "queued"
    assert "is taken back" in post(claim, "retraction")
    assert "cannot be done now" in post(claim, "retraction")


def test_the_supplier_answers_on_a_page_of_her_own() -> None:
    claim = about(a_silent_release())
    due.move_due(5)
    page = words(Client(), supplier(claim))
    assert "I recorded this myself" in page
    assert "carol@example.org" not in page
    said = Client().post(f"{supplier(claim)}/answer", {"text": "It is ours."}, follow=True).content.decode()
    assert "Whoever decides will read it" in said
    assert "It is ours." in words(Client(), claim.get_absolute_url())
    assert Client().get(f"/claims/{claim.number}/supplier/{claim.secret}").status_code == 404
    assert Client().get(f"/claims/{claim.number}/{claim.supplier_secret}").status_code == 404


def test_a_counter_notice_keeps_what_was_typed_until_nothing_is_missing() -> None:
    in_the_us()
    claim = about(a_silent_release(), asks_for_us=True)
    deciding.restrict(claim, reasons(), by="dana")
    sent = {
        "name": "Bob",
        "address": "2 Quiet Lane",
        "signature": "Bob",
        "believes_mistake": "on",
        "accepts_service": "on",
    }
    answer = Client().post(f"{supplier(claim)}/counter-notice", sent)
    assert answer.status_code == 422
    assert "2 Quiet Lane" in answer.content.decode()
    assert "Outside the United States" in answer.content.decode()
    whole = {**sent, "consents_to_court": "on"}
    assert (
        "the claimant gets a copy"
        in Client().post(f"{supplier(claim)}/counter-notice", whole, follow=True).content.decode()
    )
    page = words(Client(), claim.get_absolute_url())
    assert "2 Quiet Lane" in page
    assert "Nothing is put back" in post(claim, "court", court="N.D. Cal.", case="1")


def test_a_supplier_reads_a_complaint_until_when_she_can_answer_and_no_form_after_the_decision() -> None:
    large()
    claim = about(a_silent_release())
    deciding.act(claim, "decline", by="dana", reason="It is licensed.")
    assert "What do you say?" not in words(Client(), supplier(claim))
    post(claim, "complaint", text="The licence has ended.")
    page = words(Client(), supplier(claim))
    for part in ("The licence has ended.", "What do you say?", "You can answer until 9 November 2026."):
        assert part in page
    assert "The licence has ended." not in words(Client(), f"/transparency/claims/{claim}")


def test_both_sides_can_ask_for_another_look() -> None:
    large()
    release = a_silent_release()
    claim, other = about(release), about(release, work="Another")
    for one in (claim, other):
        deciding.act(one, "skip_hearing", by="dana", reason="x")
    deciding.act(claim, "decline", by="dana", reason="It is licensed.")
    assert "It is licensed." in words(Client(), claim.get_absolute_url())
    assert "Somebody else will look" in post(claim, "complaint", text="It is not.")
    deciding.restrict(other, reasons(), by="dana")
    sent = Client().post(f"{supplier(other)}/complaint", {"text": "It is."}, follow=True).content.decode()
    assert "Somebody else will look" in sent


def test_the_register_tells_facts_and_no_person() -> None:
    in_the_us()
    claim = about(a_silent_release(), asks_for_us=True)
    assert "There is none." not in words(Client(), "/transparency/claims")
    statement = deciding.restrict(claim, reasons(), by="dana")
    hearing.counter(claim, COUNTER)
    page = words(Client(), f"/transparency/claims/{claim.number}")
    for part in (statement.number, "Directive 2001/29/EC", "Countered by the supplier"):
        assert part in page
    for part in ("Carol", "carol@", "Bob", "dana", claim.secret):
        assert part not in page
    answer = Client().get(f"/transparency/claims/{claim.number}/statements/{statement.number}.json")
    assert answer.json()["puid"] == statement.number
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert Client().get(f"/transparency/claims/{claim.number}/notice.json").json()["notice"]["type"] == "DMCA"
    assert Client().get("/transparency/claims/C-0").status_code == 404
    assert "Older ones" not in words(Client(), f"/transparency/claims?before={claim.pk}")


def test_a_notice_of_two_suppliers_shows_the_claims_of_both() -> None:
    ours, theirs = a_silent_release(), a_silent_release(title="Other")
    label = theirs.label
    label.pk, label.name, label.slug = None, "Loud", "loud"
    label.save()
    theirs.label = label
    theirs.save()
    client = Client()
    client.post("/claims/new", typed(ours.slug, locators=f"/releases/{ours.slug}\n/releases/{theirs.slug}"))
    first, second = Claim.objects.order_by("pk")
    assert second.get_absolute_url() in words(client, first.get_absolute_url())


def test_too_many_notices_from_one_network_are_told_what_to_do() -> None:
    client = Client()
    for number in range(receiving.MOST_AN_HOUR):
        receiving.receive(receiving.Notice(name=f"n{number}"), channel="form", origin="network 127.0.0.0/24")
    answer = client.post("/claims/new", typed("x"))
    assert answer.status_code == 429
    assert "please send the rest in one" in answer.content.decode()


def test_the_form_leaves_the_languages_at_the_foot(client: Client) -> None:
    foot = words(client, "/claims/new").partition("<footer")[2]
    assert "Français" in foot
    assert "Русский" in foot


def test_every_step_of_a_claim_has_words_in_the_public_log() -> None:
    for act in ACTS:
        assert not log_words.sentence(f"claim.{act}").startswith("claim.")


def test_territories_are_told_by_name(client: Client) -> None:
    claim = about(a_silent_release(), territories=("DE", "FR"))
    assert "Germany, France" in words(client, f"/transparency/claims/{claim.number}")
    assert "everywhere" in words(client, f"/transparency/claims/{about(a_silent_release()).number}")

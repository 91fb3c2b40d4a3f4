"""A public case file holds no personal value of any row, in no item and in no encoding; others hold what they need."""

import base64
import json
from collections.abc import Iterator
from datetime import timedelta
from io import BytesIO
from urllib.parse import quote

import pypdf
import pytest
from django.db import transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from obbligato.casefiles import building
from obbligato.casefiles.models import CaseFile
from obbligato.casefiles.profiles import EXHIBITED, SHOWN, WITHHELD, Profile, Sort, Told
from obbligato.casefiles.redacting import redacted, scrubbed
from obbligato.catalog.models import Recording
from obbligato.claims.models import Claim
from obbligato.kernel import clock
from obbligato.people.models import Person
from obbligato.standing import (
    chain,
    confirming,
    deadlines,
    detecting,
    documents,
    naming_items,
    requesting_basis,
    walking,
)
from obbligato.standing.detecting import Said
from obbligato.standing.models import Incident
from obbligato.standing.words import Basis, Due, Kind, Paper, Role
from tests.casefiles.makers import a_dispute, another_store, content
from tests.claims.makers import about
from tests.standing.makers import rails
from tests.storefront.makers import a_silent_release

NAMES = st.lists(st.text("qxzjvwkQXZ", min_size=6, max_size=12), min_size=13, max_size=13, unique_by=str.casefold)
"""Words that no sentence of the store has in it."""


def test_each_profile_says_of_each_sort_whether_it_is_shown() -> None:
    assert SHOWN[Profile.PUBLIC] < SHOWN[Profile.COUNTERPARTY] < SHOWN[Profile.COURT] == set(Sort)
    assert EXHIBITED[Profile.PUBLIC] == set()
    assert EXHIBITED[Profile.COUNTERPARTY] < EXHIBITED[Profile.COURT] == set(Paper)


def test_a_person_becomes_her_role_with_a_number_and_the_same_person_the_same() -> None:
    known = {
        "by": [Told(Sort.PERSON, name, "Operator") for name in ("dana", "erin", "dana", "")],
        "text": Told(Sort.PLAIN, "DANA  wrote to a.b@example.org, +49 30 1234567, DE89370400440532013000; Danae"),
        "mail": Told(Sort.CONTACT, "dana@example.org", "An address"),
        "note": Told(Sort.INTERNAL, "A secret"),
        "count": 3,
    }
    assert redacted(known, Profile.PUBLIC) == {
        "by": ["Operator 1", "Operator 2", "Operator 1", ""],
        "text": "[name]  wrote to [mail], [telephone], [account]; Danae",
        "mail": "An address",
        "note": "",
        "count": 3,
    }
    assert redacted(known, Profile.COUNTERPARTY)["by"] == ["dana", "erin", "dana", ""]
    assert redacted(known, Profile.COURT)["note"] == "A secret"
    assert redacted({}, Profile.PUBLIC, names=["al"]) == {}
    assert scrubbed("Call al.", None) == "Call al."


@pytest.fixture
def incident(db: None) -> Iterator[Incident]:
    with a_dispute() as found:
        yield found


def test_the_other_side_gets_letters_and_not_what_the_store_wrote_for_itself(incident: Incident) -> None:
    walking.note(incident, "Our lawyer doubts it.", by="dana")
    files = content(building.build(incident.number, "counterparty", by="dana"))
    assert [name for name in files if name.endswith(".eml")]
    assert not [name for name in files if name.startswith("other/")]
    assert "lawyer" not in files["timeline.json"].decode()
    assert "Tilda Tipster" in files["chain.json"].decode()
    court = content(building.build(incident.number, "court", by="dana"))
    assert "Our lawyer doubts it." in court["timeline.json"].decode()


def test_in_public_a_mail_is_its_hash_and_a_sentence(incident: Incident) -> None:
    files = content(building.build(incident.number, "public", by="dana"))
    mail = incident.documents.get(title="About closing.eml")
    (told,) = [one for one in json.loads(files["exhibits.json"]) if one["sha256"] == mail.sha256]
    assert (told["path"], told["title"], told["withheld"]) == ("", "", WITHHELD)
    assert not [name for name in files if name.endswith(".eml")]
    names = [one["name"] for one in json.loads(files["chain.json"])]
    assert names == ["Payment company 1", "Network One", "Third party that complained 1"]


def a_delicate_one(names: list[str]) -> tuple[Incident, list[str]]:
    """An incident with a person in every place where a row can hold one, and in the words around it."""
    operator, one, two, three, four, five, six, seven, eight, nine, ten, eleven, twelve = names
    mail = f"{one}@{two}.example"
    person = Person.objects.create_user(operator, f"{eleven}@desk.example", "a long password", is_staff=True)
    person.first_name, person.last_name = ten, nine
    person.save()
    Person.objects.create_user(eleven, "", "a long password", is_staff=True)  # Who did nothing in this.
    claim = about(a_silent_release())
    Claim.objects.filter(pk=claim.pk).update(
        name=f"{three} {four}", mail=mail, address=f"{five} Street 1", signature=three
    )
    words = (
        f"{one} {two} and {twelve}, whom no row knows, said so, write to {mail}, pay to DE89370400440532013000,"
        " call +49 30 1234567."
    )
    cited = Said(Kind.SUSPENSION, instructing_party=f"{six} {one}", basis=Basis.ALLEGATION, cited_text=words)
    incident = detecting.enter_letter("rail:north", cited, by=operator)
    incident = confirming.confirm(incident, by=operator, why=words)
    letter = requesting_basis.write(
        incident, language="en", to_name=f"{one} {two}", to_email=mail, by=operator,
        answer_by=clock.today() + timedelta(days=9),
    )  # fmt: skip
    requesting_basis.send(letter, by=operator, is_by_mail=False)
    incident.refresh_from_db()
    actor = chain.add_actor(
        incident,
        f"{seven} {eight}",
        role=Role.THIRD_PARTY,
        rule_cited=words,
        names_as_decider=f"{nine} {ten}",
        by=operator,
    )
    chain.answer(chain.ask(actor, f"Do you know {one}?", by=operator), words, by=operator)
    chain.note_demand(incident, words, demanded_by=f"{eight} {nine}", basis=Basis.RISK, by=operator)
    walking.note(incident, words, by=operator)
    deadlines.set_day(incident, Due.OTHER, clock.today(), by=operator, note=words)
    recording = Recording.objects.order_by("-pk")[0]
    naming_items.name(
        incident, [recording.title, f"A song of {operator}, {eleven}, {three} {four}, {mail}"], by=operator
    )
    documents.keep(incident, words.encode(), kind=Paper.LETTER_IN, title=words[:150], name=f"{one}.eml", by=operator)
    return incident, [*names, "DE89370400440532013000", "1234567", "@desk", f"@{two}"]


@pytest.mark.django_db
@settings(max_examples=4, deadline=None)
@given(names=NAMES)
def test_no_personal_value_of_any_row_is_in_a_public_file(names: list[str]) -> None:
    another_store()
    with transaction.atomic(), rails():
        incident, values = a_delicate_one(names)
        case = building.build(incident.number, "public", by=names[0])
        transaction.set_rollback(True)  # Another example, another store.
    for name, raw in content(case).items():
        if name in {"verify.py", "manifest.note"}:
            continue
        seen = readable(name, raw)
        for value in values:
            for form in forms(value):
                assert form.casefold() not in seen, (name, value)


def readable(name: str, raw: bytes) -> str:
    """The bytes as letters, and what a PDF says."""
    text = raw.decode("latin-1") + raw.decode("utf-8", "replace") + raw.decode("utf-16-le", "replace")
    if name.endswith(".pdf"):
        reader = pypdf.PdfReader(BytesIO(raw))
        pages = "".join(page.extract_text() for page in reader.pages)
        text += "".join(pages.split()) + pages + str(reader.metadata)
    return text.casefold()


def forms(value: str) -> list[str]:
    """A value as it may stand in a file: itself, in base64 at three places, in per cents, escaped."""
    encoded = [
        base64.b64encode(b" " * before + value.encode()).decode()[4 if before else 0 : -4] for before in (0, 1, 2)
    ]
    return [value, quote(value), json.dumps(value)[1:-1], *(one for one in encoded if len(one) >= 6)]


@pytest.mark.django_db
def test_the_search_for_values_finds_them_where_they_are_allowed() -> None:
    """What the property above relies on: in a court's file each of them is found."""
    with rails():
        incident, values = a_delicate_one([f"qx{place}zjvwk"[:6] + "abcdefghijklm"[place] for place in range(13)])
        case: CaseFile = building.build(incident.number, "court", by="dana")
    everything = "".join(readable(name, raw) for name, raw in content(case).items())
    missing = [value for value in values if value.casefold() not in everything]
    assert len(missing) <= 4, missing  # Names of the claim, and of the desk, stand in no case file.

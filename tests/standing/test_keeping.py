"""What is kept of an incident: files as they came, who said what, which items were named, and what they are here."""

import hashlib
from typing import Any

import pytest

from obbligato.catalog.models import Recording
from obbligato.kernel import kept_files
from obbligato.kernel.kept_files import LostFile
from obbligato.kernel.refusals import Busy
from obbligato.rights.models import Licence
from obbligato.standing import chain, documents, naming_items
from obbligato.standing.chain import NoWords
from obbligato.standing.documents import BadDocument
from obbligato.standing.models import Document
from obbligato.standing.naming_items import ABSENT, UNLICENSED, TooManyItems
from obbligato.standing.words import Basis, Paper, Role
from tests.makers import a_release
from tests.standing.makers import an_incident

pytestmark = pytest.mark.django_db
MAIL = b"From: legal@north.example\r\nSubject: =?utf-8?q?closing?=\r\n\r\nYour account was closed.\r\n"


class TestDocuments:
    def test_a_mail_stays_raw_and_the_same_one_is_kept_once(self) -> None:
        incident = an_incident("rail:north")
        made = [
            documents.keep(incident, MAIL, kind=Paper.LETTER_IN, title="", name=name, by="dana")
            for name in ("C:\\mails\\closing.eml", "again.eml")
        ]
        assert made[0] == made[1]
        assert (str(made[0]), made[0].sha256) == ("closing.eml", hashlib.sha256(MAIL).hexdigest())
        assert documents.content_of(made[0]) == MAIL
        assert kept_files.path_of(documents.FOLDER, made[0].sha256).stat().st_mode & 0o777 == 0o600

    def test_what_was_altered_or_lost_is_told(self) -> None:
        made = documents.keep(an_incident("rail:north"), b"altered", kind=Paper.OTHER, title="A", name="a", by="dana")
        path = kept_files.path_of(documents.FOLDER, made.sha256)
        path.write_bytes(b"altereD")
        with pytest.raises(LostFile, match="altered"):
            documents.content_of(made)
        path.unlink()
        with pytest.raises(LostFile, match="any more"):
            documents.content_of(made)

    def test_nothing_and_too_much_are_refused(self, tmp_path: Any, settings: Any) -> None:
        incident = an_incident("rail:north")
        kept = {"kind": Paper.OTHER, "title": "", "name": "a", "by": "dana"}
        with pytest.raises(BadDocument, match="empty"):
            documents.keep(incident, b"", **kept)
        with pytest.raises(BadDocument, match="20 MB"):
            documents.keep(incident, bytes(documents.MOST_BYTES + 1), **kept)
        assert not Document.objects.exists()

    def test_a_full_disk_keeps_nothing_of_it(self, monkeypatch: Any) -> None:
        from collections import namedtuple

        usage = namedtuple("usage", "total used free")
        monkeypatch.setattr("shutil.disk_usage", lambda _: usage(1, 1, 0))
        with pytest.raises(Busy):
            documents.keep(an_incident("rail:north"), b"x", kind=Paper.OTHER, title="", name="a", by="dana")

    @pytest.mark.parametrize(
        ("name", "kept"),
        [
            ("../../etc/passwd", "passwd"),
            ('a"b\n\u202e.exe', "ab.exe"),
            ("", "document"),
            ("письмо.eml", "письмо.eml"),
            ("x" * 300 + ".pdf", "x" * 146 + ".pdf"),
        ],
    )
    def test_a_name_is_a_name(self, name: str, kept: str) -> None:
        assert documents.plain_name(name) == kept


class TestTheChain:
    def test_each_names_another_as_the_one_who_decided(self) -> None:
        incident = an_incident("rail:north")
        actor = chain.add_actor(
            incident,
            "North Payments",
            role=Role.PROCESSOR,
            by="dana",
            rule_cited="Rule 5",
            names_as_decider="A network",
        )
        chain.add_actor(incident, "A trade body", role=Role.THIRD_PARTY, by="dana")
        question = chain.ask(actor, "Who decided?", by="dana")
        chain.ask(actor, "On what basis?", by="dana")
        chain.answer(question, "The network.", by="dana")
        chain.answer(question, "Our acquirer.", by="dana")
        question.refresh_from_db()
        assert (str(actor), question.answer, question.noted_by) == ("North Payments", "The network.", "dana")
        assert [str(one) for one in chain.unanswered(incident)] == ["On what basis?"]
        assert str(incident.notes.get()) == "North Payments, once more to “Who decided?”: Our acquirer."

    def test_a_demand_for_data_is_written_down_and_answered(self) -> None:
        incident = an_incident("rail:north")
        demand = chain.note_demand(
            incident, "All customers of March", demanded_by="North Payments", basis=Basis.CONTRACT, by="dana"
        )
        chain.answer_demand(demand, "Refused: no order of a court.", by="dana")
        assert (str(demand), demand.answered_by, demand.answered_at is None) == (
            "All customers of March",
            "dana",
            False,
        )

    def test_words_are_needed(self) -> None:
        with pytest.raises(NoWords, match="name"):
            chain.add_actor(an_incident("rail:north"), " ", role=Role.OTHER, by="dana")


class TestItems:
    def test_each_named_item_is_found_with_its_licence_or_is_not_here(self) -> None:
        a_release(tracks=2)
        first, second = Recording.objects.order_by("pk")
        Recording.objects.filter(pk=first.pk).update(isrc="FRZZZ2600001")
        Licence.objects.filter(recording=second).delete()
        lines = [
            "FR-ZZZ-26-00001",
            "",
            "4006381333931",
            "three small pieces",
            second.title,
            "Their song",
            "GBAYE0000351",
        ]
        made = naming_items.name(an_incident("rail:north"), lines, by="dana")
        assert [(row.text, row.recording) for row in made] == [
            ("FR-ZZZ-26-00001", first),
            ("4006381333931", first),
            ("4006381333931", second),
            ("three small pieces", first),
            ("three small pieces", second),
            (second.title, second),
            ("Their song", None),
            ("GBAYE0000351", None),
        ]
        assert made[0].licence_evidence == "We recorded it ourselves."
        assert made[0].finding.startswith("In the catalogue, licence basis “Own recording” everywhere, declared 20")
        assert [made[2].finding, made[6].finding, str(made[6])] == [UNLICENSED, ABSENT, "Their song"]

    def test_a_list_has_an_end(self) -> None:
        with pytest.raises(TooManyItems):
            naming_items.name(an_incident("rail:north"), ["x"] * 501, by="dana")

"""Letters about an order tell each reader what concerns her, and of what truly took effect."""

import pytest

from obbligato.catalog.models import Label, Recording
from obbligato.catalog.uploads.models import Upload
from obbligato.claims.models import Supplier
from obbligato.claims.orders import naming, verifying
from obbligato.claims.orders.models import OrderLetter, Paper
from tests.catalog.restrictions.makers import some_recordings
from tests.claims.orders.makers import amendment, lifting, verified
from tests.makers import alice
from tests.storefront.makers import a_silent_release

pytestmark = pytest.mark.django_db


def test_each_supplier_is_told_of_hers_alone_and_a_label_at_its_address() -> None:
    hers, others = a_silent_release(track_title="Her piece"), a_silent_release(track_title="Their piece")
    Upload.objects.create(person=alice()).releases.add(hers)
    others.label = Label.objects.create(name="Their label", slug="their-label")
    others.save()
    Supplier.objects.create(label=others.label, mail="their@label.example")
    verified(naming.recordings_named(f"{hers.slug}\n{others.slug}"))
    texts = dict(OrderLetter.objects.filter(kind="supplier").values_list("address", "text"))
    assert set(texts) == {"alice@example.org", "their@label.example"}
    assert "Her piece" in texts["alice@example.org"]
    assert "Their piece" not in texts["alice@example.org"]
    assert "Dear Their label" in texts["their@label.example"]


def test_a_report_of_a_lifting_names_what_was_closed_and_not_what_never_took_effect() -> None:
    one, other = some_recordings(2)
    Recording.objects.filter(pk=one).update(title="Closed")
    Recording.objects.filter(pk=other).update(title="Never closed")
    order = verified([one]).order
    paper = amendment(order, [other], force=Paper.Force.NONE, force_since=None)
    verifying.verify(paper, by="bob", why="Called.")
    verifying.verify(lifting(order), by="bob", why="Called.")
    report = OrderLetter.objects.filter(kind="report").latest("pk").text
    assert "- Closed" in report
    assert "Never closed" not in report

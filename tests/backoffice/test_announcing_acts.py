"""The label announces a release on the desk, names another day and brings it out; the page asks first."""

from datetime import timedelta

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client

from obbligato.kernel import clock
from obbligato.rights.models import Licence
from obbligato.sales.preorders.models import Announcement
from tests.makers import alice, dana
from tests.sales.preorders.makers import ordered
from tests.storefront.makers import a_silent_release

pytestmark = pytest.mark.django_db


def test_a_release_is_announced_moved_and_brought_out(client: Client) -> None:
    release = a_silent_release()
    client.force_login(dana())
    address = f"/desk/catalog/release/{release.pk}/announce/"
    assert "taken off sale until that day" in client.get(address).content.decode()
    day = clock.today() + timedelta(days=30)
    said = {"key": "k", "day": f"{day}", "hour": "10:00", "takes_orders": "on", "given": "1-2"}
    page = client.post(address, said, follow=True).content.decode()
    assert f"{release} comes out on {day:%-d %B %Y} at 10:00 (UTC)." in page
    announcement = Announcement.objects.get()
    assert (announcement.takes_orders, announcement.given.count(), announcement.by) == (True, 2, "dana")
    ordered(alice("10"), release)

    page = client.get(address).content.decode()
    assert f'value="{day}"' in page
    assert 'value="1-2"' in page
    assert "Whoever ordered it ahead is told of another day" in page
    page = client.post(address, {**said, "hour": "11:00", "given": ""}, follow=True).content.decode()
    assert "1 pre-orders: whoever still waits is told by mail." in page
    assert client.get("/desk/preorders/announcement/").status_code == 200
    shown = client.get(f"/desk/preorders/announcement/{announcement.pk}/change/").content.decode()
    assert "Pre-order" in shown
    assert "nothing" in shown

    out = f"/desk/catalog/release/{release.pk}/bring-out/"
    assert "goes on sale now" in client.get(out).content.decode()
    assert "is out. Whoever ordered it ahead" in client.post(out, {"key": "k"}, follow=True).content.decode()
    assert not Announcement.objects.get().is_ahead
    assert LogEntry.objects.filter(object_id=release.pk).count() == 3


def test_what_makes_no_sense_is_refused_with_a_sentence(client: Client) -> None:
    release = a_silent_release()
    client.force_login(dana())
    address = f"/desk/catalog/release/{release.pk}/announce/"
    day = clock.today() + timedelta(days=30)
    said = {"key": "k", "day": f"{day}", "hour": "10:00", "given": "9"}
    assert "There is no track 9." in client.post(address, said, follow=True).content.decode()
    Licence.objects.update(valid_from=day)
    page = client.get(address).content.decode()
    assert f'value="{day}"' in page
    assert 'value="00:00"' in page
    assert not Announcement.objects.exists()

"""The label says on the desk what anyone may hear of a release; the page asks, and the desk remembers who it was."""

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client

from obbligato.catalog.models import Release
from tests.makers import dana
from tests.storefront.makers import a_silent_release

pytestmark = pytest.mark.django_db


def test_what_is_heard_of_a_release_is_chosen_on_the_desk(client: Client) -> None:
    release = a_silent_release()
    client.force_login(dana())
    address = f"/desk/catalog/release/{release.pk}/preview/"
    page = client.get(address)
    assert "An excerpt of each track, with fades" in page.content.decode()
    answer = client.post(address, {"key": "k", "preview": "full"}, follow=True)
    assert "Anyone may hear: Whole tracks, at a low bitrate." in answer.content.decode()
    assert Release.objects.get().preview == "full"
    assert "Whole tracks" in LogEntry.objects.get().change_message
    client.post(address, {"key": "k", "preview": "loud"})
    assert Release.objects.get().preview == "full"


def test_staff_without_the_right_cannot(client: Client) -> None:
    release, person = a_silent_release(), dana()
    person.is_superuser = False
    person.save()
    client.force_login(person)
    assert client.get(f"/desk/catalog/release/{release.pk}/preview/").status_code in {302, 403}


def test_pages_offer_what_may_be_heard(client: Client) -> None:
    release = a_silent_release()
    page = client.get(release.get_absolute_url()).content.decode()
    assert 'aria-label="Preview Piece 1"' in page
    Release.objects.update(preview="none")
    release.refresh_from_db()
    page = client.get(f"{release.get_absolute_url()}?format=flac").content.decode()
    assert 'class="play"' not in page.split('id="player"')[0]
    Release.objects.update(preview="full")
    page = client.get(f"{release.get_absolute_url()}?format=wav").content.decode()
    assert 'aria-label="Play Piece 1"' in page

"""Other names are kept at the desk, one to a line; the desk remembers who did it, and pages and search know them."""

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client

from obbligato.catalog.aliases import aliases_of, know_as
from obbligato.catalog.models import Alias, Artist
from obbligato.people.models import Person
from tests.backoffice.acting import act
from tests.makers import dana, signed_in
from tests.storefront.makers import a_silent_release

pytestmark = pytest.mark.django_db
LIST = "/desk/catalog/alias"


def names_of(whose: str) -> list[str]:
    return [alias.name for alias in aliases_of(whose)]


@pytest.fixture
def desk() -> Client:
    return signed_in(dana())


def test_an_artist_is_given_other_names(desk: Client) -> None:
    artist = a_silent_release(artist="Clara Schumann").artist
    address = f"/desk/catalog/artist/{artist.pk}/names"
    assert "Added: ru: Клара Шуман, Wieck." in act(desk, address, names="ru: Клара Шуман\r\n\r\nWieck\r\n")
    assert names_of("Clara Schumann") == ["Клара Шуман", "Wieck"]
    assert "ru: Клара Шуман\nWieck</textarea>" in desk.get(f"{address}/").content.decode()
    entry = LogEntry.objects.get()
    assert (entry.user.get_username(), entry.get_edited_object()) == ("dana", artist)
    assert "Added: ru: Клара Шуман, Wieck." in entry.get_change_message()
    assert "Removed: Wieck." in act(desk, address, names="ru: Клара Шуман")
    assert "Nothing changed." in act(desk, address, names="ru: Клара Шуман")
    assert LogEntry.objects.count() == 2


def test_two_people_at_once_do_not_take_out_what_the_other_put_in(desk: Client) -> None:
    address = f"/desk/catalog/artist/{a_silent_release(artist='Clara Schumann').artist.pk}/names"
    know_as("Clara Schumann", ["Wieck", "Клара"])
    seen = desk.get(f"{address}/").context["form"]["seen"].value()
    old = Alias.objects.get(name="Клара")
    know_as("Clara Schumann", ["Wieck", "ru: Клара", "Clara Wieck"])
    page = act(desk, address, names="Клара\nClärchen", seen=seen)
    assert "Added: Clärchen. Removed: Wieck." in page
    assert [str(one) for one in aliases_of("Clara Schumann")] == ["Клара", "Clara Wieck", "Clärchen"]
    assert desk.get(f"{LIST}/{old.pk}/edit/").headers["Location"] == f"{LIST}/"


def test_what_cannot_be_kept_is_said_and_stays_to_be_mended(desk: Client) -> None:
    artist = a_silent_release(artist="Clara Schumann").artist
    page = act(desk, f"/desk/catalog/artist/{artist.pk}/names", names="Wieck\nClara SCHUMANN")
    assert "“Clara SCHUMANN” is the name itself" in page
    assert "Wieck\nClara SCHUMANN</textarea>" in page
    assert not Alias.objects.exists()


def test_a_composer_is_given_other_names_from_the_list(desk: Client) -> None:
    page = act(desk, f"{LIST}/choose", whose="Erik Satie")
    assert "people look for Erik Satie" in page
    answer = desk.post(f"{LIST}/names/?whose=Erik+Satie", {"key": "k", "names": "Сати"}, follow=True)
    assert "Added: Сати." in answer.content.decode()
    row = Alias.objects.get()
    assert (row.whose, LogEntry.objects.get().get_edited_object()) == ("Erik Satie", row)
    assert desk.get(f"{LIST}/{row.pk}/edit/").headers["Location"] == f"{LIST}/names/?whose=Erik+Satie"


def test_the_list_is_searched_by_either_name(desk: Client) -> None:
    know_as("Erik Satie", ["ru: Эрик Сати"])
    for typed in ("сати", "satie"):
        assert "Эрик Сати" in desk.get(f"{LIST}/?q={typed}").content.decode()


def test_staff_without_the_right_cannot(desk: Client) -> None:
    artist = a_silent_release().artist
    Person.objects.update(is_superuser=False)
    for address in (f"/desk/catalog/artist/{artist.pk}/names/", f"{LIST}/choose/", f"{LIST}/names/?whose=A"):
        assert desk.get(address).status_code in {302, 403}, address
        desk.post(address, {"key": "k", "names": "B", "whose": "A"})
    assert not Alias.objects.exists()
    assert Artist.objects.count() == 1

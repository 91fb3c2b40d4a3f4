"""What the domain says stands on a page in the language of its reader."""

from datetime import date

import pytest
from django.test import Client

from obbligato.rights.models import Licence
from tests.storefront.makers import a_silent_release

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("language", "told"),
    [
        ("en", "There is no such release."),
        ("fr", "Cette parution n’existe pas ici."),
        ("ru", "Такого релиза здесь нет."),
    ],
)
def test_a_refusal_is_in_the_language_of_the_page(client: Client, language: str, told: str) -> None:
    answer = client.get("/releases/nothing", headers={"Accept-Language": language})
    assert (answer.status_code, told in answer.content.decode()) == (404, True)


def test_why_a_release_is_not_for_sale_is_told_with_the_day_as_the_language_writes_it(client: Client) -> None:
    release = a_silent_release()
    Licence.objects.update(valid_from=date(2020, 1, 1), valid_until=date(2026, 3, 1))
    page = client.get(f"/releases/{release.slug}", headers={"Accept-Language": "ru"}).content.decode()
    assert "Срок лицензии истёк 1 марта 2026." in page
    assert "Its licence ended on 1 March 2026." in client.get(f"/releases/{release.slug}").content.decode()

"""Two people who want one name or address at the same moment: one has it, the other is told."""

import pytest
from django.http import HttpRequest
from django.test import RequestFactory

from obbligato.people.models import Person
from obbligato.storefront.forms import NameTaken, SignUpForm

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("username", "email"),
    [("erika", "other@example.org"), ("other", "erika@example.org"), ("erika", "erika@example.org")],
)
def test_the_second_of_two_sign_ups_at_once_is_told_and_leaves_nothing(username: str, email: str) -> None:
    first, second = _filled_in("erika", "erika@example.org"), _filled_in(username, email)
    assert first.is_valid(), first.errors
    assert second.is_valid(), second.errors
    first.try_save(_request())
    with pytest.raises(NameTaken, match="taken a moment ago") as refused:
        second.try_save(_request())
    assert refused.value.status == 409
    assert [person.username for person in Person.objects.all()] == ["erika"]


def _filled_in(username: str, email: str) -> SignUpForm:
    return SignUpForm({"username": username, "email": email, "password1": "a long sentence, kept"})


def _request() -> HttpRequest:
    request = RequestFactory().post("/account/signup/")
    request.session = {}  # type: ignore[assignment]
    return request

"""Sign-in and sign-up as allauth makes them, within bounds. They decide nothing about who may sign in."""

from typing import Any

from allauth.account.forms import LoginForm, SignupForm
from django.db import IntegrityError, transaction
from django.forms import ValidationError
from django.http import HttpRequest
from django.utils.translation import gettext

from obbligato.kernel.refusals import Refused
from obbligato.storefront.languages import note_language

LONGEST_NAME = 254


class NameTaken(Refused):
    """Someone else has this name or address by now."""


class SignInForm(LoginForm):  # type: ignore[misc]
    """A name or address of bounded length: the database compares it letter by letter."""

    def clean_login(self) -> str:
        """As allauth does; refuses what no name or address can be."""
        login: str = self.cleaned_data["login"]
        if len(login) > LONGEST_NAME:
            raise ValidationError(gettext("That is longer than any name or address."))
        return str(super().clean_login())


class SignUpForm(SignupForm):  # type: ignore[misc]
    """Two sign-ups of one name at the same moment: the second is told, not broken."""

    def try_save(self, request: HttpRequest) -> tuple[Any, Any]:
        """As allauth does; raises NameTaken where another form was a moment faster."""
        try:
            with transaction.atomic():  # Half an account is none.
                user, answer = super().try_save(request)
        except IntegrityError:
            sentence = gettext("This name or address was taken a moment ago. Please sign in, or choose another.")
            raise NameTaken(sentence) from None
        if user is not None:
            note_language(user)
        return user, answer

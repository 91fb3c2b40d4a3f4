"""Reads numbers out of what a browser sent. It looks nothing up."""

from django.utils.translation import gettext

from obbligato.kernel.refusals import Invalid

MOST_DIGITS = 17


class NotANumber(Invalid):
    """A form field that only this store's own pages fill holds something else."""


def whole_number(text: str | None) -> int:
    """A number of plain digits that a database can hold. Raises NotANumber."""
    if not (text and text.isascii() and text.isdigit() and len(text) <= MOST_DIGITS):
        raise NotANumber(gettext("The form came back incomplete. Please go back, reload the page and try again."))
    return int(text)

"""Mails that wait or were refused, with what the server said. It only shows: none is written or sent here."""

from typing import ClassVar

from django.contrib import admin
from unfold.decorators import display

from obbligato.backoffice.desk import ReadOnlyDesk
from obbligato.people.mails.models import Mail


@admin.register(Mail)
class MailDesk(ReadOnlyDesk):
    """What was not taken yet, and what never will be; a mail that was taken leaves no row."""

    list_display = ["posted_at", "topic", "key", "detail", "state", "tries", "due_at", "said"]
    list_filter: ClassVar = [("refused_at", admin.EmptyFieldListFilter), "topic"]
    search_fields: ClassVar = ["detail", "said"]
    ordering: ClassVar = ["-pk"]
    fields: ClassVar = ["topic", "key", "detail", "posted_at", "tries", "due_at", "said", "refused_at"]

    @display(description="state", label={"refused": "danger", "waits": "info"})  # type: ignore[untyped-decorator]
    def state(self, mail: Mail) -> str:
        return "refused" if mail.is_refused else "waits"

"""What the public log only committed to, and forgetting it. No page shows the salts, and none changes the log."""

from typing import Any, ClassVar

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.safestring import SafeString
from unfold.decorators import action

from obbligato.backoffice import showing
from obbligato.backoffice.asking import asked
from obbligato.backoffice.payments_desk import ActingDesk
from obbligato.transparency import checkpoints, forgetting, notes
from obbligato.transparency.models import Checkpoint, Sealed


@admin.register(Sealed)
class SealedDesk(ActingDesk):
    """Personal values of public acts, found by what they belong to or by what they say."""

    list_display = ["subject", "name", "value"]
    list_filter: ClassVar = ["name"]
    search_fields: ClassVar = ["subject", "value"]
    ordering: ClassVar = ["-pk"]
    fields: ClassVar = ["subject", "name", "value", "commitment"]
    readonly_fields: ClassVar = ["subject", "name", "value", "commitment"]
    actions_detail: ClassVar = ["forget"]

    @action(description="Forget …", url_path="forget", permissions=["act"])  # type: ignore[untyped-decorator]
    def forget(self, request: HttpRequest, object_id: str) -> HttpResponse:
        found = Sealed.objects.filter(pk=object_id).first()
        back = reverse("admin:transparency_sealed_changelist")

        def act(_: dict[str, Any]) -> str:
            if found is None:
                raise forgetting.NothingToForget("It is forgotten already.")
            forgotten = forgetting.forget_value(found.value)
            return f"It is forgotten, in {forgotten} places. Every proof of the log still holds."

        what = f"{found.name} of {found.subject}" if found else "What was here"
        sentence = (
            f"{what} is deleted, wherever the same value stands beside the log, with its salts. Nobody can bring it"
            " back or show any more what the log's commitment meant. Do so when a person has a right to it."
        )
        return asked(self, request, title="Forget a value", sentence=sentence, act=act, back=back)


@admin.register(Checkpoint)
class CheckpointDesk(ActingDesk):
    """What was signed, newest first, and whether the log still begins so."""

    list_display = ["size", "holds"]
    ordering: ClassVar = ["-size"]
    fields: ClassVar = ["size", "holds", "text"]
    readonly_fields: ClassVar = ["size", "holds", "text"]
    list_per_page = 20

    @admin.display(description="the log begins so")
    def holds(self, row: Checkpoint) -> str:
        try:
            checkpoints.compare(row.note)
        except (checkpoints.Equivocation, notes.BadNote) as refusal:
            return str(refusal)
        return "yes"

    @admin.display(description="note")
    def text(self, row: Checkpoint) -> SafeString:
        return showing.table(["Signed"], [[line] for line in row.note.split("\n") if line])

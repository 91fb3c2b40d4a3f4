"""Mails that wait or were refused, with what the server said. It only shows: none is written or sent here."""

from collections.abc import Callable
from typing import Any, ClassVar

from django.contrib import admin
from django.utils.safestring import SafeString
from unfold.decorators import display

from obbligato.backoffice import showing
from obbligato.backoffice.desk import ReadOnlyDesk
from obbligato.claims import telling as claim_mails
from obbligato.claims.models import ClaimMail
from obbligato.claims.orders import writing
from obbligato.claims.orders.models import OrderLetter
from obbligato.people.mails.models import Mail
from obbligato.sales.gifts import giving
from obbligato.sales.gifts.models import Gift
from obbligato.sales.guests import telling as guest_mails
from obbligato.sales.guests.models import Notice
from obbligato.sales.preorders import telling as preorder_mails
from obbligato.sales.preorders.models import PreOrder
from obbligato.standing import deadlines, letters
from obbligato.standing.models import Deadline, Letter

PAGES: dict[str, tuple[type[Any], str, Callable[[Any], Any]]] = {
    claim_mails.TOPIC: (ClaimMail, "claims_claim", lambda told: told.claim),
    writing.TOPIC: (OrderLetter, "court_orders_orderletter", lambda letter: letter),
    letters.TOPIC: (Letter, "standing_incident", lambda letter: letter.incident),
    deadlines.TOPIC: (Deadline, "standing_incident", lambda deadline: deadline.incident),
    giving.TOPIC: (Gift, "sales_order", lambda gift: gift.order),
    preorder_mails.TOPIC: (PreOrder, "sales_order", lambda preorder: preorder.order),
    guest_mails.TOLD: (Notice, "guests_guest", lambda notice: notice.guest),
}
"""By topic: what its key names, and the page of the desk that shows what the mail is about."""


@admin.register(Mail)
class MailDesk(ReadOnlyDesk):
    """What was not taken yet, and what never will be; a mail that was taken leaves no row."""

    list_display = ["posted_at", "topic", "key", "detail", "state", "tries", "due_at", "said"]
    list_filter: ClassVar = [("refused_at", admin.EmptyFieldListFilter), "topic"]
    search_fields: ClassVar = ["detail", "said"]
    ordering: ClassVar = ["-pk"]
    fields: ClassVar = ["topic", "about", "key", "detail", "posted_at", "tries", "due_at", "said", "refused_at"]

    @display(description="state", label={"refused": "danger", "waits": "info"})  # type: ignore[untyped-decorator]
    def state(self, mail: Mail) -> str:
        return "refused" if mail.is_refused else "waits"

    @admin.display(description="about")
    def about(self, mail: Mail) -> SafeString | str:
        """The page to go to from here; some mails, such as of new links, are about none."""
        model, page, shown = PAGES.get(mail.topic, (Mail, "", str))
        found = model._default_manager.filter(pk=mail.key).first() if page else None
        return showing.link(page, shown(found).pk, shown(found)) if found else showing.NOTHING

"""Where Django finds the back office: it imports each desk, which registers itself."""

from django.contrib import admin

from obbligato.backoffice import (
    aliases_desk,
    awards_desk,
    bank_desk,
    casefiles_desk,
    catalogue_desk,
    claims_desk,
    court_orders_desk,
    guests_desk,
    ledger_desk,
    log_desk,
    mails_desk,
    papers_desk,
    payments_desk,
    people_desk,
    preorders_desk,
    rails_desk,
    reconciliation_desk,
    rights_desk,
    sales_desk,
    standing_desk,
    suspensions_desk,
    uploads_desk,
    vouchers_desk,
)

__all__ = [
    "aliases_desk",
    "awards_desk",
    "bank_desk",
    "casefiles_desk",
    "catalogue_desk",
    "claims_desk",
    "court_orders_desk",
    "guests_desk",
    "ledger_desk",
    "log_desk",
    "mails_desk",
    "papers_desk",
    "payments_desk",
    "people_desk",
    "preorders_desk",
    "rails_desk",
    "reconciliation_desk",
    "rights_desk",
    "sales_desk",
    "standing_desk",
    "suspensions_desk",
    "uploads_desk",
    "vouchers_desk",
]

admin.site.index_template = "backoffice/index.html"
admin.site.index_title = "The store today"

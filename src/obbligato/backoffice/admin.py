"""Where Django finds the back office: it imports each desk, which registers itself."""

from django.contrib import admin

from obbligato.backoffice import (
    catalogue_desk,
    ledger_desk,
    papers_desk,
    payments_desk,
    people_desk,
    rails_desk,
    rights_desk,
    sales_desk,
)

__all__ = [
    "catalogue_desk",
    "ledger_desk",
    "papers_desk",
    "payments_desk",
    "people_desk",
    "rails_desk",
    "rights_desk",
    "sales_desk",
]

admin.site.index_template = "backoffice/index.html"
admin.site.index_title = "The store today"

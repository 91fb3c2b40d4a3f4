"""Where a party's share of a sold line is, once a claim moved it away from where it accrued."""

from typing import ClassVar

from django.db import models

from obbligato.rights.escrow.models import Holding
from obbligato.sales.models import OrderLine


class Withheld(models.Model):
    """One party's share of one line, and the account in which it is now: what is taken back comes from there."""

    line = models.ForeignKey(OrderLine, on_delete=models.PROTECT, related_name="withheld")
    accrued_to = models.CharField(max_length=100, help_text="The account it accrued to at the sale.")
    place = models.CharField(max_length=100, help_text="The account that has it now.")
    holding = models.ForeignKey(
        Holding, on_delete=models.PROTECT, null=True, related_name="withheld", help_text="What holds it; null: nothing."
    )

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["line", "accrued_to"], name="a_share_of_a_line_is_in_one_place"),
        ]

    def __str__(self) -> str:
        return f"share of {self.line} in {self.place}"

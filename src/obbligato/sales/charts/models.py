"""Charts and companions: what purchases came to when they were last reckoned. They name no buyer."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy

from obbligato.catalog.models import Release


class Chart(models.Model):
    """What sold in a period, and when that was reckoned."""

    class Period(models.TextChoices):
        WEEK = "week", gettext_lazy("This week")
        MONTH = "month", gettext_lazy("This month")
        ALL = "all", gettext_lazy("All time")

    period = models.CharField(max_length=8, choices=Period.choices, unique=True)
    made_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.get_period_display()


class ChartPlace(models.Model):
    """A release's place in a chart: how many people bought of it."""

    chart = models.ForeignKey(Chart, on_delete=models.CASCADE, related_name="places", db_index=False)
    place = models.PositiveIntegerField()
    release = models.ForeignKey(Release, on_delete=models.CASCADE, related_name="chart_places")
    people_count = models.PositiveIntegerField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["chart", "place"], name="one_release_a_place"),
            models.UniqueConstraint(fields=["chart", "release"], name="release_once_in_a_chart"),
        ]

    def __str__(self) -> str:
        return f"{self.place}. {self.release}"


class Companion(models.Model):
    """Another release that people who bought this one bought too."""

    release = models.ForeignKey(Release, on_delete=models.CASCADE, related_name="companions", db_index=False)
    place = models.PositiveIntegerField()
    other = models.ForeignKey(Release, on_delete=models.CASCADE, related_name="+")
    people_count = models.PositiveIntegerField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["release", "place"], name="one_companion_a_place"),
            models.CheckConstraint(name="companion_is_another", condition=~Q(release=F("other"))),
        ]

    def __str__(self) -> str:
        return f"{self.other} with {self.release}"

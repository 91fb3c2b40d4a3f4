"""Licence bases and split sheets. Declaring one replaces the one before it; none is ever edited."""

from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest
from unfold.widgets import UnfoldAdminTextInputWidget

from obbligato.backoffice.desk import Desk, ModelForm, ReadOnlyDesk, ReadOnlyRows
from obbligato.kernel import clock
from obbligato.rights import licences
from obbligato.rights.licences import WORLD, LicenceTerms
from obbligato.rights.models import Licence, Party, Share, SplitSheet


class LicenceForm(ModelForm):
    """What a label declares for one recording; rights.licences makes the row."""

    territory_codes = forms.CharField(
        label="Territories",
        initial=WORLD,
        max_length=2_000,
        widget=UnfoldAdminTextInputWidget,
        help_text="WORLD, or ISO 3166-1 codes with commas between them: FR, DE, AT.",
    )

    class Meta:
        model = Licence
        fields: ClassVar = ["recording", "basis", "evidence", "valid_from", "valid_until"]

    def validate_constraints(self) -> None:
        """That one licence is in force already is no mistake: this one replaces it."""

    def clean_territory_codes(self) -> tuple[str, ...]:
        codes = tuple(code.strip().upper() for code in str(self.cleaned_data["territory_codes"]).split(","))
        for code in codes:
            if code != WORLD and not (len(code) == 2 and code.isascii() and code.isalpha()):
                raise forms.ValidationError(f"“{code[:20]}” is not a country code.")
        return codes

    def clean(self) -> dict[str, Any]:
        values = self.cleaned_data
        first, end = values.get("valid_from"), values.get("valid_until")
        if first and end and end <= first:
            raise forms.ValidationError({"valid_until": "A licence cannot end before it begins."})
        return values


@admin.register(Licence)
class LicenceDesk(Desk):
    """Why each recording may be sold, where and how long."""

    form = LicenceForm
    list_display = ["recording", "basis", "places", "valid_from", "valid_until", "is_in_force", "declared_by"]
    list_select_related = ("recording",)
    list_filter: ClassVar = ["basis", ("replaced_at", admin.EmptyFieldListFilter)]
    search_fields: ClassVar = ["recording__title", "recording__isrc", "evidence", "declared_by"]
    date_hierarchy = "declared_at"
    ordering: ClassVar = ["-declared_at", "-pk"]
    autocomplete_fields: ClassVar = ["recording"]

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def get_fields(self, request: HttpRequest, obj: Model | None = None) -> Any:  # noqa: ANN401
        if obj is None:
            return ["recording", "basis", "evidence", "territory_codes", "valid_from", "valid_until"]
        shown = ["recording", "basis", "evidence", "places", "valid_from", "valid_until"]
        return [*shown, "declared_by", "declared_at", "replaced_at"]

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> Any:  # noqa: ANN401
        return ["places"] if obj else []

    def save_model(self, request: HttpRequest, obj: Licence, form: LicenceForm, change: bool) -> None:
        values = form.cleaned_data
        terms = LicenceTerms(
            basis=values["basis"],
            evidence=values["evidence"],
            territories=values["territory_codes"],
            valid_from=values["valid_from"],
            valid_until=values["valid_until"],
        )
        obj.pk = licences.declare(values["recording"], terms, by=request.user.get_username()).pk

    @admin.display(description="territories")
    def places(self, licence: Licence) -> str:
        return ", ".join(licence.territories)

    @admin.display(description="in force", boolean=True)
    def is_in_force(self, licence: Licence) -> bool:
        today = clock.today()
        has_ended = licence.valid_until is not None and today >= licence.valid_until
        return licence.replaced_at is None and licence.valid_from <= today and not has_ended


class ShareRows(ReadOnlyRows):
    """Who shares."""

    model = Share
    fields: ClassVar = ["party", "role", "part"]
    readonly_fields: ClassVar = ["part"]
    show_change_link = False

    @admin.display(description="part")
    def part(self, share: Share) -> str:
        return f"{share.basis_points / 100:g} %"


@admin.register(SplitSheet)
class SplitSheetDesk(ReadOnlyDesk):
    """Who shares in each recording, from when on."""

    list_display = ["recording", "valid_from", "digest"]
    list_select_related = ("recording",)
    search_fields: ClassVar = ["recording__title", "recording__isrc", "shares__party__name"]
    date_hierarchy = "valid_from"
    inlines: ClassVar = [ShareRows]


@admin.register(Party)
class PartyDesk(ReadOnlyDesk):
    """Everyone who shares in something."""

    list_display = ["name"]
    search_fields: ClassVar = ["name"]
    ordering: ClassVar = ["name"]

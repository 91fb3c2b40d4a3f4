"""The desk of other names: one to a line, for an artist, or for a composer as the tags credit her. No rules."""

from typing import Any, ClassVar
from urllib.parse import urlencode

from django import forms
from django.contrib import admin
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from unfold.decorators import action
from unfold.widgets import UnfoldAdminTextareaWidget, UnfoldAdminTextInputWidget

from obbligato.backoffice.asking import Sure, asked
from obbligato.backoffice.desk import ModelAdmin
from obbligato.backoffice.payments_desk import ActingDesk
from obbligato.catalog.aliases import Change, aliases_of, know_as, line_of
from obbligato.catalog.models import Alias, Artist

LONGEST_LIST = 20_000
EXPLAINED = (
    "Other spellings and names under which people look for {whose}, one to a line; “ru: Шопен” says the language"
    " too. Search finds by them, after what has the name itself, and the artist's page shows them."
)


class WhoseForm(Sure):
    """Of whom."""

    whose = forms.CharField(
        max_length=300,
        label="Credited as",
        widget=UnfoldAdminTextInputWidget,
        help_text="As the tags write the composer, or the release its artist; accents and capitals make no difference.",
    )


def names_of(desk: ModelAdmin, request: HttpRequest, whose: str, back: str) -> HttpResponse:
    """Ask for all other names of somebody: those there are stand there already."""
    there = "\n".join(map(line_of, aliases_of(whose)))

    class NamesForm(Sure):
        seen = forms.CharField(max_length=LONGEST_LIST, required=False, initial=there, widget=forms.HiddenInput)
        names = forms.CharField(
            max_length=LONGEST_LIST,
            required=False,
            label="Also known as",
            initial=there,
            widget=UnfoldAdminTextareaWidget(attrs={"rows": 10}),
        )

    def act(values: dict[str, Any]) -> str:
        seen = values["seen"].splitlines() if "seen" in request.POST else None
        change = know_as(whose, values["names"].splitlines(), seen=seen)
        said = _said(change)
        if said:
            about = Artist.objects.filter(name=whose).first() or [*change.added, *change.removed][0]
            desk.log_change(request, about, f"{whose}: {said}")
        return said or "Nothing changed."

    sentence = EXPLAINED.format(whose=whose)
    return asked(desk, request, title="Keep these names", sentence=sentence, act=act, back=back, form=NamesForm)


@admin.register(Alias)
class AliasDesk(ActingDesk):
    """All other names, of artists and of composers."""

    list_display = ["name", "locale", "whose"]
    list_filter: ClassVar = ["locale"]
    search_fields: ClassVar = ["name", "name_folded", "whose", "whose_folded"]
    ordering: ClassVar = ["whose_folded", "pk"]
    fields: ClassVar = ["name", "locale", "whose"]
    actions_list: ClassVar = ["choose"]
    actions_detail: ClassVar = ["edit"]

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.names)
        return [path("names/", view, name="catalog_alias_names"), *super().get_urls()]

    @action(description="Other names of …", url_path="choose", permissions=["act"])  # type: ignore[untyped-decorator]
    def choose(self, request: HttpRequest) -> HttpResponse:
        return asked(
            self,
            request,
            title="Other names",
            sentence="Whose other names? Of an artist or a composer.",
            act=lambda values: _to_names(values["whose"]),
            back=reverse("admin:catalog_alias_changelist"),
            form=WhoseForm,
        )

    @action(description="Change …", url_path="edit", permissions=["act"])  # type: ignore[untyped-decorator]
    def edit(self, request: HttpRequest, object_id: str) -> HttpResponseRedirect:
        """To all names of the same person."""
        alias = self.get_object(request, object_id)
        if alias is None:  # Somebody wrote it otherwise meanwhile, which makes another row.
            return HttpResponseRedirect(reverse("admin:catalog_alias_changelist"))
        return _to_names(alias.whose)

    def names(self, request: HttpRequest) -> HttpResponse:
        """All names of who is named in the address."""
        if not self.has_act_permission(request):
            return HttpResponse(status=403)
        whose = request.GET.get("whose", "")[:300]
        return names_of(self, request, whose, reverse("admin:catalog_alias_changelist"))


def _to_names(whose: str) -> HttpResponseRedirect:
    return HttpResponseRedirect(f"{reverse('admin:catalog_alias_names')}?{urlencode({'whose': whose})}")


def _said(change: Change) -> str:
    added, removed = (", ".join(map(line_of, each)) for each in (change.added, change.removed))
    return " ".join([f"Added: {added}."] * bool(added) + [f"Removed: {removed}."] * bool(removed))

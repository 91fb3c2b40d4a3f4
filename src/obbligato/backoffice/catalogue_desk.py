"""Artists, releases, editions, recordings and masters. They are read here; an import makes the next edition."""

from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import Count, Model, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from unfold.decorators import action

from obbligato.backoffice import (
    aliases_desk,
    announcing_acts,
    doctor_pages,
    draft_acts,
    draft_desk,
    edition_pages,
    showing,
    upload_access,
)
from obbligato.backoffice.asking import Sure, asked, choice
from obbligato.backoffice.desk import Desk, ReadOnlyDesk, ReadOnlyRows
from obbligato.catalog.aliases import aliases_of, line_of
from obbligato.catalog.models import Artist, Edition, Label, Master, Recording, Release, Track, Withdrawal
from obbligato.kernel import clock
from obbligato.sales.offers import offer_of
from obbligato.sales.preorders.models import Announcement


class WithPreview(Sure):
    """And what anyone may hear."""

    preview = choice(Release.Preview.choices, "what anyone may hear")


class TrackRows(ReadOnlyRows):
    """The tracks of an edition, in order."""

    model = Track
    fields: ClassVar = ["disc", "position", "title", "artist_credit", "recording", "length", "master"]
    readonly_fields: ClassVar = ["length"]
    ordering: ClassVar = ["disc", "position"]
    show_change_link = False

    def get_queryset(self, request: HttpRequest) -> "QuerySet[Track]":
        return super().get_queryset(request).select_related("recording", "master")

    @admin.display(description="length")
    def length(self, track: Track) -> str:
        return showing.length(track.master.duration_seconds)


class EditionRows(ReadOnlyRows):
    """The editions of a release, latest first."""

    model = Edition
    fk_name = "release"
    fields: ClassVar = ["number", "title", "upc", "date", "made_at"]
    ordering: ClassVar = ["-number"]


@admin.register(Artist)
class ArtistDesk(ReadOnlyDesk):
    """Who plays."""

    list_display = ["name", "slug", "release_count"]
    search_fields: ClassVar = ["name", "slug"]
    fields: ClassVar = ["name", "also_known_as", "slug", "releases_of"]
    readonly_fields: ClassVar = ["also_known_as", "releases_of"]
    ordering: ClassVar = ["name"]
    actions_detail: ClassVar = ["name_otherwise"]

    def has_naming_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        """Who may say under which other names somebody is found."""
        return request.user.has_perm("catalog.change_alias")

    def get_queryset(self, request: HttpRequest) -> "QuerySet[Artist]":
        found: QuerySet[Artist] = super().get_queryset(request)
        return found.annotate(found_releases=Count("releases"))

    @admin.display(description="releases", ordering="found_releases")
    def release_count(self, artist: Model) -> int:
        return int(getattr(artist, "found_releases", 0))

    @admin.display(description="also known as")
    def also_known_as(self, artist: Artist) -> str:
        return "\n".join(map(line_of, aliases_of(artist.name))) or showing.NOTHING

    @action(description="Other names …", url_path="names", permissions=["naming"])  # type: ignore[untyped-decorator]
    def name_otherwise(self, request: HttpRequest, object_id: str) -> HttpResponse:
        back = reverse("admin:catalog_artist_change", args=[object_id])
        return aliases_desk.names_of(self, request, Artist.objects.get(pk=object_id).name, back)

    @admin.display(description="releases")
    def releases_of(self, artist: Artist) -> str:
        found = artist.releases.select_related("edition").order_by("-pk")[:200]
        return showing.table(["Release"], [[showing.link("catalog_release", one.pk, one)] for one in found])


@admin.register(Label)
class LabelDesk(ReadOnlyDesk):
    """Who publishes."""

    list_display = ["name", "slug"]
    search_fields: ClassVar = ["name"]
    ordering: ClassVar = ["name"]


@admin.register(Release)
class ReleaseDesk(ReadOnlyDesk):
    """Releases with their editions and the tracks of the current one."""

    list_display = ["__str__", "artist", "label", "edition_number", "has_draft", "is_withdrawn", "created_at"]
    list_select_related = (
        "artist",
        "label",
        "edition",
        "withdrawal",
        "draft",
    )
    list_filter: ClassVar = [
        ("withdrawal", admin.EmptyFieldListFilter),
        ("draft", admin.EmptyFieldListFilter),
        "label",
    ]
    search_fields: ClassVar = ["slug", "edition__title", "artist__name", "edition__upc"]
    date_hierarchy = "created_at"
    ordering: ClassVar = ["-created_at"]
    fields: ClassVar = [
        "standing",
        "artist",
        "label",
        "edition",
        "booklet",
        "preview",
        "slug",
        "key",
        "created_at",
        "tracks",
    ]
    readonly_fields: ClassVar = ["standing", "booklet", "tracks"]
    inlines: ClassVar = [EditionRows]
    actions_list: ClassVar = ["upload"]
    actions_detail: ClassVar = [
        "edit", "history_of_editions", "doctor", "numbers", "choose_preview", "announce", "bring_out",
        "withdraw", "put_back",
    ]  # fmt: skip

    def get_urls(self) -> list[URLPattern]:
        return [*draft_desk.urls(self), *super().get_urls()]

    def has_upload_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        """Who may bring in releases."""
        return upload_access.may_upload(request)

    def has_withdraw_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        """Who may take a release off the shelf."""
        return request.user.has_perm("catalog.add_withdrawal")

    def has_preview_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        """Who may say what is heard of a release."""
        return request.user.has_perm("catalog.change_release")

    @admin.display(description="edition")
    def edition_number(self, release: Release) -> str:
        return str(release.edition.number) if release.edition else "draft"

    @admin.display(description="being edited", boolean=True)
    def has_draft(self, release: Release) -> bool:
        return hasattr(release, "draft")

    @admin.display(description="withdrawn", boolean=True)
    def is_withdrawn(self, release: Release) -> bool:
        return hasattr(release, "withdrawal")

    @admin.display(description="on sale")
    def standing(self, release: Release) -> str:
        """Whether it is sold in the store's own country, and the sentence that says why not."""
        offer = offer_of(release)
        if offer.sentence:
            return f"No. {offer.sentence}"
        return f"Yes, but not {len(offer.refusals)} of its tracks." if offer.refusals else "Yes."

    @admin.display(description="booklet")
    def booklet(self, release: Release) -> str:
        found = release.edition.booklet if release.edition else None
        return f"{found.original_name}, {showing.size(found.size_bytes)}" if found else showing.NOTHING

    @admin.display(description="tracks")
    def tracks(self, release: Release) -> str:
        offer = offer_of(release)
        rows = [
            [
                f"{track.disc}.{track.position}",
                showing.link("catalog_recording", track.recording_id, track.title),
                showing.length(track.master.duration_seconds),
                showing.link("catalog_master", track.master_id, track.master),
                offer.refusals.get(track.pk, ""),
            ]
            for track in offer.tracks
        ]
        return showing.table(["Place", "Title", "Length", "Master", "Not for sale because"], rows)

    @action(description="Upload …", url_path="upload", permissions=["upload"])  # type: ignore[untyped-decorator]
    def upload(self, request: HttpRequest) -> HttpResponseRedirect:
        """To the page that brings in releases."""
        return HttpResponseRedirect(reverse("admin:uploads_upload_add"))

    @action(description="Edit …", url_path="edit", permissions=["preview"])  # type: ignore[untyped-decorator]
    def edit(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return draft_acts.edit(self, request, object_id)

    @action(description="Editions", url_path="editions", permissions=["view"])  # type: ignore[untyped-decorator]
    def history_of_editions(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return edition_pages.history(self, request, object_id)

    @action(description="Numbers", url_path="numbers", permissions=["view"])  # type: ignore[untyped-decorator]
    def numbers(self, request: HttpRequest, object_id: str) -> HttpResponseRedirect:
        """What it sold, and how often it was heard."""
        return HttpResponseRedirect(f"{reverse('admin:sales_numbers')}?release={object_id}")

    @action(description="Doctor", url_path="doctor", permissions=["view"])  # type: ignore[untyped-decorator]
    def doctor(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return doctor_pages.of_release(self, request, object_id)

    @action(description="Previews …", url_path="preview", permissions=["preview"])  # type: ignore[untyped-decorator]
    def choose_preview(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """What anyone may hear of the release before buying it."""
        release = Release.objects.select_related("edition").get(pk=object_id)

        def act(values: dict[str, Any]) -> str:
            release.preview = values["preview"]
            release.save(update_fields=["preview"])
            self.log_change(request, release, f"Anyone may hear: {release.get_preview_display()}.")
            return f"Anyone may hear: {release.get_preview_display()}."

        sentence = f"Of {release} anyone may hear now: {release.get_preview_display()}. Its owners hear all of it."
        back = reverse("admin:catalog_release_change", args=[object_id])
        return asked(self, request, title="Previews", sentence=sentence, act=act, back=back, form=WithPreview)

    @action(description="Announce …", url_path="announce", permissions=["preview"])  # type: ignore[untyped-decorator]
    def announce(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return announcing_acts.announce(self, request, object_id)

    def has_bringing_out_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        """Who may announce, where something is yet to come out."""
        ahead = Announcement.objects.filter(at__gt=clock.now())
        return self.has_preview_permission(request) and (
            object_id is None or ahead.filter(release__pk=object_id).exists()
        )

    @action(description="Bring out now …", url_path="bring-out", permissions=["bringing_out"])  # type: ignore[untyped-decorator]
    def bring_out(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return announcing_acts.bring_out(self, request, object_id)

    @action(description="Withdraw from sale …", url_path="withdraw", permissions=["withdraw"])  # type: ignore[untyped-decorator]
    def withdraw(self, request: HttpRequest, object_id: str) -> HttpResponseRedirect:
        """To the form that asks for the reason."""
        return HttpResponseRedirect(f"{reverse('admin:catalog_withdrawal_add')}?release={object_id}")

    def has_putting_back_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        """Who may end a withdrawal, where there is one."""
        return request.user.has_perm("catalog.delete_withdrawal") and (
            object_id is None or Withdrawal.objects.filter(release__pk=object_id).exists()
        )

    @action(description="Put back on sale …", url_path="put-back", permissions=["putting_back"])  # type: ignore[untyped-decorator]
    def put_back(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return draft_acts.put_back_on_sale(self, request, object_id)


@admin.register(Edition)
class EditionDesk(ReadOnlyDesk):
    """One immutable version of a release."""

    list_display = ["title", "number", "release", "upc", "date", "made_at"]
    list_select_related = ("release__edition",)
    search_fields: ClassVar = ["title", "upc", "release__slug"]
    date_hierarchy = "made_at"
    ordering: ClassVar = ["-made_at"]
    inlines: ClassVar = [TrackRows]


@admin.register(Recording)
class RecordingDesk(ReadOnlyDesk):
    """The sound, and where it is used."""

    list_display = ["title", "artist", "isrc", "key"]
    list_select_related = ("artist",)
    search_fields: ClassVar = ["title", "isrc", "key", "artist__name"]
    ordering: ClassVar = ["title"]


@admin.register(Master)
class MasterDesk(ReadOnlyDesk):
    """Lossless files as delivered, with what their one decoding told."""

    list_display = ["original_name", "kind", "length", "size", "loudness", "true_peak", "imported_at"]
    search_fields: ClassVar = ["original_name", "sha256", "pcm_md5"]
    date_hierarchy = "imported_at"
    ordering: ClassVar = ["-imported_at"]
    fields: ClassVar = [
        "original_name",
        "waveform",
        "kind",
        "length",
        "size",
        "loudness",
        "loudness_range",
        "true_peak",
        "sha256",
        "pcm_md5",
        "imported_at",
    ]
    readonly_fields: ClassVar = ["waveform", "kind", "length", "size", "loudness", "loudness_range", "true_peak"]

    actions_detail: ClassVar = ["doctor", "hear"]

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(doctor_pages.spectrogram)
        return [path("<int:object_id>/spectrogram.png", view, name="catalog_master_spectrogram"), *super().get_urls()]

    def has_hear_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        """Who may have a master decoded once more."""
        return request.user.has_perm("catalog.change_master")

    @action(description="Doctor", url_path="doctor", permissions=["view"])  # type: ignore[untyped-decorator]
    def doctor(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return doctor_pages.of_master(self, request, object_id)

    @action(description="Examine again …", url_path="examine", permissions=["hear"])  # type: ignore[untyped-decorator]
    def hear(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return doctor_pages.ask_to_hear(self, request, object_id)

    def get_queryset(self, request: HttpRequest) -> "QuerySet[Master]":
        found = super().get_queryset(request)
        is_list = request.resolver_match is not None and str(request.resolver_match.url_name).endswith("changelist")
        return found.defer("peaks") if is_list else found

    @admin.display(description="kind")
    def kind(self, master: Master) -> str:
        facts = master.facts
        rate = f"{facts.sample_rate / 1000:g} kHz"
        return f"{master.facts_json['container'].upper()}, {facts.bits} bit, {rate}, {facts.channels} channels"

    @admin.display(description="length")
    def length(self, master: Master) -> str:
        return showing.length(master.duration_seconds)

    @admin.display(description="size", ordering="size_bytes")
    def size(self, master: Master) -> str:
        return showing.size(master.size_bytes)

    @admin.display(description="loudness", ordering="integrated_lufs")
    def loudness(self, master: Master) -> str:
        return showing.NOTHING if master.integrated_lufs is None else f"{master.integrated_lufs:.1f} LUFS"

    @admin.display(description="loudness range")
    def loudness_range(self, master: Master) -> str:
        return f"{master.range_lu:.1f} LU"

    @admin.display(description="true peak", ordering="true_peak_dbtp")
    def true_peak(self, master: Master) -> str:
        return f"{master.true_peak_dbtp:.1f} dBTP"

    @admin.display(description="waveform")
    def waveform(self, master: Master) -> str:
        return showing.waveform(master)


@admin.register(Withdrawal)
class WithdrawalDesk(Desk):
    """Taking a release off the shelf is an act with a who, a when and a why. Removing the row puts it back."""

    list_display = ["release", "by", "reason", "created_at"]
    list_select_related = ("release__edition",)
    search_fields: ClassVar = ["release__slug", "release__edition__title", "by", "reason"]
    date_hierarchy = "created_at"
    ordering: ClassVar = ["-created_at"]
    fields: ClassVar = ["release", "reason", "by", "created_at"]
    readonly_fields: ClassVar = ["by", "created_at"]
    autocomplete_fields: ClassVar = ["release"]

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return request.user.has_perm("catalog.delete_withdrawal")

    def save_model(self, request: HttpRequest, obj: Withdrawal, form: object, change: bool) -> None:
        obj.by = request.user.get_username()
        obj.save()

"""Bring in releases with a browser: batches of files, what is wrong with each, and taking them in."""

from typing import Any, ClassVar

from django.contrib import admin, messages
from django.db.models import Count, Model, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from unfold.decorators import action

from obbligato.backoffice import tus, upload_access, upload_pages
from obbligato.backoffice.asking import asked
from obbligato.backoffice.desk import ReadOnlyDesk
from obbligato.catalog import spectrograms
from obbligato.catalog.uploads import adding, handing_over, receiving, removing
from obbligato.catalog.uploads.models import Upload
from obbligato.kernel.refusals import Missing, Refused


@admin.register(Upload)
class UploadDesk(ReadOnlyDesk):
    """What was sent, by whom, and what came of it."""

    list_display = ["__str__", "state", "file_count", "sentence", "touched_at"]
    list_filter: ClassVar = ["state"]
    search_fields: ClassVar = ["person__username", "files__path"]
    date_hierarchy = "created_at"
    ordering: ClassVar = ["-created_at", "-pk"]
    actions_detail: ClassVar = ["take_in", "discard"]

    def get_urls(self) -> list[URLPattern]:
        own = self.admin_site.admin_view
        return [
            # Programs hear 401 instead of being sent to a page to sign in; the views ask who it is themselves.
            path("<int:upload_id>/files/", tus.files, name="uploads_tus_files"),
            path("files/<int:file_id>/", tus.file, name="uploads_tus_file"),
            path("<int:upload_id>/listing/", own(self.listing), name="uploads_listing"),
            path("<int:upload_id>/known/", self.known, name="uploads_known"),
            path("files/<int:file_id>/spectrogram.png", own(self.spectrogram), name="uploads_spectrogram"),
            path("files/<int:file_id>/remove/", own(self.remove), name="uploads_remove"),
            *super().get_urls(),
        ]

    def has_module_permission(self, request: HttpRequest) -> bool:
        return upload_access.may_upload(request)

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return upload_access.may_upload(request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return upload_access.may_upload(request)

    def has_act_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        """Who may take in what was sent: whoever may send it."""
        return upload_access.may_upload(request)

    def get_queryset(self, request: HttpRequest) -> "QuerySet[Upload]":
        return upload_access.uploads_of(request).annotate(found_files=Count("files"))

    @admin.display(description="files", ordering="found_files")
    def file_count(self, upload: Upload) -> int:
        return int(getattr(upload, "found_files", 0))

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """A new batch: made when the first files come."""
        upload_access.refuse_strangers(request)
        if request.method != "POST":
            return self._page(request, None)
        upload = adding.begin(request.user)  # type: ignore[arg-type]
        if request.headers.get("Accept") == "application/json":
            return JsonResponse(addresses(upload))
        return self._take_form(request, upload)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """A batch: send more files, see what is wrong with each, take all in."""
        upload = self._upload(request, object_id)
        return self._take_form(request, upload) if request.method == "POST" else self._page(request, upload)

    def listing(self, request: HttpRequest, upload_id: int) -> HttpResponse:
        """The part of the page that changes, for who has it open."""
        upload = self._upload(request, upload_id)
        return TemplateResponse(request, "backoffice/upload_listing.html", _listing(request, upload))

    def known(self, request: HttpRequest, upload_id: int) -> HttpResponse:
        """What of a batch the store knows, for a program that wants to go on."""
        try:
            upload_access.refuse_who_sends_nothing(request)
            upload = upload_access.upload_for(request, upload_id)
        except Refused as refusal:
            return HttpResponse(str(refusal), status=refusal.status, content_type="text/plain; charset=utf-8")
        return JsonResponse({**addresses(upload), "files": upload_pages.known_files(upload)})

    def remove(self, request: HttpRequest, file_id: int) -> HttpResponse:
        """Take one file out, without a script."""
        upload_access.refuse_strangers(request)
        known = upload_access.file_for(request, file_id)
        if request.method == "POST":
            removing.remove(known)
            messages.success(request, f"“{known.path}” was removed.")
        return HttpResponseRedirect(_address(known.upload))

    def spectrogram(self, request: HttpRequest, file_id: int) -> HttpResponse:
        """What a file looks like before it is taken in: an edge that an encoder left is a line in it."""
        upload_access.refuse_strangers(request)
        known = upload_access.file_for(request, file_id)
        try:
            picture = spectrograms.drawn(known.file, samples=upload_pages.samples_of(known))
        except spectrograms.CannotDraw as refusal:
            return HttpResponse(str(refusal), status=refusal.status, content_type="text/plain; charset=utf-8")
        return HttpResponse(picture, content_type="image/png", headers={"Cache-Control": "private, max-age=86400"})

    @action(description="Take in …", url_path="take-in", permissions=["act"])  # type: ignore[untyped-decorator]
    def take_in(self, request: HttpRequest, object_id: str) -> HttpResponse:
        upload = self._upload(request, object_id)

        def act(_: dict[str, Any]) -> str:
            handing_over.hand_over(upload, by=request.user.get_username())
            return "It is taken in now. This page may be closed meanwhile."

        sentence = (
            "Its releases come into the catalogue as “obbligato import” brings them in: what has a licence basis and a"
            " price goes on sale, the rest stays a draft. Files that are refused stay here and can be corrected."
        )
        return asked(self, request, title="Take in", sentence=sentence, act=act, back=_address(upload))

    @action(description="Discard …", url_path="discard", permissions=["act"])  # type: ignore[untyped-decorator]
    def discard(self, request: HttpRequest, object_id: str) -> HttpResponse:
        upload = self._upload(request, object_id)

        def act(_: dict[str, Any]) -> HttpResponse:
            removing.discard(upload)
            messages.success(request, "The upload was discarded.")
            return HttpResponseRedirect(reverse("admin:uploads_upload_changelist"))

        sentence = (
            "All files of this upload are removed from the store. What was taken in from it stays in the catalogue."
        )
        return asked(self, request, title="Discard", sentence=sentence, act=act, back=_address(upload))

    def _upload(self, request: HttpRequest, pk: str | int) -> Upload:
        upload_access.refuse_strangers(request)
        try:
            return upload_access.upload_for(request, pk)
        except Missing as refusal:
            raise Http404(str(refusal)) from None

    def _page(self, request: HttpRequest, upload: Upload | None) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request),
            "title": "Upload",
            "opts": self.model._meta,
            "limits": upload_pages.limits(),
            "begin": reverse("admin:uploads_upload_add"),
            "addresses": addresses(upload) if upload else {},
            "is_open": upload is None or upload.is_open,
            **(_listing(request, upload) if upload else {}),
        }
        return TemplateResponse(request, "backoffice/upload.html", context)

    def _take_form(self, request: HttpRequest, upload: Upload) -> HttpResponse:
        """Files that a form without a script has brought, each whole."""
        sent = request.FILES.getlist("files")
        for one in sent:
            try:
                known = adding.add(upload, one.name or "", size_bytes=one.size or 0)
                receiving.receive(known, one.chunks())
            except Refused as refusal:
                messages.error(request, str(refusal))
        if not sent:
            messages.error(request, "No file was chosen.")
        return HttpResponseRedirect(_address(upload))


def addresses(upload: Upload) -> dict[str, str]:
    """Where a program sends the files of a batch, and asks for them."""
    return {
        "page": _address(upload),
        "files": reverse("admin:uploads_tus_files", args=[upload.pk]),
        "known": reverse("admin:uploads_known", args=[upload.pk]),
        "listing": reverse("admin:uploads_listing", args=[upload.pk]),
    }


def _listing(request: HttpRequest, upload: Upload) -> dict[str, Any]:
    return {
        **upload_pages.listing_of(upload, shows_all="all" in request.GET),
        "take_in": reverse("admin:uploads_upload_take_in", args=[upload.pk]),
        "discard": reverse("admin:uploads_upload_discard", args=[upload.pk]),
        "address": _address(upload),
    }


def _address(upload: Upload) -> str:
    return reverse("admin:uploads_upload_change", args=[upload.pk])

"""The pages on which a label edits a release: a draft, its sections, what would change. They hold no rule."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, cast

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse, QueryDict
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse

from obbligato.backoffice import draft_acts, draft_forms, draft_showing, upload_access, uploads_desk
from obbligato.backoffice.desk import ModelAdmin
from obbligato.backoffice.draft_forms import Typed
from obbligato.catalog.comparing import Change, told
from obbligato.catalog.contents import Content, line_of
from obbligato.catalog.merging import merged
from obbligato.catalog.models import Release, Track
from obbligato.catalog.placing import appended
from obbligato.catalog.uploads import adding
from obbligato.kernel import clock
from obbligato.kernel.refusals import Refused
from obbligato.people.models import Person
from obbligato.sales.editing import drafting, keeping
from obbligato.sales.editing.checking import checked, would_change
from obbligato.sales.editing.drafting import ChangedMeanwhile, NoDraft
from obbligato.sales.editing.models import Draft
from obbligato.sales.editing.telling import told_terms

Page = Callable[[ModelAdmin, HttpRequest, Release, Draft], HttpResponse]
AUTOSAVE = "X-Autosave"
EDIT = "catalog.change_release"


@dataclass(frozen=True)
class Section:
    """A page of the draft: what reads its form, and who may send it."""

    name: str
    title: str
    read: Callable[[QueryDict, Typed], None]
    permission: str = EDIT


SECTIONS = (
    Section("release", "Release", draft_forms.release),
    Section("tracks", "Tracks", draft_forms.tracks),
    Section("credits", "Credits", draft_forms.credits_),
    Section("rights", "Rights", draft_forms.rights, "rights.add_licence"),
    Section("price", "Price", draft_forms.price, "sales.add_tariff"),
)


def urls(desk: ModelAdmin) -> list[URLPattern]:
    """The addresses below a release's page."""

    def at(address: str, name: str, page: Page) -> URLPattern:
        view = desk.admin_site.admin_view(partial(_with_draft, desk, page))
        return path(f"<int:object_id>/draft/{address}", view, name=f"catalog_release_draft_{name}")

    sections = [at(f"{one.name}/", one.name, partial(_section, one)) for one in SECTIONS]
    acts = [at(f"{name}/", name, act) for name, act in draft_acts.ACTS.items()]
    track = path(
        "<int:object_id>/draft/tracks/<str:key>/",
        desk.admin_site.admin_view(partial(_track, desk)),
        name="catalog_release_draft_track",
    )
    return [*sections, track, *acts, at("files/", "files", _files), at("changes/", "changes", _changes)]


def _with_draft(desk: ModelAdmin, page: Page, request: HttpRequest, object_id: int) -> HttpResponse:
    """The page of a release's draft; without one, back to the release with the reason."""
    release = get_object_or_404(Release, pk=object_id)
    if not request.user.has_perm(EDIT):
        return HttpResponse("You may not edit releases.", status=403, content_type="text/plain")
    try:
        return page(desk, request, release, drafting.draft_of(release))
    except NoDraft as refusal:
        messages.warning(request, str(refusal))
        return HttpResponseRedirect(reverse("admin:catalog_release_change", args=[object_id]))


def _track(desk: ModelAdmin, request: HttpRequest, object_id: int, key: str) -> HttpResponse:
    """One track's own page."""
    section = Section("track", "Track", lambda data, typed: draft_forms.track(data, typed, key))
    return _with_draft(desk, lambda *known: _section(section, *known, key=key), request, object_id)


def _section(
    section: Section, desk: ModelAdmin, request: HttpRequest, release: Release, draft: Draft, *, key: str = ""
) -> HttpResponse:
    """Show a section of the draft; take in what is sent of it."""
    if key and all(line.key != key for line in draft.content.lines):
        return HttpResponseRedirect(draft_showing.address(release, "tracks"))
    may_save = request.user.has_perm(section.permission)
    if request.method != "POST" or not may_save:
        return _shown(section, desk, request, draft, draft_showing.Shown(may_save=may_save, key=key))
    seen = _seen(request)
    before = drafting.version_of(draft, seen) or (draft.content, draft.terms)
    typed = Typed(*before)
    try:
        section.read(request.POST, typed)
        _take_files(request, typed)
        _add_track(request, release, typed)
        if typed.unread and section.name == "rights":
            return _shown(section, desk, request, draft, draft_showing.Shown(typed=typed, sent=request.POST))
        saved = drafting.change(
            release, seen=seen, by=request.user.get_username(), content=typed.content, terms=typed.terms
        )
    except ChangedMeanwhile as refusal:
        return _told_of_change(section, desk, request, draft, typed, before, str(refusal), key)
    except Refused as refusal:
        return _refused(section, desk, request, draft, typed, str(refusal), key)
    return _after(desk, request, release, typed, before, saved)


def _after(
    desk: ModelAdmin, request: HttpRequest, release: Release, typed: Typed, before: tuple[Content, Any], saved: Draft
) -> HttpResponse:
    """Say that it was saved, and show the page anew."""
    if request.headers.get(AUTOSAVE):
        return JsonResponse({"version": saved.version, "sentence": f"Saved at {clock.now():%H:%M:%S} UTC."})
    changes = _told(before, (saved.content, saved.terms))
    if changes:
        named = ", ".join(dict.fromkeys(change.what for change in changes))
        desk.log_change(request, release, f"Draft, version {saved.version}: {named}"[:1_000])
    messages.success(request, "Saved." if changes else "Saved; nothing was changed.")
    for sentence in typed.unread.values():
        messages.warning(request, sentence)
    return HttpResponseRedirect(request.get_full_path())


def _told_of_change(
    section: Section, desk: ModelAdmin, request: HttpRequest, draft: Draft, typed: Typed,
    before: tuple[Content, Any], sentence: str, key: str,
) -> HttpResponse:  # fmt: skip
    """Nothing was saved: show what was typed onto what another changed, and what that was."""
    now = drafting.draft_of(draft.release)
    if request.headers.get(AUTOSAVE):
        return JsonResponse({"sentence": f"{sentence} Nothing was saved; press Save to see what changed."}, status=409)
    others = _told(before, (now.content, now.terms))
    content = merged(before[0], typed.content, now.content)
    keys = [line.key for line in content.lines]
    terms = drafting.merged_terms(before[1], typed.terms, now.terms, keys)
    shown = draft_showing.Shown(typed=Typed(content, terms, typed.unread), refusal=sentence, others=others, key=key)
    return _shown(section, desk, request, now, shown)


def _refused(
    section: Section, desk: ModelAdmin, request: HttpRequest, draft: Draft, typed: Typed, sentence: str, key: str
) -> HttpResponse:
    """Nothing was saved, and nothing that was typed is lost."""
    if request.headers.get(AUTOSAVE):
        return JsonResponse({"sentence": sentence}, status=409)
    shown = draft_showing.Shown(typed=typed, refusal=sentence, key=key)
    return _shown(section, desk, request, draft, shown)


def _shown(
    section: Section, desk: ModelAdmin, request: HttpRequest, draft: Draft, shown: "draft_showing.Shown"
) -> HttpResponse:
    context = {
        **desk.admin_site.each_context(request),
        "opts": desk.model._meta,
        **draft_showing.context(draft, section.name, shown, request.GET.get("q", "")[:200], SECTIONS),
    }
    status = 409 if shown.refusal else 200
    return TemplateResponse(request, f"backoffice/draft/{section.name}.html", context, status=status)


def _changes(desk: ModelAdmin, request: HttpRequest, release: Release, draft: Draft) -> HttpResponse:
    """What publishing the draft would change."""
    found = checked(draft)
    context = {
        **desk.admin_site.each_context(request),
        "opts": desk.model._meta,
        **draft_showing.frame(draft, found, "changes", SECTIONS),
        "changes": would_change(draft, found),
        "zone": draft_acts.zone().key,
    }
    return TemplateResponse(request, "backoffice/draft/changes.html", context)


def _files(desk: ModelAdmin, request: HttpRequest, release: Release, draft: Draft) -> HttpResponse:
    """Begin a batch for one file, which is sent to it as all uploads are; what it became is saved with the form."""
    if request.method != "POST":
        return HttpResponse(status=405)
    upload = adding.begin(cast(Person, request.user))
    return JsonResponse({"batch": upload.pk, **uploads_desk.addresses(upload)})


def _take_files(request: HttpRequest, typed: Typed) -> None:
    """Files that were sent before the form, or with it. What cannot be kept is told, and the rest is saved."""
    for kind in keeping.LARGEST_BYTES:
        try:
            kept = _taken(request, kind)
        except Refused as refusal:
            typed.unread[kind] = str(refusal)
        else:
            typed.content = draft_forms.with_file(typed.content, kind, kept) if kept else typed.content


def _taken(request: HttpRequest, kind: str) -> str:
    """The SHA-256 of what was sent as the cover or the booklet; nothing where nothing was."""
    if batch := request.POST.get(f"sent_{kind}"):
        return keeping.take(upload_access.upload_for(request, batch), kind)
    if (sent := request.FILES.get(kind)) is None:
        return ""
    person, name = cast(Person, request.user), sent.name or ""
    return keeping.take_whole(person, kind, name=name, size_bytes=sent.size or 0, pieces=sent.chunks())


def _add_track(request: HttpRequest, release: Release, typed: Typed) -> None:
    """Add the track whose button was pressed."""
    number = request.POST.get("add", "")
    if number.isascii() and number.isdigit():
        tracks = Track.objects.select_related("master", "recording")
        track = tracks.filter(draft_showing.to_be_added(release), pk=int(number[:18])).first()
        if track is not None:
            typed.content = draft_forms.with_lines(typed.content, appended(typed.content.lines, line_of(track)))


def _told(before: tuple[Content, Any], after: tuple[Content, Any]) -> list[Change]:
    lines = {line.key: line for line in after[0].lines}
    return [*told(before[0], after[0]), *told_terms(before[1], after[1], lines)]


def _seen(request: HttpRequest) -> int:
    text = request.POST.get("version", "")
    return int(text[:9]) if text.isascii() and text.isdigit() else 0

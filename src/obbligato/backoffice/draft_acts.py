"""What is done with a draft as a whole: open, publish, schedule, cancel, bring up to date, discard. Each asks first."""

from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from unfold.widgets import UnfoldAdminTextInputWidget

from obbligato.backoffice.asking import Sure, asked
from obbligato.backoffice.desk import ModelAdmin
from obbligato.backoffice.draft_showing import address
from obbligato.catalog.models import Release
from obbligato.catalog.withdrawing import put_back
from obbligato.kernel import clock
from obbligato.sales.editing import drafting, issuing, scheduling
from obbligato.sales.editing.checking import checked, would_change
from obbligato.sales.editing.models import Draft


class WithTime(Sure):
    """And when."""

    day = forms.CharField(
        label="Day",
        max_length=10,
        widget=UnfoldAdminTextInputWidget(attrs={"type": "date", "placeholder": "2026-03-01"}),
    )
    hour = forms.CharField(
        label="Time", max_length=8, widget=UnfoldAdminTextInputWidget(attrs={"type": "time", "placeholder": "18:00"})
    )


def zone() -> ZoneInfo:
    """The store's time zone."""
    return ZoneInfo(settings.TIME_ZONE)


def edit(desk: ModelAdmin, request: HttpRequest, object_id: str) -> HttpResponse:
    """To the release's draft, which is opened where there is none."""
    release = Release.objects.select_related("edition").get(pk=object_id)
    if Draft.objects.filter(release=release).exists():
        return HttpResponseRedirect(address(release, "release"))

    def act(_: dict[str, Any]) -> HttpResponse:
        draft = drafting.open_draft(release, by=request.user.get_username())
        desk.log_change(request, release, f"Draft opened from edition {draft.base.number}.")
        return HttpResponseRedirect(address(release, "release"))

    sentence = (
        f"A draft of the next edition of {release} is opened. The shop shows nothing of it until it is published."
    )
    return asked(desk, request, title="Edit", sentence=sentence, act=act, back=_release_page(release))


def _publish(desk: ModelAdmin, request: HttpRequest, release: Release, draft: Draft) -> HttpResponse:
    def act(values: dict[str, Any]) -> HttpResponse:
        publication = issuing.issue(release, seen=values["version"], by=request.user.get_username())
        edition, title = publication.edition, publication.edition.title
        told = f"Edition {edition.number} of “{title}” is published."
        if not publication.is_new_edition:
            told = f"Nothing in it differs from edition {edition.number} of “{title}”, so there is no new one."
            told += " Its terms are as the draft said."
        desk.log_change(request, publication.release, f"Draft published. {told}")
        messages.success(request, told)
        return HttpResponseRedirect(_release_page(release))

    count = len(would_change(draft, checked(draft)))
    sentence = f"Published now: {count} change{'' if count == 1 else 's'}, for everyone who comes to the shop."
    sentence += " Who bought an earlier edition keeps exactly that one."
    if hasattr(release, "withdrawal"):
        sentence += " The release is withdrawn, and stays so until it is put back on sale."
    return asked(desk, request, title="Publish", sentence=sentence, act=act, back=_back(release), form=_seeing(draft))


def _schedule(desk: ModelAdmin, request: HttpRequest, release: Release, draft: Draft) -> HttpResponse:
    def act(values: dict[str, Any]) -> str:
        at = scheduling.moment_of(values["day"], values["hour"], zone())
        scheduling.schedule(release, seen=values["version"], at=at, by=request.user.get_username())
        told = f"The draft is published on {at.astimezone(zone()):%-d %B %Y at %H:%M} ({zone().key})."
        desk.log_change(request, release, told)
        return told

    now = clock.now().astimezone(zone())
    sentence = f"Day and time are those of {zone().key}, the store's time zone; it is {now:%H:%M on %-d %B %Y} there."
    sentence += " Until then the draft stays as it is; cancel the appointment to change it."
    form = _seeing(draft, WithTime)
    return asked(desk, request, title="Schedule", sentence=sentence, act=act, back=_back(release), form=form)


def _cancel(desk: ModelAdmin, request: HttpRequest, release: Release, draft: Draft) -> HttpResponse:
    def act(_: dict[str, Any]) -> str:
        appointment = scheduling.cancel(release, by=request.user.get_username())
        desk.log_change(request, release, f"Cancelled: the draft was to be published at {appointment.at:%F %H:%M} UTC.")
        return "The draft is not published at that time any more, and can be changed again."

    sentence = "Nothing is published at the time that was named."
    return asked(desk, request, title="Cancel the appointment", sentence=sentence, act=act, back=_back(release))


def _catch_up(desk: ModelAdmin, request: HttpRequest, release: Release, draft: Draft) -> HttpResponse:
    def act(values: dict[str, Any]) -> str:
        saved = drafting.catch_up(release, seen=values["version"], by=request.user.get_username())
        desk.log_change(request, release, f"Draft brought up to edition {saved.base.number}.")
        return f"The draft begins with edition {saved.base.number} now. Look at what would change."

    sentence = (
        "What this draft changed is carried over to the edition that is current now. Where both changed the same,"
        " the draft stands; new sound stays new. Look at what would change afterwards."
    )
    title = "Bring up to date"
    return asked(desk, request, title=title, sentence=sentence, act=act, back=_back(release), form=_seeing(draft))


def _discard(desk: ModelAdmin, request: HttpRequest, release: Release, draft: Draft) -> HttpResponse:
    def act(values: dict[str, Any]) -> HttpResponse:
        drafting.discard(release, seen=values["version"])
        desk.log_change(request, release, f"Draft discarded in version {values['version']}.")
        messages.success(request, "The draft is gone. The release is as it was.")
        return HttpResponseRedirect(_release_page(release))

    sentence = "The draft is thrown away, and cannot be had back. The release stays as it is in the shop."
    return asked(desk, request, title="Discard", sentence=sentence, act=act, back=_back(release), form=_seeing(draft))


def put_back_on_sale(desk: ModelAdmin, request: HttpRequest, object_id: str) -> HttpResponse:
    """End a withdrawal."""
    release = Release.objects.select_related("edition").get(pk=object_id)

    def act(_: dict[str, Any]) -> str:
        ended = put_back(release)
        issuing.show(Release.objects.get(pk=release.pk))
        desk.log_change(request, release, f"Put back on sale. {ended.by} had withdrawn it: {ended.reason}"[:1_000])
        return f"{release} is offered again."

    sentence = f"{release} is offered again, as it is now and where its licences allow it."
    return asked(
        desk, request, title="Put back on sale", sentence=sentence, act=act, back=_release_page(release)
    )  # fmt: skip


ACTS = {
    "publish": _publish,
    "schedule": _schedule,
    "cancel": _cancel,
    "catch_up": _catch_up,
    "discard": _discard,
}


def _seeing(draft: Draft, kind: type[Sure] = Sure) -> type[Sure]:
    """The form, with the version of the draft that its page showed."""
    hidden = forms.IntegerField(initial=draft.version, widget=forms.HiddenInput)
    return type("Seeing", (kind,), {"version": hidden})


def _back(release: Release) -> str:
    return address(release, "changes")


def _release_page(release: Release) -> str:
    return reverse("admin:catalog_release_change", args=[release.pk])

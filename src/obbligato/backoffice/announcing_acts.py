"""What is done with a release that is yet to come out: announce it, name another day, bring it out. Each asks first."""

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from unfold.widgets import UnfoldAdminTextInputWidget, UnfoldBooleanWidget

from obbligato.backoffice.asking import asked
from obbligato.backoffice.desk import ModelAdmin
from obbligato.backoffice.draft_acts import WithTime, zone
from obbligato.backoffice.draft_forms import keys_named, numbers_of
from obbligato.catalog.contents import Content, content_of
from obbligato.catalog.models import Release, Track
from obbligato.sales.editing.scheduling import moment_of
from obbligato.sales.offers import offer_of
from obbligato.sales.preorders import announcing
from obbligato.sales.preorders.models import Announcement

EMPTY = Content()


class WithAnnouncement(WithTime):
    """And whether it can be ordered ahead, and what is given then."""

    takes_orders = forms.BooleanField(
        label="It can be pre-ordered",
        required=False,
        initial=True,
        widget=UnfoldBooleanWidget,
        help_text="Whoever orders pays from her wallet now. The money stays hers until the day.",
    )
    given = forms.CharField(
        label="Tracks given at once",
        required=False,
        max_length=200,
        widget=UnfoldAdminTextInputWidget(attrs={"placeholder": "1, 3"}),
        help_text="To whoever pre-orders, for as long as she does not cancel. Leave it empty to give none.",
    )


def announce(desk: ModelAdmin, request: HttpRequest, object_id: str) -> HttpResponse:
    """Say when it comes out, or say another day."""
    release = Release.objects.select_related("edition", "announcement").get(pk=object_id)
    content = content_of(release.edition) if release.edition else EMPTY
    before: Announcement | None = getattr(release, "announcement", None)

    def act(values: dict[str, Any]) -> str:
        at = moment_of(values["day"], values["hour"], zone())
        said = announcing.announce(
            release,
            at=at,
            takes_orders=values["takes_orders"],
            given=_recordings(values["given"], content),
            by=request.user.get_username(),
        )
        told = f"{release} comes out on {at.astimezone(zone()):%-d %B %Y at %H:%M} ({zone().key})."
        if before is not None and before.at != at:
            told += f" {said.preorders.count()} pre-orders: whoever still waits is told by mail."
        desk.log_change(request, release, told)
        return told

    form = _with_initial(release, content, before)
    sentence = _sentence(release, before)
    return asked(desk, request, title="Announce", sentence=sentence, act=act, back=_back(release), form=form)


def bring_out(desk: ModelAdmin, request: HttpRequest, object_id: str) -> HttpResponse:
    """Let it be out now."""
    release = Release.objects.select_related("edition").get(pk=object_id)

    def act(_: dict[str, Any]) -> str:
        announcing.bring_out(release, by=request.user.get_username())
        told = f"{release} is out. Whoever ordered it ahead has it within minutes."
        desk.log_change(request, release, told)
        return told

    sentence = f"{release} goes on sale now, and every pre-order becomes a sale."
    return asked(desk, request, title="Bring it out now", sentence=sentence, act=act, back=_back(release))


def _recordings(text: str, content: Content) -> set[int]:
    """The recordings of the tracks that were named. Raises BadGift."""
    try:
        keys = set(keys_named(text, content.lines))
    except ValueError as trouble:
        raise announcing.BadGift(str(trouble)) from None
    recordings = _recordings_of(content)
    return {recordings[key] for key in keys}


def _recordings_of(content: Content) -> dict[str, int]:
    """By the key of a line."""
    by_track = dict(Track.objects.filter(pk__in=[one.track_id for one in content.lines]).values_list("pk", "recording"))
    return {line.key: by_track[line.track_id] for line in content.lines}


def _with_initial(release: Release, content: Content, before: Announcement | None) -> type[WithAnnouncement]:
    """The form as things stand, or with the first moment that the licences allow."""
    at = before.at if before and before.is_ahead else announcing.first_moment(release)
    initial: dict[str, Any] = {}
    if at is not None:
        local = at.astimezone(zone())
        initial = {"day": f"{local:%Y-%m-%d}", "hour": f"{local:%H:%M}"}
    if before is not None:
        given = set(before.given.values_list("pk", flat=True))
        keys = [key for key, recording in _recordings_of(content).items() if recording in given]
        initial |= {"takes_orders": before.takes_orders, "given": numbers_of(keys, content.lines)}

    class Filled(WithAnnouncement):
        def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401
            kwargs["initial"] = {**initial, **kwargs.get("initial", {})}
            super().__init__(*args, **kwargs)

    return Filled


def _sentence(release: Release, before: Announcement | None) -> str:
    said = f"Day and time are those of {zone().key}. Until then {release} has a page of its own, and is not sold."
    if before is not None and before.is_ahead:
        later = f"more than {announcing.LATEST.days} days later than she was told"
        said += (
            f" Whoever ordered it ahead is told of another day, and may cancel; {later}, her money returns by itself."
        )
    elif offer_of(release).is_on_sale:
        said += " It is on sale now, and is taken off sale until that day."
    return said


def _back(release: Release) -> str:
    return reverse("admin:catalog_release_change", args=[release.pk])

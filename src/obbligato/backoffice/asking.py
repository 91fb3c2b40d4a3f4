"""A page that asks an operator for what an act needs, then acts, once, outside any transaction. No rules."""

import secrets
from collections.abc import Callable, Iterable
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.template.response import TemplateResponse
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from obbligato.backoffice.desk import ModelAdmin
from obbligato.kernel.refusals import Refused


class Sure(forms.Form):
    """Nothing but: yes. Its key makes a form sent twice one act."""

    key = forms.CharField(widget=forms.HiddenInput, max_length=40)

    def order_fields(self, field_order: Iterable[str] | None) -> None:
        """What is decided comes first, and why comes last."""
        super().order_fields([name for name in self.fields if name != "reason"])


class WithReason(Sure):
    """And why."""

    reason = forms.CharField(max_length=200, widget=UnfoldAdminTextInputWidget)


class WithAmount(WithReason):
    """And how much, as people write it."""

    amount = forms.CharField(max_length=20, widget=UnfoldAdminTextInputWidget, help_text="12.34")


def choice(pairs: list[tuple[str, str]], label: str) -> forms.ChoiceField:
    """One of a few, in the desk's look."""
    return forms.ChoiceField(choices=pairs, label=label, widget=UnfoldAdminSelectWidget)


def asked(
    desk: ModelAdmin,
    request: HttpRequest,
    *,
    title: str,
    sentence: str,
    act: Callable[[dict[str, Any]], str | HttpResponse],
    back: str,
    form: type[Sure] = Sure,
) -> HttpResponse:
    """Show the form; when it is sent and right, act with its values, say what act() says, and go back.

    Where act() gives a whole answer, such as a file, that is the answer. Where it refuses, what was typed stays to be
    mended; a file has to be chosen again.
    """
    filled = (
        form(request.POST, request.FILES)
        if request.method == "POST"
        else form(initial={"key": secrets.token_urlsafe(16)})
    )
    if request.method == "POST" and filled.is_valid():
        try:
            done = act(filled.cleaned_data)
        except Refused as refusal:
            messages.error(request, str(refusal))
            if not filled.visible_fields():
                return HttpResponseRedirect(back)
            filled = form(_with_another_key(request), request.FILES)
        else:
            if isinstance(done, HttpResponse):
                return done
            messages.success(request, done)
            return HttpResponseRedirect(back)
    context = {
        **desk.admin_site.each_context(request),
        "title": title,
        "sentence": sentence,
        "form": filled,
        "back": back,
        "opts": desk.model._meta,
    }
    return TemplateResponse(request, "backoffice/asked.html", context)


def _with_another_key(request: HttpRequest) -> QueryDict:
    """What was typed, for another try: the key of the one that was refused is used up."""
    typed = request.POST.copy()
    typed["key"] = secrets.token_urlsafe(16)
    return typed

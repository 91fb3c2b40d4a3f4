"""What the desk asks about a paper of a court or an authority, and how its answers become plain values. No rules."""

from datetime import UTC, datetime
from typing import Any

from django import forms
from unfold.widgets import (
    UnfoldAdminFileFieldWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanWidget,
)

from obbligato.backoffice.asking import Sure, choice
from obbligato.catalog.restrictions.models import Effect
from obbligato.claims.orders import naming
from obbligato.claims.orders.models import CourtOrder, Paper
from obbligato.claims.orders.serving import Document, Said
from obbligato.kernel.refusals import Invalid

LANGUAGES = [("en", "English"), ("fr", "French"), ("ru", "Russian"), ("de", "German"), ("und", "Nobody here reads it")]
ISSUERS = [(str(value), str(label)) for value, label in CourtOrder.Issuer.choices]
FORCES = [(str(value), str(label)) for value, label in Paper.Force.choices]
MOMENT = "2026-11-30 14:00, in UTC"
WRITTEN = "%Y-%m-%d %H:%M"


def _line(length: int, label: str, *, is_needed: bool = True, hint: str = "") -> forms.CharField:
    return forms.CharField(
        max_length=length, label=label, required=is_needed, help_text=hint, widget=UnfoldAdminTextInputWidget
    )


class BadMoment(Invalid):
    """What was typed is no moment."""


class LiftingForm(Sure):
    """What every paper says."""

    document = forms.FileField(widget=UnfoldAdminFileFieldWidget, help_text="As it came: a scan, a PDF, a mail.")
    operative_part = forms.CharField(
        max_length=20_000, label="What is ordered, word for word", widget=UnfoldAdminTextareaWidget
    )
    legal_basis = _line(300, "Legal basis", is_needed=False)
    language = choice(LANGUAGES, "Language")
    is_signed = forms.BooleanField(required=False, label="Signed or sealed", widget=UnfoldBooleanWidget)
    service = _line(200, "How it came", hint="by a bailiff, by post, by a portal")
    served_at = _line(16, "Served at", hint=MOMENT)
    decided_at = _line(16, "Decided at", hint=MOMENT)
    force = choice(FORCES, "Force")
    force_since = _line(16, "In force since", is_needed=False, hint=f"{MOMENT}; nothing where it is not.")


class PaperForm(LiftingForm):
    """And what it closes."""

    targets = forms.CharField(
        label="Recordings",
        max_length=1_000_000,
        widget=UnfoldAdminTextareaWidget,
        help_text="One ISRC, or one address of a release, a line.",
    )
    territories = _line(2_000, "Where", hint="WORLD, or ISO 3166-1 codes with commas between them: DE, AT.")
    effects = forms.MultipleChoiceField(
        choices=[(str(value), str(label)) for value, label in Effect.choices],
        label="What it closes",
        widget=forms.CheckboxSelectMultiple,
    )
    ends_at = _line(16, "Until", is_needed=False, hint=f"{MOMENT}; nothing: until it is lifted.")


class OrderForm(PaperForm):
    """And whose it is."""

    issuer = _line(200, "Issuer", hint="As it calls itself.")
    issuer_kind = choice(ISSUERS, "A court or an authority")
    case_number = _line(100, "Case number")
    issuer_email = forms.EmailField(required=False, label="Its address for mail", widget=UnfoldAdminTextInputWidget)
    starts_at = _line(16, "From", is_needed=False, hint=f"{MOMENT}; nothing: at once.")
    field_order = ("issuer", "issuer_kind", "case_number", "issuer_email")


class AnswerForm(Sure):
    """What was missing."""

    legal_basis = _line(300, "Legal basis")
    language = choice(LANGUAGES, "Language")
    is_signed = forms.BooleanField(required=False, label="Signed or sealed", widget=UnfoldBooleanWidget)
    why = _line(1_000, "How its issuer said so")


class ForceForm(Sure):
    """Since when, and how one knows."""

    force = choice(FORCES[1:], "Force")
    since = _line(16, "Since", hint=MOMENT)
    why = _line(1_000, "How you know")


def moment_of(text: str) -> datetime:
    """What was typed, in UTC. Raises BadMoment."""
    try:
        return datetime.strptime(text.strip(), WRITTEN).replace(tzinfo=UTC)
    except ValueError:
        raise BadMoment(f"“{text[:20]}” is no moment; write it as {MOMENT}.") from None


def document_of(values: dict[str, Any]) -> Document:
    """The file that was sent."""
    return Document(values["document"].name, values["document"].read())


def said_in(values: dict[str, Any]) -> Said:
    """A form's values as what a paper says. Raises BadMoment, UnknownTarget."""
    codes = (code.strip().upper() for code in values.get("territories", "").split(","))
    targets = values.get("targets", "")
    return Said(
        operative_part=values["operative_part"],
        legal_basis=values["legal_basis"],
        language=values["language"],
        is_signed=values["is_signed"],
        service=values["service"],
        served_at=moment_of(values["served_at"]),
        decided_at=moment_of(values["decided_at"]),
        force=Paper.Force(values["force"]),
        force_since=_moment(values["force_since"]),
        recordings=tuple(naming.recordings_named(targets)) if targets else (),
        territories=tuple(code for code in codes if code),
        effects=tuple(Effect(value) for value in values.get("effects", [])),
        starts_at=_moment(values.get("starts_at", "")),
        ends_at=_moment(values.get("ends_at", "")),
    )


def _moment(text: str) -> datetime | None:
    return moment_of(text) if text else None

"""The page of one incident: its picture, chain, money, papers, and the acts possible now. It only shows."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from obbligato.backoffice import incident_acts, showing
from obbligato.backoffice.timeline import timeline
from obbligato.kernel import clock
from obbligato.kernel.money import format_money
from obbligato.sales.waiting import waiting_at
from obbligato.standing import chain, chronology, deadlines, documents, funds, holding, letters
from obbligato.standing.letters import LANGUAGES
from obbligato.standing.models import Document, Incident, Ruling, RulingWord

MONEY = (
    ("captured_micro", "Captured there"),
    ("settled_micro", "– of it settled: sent to the bank"),
    ("fees_micro", "– of it fees"),
    ("sent_back_micro", "– of it sent back to buyers"),
    ("taken_back_micro", "– of it taken back otherwise"),
    ("frozen_micro", "– of it frozen"),
    ("not_paid_out_micro", "– of it not paid out yet"),
    ("refunds_in_flight_micro", "Refunds in flight"),
    ("payments_in_flight_micro", "Payments in flight"),
)


@dataclass(frozen=True)
class Block:
    """A heading and what stands below it."""

    head: str
    lines: Sequence[object]


def context_of(incident: Incident) -> dict[str, Any]:
    """Everything that the page shows."""
    events = chronology.events(incident)
    return {
        "title": f"Incident {incident.number}",
        "incident": incident,
        "facts": showing.table(("", ""), _facts(incident)),
        "next_day": deadlines.next_of(incident),
        "today": clock.today(),
        "unanswered": chain.unanswered(incident),
        "acts": [(act, _address(incident, act.slug)) for act in incident_acts.possible(incident)],
        "picture": timeline(events, of=f"What happened in incident {incident.number}"),
        "events": showing.table(("When, UTC", "What", "Who", "Why"), [
            (f"{one.at:%Y-%m-%d %H:%M}", one.what, one.by, one.why) for one in events
        ]),
        "rails": showing.table(("Rail", "Standing", "Payments"), _rails(incident)),
        "chain": _chain(incident),
        "money": showing.table(*_money(incident)),
        "waiting": [
            f"{count} for {format_money(total, currency)}"
            for currency, (count, total) in waiting_at(incident.rails.values_list("provider", flat=True)).items()
        ],
        "rulings": _rulings(incident),
        "items": [Block(one.text, [one.finding]) for one in incident.items.order_by("pk")],
        "demands": [
            Block(f"{one.what}, by {one.demanded_by}", [one.answer or "Not answered."])
            for one in incident.demands.order_by("pk")
        ],
        "letters": _letters(incident),
        "documents": _documents(incident),
        "case_files": _case_files(incident),
        "build_case_file": reverse("admin:casefiles_casefile_build", args=[incident.pk]),
    }  # fmt: skip


def downloaded(document: Document) -> HttpResponse:
    """A file of an incident, to be saved. Raises kept_files.LostFile."""
    return showing.saved(documents.content_of(document), document.original_name)


def _address(incident: Incident, slug: str) -> str:
    return reverse("admin:standing_incident_act", args=[incident.pk, slug])


def _facts(incident: Incident) -> list[list[object]]:
    days = f"{incident.notice_given_days} given, {incident.notice_agreed_days} agreed"
    short = incident.notice_shortfall_days
    return [
        ["What", f"{incident.get_kind_display()}, {incident.subject}"],
        ["Who decided, by their word", incident.instructing_party or showing.NOTHING],
        ["Basis named", incident.get_basis_display()],
        ["Decided by somebody who may", "yes, by their word" if incident.adjudicated else "no"],
        ["Cited", incident.cited_text or showing.NOTHING],
        ["Notice received", incident.notice_received_on or showing.NOTHING],
        ["In effect from", incident.notice_effective_on or showing.NOTHING],
        ["Days of notice", f"{days}: {short} too few" if short else days],
        ["Case number", incident.case_number or showing.NOTHING],
    ]


def _rails(incident: Incident) -> list[list[object]]:
    present = holding.present()
    rows: list[list[object]] = []
    for rail in incident.rails.order_by("provider"):
        row = present.get(rail.provider)
        words = row.get_state_display() if row else "Active"
        funds_words = ", funds held" if row and row.holds_funds else ""
        share = row.share_per_mille if row else 1_000
        sent = "none are sent there" if rail.is_stopped else f"{share / 10:g} %" if share < 1_000 else "as ever"
        rows.append([rail.provider, f"{words}{funds_words}", sent])
    return rows


def _chain(incident: Incident) -> list[Block]:
    found = []
    for actor in incident.actors.order_by("pk"):
        lines: list[object] = [f"Cites: {actor.rule_cited}"] if actor.rule_cited else []
        lines += [f"Says that it was decided by: {actor.names_as_decider}"] if actor.names_as_decider else []
        asked = actor.questions.order_by("pk")
        lines += [format_html("{} <strong>{}</strong>", one.text, one.answer or "Not answered.") for one in asked]
        found.append(Block(f"{actor.name}, {actor.get_role_display()}", lines))
    return found


def _money(incident: Incident) -> tuple[list[str], list[list[object]]]:
    found = funds.of(incident)
    headers = ["", *(f"{one.provider}, {one.currency}" for one in found)]
    rows: list[list[object]] = [
        [label, *(format_money(getattr(one, field), one.currency) for one in found)] for field, label in MONEY
    ]
    return headers, rows


def _rulings(incident: Incident) -> list[Block]:
    return [
        Block(
            f"{found.court}, {found.case_number}, {found.decided_on:%Y-%m-%d}",
            [
                f"“{found.operative_part}”",
                f"{found.get_outcome_display()}. Speaks to: {_addressees(found)}.",
                *(_word(word) for word in found.words.order_by("pk")),
            ],
        )
        for found in incident.rulings.order_by("pk")
    ]


def _addressees(found: Ruling) -> str:
    named = found.addressees.order_by("pk")
    return ", ".join(f"{one.name} ({one.provider})" if one.provider else one.name for one in named)


def _word(word: RulingWord) -> str:
    if word.checked_at is None:
        return (
            f"{word.get_state_display()} since {word.on:%Y-%m-%d}, by {word.entered_by}: not checked, so of no effect"
        )
    said = "not believed by" if word.is_rejected else "checked by"
    return f"{word.get_state_display()} since {word.on:%Y-%m-%d}, {said} {word.checked_by}: {word.remark}"


def _letters(incident: Incident) -> list[Block]:
    return [
        Block(
            _link(one.document, one.subject),
            [
                ", ".join(filter(None, [f"To {one.to_name}", one.to_email, LANGUAGES[one.language]])),
                f"Sent {one.sent_at:%Y-%m-%d %H:%M} by {one.sent_by}" if one.sent_at else "Not sent.",
                *([f"Its mail {showing.mail(waiting)}"] if (waiting := letters.mail_of(one)) else []),
            ],
        )
        for one in incident.letters.select_related("document").order_by("pk")
    ]


def _documents(incident: Incident) -> list[Block]:
    return [
        Block(
            _link(one, f"{one.get_kind_display()}: {one.title}"),
            [
                f"{one.original_name}, {one.size_bytes:,} bytes, added {one.added_at:%Y-%m-%d} by {one.added_by}",
                format_html('<code style="overflow-wrap: anywhere">SHA-256 {}</code>', one.sha256),
            ],
        )
        for one in incident.documents.order_by("pk")
    ]


def _case_files(incident: Incident) -> list[Block]:
    return [
        Block(
            f"{one.get_profile_display()}, as of {one.moment:%Y-%m-%d %H:%M}",
            [
                format_html(
                    '<a class="text-link" href="{}" download>{}</a> ({}), SHA-256 '
                    '<code style="overflow-wrap: anywhere">{}</code>',
                    reverse("admin:casefiles_casefile_archive", args=[one.pk]),
                    one.file_name,
                    showing.size(one.size_bytes),
                    one.sha256,
                ),
                showing.link("casefiles_casefile", one.pk, f"Built by {one.built_by}"),
            ],
        )
        for one in incident.case_files.order_by("-pk")
    ]


def _link(document: Document, words: str) -> SafeString:
    address = reverse("admin:standing_incident_document", args=[document.incident_id, document.pk])
    return format_html('<a class="text-link" href="{}" download>{}</a>', address, words)

"""Show money, sizes, waveforms and small tables on the pages of the back office. Pure functions, all escaped."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.http import HttpResponse
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.http import content_disposition_header
from django.utils.safestring import SafeString

from obbligato.catalog.models import Master
from obbligato.kernel.money import format_money
from obbligato.people.mails.models import Mail

NEVER_RUN = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "sandbox; default-src 'none'",
    "Cache-Control": "private, no-store",
}
"""Headers of a file that came from others: no browser takes it for a page of this store, or keeps it."""
CELL = "padding: 0.3rem 1rem 0.3rem 0; text-align: left; vertical-align: top;"
SCROLLS = "overflow-x: auto; max-width: calc(100vw - 4rem);"
NOTHING = "–"
WAVE_HEIGHT = 80


def money(micro: int | None, currency: str) -> str:
    """An amount as people write it; a dash where there is none."""
    return NOTHING if micro is None else format_money(micro, currency)


def size(size_bytes: int, *, is_exact: bool = True) -> str:
    """A size in megabytes of 1,000,000 bytes, as prices count them."""
    text = f"{size_bytes / 1_000_000:,.2f} MB"
    return text if is_exact else f"at most {text}"


def length(seconds: float) -> str:
    """Minutes and seconds: 3:07."""
    whole = round(seconds)
    return f"{whole // 60}:{whole % 60:02d}"


def table(headers: Sequence[str], rows: Iterable[Sequence[object]]) -> SafeString:
    """A plain table for a read-only field. Where it is wider than its page it is moved by keys too."""
    cell = format_html('<td style="{}">{{}}</td>', CELL)
    head = format_html_join("", '<th style="{}">{}</th>', ((CELL, header) for header in headers))
    body = format_html_join(
        "", "<tr>{}</tr>", ((format_html_join("", cell, ((value,) for value in row)),) for row in rows)
    )
    return format_html(
        '<div style="{}" tabindex="0" role="region" aria-label="{}">'
        "<table><thead><tr>{}</tr></thead><tbody>{}</tbody></table></div>",
        SCROLLS,
        f"Table: {', '.join(headers)}",
        head,
        body,
    )


def link(kind: str, pk: object, text: object) -> SafeString:
    """A link to a row's page in the back office; kind is app_model."""
    return format_html('<a href="{}" class="text-link">{}</a>', reverse(f"admin:{kind}_change", args=[pk]), text)


def mail(waiting: Mail | None, sent_at: datetime | None = None) -> str:
    """How far a mail has come; what was refused has to reach its reader in another way."""
    if waiting is None:
        return f"sent {sent_at:%Y-%m-%d %H:%M}" if sent_at else NOTHING
    if waiting.is_refused:
        return f"refused, to be sent in another way: {waiting.said}"
    return f"waits, tried {waiting.tries} times: {waiting.said}" if waiting.said else "waits"


def saved(content: bytes, name: str) -> HttpResponse:
    """A file to be saved, whatever it is: a browser neither shows nor runs it."""
    headers = {**NEVER_RUN, "Content-Disposition": content_disposition_header(True, name) or "attachment"}
    return HttpResponse(content, content_type="application/octet-stream", headers=headers)


def pdf(content: bytes, name: str) -> HttpResponse:
    """A paper, to be looked at."""
    headers = {"Content-Disposition": f'inline; filename="{name}.pdf"', "Cache-Control": "private, no-store"}
    return HttpResponse(content, content_type="application/pdf", headers=headers)


def waveform(master: Master) -> SafeString | str:
    """The master's 800 peaks as a drawing."""
    peaks = bytes(master.peaks)
    if not peaks:
        return NOTHING
    middle = WAVE_HEIGHT // 2
    strokes = "".join(
        f"M{place} {middle - middle * peak // 255}V{middle + middle * peak // 255}" for place, peak in enumerate(peaks)
    )
    return format_html(
        '<svg viewBox="0 0 {} {}" width="100%" height="{}" preserveAspectRatio="none" role="img"'
        ' aria-label="Waveform"><path d="{}" stroke="currentColor"/></svg>',
        len(peaks),
        WAVE_HEIGHT,
        WAVE_HEIGHT,
        strokes,
    )

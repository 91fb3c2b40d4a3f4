"""Draw what happened in an incident as a line of moments, downwards: plain SVG in the page's colour. Pure, all escaped.

What a picture shows stands in the table below it too.
"""

from collections.abc import Sequence
from textwrap import wrap

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from obbligato.standing.chronology import Event, Sort

WIDTH, ROW_HEIGHT, LINE_HEIGHT, LINE_AT = 400, 34, 14, 92
MOST_LETTERS = 44
SHAPES = {
    Sort.STEP: '<circle cx="{x}" cy="{y}" r="7"/>',
    Sort.STANDING: '<circle cx="{x}" cy="{y}" r="4.5"/>',
    Sort.SIGNAL: '<path d="M{x} {top}l8 14h-16z"/>',
    Sort.RULING: '<path d="M{x} {top}l8 8l-8 8l-8-8z"/>',
    Sort.DAY: '<rect x="{left}" y="{top}" width="14" height="14" fill="none" stroke="currentColor" stroke-width="2"/>',
}
OTHER = '<circle cx="{x}" cy="{y}" r="3"/>'


def timeline(events: Sequence[Event], *, of: str) -> SafeString:
    """One row for each event, with its day, a mark by its sort, and its first words."""
    height = max(1, len(events)) * ROW_HEIGHT
    rows = format_html_join("", "{}", ((_row(event, place),) for place, event in enumerate(events)))
    return format_html(
        '<svg viewBox="0 0 {} {}" width="100%" style="max-width: 32rem" role="img" aria-label="{}" fill="currentColor"'
        ' font-size="12"><path d="M{} 0V{}" stroke="currentColor" opacity="0.4"/>{}</svg>',
        WIDTH,
        height,
        f"{of}: {len(events)} moments in their order, listed below",
        LINE_AT,
        height,
        rows,
    )


def _row(event: Event, place: int) -> SafeString:
    middle = place * ROW_HEIGHT + ROW_HEIGHT // 2
    mark = format_html(SHAPES.get(event.sort, OTHER), x=LINE_AT, y=middle, top=middle - 7, left=LINE_AT - 7)
    weight = "bold" if event.sort == Sort.STEP else "normal"
    lines = wrap(event.what, MOST_LETTERS, max_lines=2, placeholder=" …")
    first = middle + 4 - LINE_HEIGHT // 2 * (len(lines) - 1)
    words = format_html_join(
        "",
        '<tspan x="{}" y="{}">{}</tspan>',
        ((LINE_AT + 16, first + LINE_HEIGHT * at, line) for at, line in enumerate(lines)),
    )
    return format_html(
        '<g><title>{}</title>{}<text x="0" y="{}">{}</text><text font-weight="{}">{}</text></g>',
        event.what,
        mark,
        middle + 4,
        f"{event.at:%Y-%m-%d}",
        weight,
        words,
    )

"""Draw numbers as pictures for the pages of the back office: plain SVG, no script. Pure functions, all escaped.

What a picture shows stands in the table below it too, so a picture says only what it is of.
"""

from collections.abc import Sequence

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

WIDTH, HEIGHT = 1_000, 160
GAP = 0.2
"""Between columns, as a part of a column's width."""
FAINTEST = 0.2
STRIP_HEIGHT = 28


def columns(points: Sequence[tuple[str, int, str]], *, of: str) -> SafeString:
    """A column for each point in order: its name, its number and how the number is written."""
    highest = max((number for _, number, _ in points), default=0) or 1
    step = WIDTH / max(1, len(points))
    drawn = format_html_join(
        "",
        '<rect x="{}" y="{}" width="{}" height="{}"><title>{}: {}</title></rect>',
        (
            (f"{place * step:.2f}", f"{HEIGHT - height:.2f}", f"{step * (1 - GAP):.2f}", f"{height:.2f}", name, text)
            for place, (name, number, text) in enumerate(points)
            for height in [HEIGHT * max(0, number) / highest]
        ),
    )
    return _picture(drawn, HEIGHT, f"{of}, {len(points)} columns")


def strip(parts: Sequence[tuple[str, int, str]], *, of: str) -> SafeString:
    """One bar, divided as the numbers are; parts that are not above zero are left out."""
    shown = [part for part in parts if part[1] > 0]
    whole = sum(number for _, number, _ in shown) or 1
    ends = [sum(number for _, number, _ in shown[:count]) for count in range(len(shown) + 1)]
    drawn = format_html_join(
        "",
        '<rect x="{}" y="0" width="{}" height="{}" opacity="{}"><title>{}: {}</title></rect>',
        (
            (
                f"{WIDTH * ends[place] / whole:.2f}",
                f"{max(0.5, WIDTH * number / whole - 2):.2f}",
                STRIP_HEIGHT,
                f"{max(FAINTEST, 0.95 - 0.15 * place):.2f}",
                name,
                text,
            )
            for place, (name, number, text) in enumerate(shown)
        ),
    )
    return _picture(drawn, STRIP_HEIGHT, f"{of}, {len(shown)} parts")


def _picture(drawn: SafeString, height: int, label: str) -> SafeString:
    return format_html(
        '<svg viewBox="0 0 {} {}" width="100%" height="{}" preserveAspectRatio="none" role="img" aria-label="{}"'
        ' fill="currentColor">{}</svg>',
        WIDTH,
        height,
        height,
        label,
        drawn,
    )

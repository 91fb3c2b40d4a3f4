"""Draw the sleeves: three covers of 1400 by 1400 pixels from shapes and Pillow's own typeface; nothing is fetched."""

import math
from collections.abc import Callable
from pathlib import Path

from PIL import Image, ImageDraw, ImageFilter, ImageFont

from obbligato.demo.notation import notes_of
from obbligato.demo.scores.joplin import ENTERTAINER

SIDE = 1400
# Drawn at twice the size and shrunk, so that every edge is smooth.
SCALE = 2
EDGE = SIDE * SCALE

Colour = tuple[int, int, int]


def write_cover(path: Path, *, design: str, title: str, artist: str, label: str) -> None:
    """Write a sleeve as JPEG. `design` is a key of DESIGNS; the same words give the same bytes."""
    image = DESIGNS[design](title, artist, label)
    image.resize((SIDE, SIDE), Image.Resampling.LANCZOS).save(path, "JPEG", quality=88, optimize=True)


def lantern(title: str, artist: str, label: str) -> Image.Image:
    """A paper lantern alone in a blue night."""
    image = _gradient((13, 18, 42), (38, 44, 84))
    glow = Image.new("RGB", (EDGE, EDGE))
    ImageDraw.Draw(glow).ellipse(_box(870, 560, 520, 520), fill=(190, 96, 34))
    glow = glow.filter(ImageFilter.GaussianBlur(190 * SCALE // 2))
    image = Image.composite(Image.new("RGB", (EDGE, EDGE), (255, 176, 92)), image, glow.convert("L"))
    draw = ImageDraw.Draw(image)
    draw.line(_points((870, 0), (870, 214)), fill=(236, 198, 150), width=3 * SCALE)
    _lantern_ribs(draw)
    paper = (246, 232, 208)
    _text(draw, title, at=(90, 1120), size=150, colour=paper)
    _spaced(draw, artist.upper(), at=(98, 1306), size=27, colour=(222, 186, 140), gap=5)
    _spaced(draw, label.upper(), at=(98, 96), size=20, colour=(150, 158, 200), gap=4)
    return image


def _lantern_ribs(draw: ImageDraw.ImageDraw) -> None:
    ribs = 26
    for rib in range(ribs):
        height = (rib + 0.5) / ribs * 2 - 1
        half = 330 * math.sqrt(1 - height**2) ** 0.9 + 46
        middle = 560 + height * 330
        warmth = 1 - 0.42 * abs(height) - 0.1 * (rib % 2)
        colour = (int(255 * warmth**0.25), int(214 * warmth**0.9), int(142 * warmth**1.6))
        draw.rounded_rectangle(
            _corners(870 - half, middle - 11.2, 870 + half, middle + 11.2), radius=11 * SCALE, fill=colour
        )
    for top in (214, 884):
        draw.rounded_rectangle(_corners(800, top, 940, top + 22), radius=4 * SCALE, fill=(58, 34, 30))
    draw.line(_points((870, 906), (870, 1000)), fill=(190, 70, 48), width=5 * SCALE)


def roll(title: str, artist: str, label: str) -> Image.Image:
    """The first strain of the rag itself, punched as a piano roll."""
    paper, ink, red = (241, 229, 205), (31, 27, 24), (206, 58, 36)
    image = Image.new("RGB", (EDGE, EDGE), paper)
    draw = ImageDraw.Draw(image)
    draw.rectangle(_corners(0, 0, SIDE, 470), fill=red)
    left, right, top, bottom = 90.0, 1310.0, 560.0, 1180.0
    bars = [note for note in notes_of(ENTERTAINER) if note.start < 5]
    lowest, highest = min(note.pitch for note in bars), max(note.pitch for note in bars)
    step = (bottom - top) / (highest - lowest + 1)
    for note in bars:
        start = left + float(note.start) / 5 * (right - left)
        end = left + min(5.0, float(note.start + note.length)) / 5 * (right - left) - 4
        above = bottom - (note.pitch - lowest + 1) * step
        colour = red if note.voice == "right" else ink
        draw.rounded_rectangle(_corners(start, above - 1.5, end, above + step + 1.5), radius=5 * SCALE, fill=colour)
    first, second = title.split(", ")
    _text(draw, first + ",", at=(78, 66), size=186, colour=paper)
    _text(draw, second, at=(82, 258), size=150, colour=ink)
    draw.line(_points((90, 1242), (1310, 1242)), fill=ink, width=3 * SCALE)
    _spaced(draw, artist.upper(), at=(90, 1268), size=28, colour=ink, gap=5)
    _spaced(draw, label.upper(), at=(90, 1322), size=20, colour=(140, 122, 100), gap=4)
    return image


def room(title: str, artist: str, label: str) -> Image.Image:
    """An empty room in grey-green, a window out of sight, its light on the floor."""
    wall, side, floor, ceiling = (186, 194, 180), (166, 176, 164), (120, 130, 120), (212, 216, 203)
    image = Image.new("RGB", (EDGE, EDGE), wall)
    draw = ImageDraw.Draw(image)
    inner = ((470, 330), (1130, 330), (1130, 860), (470, 860))
    draw.polygon(_points((0, 0), inner[0], inner[3], (0, SIDE)), fill=side)
    draw.polygon(_points((SIDE, 0), inner[1], inner[2], (SIDE, SIDE)), fill=(199, 206, 192))
    draw.polygon(_points((0, 0), (SIDE, 0), inner[1], inner[0]), fill=ceiling)
    draw.polygon(_points((0, SIDE), (SIDE, SIDE), inner[2], inner[3]), fill=floor)
    _window_light(draw)
    for corner, end in zip(inner, ((0, 0), (SIDE, 0), (SIDE, SIDE), (0, SIDE)), strict=True):
        draw.line(_points(corner, end), fill=(96, 106, 98), width=2 * SCALE)
    draw.line(_points(*inner, inner[0]), fill=(96, 106, 98), width=2 * SCALE)
    ink = (34, 44, 40)
    _spaced(draw, artist.upper(), at=(520, 384), size=24, colour=ink, gap=6)
    _text(draw, title, at=(514, 424), size=92, colour=ink)
    for row, line in enumerate(("Bach", "Petzold", "Pachelbel")):
        _text(draw, line, at=(520, 560 + row * 42), size=32, colour=(84, 94, 86))
    _spaced(draw, label.upper(), at=(90, 1322), size=20, colour=(214, 220, 208), gap=4)
    return image


def _window_light(draw: ImageDraw.ImageDraw) -> None:
    for column in range(2):
        for row in range(3):
            near, far = 950 + row * 122, 950 + row * 122 + 104
            lean = 0.62
            x = 700 + column * 190
            # The panes widen towards the viewer and lean with the afternoon.
            corners = [
                (x + (near - 860) * lean - 240 + (x - 700) * (near - 860) / 700, near),
                (x + 164 + (near - 860) * lean - 240 + (x + 164 - 700) * (near - 860) / 700, near),
                (x + 164 + (far - 860) * lean - 240 + (x + 164 - 700) * (far - 860) / 700, far),
                (x + (far - 860) * lean - 240 + (x - 700) * (far - 860) / 700, far),
            ]
            draw.polygon(_points(*corners), fill=(232, 186, 92))


DESIGNS: dict[str, Callable[[str, str, str], Image.Image]] = {"lantern": lantern, "roll": roll, "room": room}


def _gradient(top: Colour, bottom: Colour) -> Image.Image:
    column = Image.new("RGB", (1, EDGE))
    for row in range(EDGE):
        part = row / EDGE
        column.putpixel((0, row), tuple(int(a + (b - a) * part) for a, b in zip(top, bottom, strict=True)))
    return column.resize((EDGE, EDGE))


def _text(draw: ImageDraw.ImageDraw, words: str, *, at: tuple[float, float], size: float, colour: Colour) -> None:
    draw.text(_points(at)[0], words, font=ImageFont.load_default(size * SCALE), fill=colour)


def _spaced(
    draw: ImageDraw.ImageDraw, words: str, *, at: tuple[float, float], size: float, colour: Colour, gap: float
) -> None:
    font = ImageFont.load_default(size * SCALE)
    across, down = _points(at)[0]
    for letter in words:
        draw.text((across, down), letter, font=font, fill=colour)
        across += font.getlength(letter) + gap * SCALE


def _points(*points: tuple[float, float]) -> list[tuple[float, float]]:
    return [(x * SCALE, y * SCALE) for x, y in points]


def _corners(left: float, top: float, right: float, bottom: float) -> list[tuple[float, float]]:
    return _points((left, top), (right, bottom))


def _box(x: float, y: float, across: float, down: float) -> list[tuple[float, float]]:
    return _corners(x - across, y - down, x + across, y + down)

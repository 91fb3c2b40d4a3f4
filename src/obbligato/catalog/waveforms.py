"""Draws the peaks of a master as a picture of bars, for a page to colour. It measures nothing."""

BARS = 200
HEIGHT = 48


def drawing(peaks: bytes) -> str:
    """An SVG of 200 × 48 that fills whatever box it is put into; its highest bar has the height of it."""
    strokes, highest = [], max(peaks, default=0) or 1
    for bar in range(BARS if peaks else 0):
        first = bar * len(peaks) // BARS
        after = max(first + 1, (bar + 1) * len(peaks) // BARS)
        half = max(1, round(max(peaks[first:after]) * HEIGHT / 2 / highest))
        strokes.append(f"M{bar} {HEIGHT // 2 - half}v{2 * half}")
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="-.5 0 {BARS} {HEIGHT}" preserveAspectRatio="none">'
        f'<path d="{"".join(strokes)}" fill="none" stroke="#000" stroke-width=".6"/></svg>'
    )

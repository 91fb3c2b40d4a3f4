"""A waveform is drawn inside its box, whatever the peaks."""

import re

from hypothesis import given
from hypothesis import strategies as st

from obbligato.catalog.waveforms import BARS, HEIGHT, drawing


@given(peaks=st.binary(max_size=1_000))
def test_a_waveform_stays_in_its_box(peaks: bytes) -> None:
    strokes = re.findall(r"M(\d+) (\d+)v(\d+)", drawing(peaks))
    assert len(strokes) == (BARS if peaks else 0)
    assert all(int(top) >= 0 and int(top) + int(height) <= HEIGHT for _, top, height in strokes)


def test_the_loudest_bar_has_the_height_of_the_box() -> None:
    assert f"v{HEIGHT}" in drawing(bytes([0, 3, 9, 3]))

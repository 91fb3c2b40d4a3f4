"""A cover's kind and size are read from its bytes, as another program that made it knows them."""

from io import BytesIO

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from obbligato.audio.pictures import Shape, media_type_of, shape_of

MADE = {
    ("JPEG", "RGB", ()): Shape(37, 21, 24),
    ("JPEG", "L", ()): Shape(37, 21, 8),
    ("JPEG", "CMYK", ()): Shape(37, 21, 32),
    ("JPEG", "RGB", (("progressive", True),)): Shape(37, 21, 24),
    ("JPEG", "RGB", (("comment", b"\xff\xc0" * 40),)): Shape(37, 21, 24),
    ("PNG", "RGB", ()): Shape(37, 21, 24),
    ("PNG", "RGBA", ()): Shape(37, 21, 32),
    ("PNG", "LA", ()): Shape(37, 21, 16),
    ("PNG", "1", ()): Shape(37, 21, 1),
    ("PNG", "P", ()): Shape(37, 21, 8, 256),
    ("GIF", "P", ()): Shape(37, 21, 8, 256),
    ("WEBP", "RGB", ()): Shape(37, 21, 24),
    ("WEBP", "RGB", (("lossless", True),)): Shape(37, 21, 24),
    ("WEBP", "RGBA", (("lossless", True),)): Shape(37, 21, 32),
    ("WEBP", "RGBA", ()): Shape(37, 21, 32),
}


def made(kind: str, mode: str, options: tuple[tuple[str, object], ...] = ()) -> bytes:
    """A picture of 37 x 21 pixels in which every colour and every transparency may occur."""
    noise = np.random.default_rng(1).integers(0, 256, (21, 37, 4), np.uint8)
    picture = Image.frombytes("RGBA", (37, 21), noise.tobytes())
    file = BytesIO()
    picture.convert("RGB" if mode == "P" else "RGBA").convert(mode).save(file, kind, **dict(options))
    return file.getvalue()


@pytest.mark.parametrize("case", MADE, ids=lambda case: "-".join(map(str, (*case[:2], *dict(case[2])))))
def test_a_cover_says_its_size_and_its_colours(case: tuple[str, str, tuple[tuple[str, object], ...]]) -> None:
    data = made(*case)
    assert media_type_of(data) == f"image/{case[0].lower()}"
    shape, expected = shape_of(data), MADE[case]
    assert (shape.width, shape.height, shape.depth) == (expected.width, expected.height, expected.depth)
    assert bool(shape.colours) == bool(expected.colours)
    assert shape.colours <= 256


@given(kind=st.sampled_from(["JPEG", "PNG", "GIF", "WEBP"]), data=st.data())
def test_a_damaged_head_is_no_error(kind: str, data: st.DataObject) -> None:
    whole = bytearray(made(kind, "P" if kind == "GIF" else "RGB"))
    for _ in range(data.draw(st.integers(0, 3))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    shape = shape_of(bytes(whole[: data.draw(st.integers(0, len(whole)))]))
    assert all(0 <= value < 2**32 for value in (shape.width, shape.height, shape.depth, shape.colours))


def test_what_is_no_picture_has_no_kind() -> None:
    for data in (b"", b"BM" + bytes(60), b"<svg/>", b"RIFF\0\0\0\0WAVEfmt ", b"%PDF-1.7"):
        assert media_type_of(data) is None
        assert shape_of(data) == Shape()

"""A range is answered by the letter of RFC 9110, and nonsense gets the whole."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from obbligato.library.ranges import OutOfRange, Span, parse_range


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("bytes=0-0", Span(0, 1)),
        ("bytes=5-", Span(5, 10)),
        ("bytes=-3", Span(7, 10)),
        ("bytes=-99", Span(0, 10)),
        ("bytes=2-99", Span(2, 10)),
        ("", None),
        ("bytes=-", None),
        ("bytes=5-2", None),
        ("bytes=0-1,3-4", None),
        ("items=0-1", None),
        ("bytes=٣-", None),
        ("bytes=1-" + "9" * 200, None),
    ],
)
def test_each_form_means_what_the_rfc_says(text: str, span: Span | None) -> None:
    assert parse_range(text, 10) == span


@pytest.mark.parametrize("text", ["bytes=10-", "bytes=10-20", "bytes=-0"])
def test_beyond_the_end_is_out_of_range(text: str) -> None:
    with pytest.raises(OutOfRange):
        parse_range(text, 10)


@given(st.text(max_size=40) | st.from_regex(r"bytes=\d{0,6}-\d{0,6}", fullmatch=True), st.integers(0, 10**6))
def test_any_header_gives_a_span_inside_or_none(text: str, size: int) -> None:
    try:
        span = parse_range(text, size)
    except OutOfRange:
        return
    assert span is None or 0 <= span.start < span.stop <= size

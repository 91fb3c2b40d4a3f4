"""A code survives being typed by people, and one wrong character is seen before anything is looked up."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from obbligato.payments.vouchers import codes
from obbligato.payments.vouchers.fingerprints import code_under, fingerprint

NUMBERS = st.integers(0, (1 << codes.BITS) - 1)


@given(NUMBERS)
def test_a_code_is_read_as_it_was_written(number: int) -> None:
    code = codes.code_of(number)
    assert codes.read(code) == codes.read(codes.shown(code)) == code
    assert len(code) == 20
    assert not set(code) & set("ILOU")


def test_it_has_eighty_random_bits_and_more() -> None:
    assert codes.BITS >= 80
    assert len({codes.code_of(1 << bit) for bit in range(codes.BITS)}) == codes.BITS


@given(NUMBERS)
def test_small_letters_spaces_and_lookalikes_do_not_matter(number: int) -> None:
    code = codes.code_of(number)
    typed = codes.shown(code).lower().replace("-", "  ").replace("0", "o").replace("1", "l")
    assert codes.read(f" {typed}\n") == code
    assert codes.read(code.replace("1", "I").replace("0", "O")) == code
    assert codes.read(codes.shown(code).replace("-", "–")) == code


@given(NUMBERS)
def test_a_whole_address_may_be_pasted(number: int) -> None:
    code = codes.code_of(number)
    assert codes.read(f"https://store.example/voucher#{code}") == code


@given(NUMBERS, st.integers(0, 19), st.sampled_from(codes.ALPHABET))
def test_one_wrong_character_is_always_seen(number: int, place: int, other: str) -> None:
    code = codes.code_of(number)
    assume(code[place] != other)
    assert codes.read(code[:place] + other + code[place + 1 :]) is None


@given(NUMBERS, st.integers(0, 19), st.integers(0, 19))
def test_two_characters_changed_for_one_another_are_always_seen(number: int, one: int, other: int) -> None:
    symbols = list(codes.code_of(number))
    assume(symbols[one] != symbols[other])
    symbols[one], symbols[other] = symbols[other], symbols[one]
    assert codes.read("".join(symbols)) is None


@pytest.mark.parametrize("text", ["", "0", "U" * 20, "ß" * 20, "#", "0" * 19, "0" * 21, "\x00" * 20, "0" * 10_000])
def test_what_cannot_be_a_code_is_none(text: str) -> None:
    assert codes.read(text) is None


@given(st.text(max_size=60))
def test_nothing_that_is_typed_breaks_it(text: str) -> None:
    found = codes.read(text)
    assert found is None or len(found) == codes.LENGTH


def test_the_same_form_gives_the_same_codes_and_no_other_does() -> None:
    first = code_under("key", "batch", 1)
    assert first == code_under("key", "batch", 1)
    assert (
        len({first, code_under("key", "batch", 2), code_under("key", "other", 1), code_under("kez", "batch", 1)}) == 4
    )


def test_what_is_kept_depends_on_the_stores_secret(settings: object) -> None:
    code = codes.code_of(1)
    before = fingerprint(code)
    assert len(before) == 64
    settings.SECRET_KEY = "another secret of a store, long enough"  # type: ignore[attr-defined]
    assert fingerprint(code) != before

"""A reference is found however it is written, and one with a wrong check digit never (ISO 11649)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum import iso11649

from obbligato.payments.bank import references

KNOWN = "RF18539007547034"


@pytest.mark.parametrize(
    "text",
    [
        KNOWN,
        "RF18 5390 0754 7034",
        "rf18539007547034",
        "Invoice/RF18-5390.0754:7034, thanks",
        "xxRF18539007547034",
        "RF18539007547034thankyou",
        "Order for music RF1853\n9007547\r\n034",
        "RFRF18539007547034",
        "RF99 RF18 5390 0754 7034",
        "?20RF18539007547034",
    ],
)
def test_it_is_found_in_what_people_and_banks_write(text: str) -> None:
    assert KNOWN in references.found_in("", text)


@pytest.mark.parametrize("text", ["RF17539007547034", "RF1853900754703", "RF", "", "RF18", "RFAB539007547034"])
def test_a_wrong_check_digit_is_no_reference(text: str) -> None:
    assert KNOWN not in references.found_in(text)


def test_two_fields_are_not_read_as_one() -> None:
    assert references.found_in("RF18 5390 0754", "7034") == set()


@given(st.text(min_size=1, max_size=64))
def test_ours_is_valid_the_same_each_time_and_says_nothing_of_its_key(key: str) -> None:
    made = references.of_key(key)
    assert iso11649.is_valid(made)
    assert made == references.of_key(key)
    assert len(made) == 20
    assert not set(made[4:]) & set("01IO")


@given(
    st.binary(min_size=8, max_size=8).map(lambda raw: references.of_key(raw.hex())),
    st.text(alphabet="abcdef ghi,.-\n/", max_size=30),
    st.text(alphabet="abc DEF,.-\n/123", max_size=30),
    st.lists(st.integers(1, 19), max_size=6),
    st.booleans(),
)
def test_ours_is_found_whatever_stands_around_it_and_wherever_it_breaks(
    made: str, before: str, after: str, breaks: list[int], is_lower: bool
) -> None:
    written = "".join(f"\n{mark}" if place in breaks else mark for place, mark in enumerate(made))
    assert made in references.found_in(before + (written.lower() if is_lower else written) + after)


@given(st.text(alphabet="0123456789ABCDEFGRF ", max_size=80))
def test_whatever_is_found_has_right_check_digits(text: str) -> None:
    assert all(iso11649.is_valid(one) for one in references.found_in(text))


@given(st.integers(0, 19), st.sampled_from("23456789ABCDEFGHJKLMNPQRSTUVWXYZ"))
def test_one_wrong_character_makes_it_another(place: int, mark: str) -> None:
    made = references.of_key("k")
    changed = made[:place] + mark + made[place + 1 :]
    assert (made in references.found_in(changed)) == (changed == made)


def test_it_is_shown_in_groups_of_four() -> None:
    assert references.grouped(KNOWN) == "RF18 5390 0754 7034"

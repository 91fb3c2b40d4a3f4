"""Net and tax of paper add up to what was paid, and no line is off by more than a cent."""

from hypothesis import example, given
from hypothesis import strategies as st

from obbligato.sales.documents.amounts import amounts

CENT = 10_000
RATES = st.sampled_from([0, 500, 1_900, 2_000, 2_550, 2_700])


@example(prices=[149, 152, 152, 1217], rate=500)
@given(prices=st.lists(st.integers(0, 5_000), min_size=1, max_size=30), rate=RATES)
def test_everything_adds_up(prices: list[int], rate: int) -> None:
    found = amounts([price * CENT for price in prices], rate_basis_points=rate, currency="EUR")
    assert found.net_micro + found.tax_micro == found.gross_micro == sum(prices) * CENT
    assert sum(found.nets_micro) == found.net_micro
    assert all(net % CENT == 0 for net in (*found.nets_micro, found.tax_micro))
    for price, net in zip(prices, found.nets_micro, strict=True):
        assert abs(net - price * CENT * 10_000 / (10_000 + rate)) < CENT * 1.01


def test_three_times_nineteen_ninety_nine_at_nineteen_per_cent() -> None:
    found = amounts([19_990_000] * 3, rate_basis_points=1_900, currency="EUR")
    assert (found.net_micro, found.tax_micro) == (50_390_000, 9_580_000)


def test_yen_have_no_cents() -> None:
    found = amounts([1_100_000_000], rate_basis_points=1_000, currency="JPY")
    assert (found.net_micro, found.tax_micro) == (1_000_000_000, 100_000_000)


def test_what_is_finer_than_a_cent_is_not_lost() -> None:
    found = amounts([15_001, 10_000], rate_basis_points=2_000, currency="EUR")
    assert sum(found.nets_micro) == found.net_micro == 25_001


def test_a_tax_rounded_up_past_a_line_that_is_finer_than_a_cent_takes_from_it() -> None:
    found = amounts([19_000, 0], rate_basis_points=5_833, currency="EUR")
    assert (found.nets_micro, found.tax_micro) == ((9_000, 0), 10_000)

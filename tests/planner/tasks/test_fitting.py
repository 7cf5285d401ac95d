from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.errors import InputError
from planner.percept.field import VisualField
from planner.tasks.fitting import check_fits, rounded_down


@given(st.floats(1e-6, 1e6))
def test_rounding_down_goes_down_by_less_than_a_hundredth_and_reads_in_three_digits(value: float) -> None:
    down = rounded_down(value)
    assert 0.99 * value < down <= value
    assert float(f"{down:.3g}") == down


def test_what_comes_within_a_pixel_of_the_edge_is_refused_and_the_largest_height_that_fits_is_not() -> None:
    field = VisualField(16.0, 64)  # half a field less a pixel: 7.75°
    check_fits(15.5, 0.5, field, "symbols")
    with pytest.raises(InputError, match=r"symbols 15\.6° high .* at most 15\.5°"):
        check_fits(15.6, 0.5, field, "symbols")


def test_what_is_lower_than_a_pixel_is_refused() -> None:
    field = VisualField(16.0, 64)
    check_fits(0.25, 0.5, field, "symbols")
    with pytest.raises(InputError, match=r"lower than a pixel of 0\.25°"):
        check_fits(0.24, 0.5, field, "symbols")
    with pytest.raises(InputError, match="above zero"):
        check_fits(0.0, 0.5, field, "symbols")

from __future__ import annotations

import pytest

from app.views.brain_marks import letters


@pytest.mark.parametrize(
    ("direction", "expected"),
    [
        ((1, 0, 0), "R"),
        ((-1, 0, 0), "L"),
        ((0, 1, 0), "A"),
        ((0, -1, 0), "P"),
        ((0, 0, 1), "S"),
        ((0, 0, -1), "I"),
        ((0.8, 0.6, 0), "RA"),
        ((0.1, -0.3, 0.95), "S"),
    ],
)
def test_letters_name_the_direction_in_scanner_ras(direction: tuple[float, ...], expected: str) -> None:
    assert letters(direction) == expected

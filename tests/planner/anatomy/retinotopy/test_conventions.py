from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from planner.anatomy.retinotopy.conventions import contralateral_sign, positive_share
from planner.errors import InputError
from planner.frames import HemisphereName

FILE = Path("lh.angle.mgz")
ABSOLUTE = np.linspace(0.0, 180.0002, 91)


@pytest.mark.parametrize(
    ("name", "angle", "other", "expected"),
    [
        ("lh", ABSOLUTE, None, 1.0),
        ("rh", ABSOLUTE, None, 1.0),
        ("rh", ABSOLUTE, ABSOLUTE, 1.0),
        ("rh", -ABSOLUTE, None, -1.0),
        ("rh", -ABSOLUTE, ABSOLUTE, -1.0),
        ("lh", ABSOLUTE, -ABSOLUTE, 1.0),
        ("lh", np.append(ABSOLUTE, [-5.0, -170.0]), None, 1.0),
        ("rh", np.append(-ABSOLUTE, [5.0, 170.0]), None, -1.0),
    ],
)
def test_both_conventions_are_told_by_the_majority(
    name: HemisphereName, angle: np.ndarray, other: np.ndarray | None, expected: float
) -> None:
    assert contralateral_sign(angle, name, FILE, other) == expected


@pytest.mark.parametrize(
    ("name", "angle", "other"),
    [("lh", -ABSOLUTE, None), ("lh", -ABSOLUTE, ABSOLUTE), ("rh", ABSOLUTE, -ABSOLUTE), ("rh", -ABSOLUTE, -ABSOLUTE)],
)
def test_a_flipped_sign_is_refused_and_both_things_are_named(
    name: HemisphereName, angle: np.ndarray, other: np.ndarray | None
) -> None:
    with pytest.raises(InputError, match="the hemisphere's name and the sign of the polar angle disagree"):
        contralateral_sign(angle, name, FILE, other)


@pytest.mark.parametrize(("name", "angle"), [("lh", -ABSOLUTE), ("rh", ABSOLUTE)])
def test_signs_from_x_leave_no_choice(name: HemisphereName, angle: np.ndarray) -> None:
    assert contralateral_sign(-angle, name, FILE, signed=True) == (1.0 if name == "lh" else -1.0)
    with pytest.raises(InputError, match=f"{name} V1 is mostly"):
        contralateral_sign(angle, name, FILE, signed=True)


@pytest.mark.parametrize(
    ("angle", "message"),
    [
        (np.deg2rad(ABSOLUTE), "radians"),
        (np.deg2rad(2 * ABSOLUTE), "radians"),
        (2 * ABSOLUTE, "outside any convention"),
        (90.0 - ABSOLUTE, "neither half"),  # counted from the horizontal meridian
    ],
)
def test_other_units_and_zeros_are_refused(angle: np.ndarray, message: str) -> None:
    with pytest.raises(InputError, match=message):
        contralateral_sign(angle, "lh", FILE)


def test_the_vertical_meridian_takes_no_side() -> None:
    assert np.isnan(positive_share(np.array([0.0, 180.0, -180.0, np.nan])))
    assert positive_share(np.array([0.0, 90.0, -90.0, 45.0, 30.0, np.nan])) == 0.75

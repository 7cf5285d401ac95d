"""L and R on the flat patches: a wrong side is the worst that can happen."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from app.views.brain_sides import side_letters
from app.window import MainWindow
from planner.frames import HemisphereName

SIGN = {"L": -1.0, "R": 1.0}  # of x in scanner RAS


@pytest.mark.parametrize("roll_deg", [0.0, 70.0, 180.0])
@pytest.mark.parametrize("zoom", [1.0, 2.5])
def test_each_letter_stands_on_the_patch_of_its_hemisphere_however_the_picture_is_turned(
    window: MainWindow, picture: Callable[[], np.ndarray], roll_deg: float, zoom: float
) -> None:
    brain = window.brain
    brain.bar.choose(surface="flat")
    brain.plotter.camera.roll += roll_deg
    brain.plotter.camera.zoom(zoom)
    brain.draw_soon()
    picture()
    sides = brain.marks.marks.sides
    assert {letter for letter, _, _ in sides} <= {"L", "R"}
    assert len(sides) == 2 or zoom > 1
    for letter, x, y in sides:
        found = None
        for name, actors in brain.stage.cortices.items():  # what is really drawn there, by its own place in the head
            cortex = actors.cortex
            at = brain._screen.positions(cortex.points["flat"][cortex.patch.vertices])
            away = np.linalg.norm(at - (x, y), axis=1)
            if found is None or away.min() < found[0]:
                found = away.min(), name, cortex.hemisphere.pial_mm[cortex.patch.vertices[away.argmin()]]
        assert found[0] < 1.0
        assert found[1] == {"L": "lh", "R": "rh"}[letter]
        assert np.sign(found[2][0]) == SIGN[letter]


def test_a_hidden_hemisphere_has_no_letter_and_other_surfaces_have_theirs_at_the_edges(
    window: MainWindow, picture: Callable[[], np.ndarray]
) -> None:
    brain = window.brain
    brain.bar.choose(surface="flat")
    brain._set_hemisphere("lh", False)
    picture()
    assert [letter for letter, _, _ in brain.marks.marks.sides] == ["R"]
    brain.bar.choose(surface="pial")
    picture()
    assert brain.marks.marks.sides == ()
    assert brain.marks.marks.right


def test_letters_stand_on_what_is_seen_of_a_patch() -> None:
    square = np.stack(np.meshgrid(np.arange(0.0, 101.0, 4.0), np.arange(0.0, 101.0, 4.0)), axis=-1).reshape(-1, 2)
    places: dict[HemisphereName, np.ndarray] = {
        "lh": square + np.array([60.0, 50.0]),
        "rh": square + np.array([900.0, 50.0]),  # to the right of the picture
    }
    assert [letter for letter, _, _ in side_letters(places, 400.0, 300.0)] == ["L"]
    (_, x, y), (_, other_x, _) = side_letters(places | {"rh": square + np.array([240.0, 50.0])}, 400.0, 300.0)
    assert (x, y) == pytest.approx((110.0, 64.0), abs=4.0)
    assert other_x == pytest.approx(290.0, abs=4.0)
    (_, _, moved_y), *_ = side_letters(
        {"lh": square + np.array([60.0, -60.0])}, 400.0, 300.0
    )  # its upper part is out of sight
    assert 16.0 < moved_y < 40.0

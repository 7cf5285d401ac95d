from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtGui import QColor, QImage

from app.slicing import letters
from app.views.brain_marks import BrainMarks, Marks


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


@pytest.mark.parametrize("ground", ["#d0c8be", "#0e1013"])
def test_letters_stand_out_from_light_and_dark_ground(qtbot, ground: str) -> None:
    marks = BrainMarks(None)
    qtbot.addWidget(marks)
    marks.resize(200, 200)
    marks.write(Marks(right="R"))
    image = QImage(marks.size(), QImage.Format.Format_RGB32)
    image.fill(QColor(ground))
    marks.render(image)
    right = np.array([[image.pixelColor(x, y).lightness() for x in range(170, 200)] for y in range(80, 120)])
    assert right.max() > 225
    assert right.min() < 45

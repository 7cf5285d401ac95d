"""What tests of views share."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from app.window import MainWindow


@pytest.fixture
def picture(qtbot, window: MainWindow) -> Callable[[], np.ndarray]:
    """The 3D widget's pixels (H, W, 3), once everything asked for has been drawn."""

    def grab() -> np.ndarray:
        brain = window.brain
        qtbot.waitUntil(lambda: not brain._draw.isActive())
        qtbot.wait(30)
        image = brain.plotter.grab().toImage()
        return np.array(
            [
                [image.pixelColor(x, y).getRgb()[:3] for x in range(0, image.width(), 2)]
                for y in range(0, image.height(), 2)
            ]
        )

    return grab

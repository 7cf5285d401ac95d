from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pytest
from PySide6.QtGui import QColor, QImage

from app import theme
from app.palettes import DARK, LIGHT
from app.slicing import letters
from app.views.brain_legend import PLATE, Legend
from app.views.brain_marks import BrainMarks, Marks
from app.views.brain_words import ROOM, SYNTHETIC
from app.views.overlays import SCALES, Overlay
from planner.anatomy.vessels.kinds import KINDS


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


@pytest.mark.parametrize("look", [DARK, LIGHT])
@pytest.mark.parametrize("ground", ["#d0c8be", "#0e1013"])
def test_letters_stand_out_from_light_and_dark_ground(
    qtbot, monkeypatch: pytest.MonkeyPatch, ground: str, look: Mapping[str, str]
) -> None:
    for name in ("TEXT", "BASE"):
        monkeypatch.setattr(theme, name, look[name])
    marks = BrainMarks(None)
    qtbot.addWidget(marks)
    marks.resize(200, 200)
    marks.write(Marks(right="R"))
    image = QImage(marks.size(), QImage.Format.Format_RGB32)
    image.fill(QColor(ground))
    marks.render(image)
    right = np.array([[image.pixelColor(x, y).lightness() for x in range(170, 200)] for y in range(80, 120)])
    assert right.max() > 215
    assert right.min() < 60


def painted(qtbot, marks: Marks, size: tuple[int, int]) -> np.ndarray:
    """The pixels (H, W, 3) of marks over a gray picture."""
    widget = BrainMarks(None)
    qtbot.addWidget(widget)
    widget.resize(*size)
    widget.write(marks)
    image = QImage(widget.size(), QImage.Format.Format_RGB888)
    image.fill(QColor("#8a8078"))
    widget.render(image)
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine())
    return rows[:, : 3 * image.width()].reshape(image.height(), image.width(), 3).astype(int)


@pytest.mark.parametrize("size", [(420, 200), (505, 428), (800, 560), (380, 200)])
@pytest.mark.parametrize("overlay", ["eccentricity", "polar angle", "vessel distance", "curvature", "area", "none"])
def test_neither_legend_nor_notes_lie_over_a_letter(qtbot, overlay: Overlay, size: tuple[int, int]) -> None:
    alone, cut = Marks("R", "L", "S", "I"), "Cut at the crosshair: cortex and vessels above it are left out"
    drawn = ("Disc and arrow: approach window", "Violet line: edge of laid-bare cortex", "Hatched: forbidden cortex")
    legend = Legend(
        overlay, SCALES.get(overlay), None, tuple(range(1, 13)), overlay == "vessel distance", "", drawn, KINDS
    )
    crowded = Marks(
        "R",
        "L",
        "S",
        "I",
        (),
        (),
        legend,
        "\n".join((SYNTHETIC, cut, ROOM)),
    )
    one, other = (painted(qtbot, marks, size) for marks in (alone, crowded))
    width, height = size
    for x, y in ((width // 2, 16), (width // 2, height - 16), (16, height // 2), (width - 16, height // 2)):
        place = slice(max(0, y - 10), y + 10), slice(max(0, x - 10), x + 10)
        assert (one[place] == other[place]).all()
    assert (one != other).any(axis=2).mean() < 0.35  # the picture itself is still seen


def test_the_legend_names_the_kinds_of_vessels_with_their_colours(qtbot) -> None:
    legend = Legend("eccentricity", SCALES["eccentricity"], vessels=("artery", "vein"))
    picture = painted(qtbot, Marks(legend=legend), (505, 428))
    for kind, seen in (("artery", True), ("vein", True), ("vessel", False)):
        assert (picture == theme.rgb(theme.VESSELS[kind])).all(axis=2).any() == seen


def test_ends_of_a_scale_beyond_which_there_are_values_say_so(qtbot, monkeypatch: pytest.MonkeyPatch) -> None:
    written: list[str] = []
    monkeypatch.setattr("app.views.brain_legend.QPainter.drawText", lambda self, *args: written.append(args[-1]))
    for overlay in ("eccentricity", "polar angle"):
        painted(qtbot, Marks(legend=Legend(overlay, SCALES[overlay])), (505, 428))
    assert {"≤0.5", "≥40"} <= set(written)
    assert {"upper 0", "lower 180"} <= set(written)


@pytest.mark.parametrize("high", [90, 150, 230])
@pytest.mark.parametrize("wide", [120, 200, 280])
def test_no_pane_is_too_small_for_a_legend(qtbot, wide: int, high: int) -> None:
    legend = Legend("vessel distance", SCALES["vessel distance"], unknown=True, vessels=KINDS)
    painted(qtbot, Marks(legend=legend), (wide, high))


def test_the_legend_of_a_small_pane_is_small(qtbot) -> None:
    empty = painted(qtbot, Marks(), (420, 200))
    legend = Legend("eccentricity", SCALES["eccentricity"], None, (1, 2, 3))
    rows, columns = np.nonzero((painted(qtbot, Marks(legend=legend), (420, 200)) != empty).any(axis=2))
    assert np.ptp(columns) < 150
    assert np.ptp(rows) < 60


@pytest.mark.parametrize("behind", ["#261260", "#f0deb2", "#d0c8be"])
def test_words_are_read_on_their_plate_whatever_is_behind(behind: str) -> None:
    def light(parts: np.ndarray) -> float:
        part = parts / 255
        return float(
            np.where(part <= 0.04045, part / 12.92, ((part + 0.055) / 1.055) ** 2.4) @ [0.2126, 0.7152, 0.0722]
        )

    for palette in (DARK, LIGHT):
        plate, text, scene = (np.array(theme.rgb(c)) for c in (palette["SCENE_BOTTOM"], palette["TEXT"], behind))
        ground = (PLATE * plate + (255 - PLATE) * scene) / 255
        low, high = sorted((light(ground), light(text)))
        assert (high + 0.05) / (low + 0.05) > 4.5


@pytest.mark.parametrize("at", [(-80.0, 90.0), (500.0, 90.0), (200.0, -60.0), (200.0, 400.0)])
def test_a_name_whose_place_is_out_of_sight_is_written_whole_at_the_edge(qtbot, at: tuple[float, float]) -> None:
    empty, size = Marks(), (420, 200)
    one, other = (Marks(names=(("Window 1", *place, False),)) for place in (at, (210.0, 100.0)))
    edge, middle = ((painted(qtbot, m, size) != painted(qtbot, empty, size)).any(axis=2).sum() for m in (one, other))
    assert edge == pytest.approx(middle, rel=0.02)

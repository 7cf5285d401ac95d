"""Overlays of the 3D view: their ranges, what has to be measured, and what the legend says."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from threading import Event

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QImage, QRegion
from PySide6.QtWidgets import QWidget

from app import files
from app.case import Case
from app.cortex import prepare_cortex
from app.settings import Settings
from app.views.brain_legend import Legend
from app.views.brain_marks import BrainMarks, Marks
from app.views.overlays import OVERLAYS, SCALES, _folds, value_words
from app.window import MainWindow
from planner.design.site import prepare_site


def drawn(window: MainWindow) -> np.ndarray:
    """The colours of the left hemisphere's vertices, as VTK has them."""
    return np.array(window.brain.stage.cortices["lh"]._meshes[0].point_data["rgb"])


def test_a_range_is_typed_beside_the_overlay_and_remembered(qtbot, window: MainWindow) -> None:
    bar = window.brain.bar
    bar.choose(overlay="thickness")
    usual = drawn(window)
    qtbot.mouseClick(bar.range, Qt.MouseButton.LeftButton)
    assert bar.range.panel.isVisible()
    assert bar.range.high.suffix() == " mm"
    bar.range.high.selectAll()
    qtbot.keyClicks(bar.range.high, "2.6")
    qtbot.keyClick(bar.range.high, Qt.Key.Key_Return)
    assert np.abs(drawn(window).astype(int) - usual).max() > 40
    assert window.settings.overlay_range("thickness") == (1.0, 2.6)
    assert Settings().overlay_range("thickness") == (1.0, 2.6)
    qtbot.waitUntil(
        lambda: (
            window.brain.marks.marks.legend
            == Legend("thickness", SCALES["thickness"], (1.0, 2.6), (1,), vessels=("artery",))
        )
    )
    bar.choose(overlay="eccentricity")
    assert bar.range.high.value() == 40.0  # each has its own
    bar.choose(overlay="thickness")
    assert bar.range.high.value() == 2.6
    bar.range.usual.click()
    np.testing.assert_array_equal(drawn(window), usual)
    assert window.settings.overlay_range("thickness") is None
    qtbot.keyClick(bar.range.panel, Qt.Key.Key_Escape)
    assert not bar.range.panel.isVisible()


def test_a_range_that_is_none_changes_nothing(window: MainWindow) -> None:
    bar = window.brain.bar
    bar.choose(overlay="vessel distance")
    before = window.brain.colours.shown
    bar.range.low.setValue(5.0)
    assert window.brain.colours.shown == before
    window.settings.keep_overlay_range("curvature", (3.0, -3.0))
    bar.choose(overlay="curvature")
    assert window.brain.colours.shown is None


def test_what_has_no_numbers_has_no_range(window: MainWindow) -> None:
    for overlay in ("none", "area"):
        window.brain.bar.choose(overlay=overlay)
        assert not window.brain.bar.range.isEnabled()


def test_the_distance_to_vessels_is_measured_in_the_worker_and_striped_where_it_is_not_known(
    qtbot, window: MainWindow, settled: Callable[[], None]
) -> None:
    bar, brain = window.brain.bar, window.brain
    bar.choose(overlay="curvature")
    bar.choose(overlay="vessel distance")
    folds = _folds(brain.stage.cortices["lh"].cortex.hemisphere).astype(np.uint8)
    assert "Measuring" in brain.colours.legend(brain.stage.hemispheres).note
    np.testing.assert_array_equal(drawn(window), folds)
    settled()
    legend = brain.colours.legend(brain.stage.hemispheres)
    assert (legend.note, legend.unknown) == ("", True)
    near = brain.colours._near["lh"]
    known, colours = drawn(window)[near.known], drawn(window)[~near.known]
    least = near.distance_mm[near.known].argmin()
    assert np.abs(known[least].astype(int) - (240, 249, 33)).max() < 60  # the bright end
    grays = np.ptp(colours.astype(int), axis=1) < 30
    assert grays.mean() > 0.2
    assert len(np.unique(colours, axis=0)) > 2


def test_another_case_is_measured_anew(window: MainWindow, settled: Callable[[], None]) -> None:
    session, brain = window.session, window.brain
    brain.bar.choose(overlay="vessel distance")
    settled()
    assert brain.colours._near["lh"].known.any()
    anatomy = replace(session.case.anatomy, vessels=())
    session.open(Case(prepare_site(anatomy), session.case.cortices), session.plan)
    settled()
    assert not brain.colours._near["lh"].known.any()


def test_only_what_the_case_has_can_be_chosen(window: MainWindow) -> None:
    session, bar = window.session, window.brain.bar
    place = OVERLAYS.index("sulcal depth")
    assert not bar._overlays[place].isEnabled()
    assert not bar._overlay.model().item(place).isEnabled()
    cortices = {}
    for name, cortex in session.case.cortices.items():
        depth = replace(cortex.hemisphere, sulcal_depth=np.linspace(-12.0, 12.0, len(cortex.hemisphere.pial_mm)))
        cortices[name] = prepare_cortex(depth)
    session.open(Case(session.case.site, cortices), session.plan)
    assert bar._overlays[place].isEnabled()
    bar._overlays[place].trigger()
    assert drawn(window)[0].astype(int).sum() > drawn(window)[-1].astype(int).sum()  # gyri light, sulci dark


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_every_legend_fits_a_small_pane_and_says_what_it_is_of(qtbot, overlay: str) -> None:
    marks = BrainMarks(None)
    qtbot.addWidget(marks)
    marks.resize(420, 300)
    marks.write(Marks(legend=Legend(overlay, SCALES.get(overlay), areas=tuple(range(1, 13)), unknown=True)))
    image = QImage(marks.size(), QImage.Format.Format_ARGB32)
    image.fill(0)
    marks.render(image, QPoint(), QRegion(), QWidget.RenderFlag.DrawChildren)  # and no background
    painted = np.array([[image.pixelColor(x, y).alpha() for x in range(420)] for y in range(300)]) > 0
    assert painted[:, 417:].sum() == 0
    assert painted[297:].sum() == 0
    rows = np.flatnonzero(painted.any(axis=1))
    assert len(rows) > 10


def test_what_a_colour_stands_for_is_said_under_the_mouse(window: MainWindow, settled: Callable[[], None]) -> None:
    brain, status = window.brain, window.status
    at = brain.point_at(brain.widget_position(np.array([-45.0, -40.0, 0.0])))
    for overlay, words in (
        ("thickness", "thickness 2.50 mm"),
        ("none", "left V1   field"),
        ("eccentricity", "field  1."),  # which is said once
    ):
        brain.bar.choose(overlay=overlay)
        brain.pointed.emit(at)
        assert words in status.pick.text()
    brain.bar.choose(overlay="vessel distance")
    brain.pointed.emit(at)
    assert "vessel" not in status.pick.text()  # not measured yet
    settled()
    near = brain.colours._near["lh"]
    hemisphere = brain.stage.cortices["lh"].cortex.hemisphere
    scale = SCALES["vessel distance"]
    for vertex, words in (
        (int(near.distance_mm.argmin()), f"vessel {near.distance_mm.min():.2f} mm away"),
        (int(np.flatnonzero(~near.known)[0]), "no vessel within 5 mm, others not known"),
    ):
        assert value_words(hemisphere, "vessel distance", scale, vertex, near) == words
    beyond = int(np.flatnonzero(hemisphere.retinotopy.area == 0)[0])
    assert value_words(hemisphere, "eccentricity", SCALES["eccentricity"], beyond) == ""


def test_an_overlay_whose_measuring_was_cancelled_is_left_and_can_be_chosen_again(
    window: MainWindow, held: Event, settled: Callable[[], None]
) -> None:
    brain, worker = window.brain, window.session.worker
    brain.bar.choose(overlay="vessel distance")
    assert "Measuring" in brain.colours.legend(brain.stage.hemispheres).note
    files.cancel(window.session, worker.current)
    assert brain.bar.overlay == brain.colours.overlay == "none"
    assert worker.current is None
    brain.bar.choose(overlay="vessel distance")
    brain.bar.choose(overlay="thickness")
    files.cancel(window.session, worker.current)
    assert brain.bar.overlay == "thickness"  # which has nothing to do with it
    brain.bar.choose(overlay="vessel distance")
    held.set()
    settled()
    assert set(brain.colours._near) == {"lh", "rh"}

"""Layouts, borders that are dragged, and that both are there at the next start."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt

from app.case import Case
from app.session import Session
from app.settings import Settings
from app.views.four_up import FourUp
from app.window import MainWindow

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def slices(qtbot, window: MainWindow) -> FourUp:
    window.slices.choose("four-up")
    qtbot.waitUntil(lambda: aligned(window.slices))
    return window.slices


def aligned(slices: FourUp) -> bool:
    """Whether Qt has laid the four panes out, columns below each other."""
    corners = {name: pane.mapTo(slices, QPoint(0, 0)) for name, pane in slices.panes.items()}
    corners["3D"] = slices.solid.mapTo(slices, QPoint(0, 0))
    return (
        corners["axial"].x() == corners["coronal"].x() < corners["3D"].x() == corners["sagittal"].x()
        and corners["axial"].y() == corners["3D"].y() < corners["coronal"].y() == corners["sagittal"].y()
    )


def drag(qtbot, splitter, by: QPoint, handle: int = 1) -> None:
    """Drag a border as a hand does."""
    border = splitter.handle(handle)
    start = border.mapTo(splitter, border.rect().center())
    qtbot.mousePress(border, LEFT, pos=border.mapFrom(splitter, start))
    for share in (0.5, 1.0):  # the border goes along with the mouse
        qtbot.mouseMove(border, border.mapFrom(splitter, start + by * share))
    qtbot.mouseRelease(border, LEFT, pos=border.mapFrom(splitter, start + by))


@pytest.mark.parametrize(
    ("keys", "shown"),
    [
        (Qt.Key.Key_1, {"axial", "coronal", "sagittal", "3D"}),
        (Qt.Key.Key_2, {"3D"}),
        (Qt.Key.Key_3, {"axial", "3D"}),
        (Qt.Key.Key_4, {"axial", "coronal", "sagittal"}),
    ],
)
def test_each_layout_shows_its_panes_with_equal_rights_and_any_other_comes_back_after_it(
    qtbot, window: MainWindow, slices: FourUp, keys: Qt.Key, shown: set[str]
) -> None:
    control = Qt.KeyboardModifier.ControlModifier
    qtbot.keyClick(window, keys, control)
    panes = {"3D": slices.solid, **slices.panes}
    assert {name for name, pane in panes.items() if pane.isVisible()} == shown
    widths = [panes[name].width() for name in shown if name != "3D"]
    assert max(widths, default=0) - min(widths, default=0) <= 2
    assert window.commands.slices.layouts[slices.layout_name].isChecked()
    if shown == {"3D"}:  # by its layout, which the button of its title leaves too
        slices.solid_title.maximise.click()
        assert all(pane.isVisible() for pane in panes.values())
    qtbot.keyClick(window, Qt.Key.Key_1, control)
    qtbot.waitUntil(lambda: aligned(slices))


def test_a_dragged_border_moves_both_rows_and_stays_through_other_layouts(
    qtbot, window: MainWindow, slices: FourUp
) -> None:
    wide, high = slices.panes["axial"].width(), slices.panes["axial"].height()
    upper, lower = slices.splitter.rows
    drag(qtbot, upper, QPoint(60, 0))
    assert slices.panes["axial"].width() == pytest.approx(wide + 60, abs=3)
    assert slices.panes["coronal"].width() == pytest.approx(wide + 60, abs=3)
    drag(qtbot, lower, QPoint(-20, 0))
    assert slices.panes["axial"].width() == pytest.approx(wide + 40, abs=4)
    drag(qtbot, slices.splitter, QPoint(0, -30))
    assert slices.panes["axial"].height() == pytest.approx(high - 30, abs=3)
    slices.maximise("coronal")
    slices.maximise("coronal")
    slices.choose("slices")
    slices.choose("four-up")
    qtbot.waitUntil(lambda: aligned(slices))
    assert slices.panes["axial"].width() == pytest.approx(wide + 40, abs=4)
    assert slices.panes["axial"].height() == pytest.approx(high - 30, abs=4)
    window.arrange_anew()
    slices.choose("four-up")
    qtbot.waitUntil(lambda: aligned(slices))
    assert slices.panes["axial"].width() == pytest.approx(wide, abs=3)
    assert slices.panes["axial"].height() == pytest.approx(high, abs=3)


def test_keys_move_the_borders_too_and_leave_every_pane_some_room(qtbot, window: MainWindow, slices: FourUp) -> None:
    wide, high = slices.splitter.width(), slices.splitter.height()
    before = slices.panes["axial"].size()
    both = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier
    qtbot.keyClick(window, Qt.Key.Key_Right, both)
    qtbot.keyClick(window, Qt.Key.Key_Up, both)
    assert slices.panes["axial"].width() == pytest.approx(before.width() + 0.05 * wide, abs=4)
    assert slices.panes["coronal"].width() == slices.panes["axial"].width()
    assert slices.panes["axial"].height() == pytest.approx(before.height() - 0.05 * high, abs=4)
    for _ in range(20):
        qtbot.keyClick(window, Qt.Key.Key_Left, both)
    assert slices.panes["axial"].width() > 0.1 * wide
    assert "four-up" in window.settings.panes.shares


def test_layout_shares_side_and_contrast_are_there_at_the_next_start(
    qtbot, window: MainWindow, slices: FourUp, session: Session
) -> None:
    drag(qtbot, slices.splitter.rows[0], QPoint(50, 0))
    qtbot.waitUntil(lambda: slices.store.matter is not None, timeout=20_000)
    window.commands.slices.radiological.trigger()
    slices.state.set_levels((20.0, 90.0))
    slices.maximise("sagittal")
    before = slices.arrangement
    window.settings.sync()
    other = MainWindow(session, Settings())
    other.resize(window.size())
    with qtbot.waitExposed(other):
        other.show()
    assert other.slices.arrangement == before
    assert other.slices.panes["sagittal"].isVisible()
    assert not other.slices.solid.isVisible()
    assert not other.slices.state.radiological
    assert not other.commands.slices.radiological.isChecked()
    qtbot.waitUntil(lambda: other.slices.store.matter is not None, timeout=20_000)
    assert other.slices.state.levels == (20.0, 90.0)
    other.keeper.end()
    other.brain.close_scene()
    other.deleteLater()


@pytest.fixture
def with_volumes(window: MainWindow, case: Case, tmp_path: Path) -> MainWindow:
    """A case with two volumes."""
    for name, value in (("T1", 80), ("ribbon", 3)):
        image = nib.MGHImage(np.full((20, 20, 20), value, dtype=np.uint8), np.diag([10.0, 10.0, 10.0, 1.0]))
        nib.save(image, tmp_path / f"{name}.mgz")
    volumes = {name: tmp_path / f"{name}.mgz" for name in ("T1", "ribbon")}
    anatomy = replace(case.anatomy, volumes=volumes)
    window.session.open(Case(replace(case.site, anatomy=anatomy), case.cortices), window.session.plan)
    return window


def test_the_volume_behind_the_slices_is_chosen_named_on_the_panes_and_keeps_its_own_contrast(
    qtbot, with_volumes: MainWindow
) -> None:
    slices = with_volumes.slices
    slices.choose("four-up")
    store, menu = slices.store, with_volumes.commands.slices.volumes

    def choose(name: str) -> None:
        menu.aboutToShow.emit()
        next(action for action in menu.actions() if action.text() == name).trigger()
        qtbot.waitUntil(lambda: store.matter.volume.name == name, timeout=20_000)

    qtbot.waitUntil(lambda: store.matter is not None and store.matter.volume.name == "T1", timeout=20_000)
    menu.aboutToShow.emit()
    assert [action.text() for action in menu.actions()] == ["T1", "ribbon", "schematic"]
    assert [action.text() for action in menu.actions() if action.isChecked()] == ["T1"]
    slices.state.set_levels((5.0, 50.0))
    choose("ribbon")
    assert slices.state.levels is None
    assert slices.panes["axial"].view.marks.behind == "ribbon"
    choose("T1")
    assert slices.state.levels == (5.0, 50.0)
    assert slices.panes["coronal"].view.marks.behind == "T1"
    assert menu.menuAction() in slices.panes["axial"].choice.menu().actions()

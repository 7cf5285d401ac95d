"""Slices under a real display: which side is where, the crosshair that all share, and the mouse in them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QWheelEvent
from PySide6.QtWidgets import QApplication

from app import theme
from app.slicing import AXIS, Plane, SliceName
from app.views import slice_layers
from app.views.four_up import CULPRIT_MM, NEAR_MM, FourUp
from app.views.slice_marks import SliceMarks, write
from app.views.slice_paint import fineness
from app.views.slice_view import SliceView
from app.window import MainWindow
from planner.anatomy.volumes import Volume

LEFT = (-45.0, -30.0, 12.0)  # in the left hemisphere, which is a ball about (−45, 0, 0)


@pytest.fixture
def slices(qtbot, window: MainWindow) -> FourUp:
    """All four panes, once the volume is there and has been drawn."""
    window.slices.choose("four-up")
    qtbot.waitUntil(lambda: window.slices.store.matter is not None, timeout=20_000)
    qtbot.wait(50)
    return window.slices


def pixels(view: SliceView) -> np.ndarray:
    """What a view shows, (H, W, 3)."""
    image = view.grab().toImage().convertToFormat(QImage.Format.Format_RGB888)
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine())
    return rows[:, : 3 * image.width()].reshape(image.height(), image.width(), 3).astype(int)


def like(picture: np.ndarray, colour: str, tolerance: int = 60) -> np.ndarray:
    return np.abs(picture - np.array(theme.rgb(colour))).sum(axis=2) < tolerance


def asymmetric(window: MainWindow, turn_deg: float = 0.0) -> None:
    """Put a volume in which only the left hemisphere has a bright ball, at `LEFT`, on a grid turned about an axis."""
    store = window.slices.store
    shape = (90, 80, 70)
    angle = np.deg2rad(turn_deg)
    matrix = np.eye(4)
    matrix[:3, :3] = (
        2.0
        * np.array([[np.cos(angle), -np.sin(angle), 0.0], [np.sin(angle), np.cos(angle), 0.0], [0.0, 0.0, 1.0]])
        @ np.array([[-1, 0, 0], [0, 0, 1], [0, -1, 0]])
    )  # voxels as FreeSurfer has them, then turned
    matrix[:3, 3] = -matrix[:3, :3] @ (np.array(shape) / 2)
    grid = np.stack(np.meshgrid(*map(np.arange, shape), indexing="ij"), axis=-1) @ matrix[:3, :3].T + matrix[:3, 3]
    values = (250 * (np.linalg.norm(grid - LEFT, axis=-1) < 7.0)).astype(np.uint8)
    store.matter = replace(
        store.matter,
        volume=Volume("T1", values, matrix, "made"),
        window=(0.0, 250.0),
        surfaces={"white": (), "pial": ()},
        tubes={},
    )
    store.changed.emit()


@pytest.mark.parametrize("turn_deg", [0.0, 25.0])
@pytest.mark.parametrize("name", ["axial", "coronal"])
def test_what_is_in_the_left_hemisphere_is_drawn_at_the_right_beside_the_letter_l_and_the_switch_changes_both(
    window: MainWindow, slices: FourUp, name: SliceName, turn_deg: float
) -> None:
    asymmetric(window, turn_deg)
    window.session.look_at((0.0, *LEFT[1:]))  # the crosshair's lines do not cross the ball
    view = slices.panes[name].view
    for radiological in (True, False):
        slices.state.set_radiological(radiological)
        bright = (pixels(view) > 240).all(axis=2)
        bright[:, :40] = bright[:, -40:] = False  # letters
        bright[:24] = bright[-24:] = False
        column = np.flatnonzero(bright.sum(axis=0) > 4).mean()
        assert (column > view.width() / 2) == radiological
        assert column == pytest.approx(view.position(np.array(LEFT)).x(), abs=4)
        assert view.marks.letters[:2] == (("L", "R") if radiological else ("R", "L"))
        assert view.marks.manner.startswith("radiological" if radiological else "neurological")


def test_the_contour_of_the_left_hemisphere_is_on_the_side_of_the_letter_l(window: MainWindow, slices: FourUp) -> None:
    """The contours come from the surfaces, not from the volume: they must agree with it."""
    store = slices.store
    store.matter = replace(store.matter, surfaces={"white": (), "pial": store.matter.surfaces["pial"][:1]}, tubes={})
    store.changed.emit()
    window.session.look_at(None)  # its lines are as yellow as pial is
    view = slices.panes["axial"].view
    slices.reset(whole=True)
    for radiological in (True, False):
        slices.state.set_radiological(radiological)
        red, _, blue = np.moveaxis(pixels(view), 2, 0)
        _, column = np.nonzero((red - blue)[45:-30] > 50)  # yellow, though fainter as far off as this
        left = view.position(np.array([-45.0, 0.0, 0.0])).x()
        assert column.mean() == pytest.approx(
            left, abs=12
        )  # some of it is under letters; the other side is 200 pixels away
        assert (left > view.width() / 2) == radiological


def test_the_menu_switches_the_side(window: MainWindow, slices: FourUp) -> None:
    action = window.commands.slices.radiological
    assert action.isChecked()
    action.trigger()
    assert not slices.state.radiological
    assert slices.panes["coronal"].view.marks.letters[:2] == ("R", "L")


@pytest.mark.parametrize("name", list(AXIS))
def test_a_click_moves_the_crosshair_of_every_view_to_that_point(
    qtbot, window: MainWindow, slices: FourUp, name: SliceName
) -> None:
    view, before = slices.panes[name].view, np.array(window.session.cross_mm)
    at = QPoint(view.width() // 2 + 37, view.height() // 2 - 21)
    wanted = view.point(QPointF(at))
    qtbot.mouseClick(view, Qt.MouseButton.LeftButton, pos=at)
    assert np.array(window.session.cross_mm) == pytest.approx(wanted)
    assert wanted[AXIS[name]] == pytest.approx(before[AXIS[name]])  # it stays in the plane that was clicked on
    for other in slices.panes.values():
        axis = AXIS[other.name]
        assert other.view.plane.height(wanted) == pytest.approx(0.0, abs=1e-9)
        assert other.number.value() == pytest.approx(wanted[axis], abs=0.06)
    for actor in window.brain.stage._cross._actors:
        assert actor.GetPosition() == pytest.approx(wanted)


def test_shift_and_move_moves_it_without_a_click(qtbot, window: MainWindow, slices: FourUp) -> None:
    view = slices.panes["coronal"].view
    at = QPointF(view.width() / 2 - 30, view.height() / 2 + 15)
    wanted = view.point(at)
    event = _moved(view, at, Qt.KeyboardModifier.NoModifier)
    QApplication.sendEvent(view, event)
    assert np.array(window.session.cross_mm) != pytest.approx(wanted)
    QApplication.sendEvent(view, _moved(view, at, Qt.KeyboardModifier.ShiftModifier))
    assert np.array(window.session.cross_mm) == pytest.approx(wanted)


def _moved(view: SliceView, at: QPointF, keys: Qt.KeyboardModifier):
    from PySide6.QtCore import QEvent
    from PySide6.QtGui import QMouseEvent

    where = view.mapToGlobal(at)
    return QMouseEvent(QEvent.Type.MouseMove, at, where, Qt.MouseButton.NoButton, Qt.MouseButton.NoButton, keys)


def wheel(view: SliceView, notches: int, keys: Qt.KeyboardModifier, at: QPointF | None = None) -> None:
    at = at or QPointF(view.rect().center())
    event = QWheelEvent(
        at, view.mapToGlobal(at), QPoint(), QPoint(0, 120 * notches), Qt.MouseButton.NoButton, keys,
        Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    QApplication.sendEvent(view, event)


@pytest.mark.parametrize("name", list(AXIS))
def test_wheel_and_arrows_step_along_the_slices_own_axis(
    qtbot, window: MainWindow, slices: FourUp, name: SliceName
) -> None:
    view, start = slices.panes[name].view, np.array(window.session.cross_mm)
    wheel(view, 2, Qt.KeyboardModifier.NoModifier)
    qtbot.keyClick(view, Qt.Key.Key_Down)
    qtbot.keyClick(view, Qt.Key.Key_PageUp)
    moved = np.array(window.session.cross_mm) - start
    assert moved == pytest.approx(11.0 * np.eye(3)[AXIS[name]])


def test_the_number_in_the_title_puts_the_slice_there(window: MainWindow, slices: FourUp) -> None:
    slices.panes["coronal"].number.setValue(-21.5)
    assert window.session.cross_mm[1] == pytest.approx(-21.5)
    assert slices.panes["coronal"].slider.value() == -215


def test_zooming_keeps_what_is_under_the_mouse_and_brings_the_other_slices_as_near(
    window: MainWindow, slices: FourUp
) -> None:
    view, at = slices.panes["axial"].view, QPointF(90.0, 70.0)
    held, before = view.point(at), view.px_mm
    wheel(view, 3, Qt.KeyboardModifier.ControlModifier, at)
    assert view.px_mm < 0.7 * before
    assert view.point(at) == pytest.approx(held, abs=1e-6)
    assert {pane.view.px_mm for pane in slices.panes.values()} == {view.px_mm}
    assert slices.panes["sagittal"].view.point(QPointF(0.0, 0.0)) is not None
    window.commands.view.reset.trigger()
    assert view.px_mm == pytest.approx(before)


def test_dragging_with_other_buttons_zooms_moves_and_changes_the_contrast(
    qtbot, window: MainWindow, slices: FourUp
) -> None:
    view, start = slices.panes["axial"].view, window.session.cross_mm
    middle, levels, near = view.point(QPointF(100, 60)), view.levels(), view.px_mm

    def drag(button: Qt.MouseButton, keys: Qt.KeyboardModifier, by: QPoint) -> None:
        at = QPoint(100, 60)
        qtbot.mousePress(view, button, keys, at)
        for event_at in (at, at + by):
            from PySide6.QtCore import QEvent
            from PySide6.QtGui import QMouseEvent

            spot = QPointF(event_at)
            QApplication.sendEvent(
                view, QMouseEvent(QEvent.Type.MouseMove, spot, view.mapToGlobal(spot), button, button, keys)
            )
        qtbot.mouseRelease(view, button, keys, at + by)

    plain, shift, control = (
        Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.ControlModifier,
    )  # fmt: skip
    drag(Qt.MouseButton.MiddleButton, plain, QPoint(20, 10))
    assert view.point(QPointF(120, 70)) == pytest.approx(middle)
    drag(Qt.MouseButton.LeftButton, shift, QPoint(-20, -10))
    assert view.point(QPointF(100, 60)) == pytest.approx(middle)
    drag(Qt.MouseButton.RightButton, plain, QPoint(0, 40))
    assert view.px_mm != near
    drag(Qt.MouseButton.LeftButton, control, QPoint(40, 0))
    low, high = slices.panes["coronal"].view.levels()  # shared by all
    assert high - low > levels[1] - levels[0]
    window.commands.slices.contrast.trigger()
    assert view.levels() == levels
    assert window.session.cross_mm == start


def test_the_schematic_volume_is_said_to_be_one_on_every_slice(slices: FourUp) -> None:
    assert all("SCHEMATIC" in pane.view.marks.warning for pane in slices.panes.values())


def test_threads_and_vessels_are_drawn_where_they_are(qtbot, window: MainWindow, slices: FourUp, settled) -> None:
    plan = window.session.plan
    thread = plan.threads[0]
    window.session.select(thread.name)
    middle = (np.array(thread.entry_mm) + thread.tip_mm) / 2
    window.session.look_at(tuple(middle))
    view = slices.panes["axial"].view
    view.zoom(0.05)
    view.centre_on(middle)
    picture = pixels(view)
    green = like(picture, theme.SAFE)
    spots = [view.position(np.array(place)).toPoint() for place in plan.implant.contacts_by_thread()[0]]
    inside = [spot for spot in spots if view.rect().contains(spot)]
    assert inside
    assert sum(green[spot.y() - 3 : spot.y() + 4, spot.x() - 3 : spot.x() + 4].any() for spot in inside) >= 1
    tree = window.session.case.anatomy.vessels[0]
    node = tree.points_mm[40]
    window.session.look_at(tuple(node))
    view.centre_on(node)
    red = like(pixels(view), theme.ARTERY, 90)
    assert red.sum() > 20


def test_a_contact_under_the_mouse_is_marked_everywhere_and_a_click_on_it_selects_its_thread(
    qtbot, window: MainWindow, slices: FourUp
) -> None:
    session = window.session
    row = int(session.plan.implant.contact_counts()[0]) + 2  # the third contact of the second thread
    at_mm = session.plan.implant.contacts_mm()[row]
    session.look_at(tuple(at_mm + np.array([3.0, 0.0, 0.0])))
    view = slices.panes["coronal"].view
    view.zoom(0.05)
    view.centre_on(at_mm)
    spot = view.position(at_mm)
    QApplication.sendEvent(view, _moved(view, spot, Qt.KeyboardModifier.NoModifier))
    assert session.hovered == row
    before = like(pixels(slices.panes["coronal"].view), theme.FOCUS).sum()
    session.hover(None)
    assert like(pixels(slices.panes["coronal"].view), theme.FOCUS).sum() < before
    qtbot.mouseClick(view, Qt.MouseButton.LeftButton, pos=spot.toPoint())
    assert session.selection == session.plan.threads[1].name
    assert session.cross_mm == pytest.approx(tuple(at_mm))


def test_the_ring_of_a_contact_off_a_slice_is_faded_and_broken(window: MainWindow, slices: FourUp) -> None:
    session, view = window.session, slices.panes["coronal"].view
    at_mm = session.plan.implant.contacts_mm()[2]
    strong = []
    for off_mm in (0.0, 0.4, 10.0):
        session.look_at(tuple(at_mm + off_mm * view.plane.along))
        view.zoom(0.05)
        view.centre_on(at_mm)
        session.hover(None)
        before = pixels(view)
        session.hover(2)
        after = pixels(view)
        changed = np.abs(after - before).sum(axis=2) > 60
        strong.append((int((changed & like(after, theme.IMAGE_FOCUS)).sum()), int(changed.sum())))
    (full, _), (within, _), (beside, still_seen) = strong
    assert full > 30
    assert within > 0.8 * full
    assert beside < 0.1 * full
    assert still_seen > 30


def test_a_double_click_gives_a_slice_all_the_room_and_takes_it_back(qtbot, window: MainWindow, slices: FourUp) -> None:
    view = slices.panes["sagittal"].view
    small = view.width()
    qtbot.mouseDClick(view, Qt.MouseButton.LeftButton, pos=QPoint(20, 60))
    qtbot.wait(20)
    assert view.width() > 1.5 * small
    assert not window.brain.plotter.isVisible()
    qtbot.mouseDClick(view, Qt.MouseButton.LeftButton, pos=QPoint(20, 60))
    qtbot.wait(20)
    assert window.brain.plotter.isVisible()
    assert abs(view.width() - small) < 3
    slices.solid_title.maximise.click()
    qtbot.wait(20)
    assert not view.isVisible()
    assert window.brain.plotter.isVisible()


def test_layouts_are_chosen_by_key(qtbot, window: MainWindow, slices: FourUp) -> None:
    shown: list[int] = []
    for key in (Qt.Key.Key_2, Qt.Key.Key_3, Qt.Key.Key_1):
        qtbot.keyClick(window, key, Qt.KeyboardModifier.ControlModifier)
        shown.append(sum(pane.isVisible() for pane in slices.panes.values()))
    assert shown == [0, 1, 3]
    assert window.commands.slices.layouts["four-up"].isChecked()
    slices.panes["coronal"].view.setFocus()
    qtbot.keyClick(window, Qt.Key.Key_M)
    assert [name for name, pane in slices.panes.items() if pane.isVisible()] == ["coronal"]
    qtbot.keyClick(window, Qt.Key.Key_M)
    assert window.brain.plotter.isVisible()


def test_all_selected_threads_have_a_white_edge_in_slices_and_the_current_one_is_wider(
    window: MainWindow, slices: FourUp
) -> None:
    session = window.session
    one, other = session.plan.threads[:2]
    across = np.subtract(other.entry_mm, one.entry_mm)
    axes = np.linalg.qr(np.stack([across, one.direction, (1.0, 2.0, 3.0)], axis=1))[0]
    through = Plane(np.array(one.entry_mm), axes.T[:2], axes.T[2])  # both entries, along one shaft

    def edges() -> tuple[int, set[float]]:
        """How much is drawn with a white edge, and how wide."""
        drawn = slice_layers.threads(slices._look(session.plan), through, 0.01)
        white = [s for s in drawn if s.line == theme.SELECTED and s.path.elementCount()]
        return sum(s.path.elementCount() for s in white), {s.width_px for s in white}

    session.select(one.name)
    few, widths_of_one = edges()
    session.select(one.name, [other.name])
    many, widths = edges()
    assert many > few
    assert max(widths) == max(widths_of_one)
    assert len(widths) > len(widths_of_one)


def test_planes_of_the_selected_thread_follow_it(qtbot, window: MainWindow, slices: FourUp) -> None:
    session, along, probe = window.session, slices.panes["axial"], slices.panes["sagittal"]
    along.choose("along")
    probe.choose("probe")
    assert "Select a thread" in along.view.marks.hint
    for thread in session.plan.threads[:2]:
        session.select(thread.name)
        assert np.abs(along.view.plane.height(np.array([thread.entry_mm, thread.tip_mm]))).max() < 1e-6
        spots = [along.view.position(np.array(end)) for end in (thread.entry_mm, thread.tip_mm)]
        assert all(along.view.rect().contains(spot.toPoint()) for spot in spots)
        assert spots[0].y() < spots[1].y()
    deep = probe.number.value()
    wheel(probe.view, 1, Qt.KeyboardModifier.NoModifier)
    assert probe.number.value() == pytest.approx(deep + 1.0, abs=0.06)
    axis = np.array(session.plan.threads[1].direction)
    aside = np.array(session.cross_mm) - session.plan.threads[1].entry_mm
    turned = along.view.plane.axes[0]
    wheel(along.view, 3, Qt.KeyboardModifier.NoModifier)
    assert np.degrees(np.arccos(turned @ along.view.plane.axes[0])) == pytest.approx(30.0, abs=0.1)
    assert aside is not None
    assert abs(axis @ along.view.plane.along) < 1e-9


def test_the_crosshair_begins_in_v1_and_goes_to_what_is_selected(
    qtbot, window: MainWindow, slices: FourUp, settled
) -> None:
    session = window.session
    hemisphere = session.case.anatomy.hemispheres["lh"]
    away = np.linalg.norm(hemisphere.pial_mm - np.array(session.cross_mm), axis=1)
    assert hemisphere.retinotopy.area[away.argmin()] == 1
    for thread in session.plan.threads[:3]:
        session.select(thread.name)
        along = (np.array(session.cross_mm) - thread.entry_mm) @ np.array(thread.direction)
        nearest = np.array(thread.entry_mm) + along * np.array(thread.direction)
        assert np.linalg.norm(nearest - session.cross_mm) < 1e-6
        assert -1e-9 <= along <= thread.depth_mm + 1e-9


def test_a_checks_line_shows_where_its_limit_is_nearest_to_being_broken(
    qtbot, window: MainWindow, slices: FourUp, settled: Callable[[], None]
) -> None:
    settled()
    session = window.session
    line = window.checks.lines["vessel"]
    line.click()
    name = session.selection
    assert name == line.nearest
    tree = session.case.anatomy.vessels
    walls = np.concatenate([t.points_mm for t in tree])
    thread = next(t for t in session.plan.threads if t.name == name)
    shaft = np.array(thread.entry_mm) + np.linspace(0, thread.depth_mm, 200)[:, None] * np.array(thread.direction)
    distance = np.linalg.norm(shaft[:, None] - walls, axis=2).min(axis=1)
    here = np.linalg.norm(walls - np.array(session.cross_mm), axis=1).min()
    assert here == pytest.approx(distance.min(), abs=0.15)


def shown_mm(view: SliceView) -> float:
    """How much of the tissue a view shows along its shorter side."""
    return view.px_mm * min(view.width(), view.height())


def test_slices_begin_at_v1_and_the_whole_head_is_a_command_away(window: MainWindow, slices: FourUp) -> None:
    matter = slices.store.matter
    v1 = np.concatenate([h.pial_mm[h.retinotopy.area == 1] for h in window.session.case.anatomy.hemispheres.values()])

    def within(view: SliceView, points: np.ndarray) -> bool:
        return all(view.rect().contains(view.position(point).toPoint()) for point in points)

    views = [pane.view for pane in slices.panes.values()]
    ends = np.stack([v1.min(axis=0), v1.max(axis=0)])
    head = np.stack([matter.low_mm, matter.high_mm])
    assert all(within(view, ends) for view in views)
    assert not within(slices.panes["sagittal"].view, head)
    near = [view.px_mm for view in views]
    window.commands.slices.whole.trigger()
    assert all(within(view, head) for view in views)
    window.commands.view.reset.trigger()
    assert [view.px_mm for view in views] == pytest.approx(near)


def test_what_is_jumped_to_comes_near_and_nearer_slices_stay_as_they_are(window: MainWindow, slices: FourUp) -> None:
    session, views = window.session, [pane.view for pane in slices.panes.values()]
    session.select(session.plan.threads[0].name)
    assert [shown_mm(view) for view in views] == pytest.approx([NEAR_MM] * 3, rel=0.1)
    for view in views:
        assert view.rect().contains(view.position(np.array(session.cross_mm)).toPoint())
    views[0].zoom(0.03)
    session.select(session.plan.threads[1].name)
    assert views[0].px_mm == pytest.approx(0.03)
    views[0].zoom(0.3)  # farther than jumps come, by the user's will
    session.select(session.plan.threads[0].name)
    assert views[0].px_mm == pytest.approx(0.3)
    assert views[0].rect().contains(views[0].position(np.array(session.cross_mm)).toPoint())
    window.commands.slices.whole.trigger()
    whole = [view.px_mm for view in views]
    session.select(session.plan.threads[1].name)
    assert [view.px_mm for view in views] == whole
    window.checks.culprit_chosen.emit(session.plan.threads[1].name, "vessel")
    assert [shown_mm(view) for view in views] == pytest.approx([CULPRIT_MM] * 3, rel=0.1)
    window.commands.slices.whole.trigger()
    far = [view.px_mm for view in views]
    slices.panes["axial"].view.contact_clicked.emit(2)  # what is clicked on stays under the mouse
    assert session.selection == session.plan.threads[0].name
    assert [view.px_mm for view in views] == far


def test_a_slice_that_was_out_of_sight_is_as_near_as_the_others_once_it_is_shown(qtbot, window: MainWindow) -> None:
    slices, session = window.slices, window.session
    slices.choose("3D and a slice")
    qtbot.waitUntil(lambda: slices.store.matter is not None, timeout=20_000)
    for thread in session.plan.threads[:3]:
        session.select(thread.name)
    slices.choose("four-up")
    qtbot.wait(50)
    views = [pane.view for pane in slices.panes.values()]
    assert [shown_mm(view) for view in views] == pytest.approx([NEAR_MM] * 3, rel=0.1)
    assert all(view.rect().contains(view.position(np.array(session.cross_mm)).toPoint()) for view in views)


def test_contours_and_vessels_are_finer_the_farther_off_the_head_is() -> None:
    near, between, far, farther = (fineness(px_mm) for px_mm in (0.1, 0.4, 0.6, 2.0))
    assert near == (1.0, 1.0)
    assert all(f < b < 1.0 for f, b in zip(far, between, strict=True))
    assert farther == far
    assert min(far) > 0.3  # and are still seen


def test_the_scale_is_read_on_bright_tissue_too(qtbot) -> None:
    image = QImage(400, 300, QImage.Format.Format_RGB888)
    image.fill(QColor("#d9d9d9"))
    painter = QPainter(image)
    write(painter, QRectF(image.rect()), SliceMarks(letters=("L", "R", "A", "P")), 0.2)
    painter.end()
    corner = np.array([[image.pixelColor(x, y).lightness() for x in range(345, 392)] for y in range(282, 297)])
    line = corner[(corner > 200).mean(axis=1) > 0.5]  # the scale itself
    assert len(line) >= 1
    assert (corner < 110).mean() > 0.5  # on a ground of its own


def test_the_kinds_of_vessels_are_listed_where_there_is_room(qtbot, slices: FourUp) -> None:
    view = slices.panes["axial"].view
    assert view.marks.vessels == (("artery", theme.ARTERY),)  # there is no other kind in this case

    def written(height: int) -> tuple[int, int]:
        image = QImage(400, height, QImage.Format.Format_RGB888)
        image.fill(QColor("black"))
        painter = QPainter(image)
        vessels = (("artery", theme.ARTERY), ("vein", theme.VEIN))
        write(painter, QRectF(image.rect()), SliceMarks(("L", "R", "A", "P"), vessels=vessels), 0.2)
        painter.end()
        colours = [image.pixelColor(x, y) for x in range(300, 400) for y in range(height)]
        return sum(c.blue() > c.red() + 100 for c in colours), sum(c.red() > 150 and c.blue() < 90 for c in colours)

    vein, pial_and_artery = written(300)
    assert vein > 20
    none, pial = written(90)  # they would run into the letter at the right
    assert none == 0
    assert 10 < pial < pial_and_artery


def test_the_clearance_is_listed_where_it_is_drawn(window: MainWindow, slices: FourUp) -> None:
    session, view = window.session, slices.panes["axial"].view

    def listed() -> bool:
        return "clearance" in dict(view._all_marks().drawn)

    session.select(session.plan.threads[0].name)
    view.zoom(0.3)
    assert not listed()
    view.zoom(0.02)
    assert listed()
    session.look_at(tuple(np.array(session.cross_mm) + np.array([0.0, 0.0, 30.0])))
    assert not listed()
    session.look_at(session.plan.threads[0].entry_mm)
    assert listed()
    session.select("")
    assert not listed()


def test_the_read_out_tells_spaces_side_and_field(qtbot, window: MainWindow, slices: FourUp) -> None:
    hemisphere = window.session.case.anatomy.hemispheres["lh"]
    v1 = np.flatnonzero(hemisphere.retinotopy.area == 1)
    vertex = v1[np.linalg.norm(hemisphere.pial_mm[v1] - hemisphere.pial_mm[v1].mean(axis=0), axis=1).argmin()]
    point = (hemisphere.pial_mm[vertex] + hemisphere.white_mm[vertex]) / 2
    window.session.look_at(tuple(float(v) for v in point))
    qtbot.waitUntil(lambda: "left V1, 50% deep" in slices.readout.text(), timeout=2000)
    text = slices.readout.text()
    assert f"{hemisphere.retinotopy.eccentricity_deg[vertex]:.2f}° ecc." in text
    assert "(right)" in text  # the left hemisphere sees the right half
    assert QColor(theme.TEXT).name() in text

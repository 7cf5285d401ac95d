"""The map of phosphenes, with real mouse events."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt

from app import looking, theme
from app.preview import resolve
from app.session import Session
from app.views.field_map import EDGE_PX, LOWEST_PX, FieldMap, contact_words
from planner.plan.edits import with_threads
from planner.plan.plan import Plan


@pytest.fixture
def field(qtbot, session: Session) -> FieldMap:
    session.set_preview(resolve(session.case.site, session.plan))
    found = FieldMap(session)
    qtbot.addWidget(found)
    found.resize(420, 420)
    found.show()
    return found


def where(field: FieldMap, row: int) -> QPoint:
    """A phosphene's middle in the widget."""
    x, y = field.frame.to_px(field._session.preview.field_deg[row : row + 1])[0]
    return QPointF(x, y).toPoint()


def in_sight(field: FieldMap) -> np.ndarray:
    preview = field._session.preview
    return np.flatnonzero(preview.usable & (preview.eccentricity_deg < 0.9 * field.radius_deg))


def test_up_and_right_in_the_field_are_up_and_right_on_the_map(field: FieldMap) -> None:
    (x, y), (middle_x, middle_y) = field.frame.to_px(np.array([[3.0, 2.0], [0.0, 0.0]]))
    assert x > middle_x
    assert y < middle_y
    assert field.frame.to_deg(QPointF(x, y)) == pytest.approx((3.0, 2.0))


def test_no_ring_runs_through_the_words_below(field: FieldMap) -> None:
    for width, height in ((420, 420), (432, 300), (300, 500)):
        field.resize(width, height)
        frame = field.frame
        words = 2 * field.fontMetrics().height() + LOWEST_PX
        assert frame.middle.y() + field.radius_deg * frame.scale <= height - words + 0.5
        assert frame.middle.y() - field.radius_deg * frame.scale >= 0


def test_what_lies_beyond_the_map_is_said_with_its_noun(field: FieldMap) -> None:
    field._radius_deg = 89.0
    assert field.beyond_words == ""
    field._radius_deg = 2.0
    total = int(field._session.preview.usable.sum())
    beyond = int((field._session.preview.eccentricity_deg[field._session.preview.usable] > 2.0).sum())
    assert field.beyond_words == f"{beyond} of {total} phosphenes lie farther out"


def test_the_mouse_over_a_phosphene_means_its_contact_in_every_view(qtbot, field: FieldMap) -> None:
    session = field._session
    row = int(in_sight(field)[0])
    qtbot.mouseMove(field, where(field, row))
    qtbot.waitUntil(lambda: session.hovered is not None, timeout=2000)
    preview = session.preview
    assert np.linalg.norm(preview.field_deg[session.hovered] - preview.field_deg[row]) < 0.5
    assert preview.plan.threads[preview.owner[session.hovered]].name in contact_words(preview, session.hovered)
    qtbot.mouseMove(field, QPoint(3, 3))
    qtbot.waitUntil(lambda: session.hovered is None, timeout=2000)


def test_a_click_on_a_phosphene_selects_its_thread_and_puts_the_crosshair_on_its_contact(
    qtbot, field: FieldMap
) -> None:
    session = field._session
    field.clicked.connect(lambda row: looking.at_contact(session, row))
    row = field.row_at(QPointF(where(field, int(in_sight(field)[0]))))
    qtbot.mouseClick(field, Qt.MouseButton.LeftButton, pos=where(field, int(in_sight(field)[0])))
    preview = session.preview
    assert session.selection == preview.plan.threads[preview.owner[row]].name
    assert session.cross_mm == pytest.approx(tuple(preview.plan.implant.contacts_mm()[row]))


def test_a_double_click_on_a_free_place_wishes_for_a_phosphene_there(
    qtbot, session: Session, plan: Plan, field: FieldMap, settled: Callable[[], None]
) -> None:
    session.edit("Room", with_threads(plan, plan.threads[:2]))
    session.set_preview(resolve(session.case.site, session.plan))
    wishes: list[tuple[float, float]] = []
    field.wished.connect(lambda x, y: wishes.append((x, y)))
    x, y = field.frame.to_px(np.array([[4.0, -3.0]]))[0]
    assert field.row_at(QPointF(x, y)) is None
    qtbot.mouseDClick(field, Qt.MouseButton.LeftButton, pos=QPointF(x, y).toPoint())
    assert wishes == [pytest.approx((4.0, -3.0), abs=0.1)]
    qtbot.mouseDClick(field, Qt.MouseButton.LeftButton, pos=where(field, int(in_sight(field)[0])))
    assert len(wishes) == 1


def test_the_wheel_zooms_and_never_past_what_can_be_seen(qtbot, field: FieldMap) -> None:
    before = field.radius_deg
    field._radius_deg = 89.0
    assert field.radius_deg != before
    side = 420 - EDGE_PX - LOWEST_PX - 2 * field.fontMetrics().height()
    assert field.frame.scale == pytest.approx(side / 2 / 89.0)


def test_an_empty_plan_and_a_glimpse_show_no_phosphenes(session: Session, field: FieldMap) -> None:
    session.set_preview(replace(session.preview, complete=False))
    assert field.row_at(QPointF(210, 210)) is None
    field.grab()


def test_the_phosphene_under_the_mouse_has_a_ring_though_its_whole_thread_is_selected(field: FieldMap) -> None:
    session = field._session
    row = int(in_sight(field)[0])
    session.select(session.preview.plan.threads[session.preview.owner[row]].name)

    def blue() -> tuple[int, float]:
        """How many pixels are of the ring's colour, and how far their middle is from the phosphene; pixels."""
        image = field.grab().toImage()
        colours = np.array(
            [[image.pixelColor(x, y).getRgb()[:3] for x in range(image.width())] for y in range(image.height())]
        )
        found = np.argwhere(np.abs(colours - theme.rgb(theme.IMAGE_FOCUS)).sum(axis=2) < 30)
        x, y = field.frame.to_px(session.preview.field_deg[row : row + 1])[0]
        return len(found), float(np.hypot(*(found.mean(axis=0) - (y, x)))) if len(found) else np.inf

    without, _ = blue()
    session.hover(row)
    ringed, away = blue()
    assert ringed > without + 20
    assert away < 3.0
    session.hover(None)
    assert blue()[0] == without

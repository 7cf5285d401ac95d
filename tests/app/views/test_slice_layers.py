"""Threads as slices draw them, painted on nothing and looked at: rims, fillings, entries and what fades."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtGui import QImage, QPainter, QTransform

from app import theme
from app.slicing import Plane, along_thread, probes_eye
from app.views.brain_threads import STATE_COLOURS
from app.views.slice_layers import BANDS, CURRENT_ENTRY_PX, IN_PLANE_MM, threads
from app.views.slice_paint import draw
from app.views.status import STATES, State
from app.views.thread_look import ThreadLook, thread_look
from planner.plan.plan import Plan

SIZE = 400


def look_of(plan: Plan, state: State, selected: bool = True) -> ThreadLook:
    """The first thread of a plan alone, in some state."""
    alone = replace(plan, threads=plan.threads[:1])
    look = thread_look(alone, None, plan.threads[0].name if selected else "")
    return replace(look, states=np.array([STATES.index(state)]))


def painted(look: ThreadLook, plane: Plane, middle_mm: np.ndarray, px_mm: float) -> np.ndarray:
    """What is drawn of threads around a point ``(SIZE, SIZE, 4)``: red, green, blue and opacity."""
    image = QImage(SIZE, SIZE, QImage.Format.Format_RGBA8888)
    image.fill(0)
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    right, up = plane.flat(middle_mm) / px_mm
    way = QTransform(1 / px_mm, 0, 0, -1 / px_mm, SIZE / 2 - right, SIZE / 2 + up)
    for shape in threads(look, plane, px_mm):
        draw(painter, shape, way)
    painter.end()
    return np.frombuffer(image.constBits(), np.uint8).reshape(SIZE, SIZE, 4).astype(int)


def like(picture: np.ndarray, colour: str) -> np.ndarray:
    return (np.abs(picture[..., :3] - theme.rgb(colour)).sum(axis=-1) < 60) & (picture[..., 3] > 200)


@pytest.mark.parametrize("state", ["safe", "unsafe", "unknown", "blind"])
def test_what_lies_at_an_entry_is_seen_through_its_mark(qtbot, plan: Plan, state: State) -> None:
    thread, px_mm = plan.threads[0], 0.1
    entry = np.array(thread.entry_mm)
    end_on = painted(look_of(plan, state), probes_eye(thread, entry), entry, px_mm)
    along = painted(look_of(plan, state), along_thread(thread), entry, px_mm)
    middle, reach = SIZE // 2, round(2 * CURRENT_ENTRY_PX)
    within = (slice(middle - 1, middle + 2), slice(middle - 1, middle + 2))
    around = (slice(middle - reach, middle + reach), slice(middle - reach, middle + reach))
    for picture in (end_on, along):
        assert like(picture, STATE_COLOURS[state])[around].sum() > 30
        assert picture[within][..., 3].max() < 200  # the shaft leads through it as a pale line at most
        assert picture[middle, middle - 3, 3] < 50
        assert picture[middle, middle + 3, 3] < 50


def test_a_selected_thread_has_its_states_colour_in_one_white_rim_whatever_the_scale(qtbot, plan: Plan) -> None:
    thread = plan.threads[0]
    contacts = plan.implant.contacts_by_thread()[0]
    for px_mm in (0.15, 0.08, 0.03):
        picture = painted(look_of(plan, "safe"), along_thread(thread), contacts.mean(axis=0), px_mm)
        length = round(np.linalg.norm(contacts[0] - contacts[-1]) / px_mm)
        middle = SIZE // 2
        down = slice(middle - min(length // 2, 190) + 2, middle + min(length // 2, 190) - 2)
        axis, across = picture[down, middle], picture[down]
        assert not like(axis, theme.SELECTED).any()
        assert like(axis, theme.MARK_SAFE).mean() > 0.4
        rims = ((across[..., :3].min(axis=-1) > 150) & (across[..., 3] > 150)).sum(axis=1)
        assert rims.min() >= 1
        assert rims.max() <= 8  # one at either side, not white all over
    bright = like(axis, theme.MARK_SAFE)
    assert (np.diff(bright.astype(int)) == 1).sum() >= 14  # near enough contacts are told apart


def test_a_thread_that_is_not_selected_is_no_black_barrel(qtbot, plan: Plan) -> None:
    contacts = plan.implant.contacts_by_thread()[0]
    plane = along_thread(plan.threads[0])
    picture = painted(look_of(plan, "safe", selected=False), plane, contacts.mean(axis=0), 0.12)
    across = picture[SIZE // 2 - 6 : SIZE // 2 + 7]
    assert like(across, theme.MARK_SAFE).sum(axis=1).min() >= 3
    assert like(across, theme.MARK_SAFE).sum() > like(across, theme.IMAGE_RIM).sum()


def test_the_farther_a_thread_is_from_the_plane_the_paler_it_is(qtbot, plan: Plan) -> None:
    thread = plan.threads[0]
    plane = along_thread(thread)
    contacts = plan.implant.contacts_by_thread()[0].mean(axis=0)
    opacity = []
    for away in (0.0, IN_PLANE_MM + 0.1, 2.0, BANDS[0].within_mm + 0.1):
        moved = replace(plane, origin_mm=plane.origin_mm + away * plane.along)
        picture = painted(look_of(plan, "unsafe"), moved, contacts, 0.1)
        opacity.append(picture[SIZE // 2 - 10 : SIZE // 2 + 10, SIZE // 2 - 4 : SIZE // 2 + 4, 3].max())
    assert opacity[0] == 255
    assert opacity[1] < 0.65 * 255
    assert opacity[2] < 0.7 * opacity[1]
    assert opacity[2] > 30  # it is still seen
    assert opacity[3] == 0

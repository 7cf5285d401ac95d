"""The room around the selected thread in slices, kept and broken."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from PySide6.QtGui import QColor

from app import theme
from app.session import Session
from app.slicing import along_thread
from app.views.slice_room import CLEARANCE, Room, room_of
from app.views.thread_look import ThreadLook, thread_look
from planner.plan.plan import Plan


def drawn(room: Room, plan: Plan, px_mm: float = 0.02) -> dict[str, float]:
    """How large what is drawn in each colour is, mm."""
    shapes = room.shapes(along_thread(plan.threads[0]), px_mm)
    sizes = {shape.line: shape.path.boundingRect() for shape in shapes if shape.dashed and not shape.path.isEmpty()}
    return {colour: max(box.width(), box.height()) for colour, box in sizes.items()}


def look_of(session: Session, plan: Plan) -> ThreadLook:
    return thread_look(plan, session.preview, plan.threads[0].name)


def test_kept_clearance_has_no_alarming_colour_and_broken_one_where_it_is_broken(
    qtbot, session: Session, plan: Plan
) -> None:
    from planner.design.faults import Faults

    name = plan.threads[0].name
    look = look_of(session, plan)
    kept = room_of(plan, look, name)
    assert set(drawn(kept, plan)) == {CLEARANCE[1]}
    red, green, blue, _ = QColor(CLEARANCE[1]).getRgb()
    assert max(red, green, blue) - min(red, green, blue) < 25  # neutral
    from app.views.shaft_lines import ringed
    from app.views.thread_look import shaft_mm

    faults = Faults(np.array([0]), np.array([0]), np.array([0.25]), np.array([0.5]), np.zeros(0, bool))
    near = replace(look, rings=ringed(plan.implant.shafts(), shaft_mm(plan.implant), faults))
    broken = room_of(plan, near, name)
    sizes = drawn(broken, plan)
    assert set(sizes) == {CLEARANCE[1], theme.MARK_UNSAFE}
    shaft = plan.threads[0].depth_mm
    wide = 2 * float(broken.needed.start_radius_mm[0])
    assert abs(sizes[theme.MARK_UNSAFE] - (shaft / 4 + wide)) < 0.02
    assert room_of(plan, near, plan.threads[1].name).broken.start_mm.size == 0


def test_room_that_the_shaft_would_cover_is_neither_drawn_nor_listed(session: Session, plan: Plan) -> None:
    room = room_of(plan, look_of(session, plan), plan.threads[0].name)
    plane = along_thread(plan.threads[0])
    assert room.seen(plane, 0.02)
    assert not room.seen(plane, 0.3)
    assert room.shapes(plane, 0.3) == []
    aside = replace(plane, origin_mm=plane.origin_mm + 3.0 * plane.along)
    assert not room.seen(aside, 0.02)

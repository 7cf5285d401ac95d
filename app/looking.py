"""Where the crosshair goes: one function for each thing that moves it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from app.actions import thread_of
from app.session import Session
from app.slicing import to_vector
from planner.anatomy.hemisphere import V1
from planner.frames import FloatArray

if TYPE_CHECKING:
    from app.views.four_up import FourUp


def at_v1(session: Session) -> None:
    """To the middle of V1's pial surface, of the left hemisphere where there are two: where a case is begun."""
    if session.case is None:
        return
    hemisphere = next(iter(session.case.anatomy.hemispheres.values()))
    points = hemisphere.pial_mm[hemisphere.retinotopy.area == V1]
    points = points if len(points) else hemisphere.pial_mm
    nearest = np.linalg.norm(points - points.mean(axis=0), axis=1).argmin()
    session.look_at(to_vector(points[nearest]))


def at_point(session: Session, point_mm: FloatArray) -> None:
    """To a point of scanner RAS."""
    session.look_at(to_vector(point_mm))


def at_contact(session: Session, row: int) -> None:
    """To a contact of the plan on screen, which is selected with its thread."""
    plan = session.shown
    if plan is not None:
        session.select(plan.threads[int(plan.implant.contact_owners()[row])].name)
        at_point(session, plan.implant.contacts_mm()[row])


def at_thread(session: Session, name: str) -> None:
    """To the middle of a thread's contacts."""
    plan, thread = session.shown, thread_of(session.shown, name)
    if plan is not None and thread is not None:
        at_point(session, plan.implant.contacts_by_thread()[plan.threads.index(thread)].mean(axis=0))


def follow(session: Session, slices: FourUp) -> None:
    """Have the crosshair begin where a case's V1 is, and go to each thread that is selected."""
    slices.looked_at.connect(session.look_at)
    slices.contact_hovered.connect(session.hover)
    slices.contact_clicked.connect(lambda row: at_contact(session, row))
    session.case_changed.connect(lambda: at_v1(session))
    session.selection_changed.connect(lambda old, name: at_thread(session, name))
    at_v1(session)

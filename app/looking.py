"""Where the crosshair goes: one function for each thing that moves it; with what is dragged, see `following`."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from app.actions import any_thread_of
from app.session import Session
from app.views.status import margins_of
from planner.anatomy.hemisphere import V1
from planner.design.limits import ConstraintName
from planner.frames import FloatArray
from planner.implant.thread import vector
from planner.plan.plan import Plan

if TYPE_CHECKING:
    from app.views.checks_panel import ChecksPanel
    from app.views.four_up import FourUp
    from app.views.profile_view import ProfileView


def at_v1(session: Session) -> None:
    """To the middle of V1's pial surface, of the left hemisphere where there are two: where a case is begun."""
    if session.case is None:
        return
    hemisphere = next(iter(session.case.anatomy.hemispheres.values()))
    points = hemisphere.pial_mm[hemisphere.retinotopy.area == V1]
    points = points if len(points) else hemisphere.pial_mm
    nearest = np.linalg.norm(points - points.mean(axis=0), axis=1).argmin()
    session.look_at(vector(points[nearest]))


def at_point(session: Session, point_mm: FloatArray) -> None:
    """To a point of scanner RAS."""
    session.look_at(vector(point_mm))


def at_contact(session: Session, row: int) -> None:
    """To a contact of the plan on screen, which is selected with its thread."""
    plan = session.shown
    if plan is not None:
        drawn = plan.everyone
        session.select(drawn.threads[int(drawn.contact_owners()[row])].name)
        at_point(session, drawn.contacts_mm()[row])


def at_thread(session: Session, name: str, constraint: ConstraintName | None = None) -> None:
    """To where a thread is nearest to breaking a limit; without one given, the limit that has the least margin.

    To the middle of its contacts, where nothing is known of its margins.
    """
    plan, thread, case = session.shown, any_thread_of(session.shown, name), session.case
    if plan is None or thread is None or case is None:
        return
    found = margins_of(plan, session.preview).get(name)
    if constraint is None and found is not None:
        constraint = found.worst[0]
    device = plan.implant.device_of(thread)
    if constraint is None or not device.penetrates or thread.hemisphere not in case.anatomy.hemispheres:
        at_point(session, replace(plan.implant, threads=(thread,)).contacts_mm().mean(axis=0))
        return
    from planner.design.along import profile_along

    session.look_at(profile_along(case.site, device, plan.limits, thread).culprit_mm(constraint))


def jump(session: Session, slices: FourUp, name: str, constraint: ConstraintName | None = None) -> None:
    """The same, with slices that come near to what is looked for, and nearer to what breaks a limit."""
    at_thread(session, name, constraint)
    if name:
        slices.come_near(culprit=constraint is not None)


def at_selected(session: Session, slices: FourUp, name: str) -> None:
    """The same of a selected thread, but while one is dragged over cortex that is cut open: the cut would go along."""
    if not (slices.brain.tools.dragging and slices.brain.stage.cut_open()):
        jump(session, slices, name)


def at_result(session: Session, slices: FourUp, old: Plan | None, new: Plan | None) -> None:
    """Where no thread of an optimisation's verified result is selected, go to its worst as soon as it is shown."""
    run = session.run
    if run is None or run.state != "ended" or new is not run.candidate or new.verdict is None:
        return
    if (old is not None and old.verdict is not None) or any_thread_of(new, session.selection) is not None:
        return
    if found := new.verdict.margins:
        jump(session, slices, min(found, key=lambda name: found[name].urgency))


def follow(session: Session, slices: FourUp, profile: ProfileView, checks: ChecksPanel) -> None:
    """Have the crosshair begin where a case's V1 is, and go to what is selected, clicked on or accused."""
    slices.looked_at.connect(session.look_at)
    slices.contact_hovered.connect(session.hover)
    slices.contact_clicked.connect(lambda row: at_contact(session, row))
    profile.pointed.connect(session.look_at)
    checks.culprit_chosen.connect(lambda name, constraint: jump(session, slices, name, constraint))
    session.case_changed.connect(lambda: at_v1(session))
    session.selection_changed.connect(lambda old, name: at_selected(session, slices, name))
    session.shown_changed.connect(lambda old, new: at_result(session, slices, old, new))
    at_v1(session)

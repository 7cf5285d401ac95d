"""Where a thread is nearest to breaking a limit: what all views turn to when a check is clicked."""

from __future__ import annotations

import numpy as np
from scipy.spatial import cKDTree

from app.actions import thread_of
from app.case import Case
from app.preview import Preview
from app.session import Session
from app.views.status import fresh, margins_of
from planner.anatomy.vessels.tree import VesselTree
from planner.anatomy.vessels.wall import Vessel
from planner.frames import FloatArray
from planner.implant.thread import Thread, Vector
from planner.plan.plan import Plan

STEP_MM = 0.25  # ours: a shaft is looked at in steps of this length


def look_at_culprit(session: Session, name: str, constraint: str) -> None:
    """Select a thread and put the crosshair of all views where it is nearest to breaking a limit."""
    plan, case, thread = session.shown, session.case, thread_of(session.shown, name)
    if plan is None or case is None or thread is None:
        return
    session.select(name)
    session.look_at(culprit_mm(case, plan, thread, constraint, fresh(plan, session.preview)))


def culprit_mm(case: Case, plan: Plan, thread: Thread, constraint: str, preview: Preview | None) -> Vector:
    """The point, scanner RAS in mm, that a margin is of, to a quarter of a millimetre or so.

    Of vessels, forbidden regions and spacing the point of the shaft that is nearest to the vessel's centreline, the
    region's pial or the other shaft; of gray matter the first contact outside it, or else the one nearest to pial or
    white; of depth the tip, of currents the middle; of all that is about the way in, the entry.
    """
    margins = margins_of(plan, preview).get(thread.name)
    hemisphere = case.anatomy.hemispheres.get(thread.hemisphere)
    shaft = _shaft(thread)
    others: FloatArray | None = None
    if constraint == "vessel" and margins is not None:
        named = [_points(v) for v in case.anatomy.vessels if v.name == margins.nearest_vessel]
        others = np.concatenate(named) if named else None
    elif constraint == "spacing" and margins is not None:
        other = thread_of(plan, margins.nearest_thread)
        others = _shaft(other) if other is not None else None
    elif constraint == "region":
        parts = [
            case.anatomy.hemispheres[region.hemisphere].pial_mm[list(region.vertices)]
            for region in plan.limits.regions
            if region.hemisphere in case.anatomy.hemispheres
        ]
        others = np.concatenate(parts) if parts else None
    elif constraint == "gray" and hemisphere is not None:
        row = plan.threads.index(thread)
        shaft = np.asarray(plan.implant.contacts_by_thread()[row], dtype=np.float64)
        outside = ~preview.usable[preview.owner == row] if preview is not None and preview.complete else np.zeros(0)
        if outside.any():
            return _vector(shaft[int(outside.argmax())])
        others = np.concatenate([hemisphere.pial_mm, hemisphere.white_mm])
    elif constraint == "depth":
        return _vector(shaft[-1])
    elif constraint == "current":
        return _vector(shaft[len(shaft) // 2])
    if others is None:
        return _vector(shaft[0])
    distance, _ = cKDTree(others).query(shaft)
    return _vector(shaft[int(np.argmin(distance))])


def _shaft(thread: Thread) -> FloatArray:
    """Points ``(S, 3)`` of a thread from entry to tip."""
    count = max(2, round(thread.depth_mm / STEP_MM) + 1)
    return np.linspace(thread.entry_mm, thread.tip_mm, count)


def _points(vessel: Vessel) -> FloatArray:
    return vessel.points_mm if isinstance(vessel, VesselTree) else vessel.vertices_mm


def _vector(values: FloatArray) -> Vector:
    x, y, z = (float(value) for value in values)
    return (x, y, z)

"""Cortex that no shaft may touch, painted by hand: one region a hemisphere, each stroke one undoable step."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from app.actions import in_background
from app.aims import set_limits
from app.openings import SIDES
from app.session import Session
from app.tasks import Job
from planner.anatomy.regions import Region, painted_region
from planner.frames import HemisphereName, IntArray
from planner.plan.plan import Plan


def painted_vertices(plan: Plan | None, hemisphere: HemisphereName) -> IntArray:
    """The vertices ``(K,)`` of a hemisphere that are painted."""
    regions = plan.limits.regions if plan is not None else ()
    found = [r.vertices for r in regions if r.hemisphere == hemisphere and r.by_hand]
    return np.array([vertex for vertices in found for vertex in vertices], dtype=np.int64)


def paint(session: Session, hemisphere: HemisphereName, vertices: IntArray) -> None:
    """Forbid more cortex of a hemisphere."""
    _repaint(session, hemisphere, np.union1d(painted_vertices(session.plan, hemisphere), vertices), "Paint")


def erase(session: Session, hemisphere: HemisphereName, vertices: IntArray) -> None:
    """Allow painted cortex of a hemisphere again; a region that comes from a file stays as the file has it."""
    _repaint(session, hemisphere, np.setdiff1d(painted_vertices(session.plan, hemisphere), vertices), "Erase")


def save_region(session: Session, place: int, file: Path) -> None:
    """Write a forbidden region, by its place in the list, as a FreeSurfer label."""
    plan, case = session.plan, session.case
    if plan is None or case is None or not 0 <= place < len(plan.limits.regions):
        return
    if session.read_only:
        session.refused.emit(f"Not saved: {session.read_only}")
        return
    region = plan.limits.regions[place]

    def write(job: Job) -> None:
        from planner.plan.region_file import save_label

        save_label(file, region, case.anatomy)

    words = f"Saved {len(region.vertices)} vertices to {file}"
    in_background(session, f"Saving {file.name}", write, lambda _: session.said.emit(words))


def _repaint(session: Session, hemisphere: HemisphereName, vertices: IntArray, verb: str) -> None:
    plan = session.plan
    if plan is None or not session.editable:
        return
    ours = [r for r in plan.limits.regions if r.hemisphere == hemisphere and r.by_hand]
    new = [painted_region(hemisphere, vertices)] if len(vertices) else []
    regions: list[Region] = []
    for region in plan.limits.regions:
        if region not in ours:
            regions.append(region)
        elif new:
            regions.append(new.pop())  # where the first was; there are several where files were joined by hand
    limits = replace(plan.limits, regions=(*regions, *new))
    set_limits(session, limits, f"{verb} forbidden cortex, {SIDES[hemisphere]}")

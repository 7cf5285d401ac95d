"""Where the crosshair goes by itself."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from app.session import Run
from app.window import MainWindow
from planner.plan.make import evaluated
from planner.plan.plan import Plan


def test_where_a_run_gave_up_the_thread_looked_at_the_worst_of_its_result_is(window: MainWindow, plan: Plan) -> None:
    session = window.session
    session.select(plan.threads[0].name)
    before = session.cross_mm
    kept = evaluated(replace(plan, threads=plan.threads[1:]), session.case.site)
    session.set_run(Run(plan, kept, state="ended"))
    assert session.cross_mm == before
    session.show(kept)
    worst = min(kept.verdict.margins, key=lambda name: kept.verdict.margins[name].urgency)
    its = next(thread for thread in kept.threads if thread.name == worst)
    along = (np.array(session.cross_mm) - its.entry_mm) @ np.array(its.direction)
    assert np.linalg.norm(its.entry_mm + along * np.array(its.direction) - session.cross_mm) < 1e-6
    assert session.cross_mm != before


def test_baselines_that_come_later_leave_the_crosshair_where_it_is(window: MainWindow, plan: Plan) -> None:
    session = window.session
    session.select("")
    found = evaluated(plan, session.case.site)
    session.set_run(Run(plan, found, state="ended"))
    session.show(found)
    session.look_at((-45.0, -40.0, 0.0))
    compared = replace(found, baselines={"grid": {"mse": 0.2}})
    session.set_run(Run(plan, compared, state="ended"))
    session.show(compared)
    assert session.cross_mm == (-45.0, -40.0, 0.0)

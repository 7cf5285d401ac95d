"""Forbidden cortex painted by hand, without a window on screen."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest

from app import aims, painting
from app.session import Session
from planner.anatomy.regions import Region
from planner.plan.files import load_plan, save_plan


def regions(session: Session) -> dict[tuple[str, str], tuple[int, ...]]:
    return {(r.name, r.hemisphere): r.vertices for r in session.plan.limits.regions}


@pytest.fixture
def labelled(session: Session) -> Session:
    label = Region("V2", "lh", (1, 2, 3), "label lh.V2.label", "0" * 64)
    aims.set_limits(session, replace(session.plan.limits, regions=(label,)), "Forbid V2")
    return session


def test_strokes_of_a_hemisphere_add_up_to_one_region_beside_those_of_files(labelled: Session) -> None:
    painting.paint(labelled, "lh", np.array([10, 12, 11]))
    painting.paint(labelled, "rh", np.array([7]))
    painting.paint(labelled, "lh", np.array([12, 30, 2]))
    assert regions(labelled) == {
        ("V2", "lh"): (1, 2, 3),
        ("painted", "lh"): (2, 10, 11, 12, 30),
        ("painted", "rh"): (7,),
    }
    assert labelled.history.undoText() == "Paint forbidden cortex, left"
    assert "region" in labelled.plan.limits.in_force
    labelled.history.undo()
    assert regions(labelled)["painted", "lh"] == (10, 11, 12)


def test_erasing_takes_off_what_was_painted_and_nothing_of_a_file(labelled: Session) -> None:
    painting.paint(labelled, "lh", np.array([2, 10]))
    painting.erase(labelled, "lh", np.array([1, 2]))
    assert regions(labelled) == {("V2", "lh"): (1, 2, 3), ("painted", "lh"): (10,)}
    painting.erase(labelled, "lh", np.array([10, 11]))
    assert regions(labelled) == {("V2", "lh"): (1, 2, 3)}
    before = labelled.history.count()
    painting.erase(labelled, "lh", np.array([1]))
    assert labelled.history.count() == before  # nothing changed: no step


def test_a_file_keeps_what_was_painted_and_verify_looks_at_it(
    session: Session, settled: Callable[[], None], tmp_path: Path
) -> None:
    from planner.plan.make import evaluated

    thread = next(t for t in session.plan.threads if t.hemisphere == "lh")
    side = session.case.anatomy.hemispheres["lh"]
    nearest = int(np.linalg.norm(side.pial_mm - thread.entry_mm, axis=1).argmin())
    painting.paint(session, "lh", np.array([nearest]))
    save_plan(session.plan, tmp_path / "plan.json")
    again = load_plan(tmp_path / "plan.json")
    assert again.limits.regions == session.plan.limits.regions
    broken = evaluated(again, session.case.site).verdict.violations
    assert (thread.name, "region") in {(v.thread, v.constraint) for v in broken}


def test_a_region_is_saved_as_a_label_that_can_be_forbidden_again(
    session: Session, settled: Callable[[], None], tmp_path: Path
) -> None:
    painting.paint(session, "rh", np.array([5, 9, 400]))
    said: list[str] = []
    session.said.connect(said.append)
    painting.save_region(session, 0, tmp_path / "rh.mine.label")
    settled()
    assert nib.freesurfer.read_label(tmp_path / "rh.mine.label").tolist() == [5, 9, 400]
    assert "3 vertices" in said[-1]
    aims.forbid(session, tmp_path / "rh.mine.label")
    settled()
    assert regions(session)["rh.mine", "rh"] == (5, 9, 400)

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from threading import Event

import numpy as np
import pytest
from nibabel.freesurfer.io import write_annot
from PIL import Image

from app import aims, files
from app.session import Session
from planner.design.limits import Verdict
from planner.percept.parameters import Scoreboard
from planner.percept.settings import Seeing, Stimulus
from planner.plan.plan import TaskRecord
from planner.tasks.goal import Goal


@pytest.fixture
def told(session: Session) -> list[str]:
    lines: list[str] = []
    session.refused.connect(lines.append)
    return lines


@pytest.fixture
def measured(session: Session, plan) -> Session:
    """A session whose plan has all that can be dropped."""
    session.open(
        session.case,
        replace(plan, measures={"mse": 0.5}, verdict=Verdict(True, {}, ()), baselines={"grid": {"mse": 0.6}}),
    )
    return session


def test_what_is_aimed_at_is_one_undoable_step_that_drops_what_was_measured(
    measured: Session, settled: Callable[[], None]
) -> None:
    session, before = measured, measured.plan
    changes: list[Callable[[], None]] = [
        lambda: aims.set_task(session, TaskRecord("words", height_deg=4.0, pixels=32)),
        lambda: aims.set_seeing(session, Seeing(Scoreboard())),
        lambda: aims.set_limit(session, "gray_mm", 0.25),
        lambda: aims.set_profile(session, "cautious"),
        lambda: aims.set_access(session, "occipital pole"),
    ]
    for number, change in enumerate(changes, 1):
        change()
        settled()
        assert session.history.count() == number
        assert (session.plan.measures, session.plan.verdict, session.plan.baselines) == (None, None, None)
    assert session.plan.task.name == "words"
    assert session.plan.seeing.model == Scoreboard()
    assert session.plan.limits.vein_clearance_mm == 0.3  # the profile's
    assert {window.hemisphere for window in session.plan.limits.access.windows} == {"lh", "rh"}
    for _ in changes:
        session.history.undo()
    assert session.plan == before


def test_a_value_that_is_spun_is_one_step_and_another_value_the_next(session: Session) -> None:
    before = session.plan.limits
    for value in (0.15, 0.2, 0.25):
        aims.set_limit(session, "gray_mm", value)
    aims.set_limit(session, "angle_deg", 70.0)
    aims.set_limit(session, "angle_deg", 60.0)
    assert session.history.count() == 2
    session.history.undo()
    assert (session.plan.limits.gray_mm, session.plan.limits.angle_deg) == (0.25, before.angle_deg)
    session.history.undo()
    assert session.plan.limits == before


def test_the_goal_is_a_step_that_leaves_what_was_measured(measured: Session) -> None:
    aims.set_goal(measured, Goal(1.0, 0.5), "ssim")
    aims.set_goal(measured, Goal(1.0, 0.7), "ssim")
    assert measured.plan.goal == Goal(1.0, 0.7)
    assert measured.history.count() == 1
    assert measured.plan.measures == {"mse": 0.5}


def test_a_goal_that_does_not_go_with_the_task_is_refused_in_words(
    session: Session, told: list[str], settled: Callable[[], None]
) -> None:
    aims.set_task(session, TaskRecord("words", height_deg=4.0, pixels=32))
    settled()
    aims.set_goal(session, Goal(1.0, 0.0, 1.0))
    assert session.plan.goal == Goal()
    assert "recogniser reads single letters" in told[0]


def test_a_task_that_does_not_go_with_the_goal_takes_the_usual_one_and_says_so(
    session: Session, settled: Callable[[], None]
) -> None:
    said: list[str] = []
    session.said.connect(said.append)
    aims.set_goal(session, Goal(1.0, 0.0, 1.0))
    aims.set_seeing(session, Seeing(stimulus=Stimulus("fit")))
    assert session.plan.goal == Goal()
    assert "squared error alone" in said[0]
    session.history.undo()
    assert session.plan.goal.recognition == 1.0


def test_a_task_that_cannot_be_drawn_is_refused_and_the_plan_stays(
    session: Session, told: list[str], settled: Callable[[], None]
) -> None:
    before = session.plan
    aims.set_task(session, TaskRecord("reading", height_deg=100.0, pixels=32))
    settled()
    assert session.plan is before
    assert told


def test_pictures_of_a_folder_or_one_of_them_are_a_task(
    session: Session, settled: Callable[[], None], tmp_path: Path, told: list[str]
) -> None:
    for name, gray in (("a.png", 60), ("b.png", 200)):
        Image.fromarray(np.full((20, 20), gray, np.uint8)).save(tmp_path / name)
    (tmp_path / "notes.txt").write_text("no picture")
    said: list[str] = []
    session.said.connect(said.append)
    aims.set_pictures(session, tmp_path)
    settled()
    assert [file.name for file in session.plan.task.files] == ["a.png", "b.png"]
    assert any("1 other" in line for line in said)
    aims.set_pictures(session, tmp_path, "b.png")
    settled()
    assert [file.name for file in session.plan.task.files] == ["b.png"]
    aims.set_pictures(session, tmp_path, "notes.txt")
    settled()
    assert told
    assert "picture" in told[-1]


def test_cortex_of_a_label_or_a_parcel_is_forbidden_and_allowed_again(
    session: Session, settled: Callable[[], None], tmp_path: Path, told: list[str]
) -> None:
    count = len(session.case.anatomy.hemispheres["lh"].pial_mm)
    label = tmp_path / "lh.spared.label"
    label.write_text("#!ascii label\n3\n5 0 0 0 0\n7 0 0 0 0\n9 0 0 0 0\n")
    annotation = tmp_path / "rh.parcels.annot"
    labels = np.zeros(count, dtype=np.int32)
    labels[20:30] = 1
    write_annot(annotation, labels, np.array([[1, 2, 3, 0, 0], [4, 5, 6, 0, 0]]), ["rest", "cuneus"], fill_ctab=True)
    aims.forbid(session, label)
    settled()
    aims.forbid(session, annotation, "cuneus")
    settled()
    assert [(r.hemisphere, r.vertices) for r in session.plan.limits.regions] == [
        ("lh", (5, 7, 9)),
        ("rh", tuple(range(20, 30))),
    ]
    aims.forbid(session, label)
    settled()
    assert len(session.plan.limits.regions) == 2
    aims.allow(session, 0)
    assert [r.name for r in session.plan.limits.regions] == ["cuneus"]
    session.history.undo()
    assert len(session.plan.limits.regions) == 2
    nameless = tmp_path / "spared.label"
    nameless.write_text(label.read_text())
    aims.forbid(session, nameless)
    settled()
    assert "hemisphere" in told[-1]


def test_nothing_is_aimed_at_anew_while_the_plan_is_read_only(
    session: Session, plan, settled: Callable[[], None], tmp_path: Path
) -> None:
    session.open(session.case, plan, read_only="its anatomy has changed")
    aims.set_limit(session, "gray_mm", 0.3)
    aims.set_goal(session, Goal(2.0))
    aims.set_seeing(session, Seeing(Scoreboard()))
    aims.set_task(session, TaskRecord("words", height_deg=4.0))
    aims.set_profile(session, "cautious")
    settled()
    assert session.plan is plan


@pytest.mark.parametrize("end", ["cancelled", "failed"])
def test_fields_show_the_plans_own_where_windows_do_not_come(
    qtbot, session: Session, held: Event, monkeypatch: pytest.MonkeyPatch, end: str
) -> None:
    def fail(preset: str, anatomy: object) -> None:
        raise ValueError(preset)

    monkeypatch.setattr("planner.anatomy.windows.access_preset", fail)
    before = session.plan
    aims.set_access(session, "occipital")
    with qtbot.waitSignal(session.document_changed):
        if end == "cancelled":
            files.cancel(session, session.worker.current)
        else:
            held.set()
    assert session.plan is before
    assert session.worker.current is None

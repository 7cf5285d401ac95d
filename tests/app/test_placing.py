"""Placing by hand, as actions on the session."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Event
from time import sleep

import numpy as np
import pytest
from PySide6.QtCore import QTimer

from app import actions, aims, files, placing
from app.preview import resolve
from app.session import Run, Session
from app.tasks import Cancelled
from app.window import MainWindow
from planner.design.centring import off_middle
from planner.design.limits import Limits
from planner.design.progress import Progress
from planner.design.site import Site
from planner.design.verify import verify
from planner.implant.catalogue import load_device
from planner.implant.device import Devices
from planner.implant.parameters import to_tensors
from planner.implant.thread import Thread
from planner.plan.edits import with_threads
from planner.plan.plan import Plan

Settled = Callable[[], None]


def entry_near(plan: Plan, name: str, offset: tuple[float, float, float]) -> tuple[float, float, float]:
    thread = next(t for t in plan.threads if t.name == name)
    x, y, z = (float(a + b) for a, b in zip(thread.entry_mm, offset, strict=True))
    return x, y, z


def test_adding_finds_a_safe_place_near_the_point_and_selects_the_new_thread(
    session: Session, plan: Plan, settled: Settled
) -> None:
    session.edit("Room", with_threads(plan, plan.threads[:3]))
    point = (-45.0, -38.0, 12.0)
    placing.add_thread(session, "lh", point)
    settled()
    thread = session.plan.threads[-1]
    assert session.selection == thread.name == "T04"
    assert np.linalg.norm(np.subtract(thread.entry_mm, point)) < 4.0
    assert verify(session.case.anatomy, session.plan.implant, session.plan.limits).feasible
    session.history.undo()
    assert session.plan.threads == plan.threads[:3]


def test_two_threads_added_at_once_get_two_names(session: Session, plan: Plan, settled: Settled) -> None:
    session.edit("Room", with_threads(plan, plan.threads[:2]))
    placing.add_thread(session, "lh", (-45.0, -38.0, 12.0))
    placing.add_thread(session, "rh", (45.0, -38.0, 12.0))
    settled()
    assert [t.name for t in session.plan.threads[2:]] == ["T03", "T04"]


def test_clicks_faster_than_the_search_give_threads_that_keep_clear_of_each_other(
    session: Session, plan: Plan, settled: Settled
) -> None:
    session.edit("Room", with_threads(plan, ()))
    for _ in range(3):
        placing.add_thread(session, "lh", (-45.0, -38.0, 12.0))
    actions.set_lock(session, "T01", True)
    settled()
    assert [t.name for t in session.plan.threads] == ["T01", "T02", "T03"]
    assert verify(session.case.anatomy, session.plan.implant, session.plan.limits).feasible


def test_an_edit_during_the_search_makes_it_begin_again(session: Session, plan: Plan, settled: Settled) -> None:
    session.edit("Room", with_threads(plan, plan.threads[:2]))
    placing.add_thread(session, "lh", (-45.0, -38.0, 12.0))
    session.edit("More", with_threads(plan, plan.threads[:4]))
    settled()
    assert session.plan.threads[:4] == plan.threads[:4]
    assert verify(session.case.anatomy, session.plan.implant, session.plan.limits).feasible


def test_no_thread_is_added_beyond_the_budget_and_that_is_said_at_once(
    session: Session, plan: Plan, settled: Settled
) -> None:
    said: list[str] = []
    session.said.connect(said.append)
    session.refused.connect(said.append)
    session.edit("Room", with_threads(plan, plan.threads[:5]))
    placing.add_thread(session, "lh", (-45.0, -38.0, 12.0))
    placing.add_thread(session, "lh", (-45.0, -38.0, 12.0))
    settled()
    assert len(session.plan.threads) == 6
    assert "budget of 6 threads is reached" in said[0]
    placing.add_thread(session, "lh", (-45.0, -38.0, 12.0))
    assert not session.worker.busy
    assert "raise Threads" in said[-1]


def test_a_point_far_from_v1_adds_nothing_and_says_so(session: Session, plan: Plan, settled: Settled) -> None:
    session.edit("Room", with_threads(plan, plan.threads[:3]))
    plan = session.plan
    said: list[str] = []
    session.said.connect(said.append)
    session.refused.connect(said.append)
    placing.add_thread(session, "lh", (-45.0, 40.0, 0.0))
    settled()
    assert session.plan is plan
    assert "mm from V1" in said[-1]
    placing.add_thread(session, "lh", (-45.0, -40.0 * np.cos(0.72), 40.0 * np.sin(0.72)))  # 3 mm beyond its edge
    settled()
    assert len(session.plan.threads) == 4


def test_a_drag_shows_drafts_and_becomes_one_command(session: Session, plan: Plan) -> None:
    name = plan.threads[0].name
    for step in (1.0, 2.0, 3.0):
        placing.drag_thread(session, name, entry_near(plan, name, (step, 0.0, 0.0)))
    assert session.plan is plan
    assert session.history.count() == 0
    placing.drop_thread(session, name)
    assert session.history.count() == 1
    moved = session.plan.threads[0]
    assert np.linalg.norm(np.subtract(moved.entry_mm, plan.threads[0].entry_mm)) > 1.0
    session.history.undo()
    assert session.plan == plan


def test_a_cancelled_drag_leaves_no_trace(session: Session, plan: Plan) -> None:
    name = plan.threads[0].name
    placing.drag_thread(session, name, entry_near(plan, name, (3.0, 0.0, 0.0)))
    session.cancel_drag()
    assert session.shown is plan
    assert session.history.count() == 0


def test_a_drop_that_breaks_a_limit_turns_the_thread_about_its_entry(
    session: Session, plan: Plan, settled: Settled
) -> None:
    said: list[str] = []
    session.said.connect(said.append)
    deep = replace(plan.threads[0], direction=tuple(-v for v in plan.threads[0].direction))  # out of the head
    session.edit("Spoil", with_threads(plan, (deep,)))
    placing.drag_thread(session, deep.name, deep.entry_mm)
    draft = session.draft.threads[0]
    placing.drop_thread(session, deep.name)
    settled()
    (dropped,) = session.plan.threads
    assert dropped.entry_mm == draft.entry_mm
    assert verify(session.case.anatomy, session.plan.implant, session.plan.limits).feasible
    assert said == [f"{deep.name} was turned to keep every limit"]
    assert session.history.count() == 2


def test_a_drop_where_nothing_will_do_says_what_is_broken(session: Session, plan: Plan, settled: Settled) -> None:
    said: list[str] = []
    session.said.connect(said.append)
    session.edit("Strict", replace(plan, limits=replace(plan.limits, gray_mm=3.0)))  # no cortex is so thick
    name = plan.threads[0].name
    placing.drag_thread(session, name, plan.threads[0].entry_mm)
    placing.drop_thread(session, name)
    settled()
    assert said[-1].startswith(f"{name}: breaks gray matter by ")
    assert session.plan.threads[0].direction == session.plan.threads[0].direction


def test_contacts_outside_v1_are_counted_in_words_as_the_preview_counts_them(session: Session, plan: Plan) -> None:
    side = -45.0 if plan.threads[0].hemisphere == "lh" else 45.0
    away = replace(plan.threads[0], entry_mm=(side, 0.0, 40.0), direction=(0.0, 0.0, -1.0))
    moved = with_threads(plan, (away,))
    assert "16 of 16 contacts outside V1" in placing.shortcomings(session.case, moved, away)
    assert not resolve(session.case.site, moved).usable.any()
    assert placing.shortcomings(session.case, plan, plan.threads[1]) == ""


def rigid(plan: Plan, row: int) -> np.ndarray:
    """All distances between the contacts of a thread."""
    contacts = plan.implant.contacts_by_thread()[row]
    return np.linalg.norm(contacts[:, None] - contacts[None], axis=2)


def test_an_array_is_placed_by_click_and_dragged_as_one_rigid_body(
    session: Session, plan: Plan, settled: Settled
) -> None:
    session.edit("Room", with_threads(plan, plan.threads[:3]))
    actions.set_all_locks(session, True)
    actions.set_device(session, load_device("utah"))
    point = (-45.0, -38.0, 12.0)
    placing.add_thread(session, "lh", point)
    settled()
    placed = session.plan
    array = placed.threads[-1]
    assert array.device == "utah"
    assert np.linalg.norm(np.subtract(array.entry_mm, point)) < 5.0
    assert len(placed.implant.contacts_by_thread()[-1]) == 96
    placing.drag_thread(session, array.name, entry_near(placed, array.name, (3.0, 0.0, -4.0)))
    dragged = session.draft
    np.testing.assert_allclose(rigid(dragged, 3), rigid(placed, 3), atol=1e-9)
    moved = dragged.implant.contacts_by_thread()[-1] - placed.implant.contacts_by_thread()[-1]
    assert np.linalg.norm(moved, axis=1).min() > 2.0
    assert np.dot(dragged.threads[-1].across, dragged.threads[-1].direction) == pytest.approx(0.0, abs=1e-9)
    placing.drop_thread(session, array.name)
    settled()
    np.testing.assert_allclose(rigid(session.plan, 3), rigid(placed, 3), atol=1e-9)
    assert [t.device for t in session.plan.threads] == ["long-thread"] * 3 + ["utah"]
    assert session.plan.implant.shafts().thread.tolist() == [0, 1, 2, *[3] * 96]


def test_a_drop_with_snapping_sets_contacts_around_the_middle_of_the_gray_matter(
    session: Session, plan: Plan, settled: Settled
) -> None:
    said: list[str] = []
    session.said.connect(said.append)
    site, name = session.case.site, plan.threads[0].name

    def off() -> float:
        (one,) = (t for t in session.plan.threads if t.name == name)
        return float(off_middle(site, to_tensors((one,), plan.devices), plan.devices)[0])

    placing.drag_thread(session, name, entry_near(plan, name, (2.0, 0.0, 0.0)))
    placing.drop_thread(session, name)
    settled()
    before = off()
    session.history.undo()
    placing.drag_thread(session, name, entry_near(plan, name, (2.0, 0.0, 0.0)))
    placing.drop_thread(session, name, snapping=True)
    settled()
    assert off() < before - 0.01
    assert f"{name} was set around the middle of the gray matter" in said[-1]
    assert verify(session.case.anatomy, session.plan.implant, session.plan.limits).feasible
    session.history.undo()
    assert session.plan == plan


def test_what_was_asked_of_one_plan_is_not_done_to_the_next_one_on_the_same_case(
    session: Session, plan: Plan, settled: Settled
) -> None:
    before, other = with_threads(plan, plan.threads[:3]), with_threads(plan, plan.threads[:2])
    session.edit("Room", before)
    placing.add_thread(session, "lh", (-45.0, -38.0, 12.0))
    aims.set_task(session, replace(plan.task, name="words"))
    session.open(session.case, other)
    settled()
    assert session.plan is other
    assert not session.modified
    assert not session.history.count()


@dataclass
class Search:
    """A search in the place of `refined` that goes on until it may end, and then finds another direction."""

    may_end: bool = False
    abandoned: bool = False

    def __call__(
        self, site: Site, devices: Devices, limits: Limits, thread: Thread, taken: object, progress: Progress
    ) -> Thread:
        try:
            while not self.may_end:
                progress("Turning", 1, 4)
                sleep(0.005)
        except Cancelled:
            self.abandoned = True
            raise
        return replace(thread, depth_mm=thread.depth_mm + 0.25)


@pytest.fixture
def search(monkeypatch: pytest.MonkeyPatch) -> Search:
    search = Search()
    monkeypatch.setattr("planner.design.placing.refined", search)
    return search


def drag_and_drop(session: Session, name: str, by_mm: float = 2.0) -> Plan:
    """What was let go."""
    placing.drag_thread(session, name, entry_near(session.plan, name, (by_mm, 0.0, 0.0)))
    dropped = session.draft
    placing.drop_thread(session, name)
    return dropped


def test_a_drop_is_taken_at_once_and_what_is_found_for_it_is_part_of_the_same_step(
    qtbot, session: Session, plan: Plan, settled: Settled, search: Search
) -> None:
    beats: list[int] = []
    timer = QTimer(interval=5)
    timer.timeout.connect(lambda: beats.append(1))
    timer.start()
    name = plan.threads[0].name
    dropped = drag_and_drop(session, name)
    assert session.plan == dropped
    assert session.history.count() == 1
    qtbot.waitUntil(lambda: session.worker.current is not None)
    assert session.worker.current.title == f"Turning {name} to keep every limit"
    assert session.worker.current.far == (1, 4)
    assert len(beats) > 10  # the window goes on meanwhile
    search.may_end = True
    settled()
    assert session.plan.threads[0] == replace(dropped.threads[0], depth_mm=dropped.threads[0].depth_mm + 0.25)
    assert session.history.count() == 1
    assert session.history.undoText() == f"Move {name}"
    session.history.undo()
    assert session.plan == plan
    session.history.redo()
    assert session.plan.threads[0].depth_mm == dropped.threads[0].depth_mm + 0.25


def test_all_that_is_measured_of_a_plan_is_measured_where_a_thread_is_dropped(
    qtbot, window: MainWindow, settled: Settled, search: Search
) -> None:
    session = window.session
    name = session.plan.threads[0].name
    placing.drag_thread(session, name, entry_near(session.plan, name, (1.0, 0.0, 0.0)))
    qtbot.waitUntil(lambda: session.preview.plan is session.draft)
    assert not session.preview.measured
    placing.drop_thread(session, name)
    qtbot.waitUntil(lambda: session.preview.measured)  # the search goes on
    assert session.preview.plan == session.plan
    search.may_end = True
    settled()
    assert session.preview.plan == session.plan


def test_cancelling_the_search_keeps_the_place_where_the_thread_was_dropped(
    qtbot, session: Session, plan: Plan, settled: Settled, search: Search
) -> None:
    dropped = drag_and_drop(session, plan.threads[0].name)
    qtbot.waitUntil(lambda: session.worker.current is not None)
    files.cancel(session, session.worker.current)
    settled()
    assert search.abandoned
    assert session.plan == dropped
    assert session.history.count() == 1


@pytest.mark.parametrize("deed", ["undo", "edit", "lock", "drag", "open", "optimise"])
def test_whatever_is_done_meanwhile_ends_the_search_and_nothing_is_lost_by_it(
    qtbot, session: Session, plan: Plan, settled: Settled, search: Search, deed: str
) -> None:
    heard: list[str] = []
    session.refused.connect(heard.append)
    first, second = plan.threads[0].name, plan.threads[1].name
    drag_and_drop(session, first)
    qtbot.waitUntil(lambda: session.worker.current is not None)
    if deed == "undo":
        session.history.undo()
    elif deed == "edit":
        actions.set_depth(session, second, plan.threads[1].depth_mm + 0.5)
    elif deed == "lock":
        actions.set_lock(session, first, True)
    elif deed == "drag":
        placing.drag_thread(session, second, entry_near(plan, second, (1.0, 0.0, 0.0)))
    elif deed == "open":
        session.open(session.case, plan)
    else:
        session.set_run(Run(session.plan, session.plan))
    now, draft = session.plan, session.draft
    settled()
    assert search.abandoned
    assert session.plan is now
    assert session.draft is draft
    assert heard == []
    session.set_run(None)


def test_two_drops_are_two_steps_and_each_is_refined(
    session: Session, plan: Plan, settled: Settled, search: Search
) -> None:
    search.may_end = True
    name = plan.threads[0].name
    for count in (1, 2):
        drag_and_drop(session, name)
        settled()
        assert session.history.count() == count
    assert session.plan.threads[0].depth_mm == plan.threads[0].depth_mm + 0.5
    session.history.undo()
    assert session.plan.threads[0].depth_mm == plan.threads[0].depth_mm + 0.25


def test_what_is_saved_while_the_search_goes_on_is_what_undo_leads_back_to(
    session: Session, plan: Plan, settled: Settled, search: Search, tmp_path: Path
) -> None:
    dropped = drag_and_drop(session, plan.threads[0].name)
    files.save(session, tmp_path / "plan.json")
    search.may_end = True
    settled()
    assert session.modified
    session.history.undo()
    assert session.plan == dropped
    assert not session.modified


def test_finding_a_place_says_how_far_it_is(
    qtbot, session: Session, plan: Plan, settled: Settled, monkeypatch: pytest.MonkeyPatch
) -> None:
    def slow(*asked: object, progress: Progress) -> Thread:
        progress("Pushing", 3, 60)
        gate.wait(10)
        return replace(plan.threads[3], name="T04")

    gate = Event()
    monkeypatch.setattr("planner.design.placing.propose_thread", slow)
    session.edit("Room", with_threads(plan, plan.threads[:3]))
    placing.add_thread(session, "lh", (-45.0, -38.0, 12.0))
    job = session.worker.current
    qtbot.waitUntil(lambda: job.far == (3, 60))
    assert job.left_s is not None
    gate.set()
    settled()

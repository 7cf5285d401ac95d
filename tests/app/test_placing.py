"""Placing by hand, as actions on the session."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from app import actions, aims, placing
from app.preview import resolve
from app.session import Session
from planner.design.centring import off_middle
from planner.design.verify import verify
from planner.implant.catalogue import load_device
from planner.implant.parameters import to_tensors
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
    placing.cancel_drag(session)
    assert session.shown is plan
    assert session.history.count() == 0


def test_a_drop_that_breaks_a_limit_turns_the_thread_about_its_entry(session: Session, plan: Plan) -> None:
    said: list[str] = []
    session.said.connect(said.append)
    deep = replace(plan.threads[0], direction=tuple(-v for v in plan.threads[0].direction))  # out of the head
    session.edit("Spoil", with_threads(plan, (deep,)))
    placing.drag_thread(session, deep.name, deep.entry_mm)
    draft = session.draft.threads[0]
    placing.drop_thread(session, deep.name)
    (dropped,) = session.plan.threads
    assert dropped.entry_mm == draft.entry_mm
    assert verify(session.case.anatomy, session.plan.implant, session.plan.limits).feasible
    assert said == [f"{deep.name} was turned to keep every limit"]
    assert session.history.count() == 2


def test_a_drop_where_nothing_will_do_says_what_is_broken(session: Session, plan: Plan) -> None:
    said: list[str] = []
    session.said.connect(said.append)
    session.edit("Strict", replace(plan, limits=replace(plan.limits, gray_mm=3.0)))  # no cortex is so thick
    name = plan.threads[0].name
    placing.drag_thread(session, name, plan.threads[0].entry_mm)
    placing.drop_thread(session, name)
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
    np.testing.assert_allclose(rigid(session.plan, 3), rigid(placed, 3), atol=1e-9)
    assert [t.device for t in session.plan.threads] == ["long-thread"] * 3 + ["utah"]
    assert session.plan.implant.shafts().thread.tolist() == [0, 1, 2, *[3] * 96]


def test_a_drop_with_snapping_sets_contacts_around_the_middle_of_the_gray_matter(session: Session, plan: Plan) -> None:
    said: list[str] = []
    session.said.connect(said.append)
    site, name = session.case.site, plan.threads[0].name

    def off() -> float:
        (one,) = (t for t in session.plan.threads if t.name == name)
        return float(off_middle(site, to_tensors((one,), plan.devices), plan.devices)[0])

    placing.drag_thread(session, name, entry_near(plan, name, (2.0, 0.0, 0.0)))
    placing.drop_thread(session, name)
    before = off()
    session.history.undo()
    placing.drag_thread(session, name, entry_near(plan, name, (2.0, 0.0, 0.0)))
    placing.drop_thread(session, name, snapping=True)
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

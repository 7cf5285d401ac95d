"""Editing threads that are there, as actions on the session."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from app import actions, editing
from app.preview import resolve
from app.session import Session
from planner.design.assess import phosphenes
from planner.design.verify import verify
from planner.implant.catalogue import load_device
from planner.plan.edits import with_threads
from planner.plan.plan import Plan

Settled = Callable[[], None]


def heard(session: Session) -> list[str]:
    """What is refused or said from now on."""
    words: list[str] = []
    session.refused.connect(words.append)
    session.said.connect(words.append)
    return words


def test_a_phosphene_that_is_wished_for_gets_a_thread_which_is_selected(
    session: Session, plan: Plan, settled: Settled
) -> None:
    session.edit("Room", with_threads(plan, plan.threads[:2]))
    words = heard(session)
    editing.add_at_field(session, (3.0, 1.0))
    settled()
    thread = session.plan.threads[-1]
    assert session.selection == thread.name == "T03"
    lit = phosphenes(session.case.site, replace(plan.implant, threads=(thread,))).field_deg.numpy()
    assert np.linalg.norm(lit - (3.0, 1.0), axis=1).min() < 0.5
    assert "from +3.0°, +1.0°" in words[-1]
    assert session.history.undoText() == "Add T03 for a phosphene"


def test_a_place_that_no_v1_sees_is_refused(session: Session, plan: Plan, settled: Settled) -> None:
    session.edit("Room", with_threads(plan, plan.threads[:2]))
    words = heard(session)
    editing.add_at_field(session, (400.0, 0.0))
    settled()
    assert "No V1 of this case sees" in words[-1]
    assert len(session.plan.threads) == 2


def test_a_mirrored_thread_lights_the_mirrored_place_from_the_other_hemisphere(
    session: Session, plan: Plan, settled: Settled
) -> None:
    session.edit("Room", with_threads(plan, plan.threads[:2]))
    session.set_preview(resolve(session.case.site, session.plan))
    first = plan.threads[0]
    before = np.median(phosphenes(session.case.site, replace(plan.implant, threads=(first,))).field_deg.numpy(), axis=0)
    editing.mirror(session, first.name)
    settled()
    copy = session.plan.threads[-1]
    assert session.history.undoText() == f"Mirror {first.name} as {copy.name}"
    assert copy.hemisphere != first.hemisphere
    after = phosphenes(session.case.site, replace(plan.implant, threads=(copy,))).field_deg.numpy()
    assert np.linalg.norm(after - (-before[0], before[1]), axis=1).min() < 0.2 * np.linalg.norm(before)


def test_a_copy_stands_beside_its_thread_and_keeps_its_distance(session: Session, plan: Plan, settled: Settled) -> None:
    session.edit("Room", with_threads(plan, plan.threads[:2]))
    editing.duplicate(session, plan.threads[0].name)
    settled()
    copy = session.plan.threads[-1]
    assert copy.hemisphere == plan.threads[0].hemisphere
    assert np.linalg.norm(np.subtract(copy.entry_mm, plan.threads[0].entry_mm)) < 5.0
    assert verify(session.case.anatomy, session.plan.implant, session.plan.limits).feasible


def test_a_name_may_be_any_that_is_free_and_the_thread_stays_selected(session: Session, plan: Plan) -> None:
    first, second = plan.threads[0].name, plan.threads[1].name
    words = heard(session)
    session.select(first)
    editing.rename(session, first, " Fovea left ")
    assert session.plan.threads[0] == replace(plan.threads[0], name="Fovea left")
    assert session.selection == "Fovea left"
    for wrong in (second, "", "x" * 65, "a\nb"):
        editing.rename(session, "Fovea left", wrong)
    assert session.plan.threads[0].name == "Fovea left"
    assert len(words) == 4
    session.history.undo()
    assert session.plan.threads[0].name == first


def test_a_tip_is_pointed_and_ends_where_the_device_allows(session: Session, plan: Plan) -> None:
    thread = plan.threads[0]
    wish = tuple(np.add(thread.tip_mm, (0.4, 0.0, 0.3)))
    editing.point_tip(session, thread.name, wish)
    turned = session.plan.threads[0]
    assert turned.entry_mm == thread.entry_mm
    np.testing.assert_allclose(turned.tip_mm, wish, atol=1e-9)
    far = tuple(np.array(thread.entry_mm) + 100.0 * np.array(thread.direction))
    editing.point_tip(session, thread.name, far)
    assert session.plan.threads[0].depth_mm == min(plan.device.max_depth_mm, plan.limits.max_depth_mm)
    actions.set_lock(session, thread.name, True)
    locked = session.plan
    editing.point_tip(session, thread.name, wish)
    assert session.plan is locked


def test_a_tip_that_is_dragged_is_a_draft_until_it_is_dropped(session: Session, plan: Plan) -> None:
    thread = plan.threads[0]
    wish = tuple(np.add(thread.tip_mm, (0.3, 0.0, 0.0)))
    editing.point_tip(session, thread.name, wish, dragging=True)
    assert session.plan is plan
    np.testing.assert_allclose(session.draft.threads[0].tip_mm, wish, atol=1e-9)
    session.show(None)
    assert session.shown is plan


def test_several_threads_are_deleted_and_locked_at_once_and_locked_ones_stay(session: Session, plan: Plan) -> None:
    names = [thread.name for thread in plan.threads]
    words = heard(session)
    session.select(names[0], names[1:3])
    editing.toggle_locks(session)
    assert [t.locked for t in session.plan.threads] == [True] * 3 + [False] * 3
    session.select(names[2], names[3:5])
    editing.delete_selected(session)
    assert [t.name for t in session.plan.threads] == [*names[:3], names[5]]
    assert words == [f"{names[2]} is locked; unlock it to delete it"]
    assert session.history.undoText() == "Delete 2 threads"
    session.select(names[0], names[1:3])
    editing.toggle_locks(session)
    assert not any(t.locked for t in session.plan.threads)


def test_a_thread_that_is_set_aside_counts_for_nothing_and_comes_back_as_it_was(session: Session, plan: Plan) -> None:
    thread = plan.threads[2]
    session.select(thread.name)
    editing.toggle_use(session)
    assert thread.name not in {t.name for t in session.plan.threads}
    assert session.plan.aside == (thread,)
    assert session.selection == thread.name
    assert session.history.undoText() == f"Set {thread.name} aside"
    assert len(resolve(session.case.site, session.plan).owner) == 16 * (len(plan.threads) - 1)
    assert actions.next_name(session.plan) == "T07"  # not the name that is set aside
    editing.toggle_use(session)
    assert session.plan.threads == (*others_of(plan, thread.name), thread)
    assert session.plan.aside == ()
    session.history.undo()
    session.history.undo()
    assert session.plan == plan
    assert session.selection == thread.name


def others_of(plan: Plan, name: str) -> tuple[object, ...]:
    return tuple(t for t in plan.threads if t.name != name)


def test_no_more_threads_are_used_than_the_budget_allows(session: Session, plan: Plan) -> None:
    words = heard(session)
    editing.set_use(session, (plan.threads[0].name,), False)
    actions.set_budget(session, 5)
    before = session.plan
    editing.set_use(session, (plan.threads[0].name,), True)
    assert session.plan is before
    assert "The budget of 5 threads is 1 too small" in words[-1]


def test_several_threads_are_grouped_selected_by_their_group_and_ungrouped(session: Session, plan: Plan) -> None:
    first, second, third = (thread.name for thread in plan.threads[:3])
    session.select(first, (third,))
    editing.set_group(session, "foveal")
    assert session.history.undoText() == "Group 2 threads as foveal"
    assert [t.group for t in session.plan.threads[:3]] == ["foveal", "", "foveal"]
    assert session.plan.measures == plan.measures
    session.select(second)
    editing.select_group(session, "foveal")
    assert session.selected == {first, third}
    editing.toggle_locks(session)
    assert [t.locked for t in session.plan.threads[:3]] == [True, False, True]
    editing.set_group(session, "")
    assert editing.groups_of(session.plan) == []
    assert session.history.undoText() == "Ungroup 2 threads"


def test_a_group_needs_a_name_that_can_be_printed(session: Session, plan: Plan) -> None:
    words = heard(session)
    session.select(plan.threads[0].name)
    editing.set_group(session, "a\nb")
    assert "no name for a group" in words[-1]
    assert session.plan is plan


def test_unused_threads_are_renamed_locked_and_deleted_like_others(session: Session, plan: Plan) -> None:
    words = heard(session)
    name = plan.threads[0].name
    editing.set_use(session, (name,), False)
    editing.rename(session, name, plan.threads[1].name)
    assert "Another thread is called" in words[-1]
    session.select(name)
    editing.rename(session, name, "Spare")
    assert session.plan.aside[0].name == session.selection == "Spare"
    editing.toggle_locks(session)
    assert session.plan.aside[0].locked
    editing.delete_selected(session)
    assert "Spare is locked" in words[-1]
    editing.toggle_locks(session)
    editing.delete_selected(session)
    assert session.plan.aside == ()


def test_another_device_turns_unused_threads_too_so_that_they_can_be_used_again(session: Session, plan: Plan) -> None:
    name = plan.threads[0].name
    actions.set_lock(session, name, True)
    editing.set_use(session, (name,), False)
    actions.set_device(session, load_device("utah"))
    spare = session.plan.aside[0]
    assert spare.locked
    assert spare.across is not None
    assert session.plan.everyone.device_of(spare).name == "utah"
    assert len(session.plan.everyone.contacts_mm()) == 96 * len(plan.threads)


def test_copies_asked_for_faster_than_the_search_each_get_a_place_and_keep_clear_of_each_other(
    session: Session, plan: Plan, settled: Settled
) -> None:
    session.edit("Room", with_threads(plan, plan.threads[:1]))
    words = heard(session)
    for _ in range(2):
        editing.duplicate(session, plan.threads[0].name)
    settled()
    assert [t.name for t in session.plan.threads] == ["T01", "T02", "T03"]
    assert session.history.undoText() == "Duplicate T01 as T03"
    assert verify(session.case.anatomy, session.plan.implant, session.plan.limits).feasible
    assert words == []


def test_phosphenes_wished_for_faster_than_the_search_each_get_a_thread(
    session: Session, plan: Plan, settled: Settled
) -> None:
    session.edit("Room", with_threads(plan, plan.threads[:1]))
    words = heard(session)
    for wish in ((3.0, 1.0), (-3.0, -1.0)):
        editing.add_at_field(session, wish)
    settled()
    assert [t.name for t in session.plan.threads] == ["T01", "T02", "T03"]
    assert {t.hemisphere for t in session.plan.threads[1:]} == {"lh", "rh"}
    assert not [said for said in words if "changed" in said]


def test_a_copy_of_a_thread_that_has_gone_or_for_a_plan_no_longer_open_is_not_made(
    session: Session, plan: Plan, settled: Settled
) -> None:
    session.edit("Room", with_threads(plan, plan.threads[:2]))
    editing.duplicate(session, plan.threads[0].name)
    session.edit("Delete", with_threads(plan, plan.threads[1:2]))
    settled()
    assert session.plan.threads == plan.threads[1:2]
    editing.duplicate(session, plan.threads[1].name)
    editing.add_at_field(session, (3.0, 1.0))
    other = replace(plan, threads=plan.threads[1:3])
    session.open(session.case, other)
    settled()
    assert session.plan == other
    assert session.history.count() == 0

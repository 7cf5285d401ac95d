from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from app.session import Session
from app.tasks import Worker
from planner.design.limits import Verdict
from planner.plan.edits import with_threads
from planner.plan.plan import Plan


def shorter(plan: Plan) -> Plan:
    return with_threads(plan, plan.threads[:-1])


def test_an_edit_is_announced_with_old_and_new_and_can_be_undone_and_redone(
    qtbot, session: Session, plan: Plan
) -> None:
    announced: list[tuple[Plan, Plan]] = []
    session.shown_changed.connect(lambda old, new: announced.append((old, new)))
    after = shorter(plan)
    session.edit("Shorten", after)
    session.history.undo()
    session.history.redo()
    assert announced == [(plan, after), (after, plan), (plan, after)]
    assert session.history.undoText() == "Shorten"


def test_modified_means_different_from_the_file_whatever_the_history_says(session: Session, plan: Plan) -> None:
    assert not session.modified
    session.edit("Shorten", shorter(plan))
    assert session.modified
    session.edit("Restore by hand", plan)
    assert not session.modified
    session.edit("Shorten", shorter(plan))
    session.saved(session.plan, Path("plan.json"))
    assert not session.modified
    session.history.undo()
    assert session.modified


def test_a_draft_is_shown_without_changing_the_plan_and_goes_with_the_next_edit(session: Session, plan: Plan) -> None:
    draft = shorter(plan)
    session.show(draft)
    assert session.shown is draft
    assert session.plan is plan
    assert session.history.count() == 0
    session.show(None)
    assert session.shown is plan
    session.show(draft)
    session.edit("Shorten", draft)
    assert session.draft is None
    assert session.plan is draft


def test_a_selection_does_not_outlive_its_thread(session: Session, plan: Plan) -> None:
    session.select(plan.threads[-1].name)
    session.edit("Shorten", shorter(plan))
    assert session.selection == ""


def test_a_verdict_is_no_edit_and_is_ignored_when_the_plan_moved_on(session: Session, plan: Plan) -> None:
    examined = replace(plan, verdict=Verdict(True, {}, ()), measures={"mse": 0.1})
    session.attest(examined)
    assert session.plan == examined
    assert session.history.count() == 0
    session.edit("Shorten", shorter(plan))
    session.attest(examined)
    assert session.plan.verdict is None


def test_undoing_an_edit_brings_back_the_verdict_of_that_plan(session: Session, plan: Plan) -> None:
    examined = replace(plan, verdict=Verdict(True, {}, ()), measures={})
    session.attest(examined)
    session.edit("Shorten", shorter(examined))
    assert session.plan.verdict is None
    session.history.undo()
    assert session.plan.verdict == examined.verdict


def test_a_verdict_outlives_undo_and_redo_of_the_edit_it_was_reached_after(session: Session, plan: Plan) -> None:
    session.edit("Shorten", shorter(plan))
    session.attest(replace(shorter(plan), verdict=Verdict(True, {}, ()), measures={"mse": 0.1}))
    session.history.undo()
    assert session.plan.verdict is None
    session.history.redo()
    assert session.plan.verdict == Verdict(True, {}, ())
    assert session.plan.measures == {"mse": 0.1}


def test_a_verdict_keeps_the_locks_set_since_it_was_asked_for(session: Session, plan: Plan) -> None:
    locked = replace(plan, threads=tuple(replace(t, locked=True) for t in plan.threads))
    session.edit("Lock", locked)
    session.attest(replace(plan, verdict=Verdict(True, {}, ()), measures={}))
    assert session.plan.threads == locked.threads
    assert session.plan.verdict is not None


def test_nothing_can_be_edited_before_there_is_a_plan(qtbot, plan: Plan) -> None:
    session = Session(Worker())
    assert not session.editable
    with pytest.raises(RuntimeError):
        session.edit("Nothing", plan)
    session.worker.shutdown()


def test_opening_another_plan_starts_a_new_history(session: Session, case, plan: Plan, empty_plan: Plan) -> None:
    session.edit("Shorten", shorter(plan))
    session.open(case, empty_plan, Path("other.json"))
    assert session.history.count() == 0
    assert not session.modified
    assert session.path == Path("other.json")


def test_several_threads_may_be_selected_and_those_that_go_are_so_no_longer(session: Session, plan: Plan) -> None:
    heard: list[frozenset[str]] = []
    session.selected_changed.connect(lambda old, new: heard.append(new))
    first, second, *_, last = (thread.name for thread in plan.threads)
    session.select(last, {first, second})
    assert session.selection == last
    assert session.selected == {first, second, last}
    session.edit("Shorten", shorter(plan))
    assert session.selected == {first, second}
    assert session.selection == first
    session.select("")
    assert session.selected == frozenset()
    assert heard == [{first, second, last}, {first, second}, frozenset()]


def test_no_contact_is_under_the_mouse_any_more_once_there_are_other_threads(session: Session, plan: Plan) -> None:
    session.hover(5)
    session.edit("Fewer", replace(plan, threads=plan.threads[1:], verdict=None))
    assert session.hovered is None


def test_crosshair_and_hover_are_announced_once_and_are_no_edits(session: Session) -> None:
    heard: list[object] = []
    session.cross_changed.connect(lambda old, new: heard.append(new))
    session.hovered_changed.connect(lambda old, new: heard.append(new))
    for _ in range(2):
        session.look_at((1.0, 2.0, 3.0))
        session.hover(5)
    assert heard == [(1.0, 2.0, 3.0), 5]
    assert session.history.count() == 0
    assert not session.modified


def test_what_may_be_looked_at_only_cannot_be_edited(session: Session, plan: Plan) -> None:
    session.open(session.case, plan, read_only="lh.pial has changed")
    assert not session.editable
    session.open(session.case, plan)
    assert session.editable

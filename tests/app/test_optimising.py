from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from threading import Event

import numpy as np
import pytest

from app import actions, files, optimising
from app.optimising import Settings
from app.session import Run, Session
from app.views.outcome_card import change_words
from planner.design.verify import verify
from planner.errors import InputError
from planner.plan.edits import set_aside
from planner.plan.plan import Plan

FEW = Settings(steps=3, start="plan")


def ended(session: Session) -> Callable[[], bool]:
    return lambda: session.run is not None and session.run.state == "ended"


def test_a_run_moves_what_is_shown_and_leaves_the_plan_alone_until_accepted(
    qtbot, session: Session, plan: Plan
) -> None:
    shown: list[Plan] = []
    session.shown_changed.connect(lambda old, new: shown.append(new))
    optimising.start(session, FEW)
    assert not session.editable
    qtbot.waitUntil(ended(session), timeout=60_000)
    assert session.plan is plan
    assert len(shown) >= 1
    assert session.run.losses[-1] <= session.run.losses[0]
    assert session.run.before.measures is not None
    alone = verify(session.case.anatomy, session.shown.implant, plan.limits)
    assert session.run.candidate.verdict.feasible == alone.feasible
    for name, found in session.run.candidate.verdict.margins.items():
        assert {**found.margins, "current": np.inf} == alone.margins[name].margins

    result = session.run.candidate
    optimising.accept(session)
    assert session.plan is result
    assert all(t.locked for t in session.plan.threads)
    assert session.plan.method == "percept"
    assert session.history.count() == 1
    session.history.undo()
    assert session.plan == plan


def test_a_discarded_run_leaves_no_trace(qtbot, session: Session, plan: Plan) -> None:
    optimising.start(session, FEW)
    qtbot.waitUntil(ended(session), timeout=60_000)
    optimising.discard(session)
    assert session.shown is plan
    assert session.run is None
    assert session.history.count() == 0


def test_what_is_seen_of_the_result_is_computed_whole_once_the_run_has_ended(qtbot, session: Session) -> None:
    session.shown_changed.connect(lambda: actions.refresh_preview(session))
    optimising.start(session, FEW)
    qtbot.waitUntil(ended(session), timeout=60_000)
    names = {thread.name for thread in session.shown.threads}
    qtbot.waitUntil(lambda: session.preview.complete and set(session.preview.margins) == names, timeout=10_000)


def test_stopping_early_still_gives_a_verified_result(qtbot, session: Session) -> None:
    runs: list[Run] = []
    session.run_changed.connect(lambda old, new: runs.append(new))
    optimising.start(session, replace(FEW, steps=5000))
    qtbot.waitUntil(lambda: session.run.step > 1, timeout=60_000)
    optimising.stop(session)
    assert session.run.state == "stopping"
    qtbot.waitUntil(ended(session), timeout=60_000)
    assert session.run.step < 5000
    assert session.run.candidate.verdict is not None


def test_stopping_at_once_begins_nothing_new(qtbot, session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[str] = []
    hear = optimising._hear

    def heard(session: Session, items: list[object]) -> None:
        told.extend(item.what for item in items if isinstance(item, optimising._Doing))
        hear(session, items)

    monkeypatch.setattr("app.optimising._hear", heard)
    optimising.start(session, replace(FEW, start="coverage"))
    optimising.stop(session)
    qtbot.waitUntil(ended(session), timeout=60_000)
    assert not {"Measuring the coverage start", "Computing what each candidate shows"} & set(told)
    assert 0 < len(session.run.candidate.threads) <= 2
    assert session.run.candidate.verdict is not None


def test_locked_threads_stay_where_they_are(qtbot, session: Session, plan: Plan) -> None:
    actions.set_lock(session, plan.threads[0].name, True)
    optimising.start(session, replace(FEW, start="coverage"))
    qtbot.waitUntil(ended(session), timeout=60_000)
    kept = next(t for t in session.run.candidate.threads if t.name == plan.threads[0].name)
    assert kept.entry_mm == plan.threads[0].entry_mm
    assert kept.depth_mm == plan.threads[0].depth_mm


def test_starting_from_coverage_shows_its_worth_and_gives_dropped_names_to_nobody(
    qtbot, session: Session, plan: Plan
) -> None:
    gone = plan.threads[1].name
    actions.set_lock(session, plan.threads[0].name, True)
    session.select(gone)
    optimising.start(session, replace(FEW, start="coverage"))
    qtbot.waitUntil(ended(session), timeout=60_000)
    names = {t.name for t in plan.threads} & {t.name for t in session.run.candidate.threads}
    assert names == {plan.threads[0].name}
    assert session.run.covered.measures is not None
    assert session.run.covered.method == "coverage"
    assert session.selection == ""


def test_a_thread_that_is_given_up_keeps_its_name_to_itself(qtbot, session: Session, plan: Plan) -> None:
    candidates: list[Plan] = []
    session.shown_changed.connect(lambda old, new: candidates.append(new))
    optimising.start(session, FEW)
    qtbot.waitUntil(ended(session), timeout=60_000)
    before = {t.name: t for t in plan.threads}
    result = session.run.candidate
    assert len(result.threads) == len(plan.threads)
    assert session.run.at.count(0) > 1
    gone = before.keys() - {t.name for t in result.threads}
    assert gone  # the exchange gives some up, or this test tests nothing
    for candidate in candidates:  # a name never comes back, and never stands for another place
        assert len({t.name for t in candidate.threads}) == len(candidate.threads)
        for thread in candidate.threads:
            if thread.name in before:
                away = np.linalg.norm(np.subtract(thread.entry_mm, before[thread.name].entry_mm))
                assert thread.hemisphere == before[thread.name].hemisphere
                assert away < 3.0
    optimising.accept(session)
    session.history.undo()
    assert session.plan == plan


def test_refining_needs_threads_that_may_move(session: Session, empty_plan: Plan, plan: Plan) -> None:
    refine = replace(FEW, start="refine")
    session.open(session.case, empty_plan)
    with pytest.raises(InputError, match="no threads"):
        optimising.start(session, refine)
    room = replace(plan, limits=replace(plan.limits, threads=9))
    session.open(session.case, room)
    actions.set_all_locks(session, True)
    assert optimising.nothing_moves(session.plan, refine)
    assert not optimising.nothing_moves(session.plan, FEW)


def test_with_every_thread_locked_there_is_nothing_to_optimise(session: Session) -> None:
    actions.set_all_locks(session, True)
    with pytest.raises(InputError, match="locked"):
        optimising.start(session, FEW)
    assert session.run is None


def test_a_failure_puts_the_plan_back_and_is_announced(
    qtbot, session: Session, plan: Plan, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*args: object, **kwargs: object) -> None:
        raise ValueError("broken")

    failures: list[BaseException] = []
    session.worker.failed.connect(failures.append)
    monkeypatch.setattr("planner.design.optimise.optimise", broken)
    optimising.start(session, FEW)
    qtbot.waitUntil(lambda: bool(failures), timeout=30_000)
    assert session.run is None
    assert session.shown is plan


def test_opening_another_plan_ends_the_run_and_hears_no_more_of_it(
    qtbot, session: Session, empty_plan: Plan, settled: Callable[[], None]
) -> None:
    runs: list[Run | None] = []
    optimising.start(session, replace(FEW, steps=100_000))
    qtbot.waitUntil(lambda: session.run.step > 1, timeout=60_000)
    session.run_changed.connect(lambda old, new: runs.append(new))
    session.open(session.case, empty_plan)
    settled()
    assert runs == [None]
    assert session.shown is empty_plan
    assert session.editable


def test_nothing_is_optimised_while_another_plan_is_loading(session: Session, settled: Callable[[], None]) -> None:
    job = session.worker.submit("Loading", lambda job: None, lambda _: None)
    session.begin_loading(job)
    optimising.start(session, FEW)
    assert session.run is None
    session.end_loading(job)
    assert session.editable


def test_shutting_down_in_the_middle_leaves_no_thread(qtbot, session: Session) -> None:
    optimising.start(session, replace(FEW, steps=100_000))
    qtbot.waitUntil(lambda: session.run.step > 1, timeout=60_000)
    session.worker.shutdown()
    assert not [t for t in threading.enumerate() if t.name.startswith("calcarine")]


def test_a_new_plans_threads_are_named_from_the_first_on_and_the_outcome_agrees(
    qtbot, session: Session, empty_plan: Plan
) -> None:
    session.open(session.case, empty_plan)
    optimising.start(session, replace(FEW, start="coverage"))
    qtbot.waitUntil(ended(session), timeout=60_000)
    result = session.run.candidate
    assert [t.name for t in result.threads] == [f"T{n + 1:02d}" for n in range(len(result.threads))]
    assert set(result.verdict.margins) == {t.name for t in result.threads}
    assert change_words(session.run.before, result) == ""
    optimising.accept(session)
    kept, before = result.threads[0], result
    for thread in result.threads[1:]:
        actions.set_lock(session, thread.name, False)
    optimising.start(session, replace(FEW, start="coverage"))
    qtbot.waitUntil(ended(session), timeout=60_000)
    again = session.run.candidate
    mine = {t.name for t in before.threads} & {t.name for t in again.threads}
    assert mine == {kept.name}  # the others of the plan were given up, and their names with them
    gone, new = len(before.threads) - 1, len(again.threads) - 1
    assert change_words(session.run.before, again) == f"1 stayed, {gone} given up, {new} new"


def test_threads_that_are_not_used_come_back_as_they_were_and_keep_their_names(
    qtbot, session: Session, plan: Plan
) -> None:
    spare = plan.threads[0]
    session.edit("Aside", set_aside(plan, {spare.name}))
    optimising.start(session, replace(FEW, start="coverage"))
    qtbot.waitUntil(ended(session), timeout=60_000)
    result = session.run.candidate
    assert result.aside == (spare,)
    assert spare.name not in {t.name for t in result.threads}
    optimising.accept(session)
    assert session.plan.aside == (spare,)


def test_a_result_is_not_accepted_once_the_anatomy_has_changed(qtbot, session: Session, plan: Plan) -> None:
    refused: list[str] = []
    session.refused.connect(refused.append)
    optimising.start(session, FEW)
    qtbot.waitUntil(ended(session), timeout=60_000)
    session.forbid("lh.pial has changed")
    optimising.accept(session)
    assert session.plan is plan
    assert session.run is not None  # it can be accepted once the file is as it was
    assert refused == ["Not accepted: lh.pial has changed"]
    session.forbid("")
    optimising.accept(session)
    assert session.plan is not plan


def test_baselines_that_are_cancelled_can_be_asked_for_again(qtbot, session: Session, held: Event) -> None:
    session.set_run(Run(session.plan, session.plan, state="ended"))
    optimising.compare(session)
    assert session.run.comparing
    files.cancel(session, session.worker.current)
    assert not session.run.comparing
    optimising.compare(session)
    job, found = session.worker.current, session.run
    session.set_run(None)
    session.set_run(replace(found, candidate=replace(session.plan, seed=9)))
    session.worker.cancel(job)
    assert session.run.comparing  # another result's

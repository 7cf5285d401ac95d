from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from time import sleep

import numpy as np
import pytest

from app import actions, aims, editing, files, placing
from app.preview import Preview, resolve
from app.session import Session
from planner.design.progress import Progress
from planner.design.verify import verify
from planner.errors import InputError
from planner.implant.catalogue import load_device
from planner.plan.edits import with_threads
from planner.plan.plan import Plan

Settled = Callable[[], None]


def entry_near(plan: Plan, name: str, offset: tuple[float, float, float]) -> tuple[float, float, float]:
    thread = next(t for t in plan.threads if t.name == name)
    x, y, z = (float(a + b) for a, b in zip(thread.entry_mm, offset, strict=True))
    return x, y, z


def test_another_device_leaves_locked_threads_what_and_where_they_are(
    session: Session, plan: Plan, settled: Settled
) -> None:
    said: list[str] = []
    session.said.connect(said.append)
    device, before = load_device("thread"), plan.device
    deep = replace(plan.threads[0], depth_mm=device.max_depth_mm + 1.0, locked=True)
    session.edit("Lock", with_threads(plan, (deep, *plan.threads[1:])))
    actions.set_device(session, device)
    changed = session.plan
    assert changed.threads[0] == replace(deep, device=before.name)
    assert changed.devices == (device, before)
    assert {t.device for t in changed.threads[1:]} == {device.name}
    assert changed.limits.mix == (plan.limits.threads - 1, 1)
    assert said == ["1 locked thread stayed long-thread; new ones are thread"]
    actions.verify_plan(session)
    settled()
    broken = {violation.constraint for violation in session.plan.verdict.violations if violation.thread == deep.name}
    assert "depth" not in broken


def test_a_device_that_the_plan_has_is_put_first_and_changes_no_thread(session: Session, plan: Plan) -> None:
    utah = load_device("utah")
    actions.set_all_locks(session, True)
    actions.set_device(session, utah)
    assert session.plan.limits.mix == (0, 6)
    actions.set_budget(session, 7)
    assert session.plan.limits.mix == (1, 6)
    actions.set_device(session, plan.device)
    assert session.plan.devices == (plan.device, utah)
    assert session.plan.limits.mix == (6, 1)
    assert [replace(t, device="", locked=False) for t in session.plan.threads] == list(plan.threads)
    actions.set_budget(session, 0)
    assert session.plan.limits.mix == (0, 0)


@pytest.mark.parametrize("name", ["utah", "icvp", "orion", "vimplant-grid"])
def test_threads_that_become_arrays_get_an_axis_across_and_a_depth_that_they_can_have(
    session: Session, plan: Plan, name: str
) -> None:
    device = load_device(name)
    actions.set_device(session, device)
    for thread in session.plan.threads:
        assert np.dot(thread.across, thread.direction) == pytest.approx(0.0, abs=1e-12)
        assert np.linalg.norm(thread.across) == pytest.approx(1.0)
        assert thread.depth_mm <= (device.max_depth_mm if device.penetrates else 0.0)
    assert session.plan.limits.localisation_mm == plan.limits.localisation_mm
    actions.set_depth(session, "T01", 99.0)
    assert session.plan.threads[0].depth_mm == (device.max_depth_mm if device.penetrates else 0.0)
    actions.set_device(session, plan.device)
    assert {t.across for t in session.plan.threads} == {None}


def test_a_locked_thread_is_not_moved_deepened_or_deleted(session: Session, plan: Plan) -> None:
    name = plan.threads[0].name
    actions.set_lock(session, name, True)
    locked = session.plan
    placing.drag_thread(session, name, entry_near(plan, name, (3.0, 0.0, 0.0)))
    placing.drop_thread(session, name)
    actions.set_depth(session, name, 7.0)
    session.select(name)
    editing.delete_selected(session)
    assert session.shown is locked
    actions.set_all_locks(session, False)
    session.select(name)
    editing.delete_selected(session)
    assert name not in {t.name for t in session.plan.threads}


def test_deepening_moves_the_tip_and_drops_what_was_measured(session: Session, plan: Plan, settled: Settled) -> None:
    actions.verify_plan(session)
    settled()
    assert session.plan.verdict is not None
    actions.set_depth(session, plan.threads[0].name, plan.threads[0].depth_mm + 0.5)
    assert session.plan.threads[0].depth_mm == plan.threads[0].depth_mm + 0.5
    assert session.plan.verdict is None
    assert session.plan.measures is None


def test_a_verdict_that_an_edit_has_overtaken_is_said_to_be_so(session: Session, plan: Plan, settled: Settled) -> None:
    said: list[str] = []
    session.refused.connect(said.append)
    actions.verify_plan(session)
    actions.set_depth(session, plan.threads[0].name, plan.threads[0].depth_mm + 0.5)
    settled()
    assert session.plan.verdict is None
    assert said == ["The plan has changed while it was verified; verify it again"]


def test_a_depth_beyond_the_device_becomes_the_nearest_it_can_which_is_said(session: Session, plan: Plan) -> None:
    name, said = plan.threads[0].name, list[str]()
    session.refused.connect(said.append)
    actions.set_depth(session, name, 7.0)
    assert said == []
    session.history.undo()
    actions.set_depth(session, name, 99.0)
    assert session.plan.threads[0].depth_mm == plan.limits.max_depth_mm
    assert said[-1].endswith(f"99.00 mm became {plan.limits.max_depth_mm:.2f} mm")
    actions.set_depth(session, name, 99.0)
    assert session.history.count() == 1
    assert len(said) == 2
    actions.set_depth(session, name, 0.0)
    assert session.plan.threads[0].depth_mm == plan.device.span_mm + plan.device.tip_mm


def test_verifying_attests_measures_and_verdict(session: Session, plan: Plan, settled: Settled) -> None:
    actions.verify_plan(session)
    settled()
    alone = verify(session.case.anatomy, plan.implant, plan.limits)
    for name, found in session.plan.verdict.margins.items():
        assert found.margins["current"] >= 0
        assert {**found.margins, "current": np.inf} == alone.margins[name].margins
    assert session.plan.verdict.feasible == alone.feasible
    assert set(session.plan.measures) >= {"mse", "ssim"}
    assert session.history.count() == 0


def test_limits_are_edits_and_setting_them_to_what_they_are_is_none(session: Session, plan: Plan) -> None:
    aims.set_limit(session, "clearance_mm", plan.limits.clearance_mm)
    actions.set_budget(session, plan.limits.threads)
    assert session.history.count() == 0
    aims.set_limit(session, "clearance_mm", 0.7)
    actions.set_budget(session, 9)
    assert (session.plan.limits.clearance_mm, session.plan.limits.threads) == (0.7, 9)
    assert session.history.undoText() == "Budget 9 threads"


def test_another_device_brings_its_limits_and_keeps_threads_within_its_length(session: Session, plan: Plan) -> None:
    device = load_device("thread")
    actions.set_device(session, device)
    assert session.plan.limits.max_depth_mm == device.max_depth_mm
    assert all(device.span_mm <= t.depth_mm <= device.max_depth_mm for t in session.plan.threads)
    session.history.undo()
    assert session.plan == plan


def test_covering_fills_the_budget_around_what_is_there(session: Session, plan: Plan, settled: Settled) -> None:
    session.edit("Room", with_threads(plan, plan.threads[:2]))
    actions.cover(session)
    settled()
    assert session.plan.threads[:2] == plan.threads[:2]
    assert len(session.plan.threads) == plan.limits.threads
    assert session.plan.method == "coverage"


def test_covering_keeps_locks_set_meanwhile_and_is_said_to_be_off_when_a_thread_moved(
    session: Session, plan: Plan, settled: Settled
) -> None:
    said: list[str] = []
    session.refused.connect(said.append)
    session.edit("Room", with_threads(plan, plan.threads[:2]))
    actions.cover(session)
    actions.set_lock(session, plan.threads[0].name, True)
    settled()
    assert len(session.plan.threads) == plan.limits.threads
    assert session.plan.threads[0].locked
    session.edit("Room", with_threads(plan, plan.threads[:2]))
    actions.cover(session)
    actions.set_depth(session, plan.threads[0].name, plan.threads[0].depth_mm + 0.5)
    settled()
    assert len(session.plan.threads) == 2
    assert "changed" in said[-1]


def test_a_saved_plan_opens_equal(session: Session, plan: Plan, settled: Settled, tmp_path: Path) -> None:
    aims.set_limit(session, "clearance_mm", 0.35)
    files.save(session, tmp_path / "plan.json")
    saved = session.plan
    assert not session.modified
    session.edit("Shorten", with_threads(plan, plan.threads[:1]))
    files.open_plan(session, tmp_path / "plan.json")
    settled()
    assert session.plan == saved
    assert session.path == tmp_path / "plan.json"


def test_a_plan_of_changed_anatomy_is_refused_and_the_present_one_stays(
    session: Session, plan: Plan, settled: Settled, tmp_path: Path
) -> None:
    files.save(session, tmp_path / "plan.json")
    text = (tmp_path / "plan.json").read_text()
    (tmp_path / "plan.json").write_text(text.replace("0" * 64, "1" * 64))
    failures: list[BaseException] = []
    session.worker.failed.connect(failures.append)
    present = session.plan
    files.open_plan(session, tmp_path / "plan.json")
    settled()
    assert isinstance(failures[0], InputError)
    assert session.plan is present


def test_saving_without_a_file_asks_for_one(session: Session) -> None:
    with pytest.raises(InputError, match="Save as"):
        files.save(session)


def test_export_writes_what_it_says(session: Session, settled: Settled, tmp_path: Path) -> None:
    files.export(session, "csv", tmp_path)
    settled()
    (file,) = tmp_path.glob("*.csv")
    assert len(file.read_text().splitlines()) > 6 * 16


def test_an_export_that_is_cancelled_while_its_files_are_copied_leaves_none_of_them(
    session: Session, settled: Settled, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    said: list[str] = []
    session.said.connect(said.append)
    copy = shutil.copy2

    def cancelled(source: Path, target: Path) -> None:
        copy(source, target)
        session.worker.current.abandon()

    monkeypatch.setattr("app.files.shutil.copy2", cancelled)
    files.export(session, "csv", tmp_path)
    settled()
    assert not list(tmp_path.iterdir())
    assert not any(words.startswith("Exported") for words in said)


def test_the_preview_follows_the_plan_and_outdated_answers_are_dropped(
    session: Session, plan: Plan, settled: Settled
) -> None:
    shown: list[Plan] = []
    session.preview_changed.connect(lambda old, new: shown.append(new.plan) if new else None)
    actions.refresh_preview(session)
    after = with_threads(plan, plan.threads[:2])
    session.edit("Shorten", after)
    actions.refresh_preview(session)
    settled()
    assert shown == [after]
    actions.refresh_preview(session)
    assert not session.worker.busy


def test_during_a_drag_a_slightly_older_answer_is_shown_but_not_after_it_was_cancelled(
    session: Session, plan: Plan, settled: Settled
) -> None:
    name = plan.threads[0].name
    placing.drag_thread(session, name, entry_near(plan, name, (1.0, 0.0, 0.0)))
    first = session.shown
    actions.refresh_preview(session)
    placing.drag_thread(session, name, entry_near(plan, name, (2.0, 0.0, 0.0)))
    settled()
    assert session.preview.plan is first
    actions.refresh_preview(session)
    session.cancel_drag()
    settled()
    assert session.preview.plan is first


def test_names_fill_gaps(plan: Plan) -> None:
    assert actions.next_name(replace(plan, threads=plan.threads[1:])) == plan.threads[0].name


def test_a_saved_file_is_json_with_the_threads(session: Session, plan: Plan, tmp_path: Path) -> None:
    files.save(session, tmp_path / "plan.json")
    document = json.loads((tmp_path / "plan.json").read_text())
    assert [t["name"] for t in document["threads"]] == [t.name for t in plan.threads]


def test_the_newest_plan_is_not_kept_waiting_for_what_is_seen_of_former_ones(
    qtbot, session: Session, plan: Plan, settled: Settled, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Plan] = []

    def slow(site: object, its: Plan, progress: Progress) -> Preview:
        asked.append(its)
        while len(its.threads) > 4:
            progress("Measuring percepts", 1, 26)
            sleep(0.005)
        return resolve(site, its)

    monkeypatch.setattr("app.actions.resolve", slow)
    actions.refresh_preview(session)
    qtbot.waitUntil(lambda: len(asked) == 1)
    actions.set_lock(session, plan.threads[0].name, True)
    actions.refresh_preview(session)  # on its way already
    session.edit("Fewer", with_threads(plan, plan.threads[:4]))
    actions.refresh_preview(session)
    settled()
    assert asked == [plan, session.plan]
    assert session.preview.plan is session.plan
    assert session.unseen is None

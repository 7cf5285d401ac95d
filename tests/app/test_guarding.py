from __future__ import annotations

import os
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pytest

from app import aims, editing, files
from app.case import Case
from app.guarding import AnatomyGuard
from app.session import Session
from app.window import MainWindow
from planner.anatomy.hashing import changed_since
from planner.anatomy.report import Finding
from planner.errors import InputError
from planner.plan.files import load_plan, save_plan
from planner.plan.make import case_record, evaluated
from planner.plan.plan import Plan


@pytest.fixture
def pial(tmp_path: Path) -> Path:
    file = tmp_path / "lh.pial"
    file.write_bytes(b"as it was")
    return file


@pytest.fixture
def guarded(case: Case, pial: Path) -> Case:
    """The case as if its left pial had been read from a file."""
    digest = sha256(b"as it was").hexdigest()
    found = (Finding("lh pial", "used", str(pial), "tkras", digest), Finding("V1 label", "missing"))
    anatomy = replace(case.anatomy, findings=found, hashes={"lh.pial": digest})
    return Case(replace(case.site, anatomy=anatomy), case.cortices)


@pytest.fixture
def own(plan: Plan, guarded: Case) -> Plan:
    return replace(plan, case=case_record(guarded.anatomy))


def change(file: Path, content: bytes = b"as it is") -> None:
    file.write_bytes(content)
    os.utime(file, ns=(file.stat().st_mtime_ns + 10**9,) * 2)


def test_a_changed_and_a_missing_file_are_named_and_an_untouched_one_is_read_once(
    guarded: Case, pial: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    findings = guarded.anatomy.findings
    assert changed_since(findings) == ""
    with monkeypatch.context() as patch:
        patch.setattr("planner.anatomy.hashing.sha256", lambda path: pytest.fail("read again"))
        assert changed_since(findings) == ""
    change(pial)
    assert "lh.pial has changed" in changed_since(findings)
    change(pial, b"as it was")  # touched, and the same all the same
    assert changed_since(findings) == ""
    pial.unlink()
    assert "lh.pial is missing" in changed_since(findings)


def test_a_file_that_changes_while_one_works_forbids_edits_until_it_is_as_it_was(
    session: Session, guarded: Case, own: Plan, pial: Path, settled
) -> None:
    guard = AnatomyGuard(session)
    assert guard.state == "unchecked"
    session.open(guarded, own)
    settled()
    assert guard.state == "unchanged"
    assert guard.checked_at is not None
    change(pial)
    guard.look_again(at_once=True)
    settled()
    assert guard.state == "changed"
    assert "lh.pial has changed" in session.read_only
    session.select(own.threads[0].name)
    editing.delete_selected(session)
    assert session.plan is own
    change(pial, b"as it was")
    guard.look_again(at_once=True)
    settled()
    assert guard.state == "unchanged"
    session.select(own.threads[0].name)
    editing.delete_selected(session)
    assert len(session.plan.threads) == len(own.threads) - 1


def test_it_looks_no_more_often_than_makes_sense(
    session: Session, guarded: Case, own: Plan, pial: Path, settled
) -> None:
    guard = AnatomyGuard(session)
    session.open(guarded, own)
    settled()
    change(pial)
    guard.look_again()
    settled()
    assert guard.state == "unchanged"
    guard.look_again(at_once=True)
    settled()
    assert guard.state == "changed"


def test_what_was_edited_before_the_anatomy_changed_can_be_saved_and_nothing_after(
    session: Session, guarded: Case, own: Plan, pial: Path, settled, tmp_path: Path
) -> None:
    guard = AnatomyGuard(session)
    session.open(guarded, own)
    aims.set_limit(session, "clearance_mm", 0.9)
    change(pial)
    guard.look_again(at_once=True)
    settled()
    assert session.read_only
    files.save(session, tmp_path / "plan.json")
    assert load_plan(tmp_path / "plan.json") == session.plan
    with pytest.raises(InputError, match=r"not saved: .*lh\.pial has changed"):
        files.save(session, tmp_path / "copy.json")
    assert not (tmp_path / "copy.json").exists()


def test_an_export_looks_at_the_files_itself(
    session: Session, guarded: Case, own: Plan, pial: Path, settled, tmp_path: Path
) -> None:
    session.open(guarded, own)
    change(pial)  # nobody has noticed yet
    failures: list[BaseException] = []
    session.worker.failed.connect(failures.append)
    files.export(session, "csv", tmp_path / "out")
    settled()
    (failure,) = failures
    assert "not exported" in str(failure)
    assert not (tmp_path / "out").exists()


@pytest.fixture
def changed_plan(plan: Plan, case: Case, tmp_path: Path) -> Path:
    """A verified plan that was made when the case's file was another one."""
    verified = evaluated(plan, case.site)
    path = tmp_path / "plan.json"
    save_plan(replace(verified, case=replace(verified.case, hashes={"spheres": "1" * 64})), path)
    return path


def test_a_plan_of_another_anatomy_opens_to_be_looked_at_only(
    window: MainWindow, changed_plan: Path, case: Case, settled, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "load_case", lambda request, progress: case)
    session, commands, content = window.session, window.commands, changed_plan.read_bytes()
    assert not window.banner.isVisible()
    window.desk.open_plan(changed_plan)
    settled()
    assert session.path == changed_plan
    assert window.banner.isVisible()
    assert "spheres has changed since the plan was made" in window.banner.words.text()
    assert "bring back the files" in window.banner.words.text()
    assert window.status.anatomy.text() == "anatomy changed"
    assert "verified feasible" not in window.status.verdict.text()
    assert session.plan.verdict is None  # what was checked on another anatomy is not shown as if it held here
    for action in (
        commands.edit.add,
        commands.file.save,
        commands.file.save_as,
        commands.file.add_vessels,
        commands.plan.cover,
        commands.plan.optimise,
        commands.plan.verify,
        *commands.file.exports.values(),
    ):
        assert not action.isEnabled()
    session.select(session.plan.threads[0].name)
    commands.edit.delete.trigger()
    files.export(session, "csv", changed_plan.parent / "out")
    settled()
    assert not (changed_plan.parent / "out").exists()
    assert not session.modified
    with pytest.raises(InputError, match="not saved"):
        files.save(session)
    assert changed_plan.read_bytes() == content
    session.open(case, replace(session.plan, case=case_record(case.anatomy)))
    settled()
    assert not window.banner.isVisible()
    assert window.status.anatomy.text() == "anatomy unchanged"


def test_a_changed_file_is_noticed_though_the_window_stays_the_active_one(
    qtbot, session: Session, guarded: Case, own: Plan, pial: Path, settled, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.guarding.REST_MS", 100)
    guard = AnatomyGuard(session)
    session.open(guarded, own)
    settled()
    assert guard.state == "unchanged"
    change(pial)
    qtbot.waitUntil(lambda: guard.state == "changed", timeout=10_000)
    assert "lh.pial has changed" in session.read_only

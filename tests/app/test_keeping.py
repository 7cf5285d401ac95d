from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from app import aims, optimising
from app.keeping import KEPT, Keeper, left_behind
from app.session import Run, Session
from app.tasks import Worker
from planner.errors import InputError
from planner.plan.files import load_plan, save_plan
from planner.plan.plan import Plan

PROGRAM = """
import sys
from pathlib import Path
from PySide6.QtCore import QCoreApplication, QTimer
from app.aims import set_limit
from app.keeping import Keeper
from app.session import Run, Session
from app.tasks import Worker
from planner.plan.files import load_plan
application = QCoreApplication([])
plan = load_plan(Path(sys.argv[1]))
session = Session(Worker())
keeper = Keeper(session, Path(sys.argv[2]), wait_ms=10)
session.open(object(), plan, Path(sys.argv[1]))
set_limit(session, "clearance_mm", 0.7)
if sys.argv[3] == "result":
    session.set_run(Run(session.plan, plan, state="ended"))
def look():
    if not session.worker.busy and list(keeper.folder.glob("*/record.json")):
        print("kept", flush=True)
        timer.stop()
timer = QTimer(interval=10)
timer.timeout.connect(look)
timer.start()
application.exec()
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "sessions"


@pytest.fixture
def keeper(session: Session, folder: Path) -> Iterator[Keeper]:
    keeper = Keeper(session, folder, wait_ms=10)
    yield keeper
    session.worker.shutdown()
    keeper.end()


@pytest.fixture
def other(tmp_path: Path, plan: Plan, folder: Path) -> Iterator[object]:
    """``other(what)``: another program that has edited a plan and kept it, and is still running."""
    running: list[subprocess.Popen[str]] = []

    def start(what: str = "plan") -> subprocess.Popen[str]:
        file = tmp_path / "theirs.json"
        save_plan(plan, file)
        program = subprocess.Popen(
            [sys.executable, "-c", PROGRAM, str(file), str(folder), what], stdout=subprocess.PIPE, text=True
        )
        running.append(program)
        assert program.stdout.readline() == "kept\n"
        return program

    yield start
    for program in running:
        program.kill()
        program.wait()
        program.stdout.close()


def kill(program: subprocess.Popen[str]) -> None:
    os.kill(program.pid, signal.SIGKILL)
    program.wait()


def kept(keeper: Keeper) -> list[Path]:
    return sorted(keeper.folder.glob("*/record.json"))


def newest(keeper: Keeper) -> Plan | None:
    return load_plan(kept(keeper)[-1].with_name("plan.json")) if kept(keeper) else None


def test_what_a_killed_program_has_edited_is_found_with_its_file(other, plan: Plan, folder: Path, tmp_path) -> None:
    kill(other())
    (left,) = left_behind(folder)
    assert left.plan == replace(plan, limits=replace(plan.limits, clearance_mm=0.7))
    assert left.path == tmp_path / "theirs.json"
    assert left.result is None
    assert not left.overtaken
    save_plan(plan, left.path)
    os.utime(left.path, (left.kept_at.timestamp() + 5,) * 2)
    assert left.overtaken
    left.release()


def test_an_undecided_result_of_a_killed_program_is_found(other, plan: Plan, folder: Path) -> None:
    kill(other("result"))
    (left,) = left_behind(folder)
    assert left.result == plan
    left.release()


def test_a_program_that_is_alive_keeps_what_is_its_own(other, folder: Path) -> None:
    living, dead = other(), other()
    kill(dead)
    (left,) = left_behind(folder)
    assert left.folder.name.startswith(f"{dead.pid}-")
    left.discard()
    assert [place.name.split("-")[0] for place in folder.iterdir()] == [str(living.pid)]


def test_what_is_being_asked_about_is_not_offered_to_another_program(other, folder: Path) -> None:
    kill(other())
    (left,) = left_behind(folder)
    assert left_behind(folder) == ()
    left.release()
    (again,) = left_behind(folder)  # decided later: it is still there
    again.discard()
    assert left_behind(folder) == ()
    assert list(folder.iterdir()) == []


def test_a_torn_newest_gives_way_to_the_one_before(other, folder: Path) -> None:
    kill(other())
    (place,) = folder.iterdir()
    (place / "000009").mkdir()
    (place / "000009" / "record.json").write_text('{"kept_at"')
    (left,) = left_behind(folder)
    assert left.plan.limits.clearance_mm == 0.7
    left.release()


def test_only_the_last_few_are_kept(qtbot, keeper: Keeper, session: Session) -> None:
    for number in range(KEPT + 3):
        aims.set_limit(session, "clearance_mm", 1.1 + number / 10)
        qtbot.waitUntil(lambda: newest(keeper) == session.plan)
    qtbot.waitUntil(lambda: not session.worker.busy)
    assert len(kept(keeper)) == KEPT


def test_a_plan_as_in_its_file_leaves_nothing_to_recover(
    qtbot, keeper: Keeper, session: Session, tmp_path: Path
) -> None:
    aims.set_limit(session, "clearance_mm", 0.5)
    qtbot.waitUntil(lambda: bool(kept(keeper)))
    session.saved(session.plan, tmp_path / "plan.json")
    qtbot.waitUntil(lambda: not kept(keeper))


def test_edits_that_follow_each_other_do_not_put_the_keeping_off(qtbot, session: Session, folder: Path) -> None:
    keeper = Keeper(session, folder, wait_ms=120)
    for number in range(30):
        aims.set_limit(session, "clearance_mm", 0.5 + number / 100)
        qtbot.wait(20)
        if kept(keeper):
            break
    assert kept(keeper)
    session.worker.shutdown()
    keeper.end()


def test_an_orderly_end_leaves_nothing_even_if_changes_were_given_up(qtbot, session: Session, folder: Path) -> None:
    keeper = Keeper(session, folder, wait_ms=10)
    aims.set_limit(session, "clearance_mm", 0.5)
    qtbot.waitUntil(lambda: bool(kept(keeper)))
    session.worker.shutdown()
    keeper.end()
    assert list(folder.iterdir()) == []


def test_a_long_job_does_not_hold_the_keeping_up(qtbot, keeper: Keeper, session: Session) -> None:
    blocked = session.worker.submit("Long", lambda job: wait_for(job), lambda _: None)
    aims.set_limit(session, "clearance_mm", 0.5)
    qtbot.waitUntil(lambda: bool(kept(keeper)), timeout=3000)
    blocked.stop()


def wait_for(job) -> None:
    while not job.stopping:
        pass


def test_an_ended_run_is_kept_until_it_is_decided_on(qtbot, keeper: Keeper, session: Session, plan: Plan) -> None:
    session.set_run(Run(plan, replace(plan, seed=7), state="ended"))
    qtbot.waitUntil(lambda: bool(list(keeper.folder.glob("*/result.json"))))
    optimising.discard(session)
    qtbot.waitUntil(lambda: not kept(keeper))


def test_a_place_that_cannot_be_written_is_told_once_and_work_goes_on(qtbot, session: Session, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    keeper = Keeper(session, tmp_path / "file", wait_ms=10)
    said: list[str] = []
    session.refused.connect(said.append)
    for clearance in (0.5, 0.6):
        aims.set_limit(session, "clearance_mm", clearance)
        qtbot.wait(60)
        qtbot.waitUntil(lambda: not session.worker.busy)
    assert len(said) == 1
    assert "save it often" in said[0]
    keeper.end()


def test_two_sessions_have_folders_of_their_own(qtbot, session: Session, case, plan: Plan, folder: Path) -> None:
    second = Session(Worker())
    second.open(case, plan)
    keepers = [Keeper(session, folder, wait_ms=10), Keeper(second, folder, wait_ms=10)]
    for one, clearance in ((session, 0.5), (second, 0.6)):
        aims.set_limit(one, "clearance_mm", clearance)
    for keeper in keepers:
        qtbot.waitUntil(lambda keeper=keeper: bool(kept(keeper)))
    assert keepers[0].folder != keepers[1].folder
    assert left_behind(folder) == ()
    for one, keeper in zip((session, second), keepers, strict=True):
        one.worker.shutdown()
        keeper.end()


def test_a_plan_that_cannot_be_handed_over_is_said_with_a_remedy_and_stays_kept(session: Session, folder: Path) -> None:
    folder.write_text("no folder")
    keeper = Keeper(session, folder)
    with pytest.raises(InputError, match="see whether this folder may be written"):
        keeper.hand_over()
    folder.unlink()
    assert keeper.hand_over() == keeper.folder

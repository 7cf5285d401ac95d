"""Lines of other programs through the window: shown first, one undoable step, nothing lost."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog

from app import importing
from app.importing import Wanted
from app.session import Session
from app.views.import_dialog import HERE, ImportDialog
from app.window import MainWindow
from planner.implant.catalogue import load_device
from planner.plan.plan import Plan

LEFT = Qt.MouseButton.LeftButton


def markups(*lines: tuple[str, tuple[float, float, float], tuple[float, float, float]]) -> str:
    """Lines as 3D Slicer saves them, in RAS."""
    return json.dumps(
        {
            "markups": [
                {
                    "type": "Line",
                    "name": name,
                    "coordinateSystem": "RAS",
                    "controlPoints": [{"label": "entry", "position": entry}, {"label": "tip", "position": tip}],
                }
                for name, entry, tip in lines
            ]
        }
    )


@pytest.fixture
def lines(tmp_path: Path) -> Path:
    """One into each occipital cap from 5 mm outside, and one that is called left and lies right."""
    file = tmp_path / "lines.mrk.json"
    file.write_text(
        markups(
            ("A", (-45.0, -45.0, 6.0), (-45.0, -38.0, 6.0)),
            ("B", (45.0, -45.0, -6.0), (45.0, -38.0, -6.0)),
            ("left one", (45.0, -45.0, 12.0), (45.0, -38.0, 12.0)),
        ),
        encoding="utf-8",
    )
    return file


def opened(qtbot, window: MainWindow) -> ImportDialog:
    (dialog,) = [d for d in window.findChildren(ImportDialog) if d.isVisible()]
    return dialog


def test_lines_are_shown_taken_over_as_one_step_and_undone(
    qtbot, window: MainWindow, lines: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = window.session
    before = session.plan
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *args: (str(lines), ""))
    window.commands.file.import_lines.trigger()
    dialog = opened(qtbot, window)
    assert not dialog.take.isEnabled()
    qtbot.waitUntil(dialog.take.isEnabled, timeout=10_000)
    rows = [dialog.lines.topLevelItem(i) for i in range(dialog.lines.topLevelItemCount())]
    assert [row.text(0) for row in rows] == ["▲ moved", "▲ moved", "■ refused"]
    assert "entry moved" in rows[0].text(1)
    assert "is called left and goes into the right hemisphere" in rows[2].text(1)
    assert "3 lines read: 2 can be placed, 2 of them moved; 1 refused." in dialog.summary.text()
    assert session.plan is before  # nothing yet
    qtbot.mouseClick(dialog.take, LEFT)
    assert [t.name for t in session.plan.threads] == [*(t.name for t in before.threads), "A", "B"]
    assert session.selection == "A"
    assert session.history.undoText() == "Import 2 threads"
    assert window.settings.folder("lines") == lines.parent
    session.history.undo()
    assert session.plan == before


def test_the_plans_threads_give_way_if_that_is_chosen_and_cancel_changes_nothing(
    qtbot, window: MainWindow, lines: Path
) -> None:
    session = window.session
    before = session.plan
    window.dropping.take([lines])
    dialog = opened(qtbot, window)
    dialog.threads.setCurrentIndex(1)
    qtbot.waitUntil(dialog.take.isEnabled, timeout=10_000)
    assert "6 threads of the plan give way." in dialog.summary.text()
    qtbot.keyClick(dialog, Qt.Key.Key_Escape)
    assert session.plan is before
    window.dropping.take([lines, lines])  # two files, one after the other
    first = opened(qtbot, window)
    first.threads.setCurrentIndex(1)
    qtbot.waitUntil(first.take.isEnabled, timeout=10_000)
    qtbot.mouseClick(first.take, LEFT)
    assert [t.name for t in session.plan.threads] == ["A", "B"]
    second = opened(qtbot, window)
    qtbot.waitUntil(second.take.isEnabled, timeout=10_000)
    assert second.lines.topLevelItem(0).text(1).startswith("A (now A 2)")
    second.reject()


def test_a_rosa_file_waits_until_it_is_said_where_its_origin_is(qtbot, window: MainWindow, tmp_path: Path) -> None:
    file = tmp_path / "plan.ros"
    file.write_text("[TRAJECTORY]\n1\nE1 0 255 1 35.0 45.0 6.0 1 35.0 38.0 6.0 30 2\n", encoding="latin-1")  # LPS
    window.dropping.take([file])
    dialog = opened(qtbot, window)
    assert not dialog.take.isEnabled()
    assert "does not say where its frame lies" in dialog.summary.text()
    assert dialog.wanted() is None
    dialog.origin.setCurrentIndex(dialog.origin.findData("volume"))
    qtbot.waitUntil(dialog.trouble.isVisible, timeout=10_000)
    assert "the case has no volume" in dialog.trouble.text()
    assert not dialog.point[0].isVisible()
    dialog.origin.setCurrentIndex(dialog.origin.findData(HERE))
    assert dialog.point[0].isVisible()
    dialog.point[0].setValue(-10.0)
    qtbot.waitUntil(dialog.take.isEnabled, timeout=10_000)
    thread = dialog.found.imported.threads[0]
    assert thread.hemisphere == "lh"
    assert thread.entry_mm[0] == pytest.approx(-45.0)  # left of the patient is negative in RAS, and 10 mm farther
    dialog.reject()


def test_what_was_found_of_an_older_plan_is_not_taken_over(qtbot, session: Session, plan: Plan, lines: Path) -> None:
    found: list[importing.Found] = []
    importing.look(session, Wanted(lines, plan.device), found.append)
    qtbot.waitUntil(lambda: bool(found), timeout=10_000)
    changed = replace(plan, seed=9)
    session.edit("Seed", changed)
    said: list[str] = []
    session.refused.connect(said.append)
    importing.take_over(session, found[0], "lines.mrk.json")
    assert session.plan is changed
    assert "import the file again" in said[0]


def test_a_device_that_the_plan_lacks_is_announced(qtbot, window: MainWindow, lines: Path) -> None:
    window.dropping.take([lines])
    dialog = opened(qtbot, window)
    place = dialog.device.findText(load_device("utah").title)
    assert place > 0
    assert dialog.device.findText(load_device("orion").title) < 0  # lies on the surface: no line leads into it
    dialog.device.setCurrentIndex(place)
    qtbot.waitUntil(dialog.take.isEnabled, timeout=10_000)
    assert "The plan's devices become" in dialog.summary.text()
    dialog.reject()

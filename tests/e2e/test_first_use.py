"""Whoever has never seen the program has an exported, optimised plan of the demo within six clicks."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtWidgets import QDialogButtonBox, QFileDialog

from app.settings import Settings
from app.window import MainWindow
from tests.e2e.hand import Hand

pytestmark = pytest.mark.slow


@pytest.fixture
def nothing_kept(own_places: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A user without settings, in a folder of their own."""
    (tmp_path / "config" / "settings.ini").unlink()
    assert not Settings().notice_seen
    work = tmp_path / "work"
    work.mkdir()
    monkeypatch.chdir(work)
    return work


def test_six_clicks_from_start_to_an_exported_optimised_plan(boot: Callable[..., int], nothing_kept: Path) -> None:
    def drive(window: MainWindow) -> None:
        hand, session, panel = Hand(window), window.session, window.optimiser
        hand.click(hand.dialog("notice").buttons()[0])
        hand.loaded()
        hand.click(window.commands.plan.optimise)
        hand.until(lambda: session.run is not None and session.run.step, "the first step", 200)
        hand.click(panel.stop)  # who waits until it ends by itself saves this one
        hand.until(lambda: session.run.state == "ended", "the end of the run", 120)
        hand.click(panel.outcome.accept)
        with hand.answering(lambda dialog: choose(hand, dialog)):
            hand.click(window.commands.file.export_again)
        hand.until(lambda: list(nothing_kept.glob("*.csv")), "the export", 120)
        hand.rest()
        assert hand.clicks <= 6
        assert session.plan.method == "percept"
        assert session.plan.verdict.feasible
        (file,) = nothing_kept.glob("*.csv")
        with file.open(encoding="utf-8") as lines:
            rows = list(csv.DictReader(line for line in lines if not line.startswith("#")))
        assert len(rows) == len(session.plan.implant.contacts_mm())
        assert len(session.plan.threads) == 32

    assert boot(drive) == 0


def choose(hand: Hand, dialog: QFileDialog) -> None:
    """Take the folder that is offered."""
    buttons = dialog.findChild(QDialogButtonBox)
    hand.click(next(b for b in buttons.buttons() if buttons.buttonRole(b) is QDialogButtonBox.ButtonRole.AcceptRole))

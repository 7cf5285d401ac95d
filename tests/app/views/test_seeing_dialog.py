from __future__ import annotations

from dataclasses import fields, replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QLineEdit

from app.views.model_words import PARAMETER_WORDS
from app.views.seeing_dialog import SeeingDialog
from app.window import MainWindow
from planner.percept.parameters import MODELS, CorticalSheet, Dynaphos
from planner.percept.settings import Seeing, Stimulus, Variation
from tests.app.views.test_field_manners import turn


@pytest.fixture
def dialog(window: MainWindow) -> SeeingDialog:
    window.commands.aims.seeing.trigger()
    return window.commands.aims._dialog


def test_every_parameter_of_every_model_is_explained() -> None:
    assert set(PARAMETER_WORDS) == {field.name for model in MODELS.values() for field in fields(model)}


def test_numbers_show_four_digits_and_keep_all(qtbot, window: MainWindow, dialog: SeeingDialog) -> None:
    form = dialog.forms["Model: dynaphos"]
    half, slope = form.fields["activation_half"], form.fields["brightness_slope"]
    assert isinstance(half, QLineEdit)
    assert isinstance(slope, QLineEdit)
    assert (half.text(), slope.text()) == ("1.058e-07", "1.915e+07")
    assert PARAMETER_WORDS["activation_half"] in half.toolTip()
    assert f"Exactly {Dynaphos().activation_half!r}" in half.toolTip()
    assert "Exactly" not in form.fields["frequency_hz"].toolTip()  # 300 is all of it
    half.setFocus()
    half.selectAll()
    qtbot.keyClicks(half, half.text())
    qtbot.keyClick(half, Qt.Key.Key_Return)
    assert window.session.plan.seeing.model == Dynaphos()  # what is shown is no other value
    assert dialog.isVisible()  # Enter presses no button


def test_fields_of_all_groups_begin_at_one_place(dialog: SeeingDialog) -> None:
    places = {
        field.mapTo(dialog, field.rect().topLeft()).x()
        for form in dialog.forms.values()
        for field in form.fields.values()
    }
    assert len(places) == 1


def test_the_usual_values_come_back_in_one_step(qtbot, window: MainWindow, dialog: SeeingDialog, settled) -> None:
    session = window.session
    spread = Variation(drop_out=0.2)
    seeing = Seeing(CorticalSheet(reach_mm=2.0), Stimulus("fixed", total_ua=900.0), spread)
    task = replace(session.plan.task, font="serif", height_deg=5.0, pixels=32, polarity="dark")
    session.edit("Other settings", replace(session.plan, task=task, seeing=seeing))
    qtbot.mouseClick(dialog.usual, Qt.MouseButton.LeftButton)
    settled()
    assert session.plan.seeing == Seeing(CorticalSheet(), Stimulus("fixed"))
    assert session.plan.task == replace(task, height_deg=9.0, pixels=64, polarity="light")
    session.history.undo()
    assert (session.plan.task, session.plan.seeing) == (task, seeing)
    dialog.buttons.buttons()[0].click()
    qtbot.waitUntil(lambda: not dialog.isVisible())


def test_no_choice_of_forms_that_were_made_anew_follows_a_wheel_that_passes_by(
    window: MainWindow, dialog: SeeingDialog, settled
) -> None:
    session = window.session
    session.edit("Another model", replace(session.plan, seeing=replace(session.plan.seeing, model=CorticalSheet())))
    settled()
    boxes = dialog.findChildren(QComboBox)
    assert boxes
    assert {box.focusPolicy() for box in boxes} == {Qt.FocusPolicy.StrongFocus}
    before = session.plan
    for box in boxes:
        turn(box, -1)
    settled()
    assert session.plan is before

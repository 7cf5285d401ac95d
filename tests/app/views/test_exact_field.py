"""Fields show what the plan has, and enter nothing by showing it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from app.views.exact_field import ExactCount, ExactField, decimals_of
from app.window import MainWindow


@pytest.mark.parametrize(
    ("value", "decimals"), [(0.0, 0), (300.0, 0), (0.1, 1), (0.025, 3), (0.1 + 0.2, 1), (1 / 3, 6), (1e-9, 0)]
)
def test_as_many_decimals_as_there_are(value: float, decimals: int) -> None:
    assert decimals_of(value) == decimals


def test_a_field_has_its_usual_decimals_and_range_again_after_an_odd_number(qtbot) -> None:
    field, count = ExactField(0.0, 5.0, 0.05, 2, suffix=" mm"), ExactCount(1, 256, 32)
    for one in (field, count):
        qtbot.addWidget(one)
        one.valueChanged.connect(lambda _: pytest.fail("told as if it were typed"))
    for value, shown in ((0.025, "0.025 mm"), (7.5, "7.50 mm"), (0.2, "0.20 mm")):
        field.show_value(value)
        assert field.text() == shown
    assert field.maximum() == 5.0
    count.show_value(300)
    assert count.text() == "300"
    count.show_value(4)
    assert (count.text(), count.maximum()) == ("4", 256)


def test_panels_show_the_plans_numbers_and_do_not_round_them_by_showing_them(window: MainWindow) -> None:
    session, optimiser = window.session, window.optimiser
    limits = replace(session.plan.limits, clearance_mm=0.025, threads=300, localisation_mm=12.5)
    goal = replace(session.plan.goal, ssim=0.05)
    session.edit("As a file has it", replace(session.plan, limits=limits, goal=goal))
    plan = session.plan
    assert optimiser.clearance.text() == window.limits.spins["clearance_mm"].text() == "0.025 mm"
    assert optimiser.budget.text() == "300"
    assert optimiser.weights["ssim"].text() == "SSIM 0.05"
    assert window.limits.spins["localisation_mm"].text() == "12.50 mm"
    for tab, field in (
        (window.optimiser, optimiser.clearance),
        (window.optimiser, optimiser.budget),
        (window.optimiser, optimiser.weights["ssim"]),
        (window.limits, window.limits.spins["clearance_mm"]),
        (window.limits, window.limits.spins["vein_clearance_mm"]),
    ):
        window.tabs.setCurrentWidget(tab)
        field.setFocus()
        QTest.keyClick(field, Qt.Key.Key_Return)
        field.clearFocus()
    assert session.plan is plan

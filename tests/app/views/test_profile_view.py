"""The depth profile under a real display."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import Qt

from app import actions, aims
from app.views.profile_view import NO_THREAD, ProfileView
from app.window import MainWindow
from planner.implant.catalogue import load_device


@pytest.fixture
def profile(qtbot, window: MainWindow) -> ProfileView:
    window.tabs.setCurrentWidget(window.thread_tab)
    window.session.select(window.session.plan.threads[0].name)
    qtbot.waitUntil(lambda: window.profile.along is not None, timeout=3000)
    return window.profile


def test_without_a_thread_it_says_what_to_do(qtbot, window: MainWindow) -> None:
    window.tabs.setCurrentWidget(window.thread_tab)
    assert window.profile.said.text() == NO_THREAD
    assert not window.profile.plot.isVisible()


def test_it_draws_distance_requirement_and_contacts_of_the_selected_thread(
    window: MainWindow, profile: ProfileView
) -> None:
    thread = window.session.plan.threads[0]
    at, away = profile.curves["artery"].getData()
    assert at[0] == pytest.approx(0.0, abs=1e-6)
    assert at[-1] == pytest.approx(thread.depth_mm)
    assert np.isfinite(away).any()
    device = window.session.plan.implant.device_of(thread)
    assert len(profile.contacts.getData()[0]) == device.contacts
    assert thread.name in profile.said.text()


def test_the_least_distance_less_the_line_is_the_margin_that_is_said(
    qtbot, window: MainWindow, profile: ProfileView
) -> None:
    session = window.session
    for error_mm in (0.0, 0.4):
        aims.set_limit(session, "localisation_mm", error_mm)
        clearance_mm = session.plan.limits.clearance_mm + error_mm
        qtbot.waitUntil(lambda asked=clearance_mm: profile.required.getData()[1][0] == pytest.approx(asked))
        _, (least_mm,) = profile.least.getData()
        assert f"{least_mm - clearance_mm:+.2f} mm" in profile.said.text()
        drawn = np.concatenate([curve.getData()[1] for curve in profile.curves.values()])
        assert np.nanmin(drawn) == pytest.approx(least_mm)
    assert profile.plot.getAxis("left").labelText == "shaft to vessel, mm"


def test_what_breaks_the_clearance_is_marked_by_shape(qtbot, window: MainWindow, profile: ProfileView) -> None:
    assert len(profile.broken.getData()[0]) == 0
    aims.set_limit(window.session, "clearance_mm", 4.0)
    qtbot.waitUntil(lambda: len(profile.broken.getData()[0]) > 0, timeout=3000)
    assert profile.broken.opts["symbol"] == "x"


def test_a_click_moves_the_crosshair_along_the_thread(qtbot, window: MainWindow, profile: ProfileView) -> None:
    thread = window.session.plan.threads[0]
    half = thread.depth_mm / 2
    qtbot.wait(50)
    qtbot.mouseClick(profile.plot.viewport(), Qt.MouseButton.LeftButton, pos=profile.place_of(half).toPoint())
    there = np.array(thread.entry_mm) + half * np.array(thread.direction)
    qtbot.waitUntil(lambda: np.linalg.norm(there - window.session.cross_mm) < 0.15, timeout=2000)
    assert profile.cross.isVisible()
    assert profile.cross.value() == pytest.approx(half, abs=0.15)
    window.session.look_at((0.0, 0.0, 0.0))
    assert not profile.cross.isVisible()


def test_a_device_on_the_surface_has_no_profile(qtbot, window: MainWindow, profile: ProfileView) -> None:
    actions.set_device(window.session, load_device("orion"))
    qtbot.waitUntil(lambda: "surface" in profile.said.text(), timeout=3000)
    assert not profile.plot.isVisible()

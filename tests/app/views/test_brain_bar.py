"""The switches of the 3D view: who has the keys."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QToolButton

from app.window import MainWindow


def test_only_who_uses_keys_sees_where_they_go(qtbot, window: MainWindow) -> None:
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    assert not isinstance(QApplication.focusWidget(), QToolButton)
    bar = window.brain.bar
    pial, flat = (bar.buttons[bar._surfaces[name]] for name in ("pial", "flat"))
    pial.setFocus(Qt.FocusReason.TabFocusReason)
    assert pial.hasFocus()
    qtbot.keyClick(pial, Qt.Key.Key_Space)
    assert pial.hasFocus()
    qtbot.mouseClick(flat, Qt.MouseButton.LeftButton)
    assert bar.surface == "flat"
    assert not pial.hasFocus()
    assert not flat.hasFocus()
    flat.setFocus(Qt.FocusReason.TabFocusReason)  # and keys bring it back
    assert flat.hasFocus()

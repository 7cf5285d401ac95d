"""Keys that let go of what the mouse holds in the 3D view."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent


def let_go(event: QKeyEvent, cancel: Callable[[], None]) -> bool:
    """Cancel on Esc, undo or redo; whether the key was one of these.

    Nothing else is done then: whoever asks for undo while something is held means that, and no step before it.
    """
    undo = event.key() == Qt.Key.Key_Z and bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
    if event.key() != Qt.Key.Key_Escape and not undo:
        return False
    if event.type() == QEvent.Type.ShortcutOverride:
        event.accept()  # else the window's command would have it; now it comes again, as a press
    elif event.type() == QEvent.Type.KeyPress:
        cancel()
    return True

"""Mouse and keyboard of one user: events enter where the window system hands them to Qt.

So Qt itself decides who gets them: what is covered, disabled or behind a modal dialog does not, and a click that a user
could not make fails here instead of working.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, TypeVar

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPoint, Qt, QTimer
from PySide6.QtGui import QAction, QGuiApplication, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialog, QLineEdit, QMenu, QMenuBar, QToolButton, QWidget

if TYPE_CHECKING:  # the theme is chosen before any view is imported
    from app.window import MainWindow

LEFT, NONE = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
CONTROL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
Picture = NDArray[np.uint8]
D = TypeVar("D", bound=QWidget)


class Hand:
    """Drives a window.

    Attributes
    ----------
    window : MainWindow
    clicks : int
        Made so far; a double click counts as two, a press in a menu as one.
    """

    def __init__(self, window: MainWindow) -> None:
        self.window = window
        self.clicks = 0

    # --- waiting ---------------------------------------------------------------------------------

    def wait(self, ms: int) -> None:
        """Let the program go on for a while."""
        QTest.qWait(ms)

    def until(self, holds: Callable[[], object], what: str = "", seconds: float = 60.0) -> None:
        """Let the program go on until something holds."""
        end = monotonic() + seconds
        while not holds():
            if monotonic() > end:
                raise AssertionError(f"in {seconds:g} s it did not come to: {what or 'what was waited for'}")
            QTest.qWait(15)

    def rest(self, seconds: float = 60.0) -> None:
        """Let the program go on until it has nothing to do and its last picture is drawn."""
        brain = self.window.brain
        self.until(lambda: not self.window.session.worker.busy, "the worker at rest", seconds)
        self.wait(300)  # what waits for the mouse to rest
        self.until(lambda: not brain._draw.isActive() and brain._asked is None, "the picture drawn", seconds)

    def loaded(self) -> None:
        """Let the program go on until a case is there and drawn, and the window has the keys."""
        session, plotter = self.window.session, self.window.brain.plotter
        self.until(lambda: session.loading is None and session.preview is not None, "a case", 120)
        self.until(plotter.render_window.GetReadyForRendering, "the 3D view", 20)
        self.take_keys()

    def take_keys(self) -> None:
        """Have the window active, as a click on its frame would: there is no window manager under Xvfb."""
        self.window.activateWindow()
        self.until(self.window.isActiveWindow, "the window active", 10)

    def dialog(self, kind: type[D] | str) -> D:
        """The open dialog of a class or an object name, once it is there."""

        def found() -> D | None:
            for widget in QApplication.topLevelWidgets():
                named = widget.objectName() == kind if isinstance(kind, str) else isinstance(widget, kind)
                if named and widget.isVisible():
                    return widget
            return None

        self.until(found, f"the dialog {kind}")
        dialog = found()
        self.until(lambda: dialog.windowHandle() is not None and dialog.windowHandle().isExposed(), "it shown")
        return dialog

    # --- the mouse -------------------------------------------------------------------------------

    def click(self, target: QWidget | QAction, at: QPoint | None = None, modifiers: Qt.KeyboardModifier = NONE) -> None:
        """Click on a widget, in its middle unless a place is given, or on the toolbar's button of a command."""
        widget = self.button(target) if isinstance(target, QAction) else target
        window, place = self._aim(widget, at)
        self.clicks += 1
        QTest.mouseMove(window, place)
        QTest.mouseClick(window, LEFT, modifiers, place)

    def double_click(self, widget: QWidget, at: QPoint) -> None:
        """Click twice on the same place."""
        window, place = self._aim(widget, at)
        self.clicks += 2
        QTest.mouseMove(window, place)
        QTest.mouseClick(window, LEFT, NONE, place)
        QTest.mouseDClick(window, LEFT, NONE, place)

    def hover(self, widget: QWidget, at: QPoint) -> None:
        """Move the mouse to a place."""
        QTest.mouseMove(*self._aim(widget, at))

    def press(self, widget: QWidget, at: QPoint) -> None:
        """Take hold of what is at a place."""
        window, place = self._aim(widget, at)
        QTest.mouseMove(window, place)
        QTest.mousePress(window, LEFT, NONE, place)

    def move(self, widget: QWidget, at: QPoint) -> None:
        """Move the mouse with the button held, also to where the widget is covered."""
        QTest.mouseMove(widget.window().windowHandle(), widget.mapTo(widget.window(), at))

    def release(self, widget: QWidget, at: QPoint) -> None:
        """Let go."""
        QTest.mouseRelease(widget.window().windowHandle(), LEFT, NONE, widget.mapTo(widget.window(), at))

    def pull(self, widget: QWidget, start: QPoint, by: QPoint) -> QPoint:
        """Take hold of something and pull it, without letting go; gives the place where the mouse is then."""
        self.press(widget, start)
        for part in (0.25, 0.5, 0.75, 1.0):
            self.move(widget, start + by * part)
            self.wait(60)
        return start + by

    def choose(self, *titles: str) -> None:
        """Choose from the menus by clicks, as in ``choose("File", "Export", "Contacts as CSV…")``."""
        holder: QMenuBar | QMenu = self.window.menuBar()
        for title in titles:
            action = next(a for a in holder.actions() if plain(a.text()) == title)
            assert action.isEnabled(), f"{title} is not offered"
            self.click(holder, holder.actionGeometry(action).center())
            menu = action.menu()
            if isinstance(menu, QMenu):
                self.until(menu.isVisible, f"the menu {title}", 10)
                holder = menu

    def button(self, action: QAction) -> QToolButton:
        """The button that gives a command."""
        return next(w for w in action.associatedObjects() if isinstance(w, QToolButton) and w.isVisible())

    def _aim(self, widget: QWidget, at: QPoint | None) -> tuple[object, QPoint]:
        """The window and the place in it where a widget can be clicked; fails where a user could not."""
        words = widget.accessibleName() or widget.objectName() or type(widget).__name__
        assert widget.isVisible(), f"{words} is not in sight"
        assert widget.isEnabled(), f"{words} is disabled"
        top = widget.window()
        place = widget.mapTo(top, at if at is not None else widget.rect().center())
        under = top.childAt(place) or top
        passing = Qt.WidgetAttribute.WA_TransparentForMouseEvents
        while under is not widget and under.testAttribute(passing) and under.parentWidget() is not None:
            under = under.parentWidget()
        assert under is widget or widget.isAncestorOf(under), f"{words} is covered by {under!r} at {place}"
        modal = QApplication.activeModalWidget()
        assert modal is None or top is modal or modal.isAncestorOf(top), f"{words} is behind the dialog {modal!r}"
        return top.windowHandle(), place

    # --- keys ------------------------------------------------------------------------------------

    def key(self, key: Qt.Key, modifiers: Qt.KeyboardModifier = NONE) -> None:
        """Strike a key."""
        QTest.keyClick(QGuiApplication.focusWindow() or self.window.windowHandle(), key, modifiers)

    def type(self, widget: QWidget, text: str) -> None:
        """Replace what a field holds."""
        widget.setFocus(Qt.FocusReason.MouseFocusReason)
        QTest.keyClick(widget, Qt.Key.Key_A, CONTROL)
        QTest.keyClicks(widget, text)

    # --- dialogs that keep the program waiting ---------------------------------------------------

    @contextmanager
    def answering(self, answer: Callable[[QDialog], None]) -> Iterator[None]:
        """Answer the dialog that opens within, from inside its own event loop; what fails there is raised here."""
        done: list[BaseException | None] = []
        end = monotonic() + 60.0

        def look() -> None:
            modal = QApplication.activeModalWidget()
            if not isinstance(modal, QDialog) or not modal.isVisible():
                if monotonic() < end:
                    QTimer.singleShot(20, look)
                return
            try:
                answer(modal)
                done.append(None)
            except BaseException as error:  # noqa: BLE001 - it belongs to the test, not to Qt
                done.append(error)
                modal.reject()

        QTimer.singleShot(20, look)
        yield
        self.until(lambda: done, "a dialog to answer")
        if done[0] is not None:
            raise done[0]

    def give(self, dialog: QDialog, path: Path) -> None:
        """Type a path into a file dialog and enter it; the first Return may only close what is proposed meanwhile."""
        field = dialog.findChild(QLineEdit, "fileNameEdit")
        self.type(field, str(path))
        for _ in range(5):
            if dialog.isVisible():
                self.key(Qt.Key.Key_Return)
                self.wait(150)
        assert not dialog.isVisible(), f"{path} was not taken"

    # --- looking ---------------------------------------------------------------------------------

    def picture(self, widget: QWidget | None = None) -> Picture:
        """What a widget shows, the window if none is given: ``(H, W, 3)``."""
        return pixels((widget or self.window).grab().toImage())


def plain(title: str) -> str:
    """A command's title without the mark of its key."""
    return re.sub(r"&(.)", r"\1", title)


def pixels(image: QImage) -> Picture:
    """A picture as an array ``(H, W, 3)``."""
    whole = image.convertToFormat(QImage.Format.Format_RGB888)
    rows = np.frombuffer(whole.constBits(), np.uint8).reshape(whole.height(), whole.bytesPerLine())
    return rows[:, : 3 * whole.width()].reshape(whole.height(), whole.width(), 3).copy()


def patch(picture: Picture, at: QPoint, half: int = 6) -> Picture:
    """A square about a place of a picture."""
    return picture[max(at.y() - half, 0) : at.y() + half + 1, max(at.x() - half, 0) : at.x() + half + 1]


def changed(before: Picture, after: Picture, by: int = 24) -> float:
    """The share of pixels that differ so that it can be seen."""
    apart = np.abs(before.astype(int) - after.astype(int)).max(axis=2) > by
    return float(apart.mean())

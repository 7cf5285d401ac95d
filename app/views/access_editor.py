"""The plan's approach windows as a list, with what is typed of the chosen one."""

from __future__ import annotations

import re
from typing import Final, cast

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent
from PySide6.QtWidgets import (
    QComboBox,
    QDoubleSpinBox,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QListWidget,
    QPushButton,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from app import theme
from app.openings import window_of, window_words
from app.session import Session
from planner.anatomy.access import WIDEST_CONE_DEG, Surface, Window

LIST_PX: Final = 58
ANY_REACH: Final = "any"
_SURFACES: Final[tuple[tuple[Surface, str, str], ...]] = (
    ("hull", "on the hull", "An opening of skull and dura: shafts come through the disc, and no brain is in the way"),
    ("pial", "on bare cortex", "Cortex laid bare by retraction: entries lie within the radius about the centre"),
)
_NUMBER: Final = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?")


class _List(QListWidget):
    """Del takes the current window away."""

    delete_requested = Signal()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """As a list; Del is ours."""
        if event.key() == Qt.Key.Key_Delete:
            self.delete_requested.emit()
        else:
            super().keyPressEvent(event)


class AccessEditor(QWidget):
    """Windows, and the numbers of the chosen one.

    Signals
    -------
    chosen(place)
        By its place in the plan's list; -1 for none.
    field_requested(place, field, value)
        A field of `Window` is to be another.
    delete_requested(place)
    """

    chosen = Signal(int)
    field_requested = Signal(int, str, object)
    delete_requested = Signal(int)

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self._place = -1
        self.list = _List()
        self.list.setFixedHeight(LIST_PX)
        self.list.setToolTip("Openings that threads come through; choose one to drag or type it")
        self.place = QToolButton()  # is given its action
        self.place.setProperty("framed", True)
        self.place.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.surface = QComboBox()
        self.surface.setToolTip("What a window that is put by a click lies on")
        for number, (surface, words, tip) in enumerate(_SURFACES):
            self.surface.addItem(words, surface)
            self.surface.setItemData(number, tip, Qt.ItemDataRole.ToolTipRole)
        self.delete = QPushButton("Delete")
        self.delete.setToolTip("Delete the chosen window (Shift+Del)")
        self.spins = {
            "radius_mm": _spin(0.5, 200.0, 1.0, " mm", "Radius of the opening, mm"),
            "cone_deg": _spin(1.0, WIDEST_CONE_DEG, 5.0, "°", "Largest angle between a shaft and the axis, degrees"),
            "reach_mm": _spin(0.0, 300.0, 5.0, " mm", "Longest way along a shaft to its tip, mm; any below 0.5 mm"),
        }
        self.spins["reach_mm"].setSpecialValueText(ANY_REACH)
        self.vectors = {"centre_mm": QLineEdit(), "axis": QLineEdit()}
        self.vectors["centre_mm"].setToolTip("The middle of the opening: x, y and z of scanner RAS, mm")
        self.vectors["axis"].setToolTip("Direction into the brain: x, y and z of scanner RAS, of any length")
        for widget, words in (
            (self.list, "Approach windows"),
            (self.surface, "What the next window lies on"),
            (self.vectors["centre_mm"], "Centre of the window"),
            (self.vectors["axis"], "Axis of the window"),
            *((spin, spin.toolTip()) for spin in self.spins.values()),
        ):
            widget.setAccessibleName(words)
        self._typed = QWidget()
        self._lay_out()

        self.list.currentRowChanged.connect(self.chosen)
        self.list.delete_requested.connect(lambda: self.delete_requested.emit(self._place))
        self.delete.clicked.connect(lambda: self.delete_requested.emit(self._place))
        for field, spin in self.spins.items():
            spin.valueChanged.connect(lambda value, field=field: self._ask(field, value))
        for field, line in self.vectors.items():
            line.editingFinished.connect(lambda field=field: self._ask_vector(field))
        session.shown_changed.connect(lambda old, new: self._read())
        session.document_changed.connect(self._read)
        session.run_changed.connect(lambda old, new: self._read())
        self._read()

    @property
    def surface_name(self) -> Surface:
        """What the next window is put on."""
        return cast(Surface, self.surface.currentData())

    def show_chosen(self, place: int) -> None:
        """Show which window is chosen, and its numbers; -1 for none."""
        self._place = place
        self._read()

    def _lay_out(self) -> None:
        buttons = QVBoxLayout()
        buttons.setSpacing(3)
        buttons.addWidget(self.place)
        buttons.addWidget(self.delete)
        top = QHBoxLayout()
        top.addWidget(self.list, 1)
        top.addLayout(buttons)
        grid = QGridLayout(self._typed)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(6)
        grid.setVerticalSpacing(3)
        fields = (("Radius", "radius_mm"), ("Cone", "cone_deg"), ("Reach", "reach_mm"))
        for number, (words, field) in enumerate(fields):
            grid.addWidget(_muted(words, self.spins[field].toolTip()), 0, number)
            grid.addWidget(self.spins[field], 1, number)
        for row, (words, field) in enumerate((("Centre x, y, z", "centre_mm"), ("Axis x, y, z", "axis")), start=2):
            grid.addWidget(_muted(words, self.vectors[field].toolTip()), row, 0)
            grid.addWidget(self.vectors[field], row, 1, 1, 2)
        put = QHBoxLayout()
        put.addWidget(_muted("Next window", self.surface.toolTip()))
        put.addWidget(self.surface, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addLayout(top)
        column.addLayout(put)
        column.addWidget(self._typed)

    def _ask(self, field: str, value: float) -> None:
        unlimited = field == "reach_mm" and value < 0.5
        self.field_requested.emit(self._place, field, None if unlimited else round(value, 6))

    def _ask_vector(self, field: str) -> None:
        """Ask for what was typed; what is no three numbers is said, and the window's own are shown again."""
        window, line = window_of(self._session.plan, self._place), self.vectors[field]
        if window is None or line.text() == _vector_text(window, field):
            return
        line.setModified(False)  # it is entered; from now on it shows what the plan has
        numbers = [float(text) for text in _NUMBER.findall(line.text())]
        if len(numbers) == 3:
            self.field_requested.emit(self._place, field, tuple(numbers))
        else:
            self._session.refused.emit(f"{line.text()!r} is no point or direction: write three numbers")
            self._read()

    def _read(self) -> None:
        plan, editable = self._session.shown, self._session.editable
        windows = plan.limits.access.windows if plan is not None else ()
        words = [window_words(window, place) for place, window in enumerate(windows)]
        with QSignalBlocker(self.list):
            shown = words or ["None: the way in is not checked"]
            if shown != [self.list.item(row).text() for row in range(self.list.count())]:
                self.list.clear()
                self.list.addItems(shown)
                if not words:
                    self.list.item(0).setFlags(Qt.ItemFlag.NoItemFlags)
                    self.list.item(0).setForeground(QColor(theme.MUTED))  # Qt's own for what is disabled is too pale
            self.list.setCurrentRow(self._place if self._place < len(words) else -1)
        window = window_of(plan, self._place)
        self._typed.setVisible(window is not None)
        self._typed.setEnabled(editable)
        self.delete.setEnabled(editable and window is not None)
        self.surface.setEnabled(editable)
        if window is None:
            return
        for field, spin in self.spins.items():
            with QSignalBlocker(spin):
                spin.setValue(getattr(window, field) or 0.0)
        for field, line in self.vectors.items():
            if not line.hasFocus() or not line.isModified():
                line.setText(_vector_text(window, field))


def _vector_text(window: Window, field: str) -> str:
    digits = 3 if field == "axis" else 1
    return ", ".join(f"{part:.{digits}f}" for part in getattr(window, field))


def _spin(least: float, most: float, step: float, suffix: str, tip: str) -> QDoubleSpinBox:
    spin = QDoubleSpinBox()
    spin.setDecimals(1)
    spin.setRange(least, most)
    spin.setSingleStep(step)
    spin.setSuffix(suffix)
    spin.setToolTip(tip)
    spin.setKeyboardTracking(False)
    return spin


def _muted(words: str, tip: str) -> QLabel:
    label = QLabel(words)
    label.setProperty("role", "muted")
    label.setToolTip(tip)
    return label

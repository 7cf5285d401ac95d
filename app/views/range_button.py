"""A button with the range of an overlay's colours behind it: the values of the first and of the last one."""

from __future__ import annotations

import qtawesome as qta
from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QAction, QKeySequence, QShortcut
from PySide6.QtWidgets import QDoubleSpinBox, QFormLayout, QFrame, QPushButton, QToolButton

from app import theme
from app.views.overlays import Range, Scale
from app.views.typed_line import put_back

STEPS = 100  # of the bounds, in one click of a value; a logarithmic scale takes a tenth of the value


class RangeButton(QToolButton):
    """Opens a small panel with two values.

    Signals
    -------
    chosen(Range or None)
        Another range, or with None the usual one.
    """

    chosen = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.action = QAction("&Range of colours…", self)
        self.action.setIcon(qta.icon("mdi6.arrow-expand-horizontal", color=theme.MUTED, color_disabled=theme.DISABLED))
        self.action.setToolTip("From which to which value the overlay's colours go")
        self.action.triggered.connect(self.open)
        self.setDefaultAction(self.action)
        self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonIconOnly)
        self.panel = QFrame(self, Qt.WindowType.Popup)
        self.panel.setFrameShape(QFrame.Shape.StyledPanel)
        self.low, self.high = QDoubleSpinBox(), QDoubleSpinBox()
        self.usual = QPushButton("&Usual range")
        form = QFormLayout(self.panel)
        for words, box in (("&First colour", self.low), ("&Last colour", self.high)):
            box.setKeyboardTracking(False)  # a value half typed is none
            box.setDecimals(2)
            box.setMinimumWidth(110)
            form.addRow(words, box)
            box.valueChanged.connect(self._choose)
        form.addRow(self.usual)
        QShortcut(QKeySequence("Esc"), self.panel, self._leave)
        self.usual.clicked.connect(lambda: self.chosen.emit(None))
        self.show_range(None, None)

    def show_range(self, scale: Scale | None, shown: Range | None) -> None:
        """Show the range of an overlay; with None that it has none."""
        self.action.setEnabled(scale is not None)
        if scale is None:
            self.panel.hide()
            return
        (least, most), (low, high) = scale.bounds, shown or scale.usual
        for box, value in ((self.low, low), (self.high, high)):
            box.blockSignals(True)
            box.setSuffix(scale.unit if scale.unit == "°" else f" {scale.unit}")
            box.setRange(least, most)
            box.setSingleStep((most - least) / STEPS)
            box.setStepType(
                QDoubleSpinBox.StepType.AdaptiveDecimalStepType
                if scale.logarithmic
                else QDoubleSpinBox.StepType.DefaultStepType
            )
            box.setToolTip(f"{scale.title}, {scale.unit}: {least:g} to {most:g}")
            box.setValue(value)
            box.blockSignals(False)
        self.usual.setEnabled(shown is not None and shown != scale.usual)

    def open(self) -> None:
        """Open the panel below the button, with the first value to type over."""
        self.panel.adjustSize()
        self.panel.move(self.mapToGlobal(QPoint(0, self.height())))
        self.panel.show()
        self.low.setFocus(Qt.FocusReason.PopupFocusReason)
        self.low.selectAll()

    def _leave(self) -> None:
        """Put back what is typed, or else close the panel."""
        if not any(put_back(box) for box in (self.low, self.high)):
            self.panel.hide()

    def _choose(self) -> None:
        """Two values that make a range; while they are none, nothing changes."""
        if self.low.value() < self.high.value():
            self.chosen.emit((self.low.value(), self.high.value()))

"""Forbidden cortex as a list, with the brush that paints it."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtGui import QColor
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QListWidget,
    QPushButton,
    QSlider,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from app import theme
from app.session import Session
from app.views.brain_paint import BRUSH_MM, USUAL_MM

LIST_PX: Final = 46
FINE: Final = 10  # steps of the slider a millimetre


class RegionEditor(QWidget):
    """Regions that no shaft may touch.

    Signals
    -------
    forbid_requested()
        A label or annotation is to be chosen.
    allow_requested(place), save_requested(place)
        A region, by its place in the list, is to be one no more, or to be written to a file.
    brush_requested(mm)
    """

    forbid_requested = Signal()
    allow_requested = Signal(int)
    save_requested = Signal(int)
    brush_requested = Signal(float)

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self.list = QListWidget()
        self.list.setFixedHeight(LIST_PX)
        self.list.setToolTip("Cortex that no shaft may touch, between pial and white")
        self.paint = QToolButton()  # is given its action
        self.paint.setProperty("framed", True)
        self.paint.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.forbid = QPushButton("Add…")
        self.forbid.setToolTip("Forbid the cortex of a FreeSurfer label, or of a parcel of an annotation")
        self.allow = QPushButton("Remove")
        self.allow.setToolTip("Take the selected region off the list")
        self.save = QPushButton("Save…")
        self.save.setToolTip("Save the selected region as a FreeSurfer label")
        self.brush = QSlider(Qt.Orientation.Horizontal)
        self.brush.setRange(*(round(FINE * mm) for mm in BRUSH_MM))
        self.brush.setToolTip("Radius of the brush, mm along the surface (keys [ and ])")
        self.list.setAccessibleName("Forbidden cortex")
        self.brush.setAccessibleName("Radius of the brush")
        self._size = QLabel()
        self._size.setProperty("role", "muted")
        self._size.setFixedWidth(52)

        buttons = QHBoxLayout()
        buttons.setSpacing(3)
        for button in (self.paint, self.forbid, self.save, self.allow):
            buttons.addWidget(button)
        brush = QHBoxLayout()
        words = QLabel("Brush")
        words.setProperty("role", "muted")
        words.setToolTip(self.brush.toolTip())
        for widget in (words, self.brush, self._size):
            brush.addWidget(widget)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addWidget(self.list)
        column.addLayout(buttons)
        column.addLayout(brush)

        self.show_brush(USUAL_MM)
        self.brush.valueChanged.connect(lambda value: self.brush_requested.emit(value / FINE))
        self.forbid.clicked.connect(self.forbid_requested)
        self.allow.clicked.connect(lambda: self.allow_requested.emit(self.list.currentRow()))
        self.save.clicked.connect(lambda: self.save_requested.emit(self.list.currentRow()))
        self.list.currentRowChanged.connect(lambda _: self._enable())
        session.document_changed.connect(self._read)
        session.run_changed.connect(lambda old, new: self._enable())
        self._read()

    def show_brush(self, radius_mm: float) -> None:
        """Show the brush's size."""
        with QSignalBlocker(self.brush):
            self.brush.setValue(round(FINE * radius_mm))
        self._size.setText(f"{radius_mm:.1f} mm")

    def _enable(self) -> None:
        editable, chosen = self._session.editable, self.list.currentRow() >= 0
        self.forbid.setEnabled(editable)
        self.allow.setEnabled(editable and chosen)
        self.save.setEnabled(chosen and not self._session.read_only)
        self.brush.setEnabled(editable)

    def _read(self) -> None:
        plan = self._session.plan
        regions = plan.limits.regions if plan is not None else ()
        names = [f"{region.name} · {region.hemisphere} · {len(region.vertices)} vertices" for region in regions]
        shown = names or ["None: not limited"]
        if shown != [self.list.item(row).text() for row in range(self.list.count())]:
            self.list.clear()
            self.list.addItems(shown)
            for row, region in enumerate(regions):
                self.list.item(row).setToolTip(region.source if region.by_hand else f"From {region.source}")
            if not names:
                self.list.item(0).setFlags(Qt.ItemFlag.NoItemFlags)
                self.list.item(0).setForeground(QColor(theme.MUTED))
        self._enable()

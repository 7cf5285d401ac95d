"""The selected thread in numbers: read and typed."""

from __future__ import annotations

from math import isnan
from typing import Final

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QCheckBox, QDoubleSpinBox, QGridLayout, QHBoxLayout, QLabel, QWidget

from app import theme
from app.actions import any_thread_of, thread_of
from app.positions import why_not
from app.session import Session
from app.views.field_manners import half_typed
from app.views.status import fresh
from app.views.thread_columns import NONE, UNUSED
from app.views.thread_rows import UNKNOWN
from app.views.typed_line import PointLine

DEEPEST_MM: Final = 999.0  # that can be typed: what is too deep is said, while a field would swallow its digits
DEPTH_PX: Final = 88  # Qt asks for room for the deepest there can be, which points need more
_EDITS = "The tip stays where it is, as far as the thread's depth allows"


class ThreadInspector(QWidget):
    """Entry, tip and depth of the selected thread, to be typed; its angle and what it is, to be read.

    Signals
    -------
    entry_typed(name, text), tip_typed(name, text), depth_requested(name, mm)
    lock_requested(name, bool), use_requested(name, bool)
    """

    entry_typed = Signal(str, str)
    tip_typed = Signal(str, str)
    depth_requested = Signal(str, float)
    lock_requested = Signal(str, bool)
    use_requested = Signal(str, bool)

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self.title = QLabel()
        self.title.setStyleSheet("font-weight: 600;")
        self.used = QCheckBox("Used")
        self.used.setToolTip(f"Whether the thread is used. {UNUSED}")
        self.locked = QCheckBox("Locked")
        self.locked.setToolTip("A locked thread is never moved, by hand or by the optimiser")
        self.entry = PointLine(
            "Entry", "Where the thread goes in; a point off pial is put onto it where it is nearest. " + _EDITS
        )
        self.tip = PointLine("Tip", "The deepest point; the thread is turned about its entry")
        self.depth_mm = QDoubleSpinBox(decimals=2, singleStep=0.1, maximum=DEEPEST_MM, suffix=" mm")
        self.depth_mm.setKeyboardTracking(False)  # what is typed is one edit
        self.depth_mm.setMaximumWidth(DEPTH_PX)
        self.depth_mm.setAccessibleName("Depth in mm")
        self.depth_mm.setToolTip("From the entry on pial to the tip, mm, as far as the device and the limits allow")
        self.angle = QLabel()
        self.angle.setToolTip("Between the thread and pial's inward normal at its entry, degrees")
        self.why = QLabel(wordWrap=True)
        self.why.setProperty("role", "muted")
        self._build()
        self.entry.typed.connect(lambda text: self.entry_typed.emit(session.selection, text))
        self.tip.typed.connect(lambda text: self.tip_typed.emit(session.selection, text))
        self.depth_mm.valueChanged.connect(lambda depth: self.depth_requested.emit(session.selection, depth))
        self.locked.clicked.connect(lambda on: self.lock_requested.emit(session.selection, on))
        self.used.clicked.connect(lambda on: self.use_requested.emit(session.selection, on))
        self._soon = QTimer(self, singleShot=True, interval=0)
        self._soon.timeout.connect(self.refresh)
        for changed in (
            session.selection_changed,
            session.selected_changed,
            session.shown_changed,
            session.preview_changed,
            session.run_changed,
            session.document_changed,
        ):
            changed.connect(lambda *_: self._soon.start())
        self.refresh()

    def _build(self) -> None:
        grid = QGridLayout(self)
        grid.setContentsMargins(8, 6, 8, 2)
        grid.setHorizontalSpacing(8)
        grid.setVerticalSpacing(4)
        head = QHBoxLayout()
        head.addWidget(self.title, 1)
        head.setSpacing(12)
        head.addWidget(self.used)
        head.addWidget(self.locked)
        grid.addLayout(head, 0, 0, 1, 4)
        self.labels = [QLabel(words) for words in ("Entry, RAS mm", "Tip, RAS mm", "Depth", "Angle")]
        for label, (field, row, column) in zip(
            self.labels, ((self.entry, 1, 0), (self.tip, 2, 0), (self.depth_mm, 1, 2), (self.angle, 2, 2)), strict=True
        ):
            label.setProperty("role", "muted")
            label.setToolTip(field.toolTip())
            grid.addWidget(label, row, column)
            grid.addWidget(field, row, column + 1)
        grid.addWidget(self.why, 3, 0, 1, 4)
        grid.setColumnStretch(1, 1)

    def refresh(self) -> None:
        """Show the selected thread as it is now."""
        self._soon.stop()
        session = self._session
        plan, name = session.shown, session.selection
        thread = any_thread_of(plan, name)
        there = plan is not None and thread is not None
        for widget in (self.used, self.locked, self.entry, self.tip, self.depth_mm, self.angle, *self.labels):
            widget.setVisible(there)
        self.title.setVisible(there)
        why = why_not(session, name) if there else ""
        self.why.setText(why)
        self.why.setVisible(bool(why))
        if plan is None or thread is None:
            return
        device = plan.implant.device_of(thread)
        used = thread_of(plan, name) is not None
        side = "left" if thread.hemisphere == "lh" else "right"
        one = f"one of {len(session.selected)} selected" if len(session.selected) > 1 else ""
        self.title.setText(" · ".join(filter(None, (name, side, device.name, thread.group, one))))
        self.used.setChecked(used)
        self.locked.setChecked(thread.locked)
        for box in (self.used, self.locked):
            box.setEnabled(session.editable)
        for line, point in ((self.entry, thread.entry_mm), (self.tip, thread.tip_mm)):
            line.setReadOnly(bool(why))
            line.setStyleSheet(f"background: transparent; color: {theme.MUTED};" if why else "")
            line.setEnabled(device.penetrates or line is self.entry)
            line.show_point(point)
        if not half_typed(self.depth_mm):
            self.depth_mm.blockSignals(True)
            self.depth_mm.setValue(thread.depth_mm)
            self.depth_mm.blockSignals(False)
        self.depth_mm.setEnabled(not why and device.penetrates)
        self.angle.setText(self._angle(name))

    def _angle(self, name: str) -> str:
        """In words: of a thread that is not used it is not computed."""
        plan = self._session.shown
        known = fresh(plan, self._session.preview)
        names = [thread.name for thread in plan.threads] if plan is not None else []
        if name not in names:
            return NONE
        if known is None or len(known.angle_deg) != len(names):
            return UNKNOWN
        angle = float(known.angle_deg[names.index(name)])
        return NONE if isnan(angle) else f"{angle:.0f}° to normal"

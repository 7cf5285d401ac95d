"""Drawing what should be seen, beside the window: each stroke is the target at once."""

from __future__ import annotations

import qtawesome as qta
from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import (
    QButtonGroup,
    QDialog,
    QDoubleSpinBox,
    QHBoxLayout,
    QLabel,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from app import theme
from app.session import Session
from app.views.drawing_canvas import DrawingCanvas
from app.views.record_form import complaint
from planner.tasks.record import Stroke, TaskRecord


class DrawingDialog(QDialog):
    """Pen, eraser, and the drawing that the plan has, if its task is one.

    Signals
    -------
    task_requested(TaskRecord, words)
        The drawing as it is now, and what was done to it.
    """

    task_requested = Signal(object, str)

    def __init__(self, parent: QWidget, session: Session) -> None:
        super().__init__(parent)
        self.setWindowTitle("Draw what should be seen")
        self._session = session
        self._asked: tuple[Stroke, ...] | None = None  # what is on its way into the plan
        self._wiped: tuple[Stroke, ...] | None = None  # the plan's drawing, which stays until something new is drawn
        self.canvas = DrawingCanvas()
        self.pen = self._tool("Pen", "mdi6.pencil-outline", "Draw light")
        self.eraser = self._tool("Eraser", "mdi6.eraser", "Take light away")
        together = QButtonGroup(self)
        for tool in (self.pen, self.eraser):
            tool.setCheckable(True)
            together.addButton(tool)
        self.pen.setChecked(True)
        self.eraser.toggled.connect(self._choose_tool)
        self.wide = QDoubleSpinBox(minimum=0.1, maximum=20.0, singleStep=0.25, decimals=2, value=1.0, suffix="°")
        self.wide.setPrefix("width ")
        self.wide.setToolTip("Width of the pen and the eraser, degrees of the visual field")
        self.wide.valueChanged.connect(self._choose_width)
        self.undo = self._tool("Undo stroke", "mdi6.undo", "Take the last stroke back (Ctrl+Z)")
        self.undo.clicked.connect(self._take_back)
        self.clear = self._tool(
            "Clear", "mdi6.trash-can-outline", "Begin with an empty field; the next stroke is then what should be seen"
        )
        self.clear.clicked.connect(self._clear)
        shortcut = QAction(self)
        shortcut.setShortcut(QKeySequence("Ctrl+Z"))
        shortcut.triggered.connect(self.undo.click)
        self.addAction(shortcut)
        self.hint, self.complaint = QLabel(wordWrap=True), complaint()
        self.hint.setProperty("role", "muted")
        row = QHBoxLayout()
        for widget in (self.pen, self.eraser, self.wide, self.undo, self.clear):
            row.addWidget(widget)
        row.addStretch(1)
        column = QVBoxLayout(self)
        column.addLayout(row)
        column.addWidget(self.canvas, 1)
        column.addWidget(self.hint)
        column.addWidget(self.complaint)
        self.resize(480, 540)
        self.canvas.drawn.connect(lambda stroke: self._ask("Erase a stroke" if stroke.erases else "Draw a stroke"))
        session.document_changed.connect(self._read)
        session.run_changed.connect(lambda old, new: self._read())
        session.refused.connect(self._hear_refusal)
        self._read()

    def _tool(self, words: str, symbol: str, tip: str) -> QToolButton:
        tool = QToolButton()
        tool.setText(words)
        tool.setIcon(qta.icon(symbol, color=theme.TEXT, color_disabled=theme.DISABLED))
        tool.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        tool.setToolTip(tip)
        tool.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        return tool

    def _read(self) -> None:
        """Show the plan's drawing, unless what was drawn since is still on its way into it."""
        plan = self._session.plan
        if plan is None:
            return
        its, canvas = plan.task.strokes, self.canvas
        canvas.extent_deg, canvas.dark_on_light = plan.task.extent_deg, plan.task.polarity == "dark"
        if self._asked in (None, its) and self._wiped != its:
            self._asked = self._wiped = None
            canvas.show_strokes(its)
        self._say()

    def _say(self) -> None:
        plan = self._session.plan
        for widget in (self.canvas, self.pen, self.eraser, self.wide):
            widget.setEnabled(self._session.editable)
        there = self._session.editable and bool(self.canvas.strokes)
        self.undo.setEnabled(there)
        self.clear.setEnabled(there)
        drawing = plan is not None and plan.task.name == "drawing"
        if self.canvas.strokes:
            words = "Each stroke is what should be seen at once, and a step of its own that can be undone."
        elif drawing:
            words = "Nothing is drawn: what should be seen stays as it was until the next stroke."
        else:
            words = "Draw: the first stroke becomes what should be seen, instead of the present task."
        self.hint.setText(words)

    def _choose_tool(self, erasing: bool) -> None:
        self.canvas.erases = erasing

    def _choose_width(self, width_deg: float) -> None:
        self.canvas.width_deg = round(width_deg, 2)
        self.canvas.update()

    def _take_back(self) -> None:
        self.canvas.show_strokes(self.canvas.strokes[:-1])
        self._ask("Take a stroke back")

    def _clear(self) -> None:
        self._wiped = self._session.plan.task.strokes if self._session.plan is not None else None
        self.canvas.show_strokes(())
        self._say()

    def _ask(self, words: str) -> None:
        """The drawing as it is now becomes the task; an empty one is none, so that the plan's stays."""
        plan, strokes = self._session.plan, self.canvas.strokes
        if plan is not None and strokes:
            now = plan.task
            self._asked = strokes
            self.complaint.clear()
            record = TaskRecord("drawing", now.extent_deg, now.pixels, polarity=now.polarity, strokes=strokes)
            self.task_requested.emit(record, words)
        self._say()

    def _hear_refusal(self, sentence: str) -> None:
        self._asked = None
        self.complaint.setText(sentence)

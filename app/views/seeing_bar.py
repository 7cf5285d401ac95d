"""What should be seen, by which model it is, and how pictures become currents: chosen at the head of the percepts."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Final

import qtawesome as qta
from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QToolButton, QWidget

from app import theme
from app.session import Session
from planner.percept.parameters import MODELS, model_name
from planner.percept.settings import Encoder
from planner.tasks.record import Symbol, TaskName, TaskRecord, usual_height

TASKS: Final[tuple[tuple[str, TaskName, Symbol, str], ...]] = (
    ("Letters", "reading", "landolt-c", "The 26 capital letters"),
    ("Words", "words", "landolt-c", "Short words, or your own (Settings)"),
    ("Landolt rings", "symbols", "landolt-c", "Rings with a gap, as acuity is measured with"),
    ("Tumbling Es", "symbols", "tumbling-e", "Es turned to four sides, as acuity is measured with"),
    ("Images", "images", "landolt-c", "Photographs that come with the program"),
)
FOLDER, FILE, DRAWING = "folder", "file", "drawing"
MODEL_WORDS: Final = {
    "dynaphos": ("dynaphos", "Phosphenes that grow and brighten with current (van der Grinten et al. 2024)"),
    "scoreboard": ("Scoreboard", "A fixed Gaussian of current about every contact, linear"),
    "sheet": ("Cortical sheet", "Current spreads over the cortical surface, and every patch shows its receptive field"),
}
ENCODER_WORDS: Final[dict[Encoder, tuple[str, str]]] = {
    "sample": ("Sampled", "Each contact's current follows the picture under its own phosphene"),
    "fit": ("Fitted", "The currents whose percept is nearest to the picture; takes longer"),
    "fixed": ("Fixed", "Every contact at the device's working current, whatever the picture"),
}
FIELD_DEG: Final = 16.0  # that the usual heights are for


class SeeingBar(QWidget):
    """Pickers of task, model and encoder, their settings, and a look back.

    Signals
    -------
    task_requested(TaskRecord), seeing_requested(Seeing)
    pictures_requested(kind)
        A ``folder`` or a ``file`` of the user's own is to be chosen, or a ``drawing`` made.
    settings_requested()
    """

    task_requested = Signal(object)
    seeing_requested = Signal(object)
    pictures_requested = Signal(str)
    settings_requested = Signal()

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self.task = _picker("What should be seen")
        for title, _, _, tip in TASKS:
            _offer(self.task, title, tip)
        self.task.insertSeparator(self.task.count())
        _offer(self.task, "Own pictures…", "All pictures of a folder", FOLDER)
        _offer(self.task, "One picture…", "A picture file of your own", FILE)
        _offer(self.task, "Drawing…", "A picture that you draw with the mouse", DRAWING)
        self.model = _picker("The model of what is seen")
        for name in MODELS:
            _offer(self.model, *MODEL_WORDS[name], name)
        self.encoder = _picker("How a picture becomes currents")
        for encoder, (title, tip) in ENCODER_WORDS.items():
            _offer(self.encoder, title, tip, encoder)
        self.settings = QToolButton()
        self.settings.setIcon(qta.icon("mdi6.tune-variant", color=theme.TEXT, color_disabled=theme.DISABLED))
        self.settings.setToolTip("Settings of the task, the model, the currents and what varies over patients")
        self.before = QToolButton()
        self.before.setText("Before")
        self.before.setCheckable(True)
        self.before.setProperty("framed", True)
        self.before.setToolTip("Look at what was seen before the last optimisation, until clicked again")
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(4)
        row.addWidget(self.task, 5)
        row.addWidget(self.model, 4)
        row.addWidget(self.encoder, 3)
        row.addWidget(self.settings)
        row.addWidget(self.before)
        self.task.activated.connect(self._ask_task)
        self.model.activated.connect(self._ask_model)
        self.encoder.activated.connect(self._ask_encoder)
        self.settings.clicked.connect(self.settings_requested)
        session.document_changed.connect(self._read)
        session.run_changed.connect(lambda old, new: self._read())
        self._read()

    def _read(self) -> None:
        plan = self._session.plan
        for field in (self.task, self.model, self.encoder, self.settings):
            field.setEnabled(self._session.editable)
        if plan is None:
            return
        own = FOLDER if len(plan.task.files) != 1 else FILE
        titles = {FOLDER: "Own pictures…", FILE: "One picture…"}
        for kind, title in titles.items():  # the one in use goes by its name
            name = plan.task.files[0].name if kind == FILE and plan.task.files else Path(plan.task.folder).name
            mine = bool(plan.task.folder) and kind == own
            self.task.setItemText(self.task.findData(kind), f"{name or plan.task.folder}" if mine else title)
        self.task.setCurrentIndex(self._place_of(plan.task))
        self.model.setCurrentIndex(self.model.findData(model_name(plan.seeing.model)))
        self.encoder.setCurrentIndex(self.encoder.findData(plan.seeing.stimulus.encoder))

    def _place_of(self, task: TaskRecord) -> int:
        """Where a task stands in its picker."""
        if task.name == DRAWING:
            return self.task.findData(DRAWING)
        if task.folder:
            return self.task.findData(FOLDER if len(task.files) != 1 else FILE)
        kinds = [(name, symbol if name == "symbols" else None) for _, name, symbol, _ in TASKS]
        return kinds.index((task.name, task.symbol if task.name == "symbols" else None))

    def _ask_task(self, place: int) -> None:
        plan, kind = self._session.plan, self.task.itemData(place)
        if plan is None:
            return
        if kind is not None:
            self._read()  # until a picture has been chosen
            self.pictures_requested.emit(kind)
            return
        _, name, symbol, _ = TASKS[place]
        if (plan.task.name, plan.task.folder) == (name, "") and plan.task.symbol == symbol:
            return  # its own settings stay
        now = plan.task
        height_deg = usual_height(name, ()) * min(1.0, now.extent_deg / FIELD_DEG)
        self.task_requested.emit(
            TaskRecord(name, now.extent_deg, now.pixels, height_deg, polarity=now.polarity, symbol=symbol)
        )

    def _ask_model(self, place: int) -> None:
        plan, name = self._session.plan, self.model.itemData(place)
        if plan is not None and name != model_name(plan.seeing.model):
            self.seeing_requested.emit(replace(plan.seeing, model=MODELS[name]()))

    def _ask_encoder(self, place: int) -> None:
        plan, encoder = self._session.plan, self.encoder.itemData(place)
        if plan is not None and encoder != plan.seeing.stimulus.encoder:
            stimulus = replace(plan.seeing.stimulus, encoder=encoder)
            self.seeing_requested.emit(replace(plan.seeing, stimulus=stimulus))


def _picker(tip: str) -> QComboBox:
    """A combo box that takes the room it is given: the dock keeps its width."""
    box = QComboBox()
    box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
    box.setMinimumContentsLength(5)
    box.setToolTip(tip)
    return box


def _offer(box: QComboBox, title: str, tip: str, data: object = None) -> None:
    box.addItem(title, data)
    box.setItemData(box.count() - 1, tip, Qt.ItemDataRole.ToolTipRole)

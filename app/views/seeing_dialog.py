"""All settings of what should be seen and of how it is seen, beside the window: what is entered holds at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields, replace
from typing import Any, Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QFrame, QLabel, QPushButton, QScrollArea, QVBoxLayout, QWidget

from app.session import Session
from app.views.model_words import PARAMETER_WORDS
from app.views.record_form import RecordForm, Row, complaint
from planner.percept.parameters import model_name
from planner.plan.plan import Plan
from planner.tasks.record import TaskName

_EXTENT: Final = Row("extent_deg", "Field shown", "Width and height of the visual field shown, degrees", "°")
_PIXELS: Final = Row("pixels", "Pixels a side", "How finely targets and percepts are computed, 11 to 2048")
_POLARITY: Final = Row(
    "polarity",
    "Polarity",
    "Light on dark, or its negative",
    choices={"light": "Light on dark", "dark": "Dark on light"},
)
_HEIGHT: Final = Row("height_deg", "Height", "Height of a capital or of the symbol in the visual field, degrees", "°")
_TASK_ROWS: Final[dict[TaskName, tuple[Row, ...]]] = {
    "reading": (_HEIGHT,),
    "words": (_HEIGHT, Row("words", "Words", "Your own words, with commas between them; none: short ones")),
    "images": (
        Row("pictures", "Pictures", "Names of built-in images, with commas; none: all of them"),
        Row("edges", "Edges only", "Show the edges in images instead"),
        Row(
            "contrast",
            "Contrast",
            "Whether each image is spread from black to white",
            choices={"as-is": "As it is", "stretch": "Stretched"},
        ),
        Row(
            "encoding",
            "Values mean",
            "What the value of a pixel means: a code of sRGB, as of photographs, or linear light",
            choices={"srgb": "sRGB", "linear": "Linear light"},
        ),
    ),
    "symbols": (
        _HEIGHT,
        Row("orientations", "Orientations", "Of each symbol", choices={4: "4", 8: "8 (Landolt ring)"}),
    ),
    "drawing": (),
}
_FONTS: Final = ("sans-bold", "sans", "serif", "serif-bold", "mono", "mono-bold", "times", "times-bold")
_FONT: Final = Row("font", "Font", "Of letters and words", choices={font: font.replace("-", ", ") for font in _FONTS})
_STIMULUS_ROWS: Final = (
    Row("total_ua", "Total current", "Most current of all contacts together, at any time, µA", "µA", none="no limit"),
    Row("at_once", "Contacts at once", "Most contacts with current at a time: they take turns", none="all"),
    Row("apart", "Phosphenes apart", "Of phosphenes nearer than this share of their diameter only one is used; 0: all"),
)
_VARIATION_ROWS: Final = (
    Row("threshold_sd", "Thresholds, SD", "Spread of electrodes' thresholds, in units of dynaphos' own"),
    Row("size_sd", "Sizes, SD of log", "Standard deviation of the logarithm of phosphenes' sizes"),
    Row("drop_out", "Drop-out", "Share of electrodes that show nothing, 0 to 0.99"),
    Row("eccentricity_sd", "Eccentricity, SD of log", "By how much the map's eccentricities may be off"),
    Row("angle_sd_deg", "Angle, SD", "By how much the map may be turned about fixation, degrees", "°"),
    Row("placement_mm", "Placement, SD", "Localisation error of an insertion along each axis, mm", "mm"),
    Row("draws", "Patients drawn", "How many are drawn"),
    Row("seed", "Seed", "The same seed draws the same patients"),
    Row("worst", "Share that counts", "The mean is over this share of the patients, the worst ones; 1: all of them"),
)
_UNITS: Final = ("deg", "mm", "ua", "us", "hz", "per_mm2", "ua_mm2")
_UNIT_WORDS: Final = {"deg": "°", "ua": "µA", "us": "µs", "hz": "Hz", "per_mm2": "1/mm²", "ua_mm2": "µA/mm²"}


class SeeingDialog(QDialog):
    """Settings of the task, the model, the currents and what varies.

    Signals
    -------
    task_requested(TaskRecord, name), seeing_requested(Seeing, name), usual_requested()
    """

    task_requested = Signal(object, str)
    seeing_requested = Signal(object, str)
    usual_requested = Signal()

    def __init__(self, parent: QWidget, session: Session) -> None:
        super().__init__(parent)
        self.setWindowTitle("What is seen")
        self._session = session
        self._kind: object = None
        self._plan: Plan | None = None
        self._waiting = False  # for what was asked for here
        self.forms: dict[str, RecordForm] = {}
        self._scroll = QScrollArea(widgetResizable=True)
        self._scroll.setFrameShape(QFrame.Shape.NoFrame)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.complaint = complaint()
        column = QVBoxLayout(self)
        column.addWidget(self._scroll)
        column.addWidget(self.complaint)
        self.buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        self.usual = self.buttons.addButton("Usual values", QDialogButtonBox.ButtonRole.ResetRole)
        self.usual.setToolTip(
            "Put all of these settings back, as one step that can be undone; what is shown, the model and how pictures "
            "become currents stay"
        )
        self.usual.clicked.connect(self.usual_requested)
        for button in self.buttons.findChildren(QPushButton):
            button.setAutoDefault(False)  # Enter enters what is typed
        self.buttons.rejected.connect(self.close)
        column.addWidget(self.buttons)
        self.resize(420, 620)
        session.document_changed.connect(self._read)
        session.run_changed.connect(lambda old, new: self._read())
        session.refused.connect(self._hear_refusal)
        for asking in (self.task_requested, self.seeing_requested, self.usual_requested):
            asking.connect(self._wait)
        self._read()

    def _read(self) -> None:
        plan = self._session.plan
        if plan is None:
            return
        if plan is not self._plan:  # what was refused of another one is past
            self._plan, self._waiting = plan, False
            self.complaint.clear()
        kind = (plan.task.name, plan.task.folder, plan.task.font in _FONTS, type(plan.seeing.model))
        if kind != self._kind:
            self._kind = kind
            self._build()
        records = (plan.task, plan.seeing.model, plan.seeing.stimulus, plan.seeing.variation)
        for form, record in zip(self.forms.values(), records, strict=True):
            form.show_record(record)
        self._scroll.setEnabled(self._session.editable)
        self.usual.setEnabled(self._session.editable)

    def _wait(self) -> None:
        self._waiting = True

    def _hear_refusal(self, text: str) -> None:
        """Of what was asked for here; what is refused elsewhere is said there."""
        if self._waiting:
            self._waiting = False
            self.complaint.setText(text)

    def _build(self) -> None:
        plan = self._session.plan
        assert plan is not None
        rows = _TASK_ROWS[plan.task.name]
        if plan.task.folder:
            rows = tuple(row for row in rows if row.name != "pictures")
        if plan.task.name in ("reading", "words") and plan.task.font in _FONTS:
            rows = (*rows, _FONT)
        self.forms = {
            "Task": RecordForm((*rows, _EXTENT, _PIXELS, _POLARITY), plan.task),
            f"Model: {model_name(plan.seeing.model)}": RecordForm(_model_rows(plan.seeing.model), plan.seeing.model),
            "Currents": RecordForm(_STIMULUS_ROWS, plan.seeing.stimulus),
            "What varies over patients": RecordForm(_VARIATION_ROWS, plan.seeing.variation),
        }
        widest = max(form.titles_px for form in self.forms.values())
        for form in self.forms.values():  # the fields of all stand in one column
            form.make_room(widest)
        page = QWidget()
        column = QVBoxLayout(page)
        for (title, form), part in zip(self.forms.items(), ("", "model", "stimulus", "variation"), strict=True):
            heading = QLabel(title)
            heading.setStyleSheet("font-weight: 600; margin-top: 6px;")
            column.addWidget(heading)
            column.addWidget(form)
            form.refused.connect(self.complaint.setText)
            if part:
                form.changed.connect(lambda record, name, part=part: self._ask_seeing(part, record))
            else:
                form.changed.connect(self.task_requested)
        column.addStretch(1)
        self._scroll.setWidget(page)

    def _ask_seeing(self, part: str, record: Any) -> None:
        plan = self._session.plan
        if plan is not None:
            self.seeing_requested.emit(replace(plan.seeing, **{part: record}), part)


def _model_rows(model: Any) -> Sequence[Row]:
    """A row a parameter, by its name and unit."""
    rows = []
    for field in fields(model):
        unit = max((u for u in _UNITS if field.name.endswith(f"_{u}")), key=len, default="")
        words = field.name.removesuffix(f"_{unit}").replace("_", " ") if unit else field.name.replace("_", " ")
        unit = _UNIT_WORDS.get(unit, unit)
        rows.append(Row(field.name, words[:1].upper() + words[1:], PARAMETER_WORDS[field.name], unit))
    return rows

"""A form for the settings of a frozen record: a row a setting, each taken over as it is entered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import QCheckBox, QComboBox, QFormLayout, QLabel, QLineEdit, QWidget

from app import theme
from app.views.field_manners import teach
from app.views.tooltips import wrapped
from app.words import sentence
from planner.errors import InputError

FIELD_PX = 150
DIGITS = 4  # that are shown of a number; the record keeps all of them


@dataclass(frozen=True)
class Row:
    """One setting.

    Attributes
    ----------
    name : str
        The record's field.
    title, tip : str
        The tip names the unit.
    unit : str
        Shown behind the field.
    choices : mapping of value to str
        What may be chosen, in words; none: it is typed.
    none : str
        What an empty field means, for a setting that may be None; it is shown in the field then.
    """

    name: str
    title: str
    tip: str
    unit: str = ""
    choices: Mapping[Any, str] | None = None
    none: str = ""


class RecordForm(QWidget):
    """Fields for some settings of a record.

    Signals
    -------
    changed(record, name)
        The record with another value of the setting.
    refused(sentence)
        What was entered cannot be; the field shows the old value again. Empty once something can.
    """

    changed = Signal(object, str)
    refused = Signal(str)

    def __init__(self, rows: Sequence[Row], record: Any) -> None:
        super().__init__()
        self._record = record
        self.fields: dict[str, QWidget] = {}
        self._titles: list[QLabel] = []
        self._tips = {row.name: row.tip for row in rows}
        form = QFormLayout(self)
        form.setContentsMargins(0, 0, 0, 0)
        form.setVerticalSpacing(4)
        form.setLabelAlignment(Qt.AlignmentFlag.AlignLeft)
        for row in rows:
            field = self._field(row)
            self.fields[row.name] = field
            label = QLabel(f"{row.title} ({row.unit})" if row.unit else row.title)
            label.setProperty("role", "muted")
            label.setToolTip(row.tip)
            form.addRow(label, field)
            self._titles.append(label)
        teach(self)
        self.show_record(record)

    @property
    def titles_px(self) -> int:
        """How much room the widest title needs."""
        return max((title.sizeHint().width() for title in self._titles), default=0)

    def make_room(self, titles_px: int) -> None:
        """Begin the fields no farther left than after so wide a title."""
        for title in self._titles:
            title.setMinimumWidth(titles_px)

    def show_record(self, record: Any) -> None:
        """Show a record's values."""
        self._record = record
        for name, field in self.fields.items():
            value = getattr(record, name)
            rounded = isinstance(value, float) and float(_text(value)) != value
            field.setToolTip(wrapped(self._tips[name] + (f". Exactly {value!r}" if rounded else "")))
            with QSignalBlocker(field):
                if isinstance(field, QCheckBox):
                    field.setChecked(bool(value))
                elif isinstance(field, QComboBox):
                    field.setCurrentIndex(field.findData(value))
                elif isinstance(field, QLineEdit) and not (field.hasFocus() and field.isModified()):
                    field.setText(_text(value))
                    field.setCursorPosition(0)

    def _field(self, row: Row) -> QWidget:
        value = getattr(self._record, row.name)
        if isinstance(value, bool):
            box = QCheckBox()
            box.toggled.connect(lambda on: self._take(row.name, on))
            return box
        if row.choices is not None:
            picker = QComboBox()
            for choice, words in row.choices.items():
                picker.addItem(words, choice)
            picker.activated.connect(lambda place: self._take(row.name, picker.itemData(place)))
            picker.setFixedWidth(FIELD_PX)
            return picker
        line = QLineEdit(placeholderText=row.none)
        line.setFixedWidth(FIELD_PX)
        line.editingFinished.connect(lambda: self._read(row, line))
        return line

    def _read(self, row: Row, line: QLineEdit) -> None:
        text = line.text().strip()
        line.setModified(False)
        if text == _text(getattr(self._record, row.name)):
            return
        try:
            value = _value(text, getattr(self._record, row.name), bool(row.none))
        except ValueError:
            self.refused.emit(f"{row.title}: {text!r} is no number")
            self.show_record(self._record)
            return
        self._take(row.name, value)

    def _take(self, name: str, value: object) -> None:
        try:
            record = replace(self._record, **{name: value})
        except InputError as error:
            self.refused.emit(sentence(error))
            self.show_record(self._record)
            return
        self.refused.emit("")
        if record != self._record:
            self.changed.emit(record, name)


def complaint() -> QLabel:
    """A line for what a form refuses."""
    label = QLabel(wordWrap=True)
    label.setStyleSheet(f"color: {theme.WARNING};")
    return label


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, tuple):
        return ", ".join(map(_text, value))
    if not isinstance(value, float):
        return str(value)
    return f"{value:.0f}" if 1e4 <= abs(value) < 1e6 else f"{value:.{DIGITS}g}"


def _value(text: str, now: object, may_be_none: bool) -> object:
    """What a text means for a setting that is `now`; ValueError where it is no number and should be one."""
    if isinstance(now, tuple):
        return tuple(part.strip() for part in text.split(",") if part.strip())
    if may_be_none and not text:
        return None
    if isinstance(now, str) and not _is_number(text):
        return text
    number = float(text)
    return int(number) if number.is_integer() and not isinstance(now, float) else number


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True

"""A slice with its title: which plane it is, where, and a slider through the case."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, get_args

import numpy as np
import qtawesome as qta
from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtGui import QActionGroup, QMouseEvent
from PySide6.QtWidgets import QDoubleSpinBox, QHBoxLayout, QMenu, QSlider, QToolButton, QVBoxLayout, QWidget

from app import theme
from app.slicing import AXIS, Cut, SliceName
from app.views.slice_state import SliceState
from app.views.slice_view import SliceView
from app.volume import Matter

COLOURS: Final[dict[str, str]] = theme.PLANES
"""As 3D Slicer colours its panes."""
CUT_WORDS: Final[dict[Cut, str]] = {
    "axial": "Axial",
    "coronal": "Coronal",
    "sagittal": "Sagittal",
    "along": "Along the thread",
    "probe": "Probe's eye",
}
TITLE_PX: Final = 24
FINE: Final = 10  # steps of the slider a millimetre or degree
_SIGNS: Final = {"axial": "S", "coronal": "A", "sagittal": "R"}


@dataclass(frozen=True)
class Where:
    """Where a pane's plane is among those that it can show.

    Attributes
    ----------
    value, least, most : float
        In mm, or in degrees about the thread.
    unit : str
    prefix : str
        The direction that counts as positive.
    tip : str
    """

    value: float
    least: float
    most: float
    unit: str = " mm"
    prefix: str = ""
    tip: str = ""


class SlicePane(QWidget):
    """One of the four panes.

    Signals
    -------
    cut_chosen()
        Another kind of plane is to be shown.
    moved(value)
        The slider or the number asks for a plane elsewhere, as `Where` counts.
    maximise_requested()
    """

    cut_chosen = Signal()
    moved = Signal(float)
    maximise_requested = Signal()

    def __init__(self, name: SliceName, state: SliceState) -> None:
        super().__init__()
        self.name: SliceName = name
        self.cut: Cut = name
        self.view = SliceView(state)
        self.turn_deg = 0.0  # of the plane along the thread
        self.title = TitleBar(COLOURS[name])
        self.choice = QToolButton()
        self.choice.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.choice.setToolTip("Which plane this pane shows (its own, or one of the selected thread) and which volume")
        menu = QMenu(self.choice)
        self.cuts = QActionGroup(self)
        cuts: tuple[Cut, ...] = (name, "along", "probe")
        for cut in cuts:
            action = menu.addAction(CUT_WORDS[cut])
            action.setCheckable(True)
            action.setData(cut)
            action.setChecked(cut == name)
            self.cuts.addAction(action)
        self.cuts.triggered.connect(lambda action: self.choose(action.data()))
        self.choice.setMenu(menu)
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.setMinimumWidth(40)
        self.slider.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.number = QDoubleSpinBox()
        self.number.setDecimals(1)
        self.number.setKeyboardTracking(False)
        self.number.setButtonSymbols(QDoubleSpinBox.ButtonSymbols.NoButtons)
        self.number.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.number.setFixedWidth(80)
        self.number.setFrame(False)
        self.title.add(self.choice)
        self.title.add(self.slider, 1)
        self.title.add(self.number)
        self.title.finish(CUT_WORDS[name])
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.title)
        column.addWidget(self.view, 1)
        self.slider.valueChanged.connect(lambda value: self.moved.emit(value / FINE))
        self.number.valueChanged.connect(self.moved)
        self.title.maximise.clicked.connect(self.maximise_requested)
        self.view.maximise_requested.connect(self.maximise_requested)
        self._name()

    @property
    def oblique(self) -> bool:
        """Whether a plane of the selected thread is shown."""
        return self.cut not in AXIS

    def choose(self, cut: Cut) -> None:
        """Show another kind of plane."""
        if cut not in (self.name, *get_args(Cut)[3:]) or cut == self.cut:
            return
        self.cut = cut
        next(a for a in self.cuts.actions() if a.data() == cut).setChecked(True)
        self._name()
        self.cut_chosen.emit()

    def show_where(self, where: Where | None) -> None:
        """Show where the plane is; nowhere without one."""
        for control in (self.slider, self.number):
            control.setEnabled(where is not None)
        if where is None:
            return
        with QSignalBlocker(self.slider), QSignalBlocker(self.number):
            self.slider.setRange(round(FINE * where.least), round(FINE * where.most))
            self.slider.setValue(round(FINE * where.value))
            self.number.setRange(where.least, where.most)
            self.number.setPrefix(f"{where.prefix} " if where.prefix else "")
            self.number.setSuffix(where.unit)
            self.number.setValue(where.value)
            self.number.setToolTip(where.tip)
            self.slider.setToolTip(where.tip)

    def place(self, matter: Matter | None, cross_mm: np.ndarray) -> Where:
        """Where one of its own slices is."""
        assert self.cut in AXIS
        axis = AXIS[self.name]
        low, high = (-120.0, 120.0) if matter is None else (matter.low_mm[axis] - 5.0, matter.high_mm[axis] + 5.0)
        value = float(cross_mm[axis])
        words = f"Where the {self.name} slice is, scanner RAS in mm ({_SIGNS[self.name]} positive)"
        return Where(value, min(float(low), value), max(float(high), value), " mm", _SIGNS[self.name], words)

    def _name(self) -> None:
        self.choice.setText(f"{CUT_WORDS[self.cut]} ▾")


class TitleBar(QWidget):
    """A pane's coloured title; a double click on it, or its button, gives the pane all the room."""

    def __init__(self, colour: str) -> None:
        super().__init__()
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setFixedHeight(TITLE_PX)
        self.setStyleSheet(
            f"""TitleBar {{ background: {colour}; }}
            TitleBar QToolButton {{ color: {theme.PLANE_TITLE}; background: transparent; border: 1px solid transparent;
                font-weight: 600; padding: 0 4px; }}
            TitleBar QToolButton:hover, TitleBar QToolButton:focus {{ border-color: {theme.PLANE_TITLE}; }}
            TitleBar QToolButton::menu-indicator {{ image: none; }}
            TitleBar QLabel {{ color: {theme.PLANE_TITLE}; font-weight: 600; }}
            TitleBar QSlider::groove:horizontal {{ height: 3px; background: rgba(20, 23, 27, 120); }}
            TitleBar QSlider::sub-page:horizontal {{ background: {theme.PLANE_TITLE}; }}
            TitleBar QSlider::handle:horizontal {{ width: 10px; height: 10px; margin: -4px 0; border-radius: 5px;
                background: {theme.PLANE_TITLE}; }}"""
        )
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(4, 1, 3, 1)
        self._row.setSpacing(5)
        self.maximise = QToolButton()
        self.maximise.setIcon(qta.icon("mdi6.arrow-expand", color=theme.PLANE_TITLE))
        self.maximise.setFocusPolicy(Qt.FocusPolicy.NoFocus)

    def add(self, widget: QWidget, stretch: int = 0) -> None:
        """Put something into it."""
        self._row.addWidget(widget, stretch)

    def finish(self, name: str) -> None:
        """Put the button that maximises last."""
        self.maximise.setToolTip(f"Give {name} all the room, or take it back (M, or a double click)")
        self._row.addWidget(self.maximise)

    def show_large(self, large: bool) -> None:
        """Show the button as what it does next."""
        self.maximise.setIcon(
            qta.icon("mdi6.arrow-collapse" if large else "mdi6.arrow-expand", color=theme.PLANE_TITLE)
        )

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """A double click on the title is a click on its button."""
        self.maximise.click()

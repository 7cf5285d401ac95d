"""The strip over the 3D view: what of the cortex is shown, and from where."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import get_args

import qtawesome as qta
from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QMenu, QSlider, QToolButton, QWidget

from app import theme
from app.cortex import SurfaceName
from app.views.overlays import OVERLAYS, Overlay
from planner.frames import HEMISPHERES, HemisphereName


class BrainBar(QWidget):
    """Switches of the 3D view; they concern the picture alone, never the plan."""

    surface_chosen = Signal()
    overlay_chosen = Signal()
    opacity_chosen = Signal(float)
    hemisphere_switched = Signal(str, bool)
    vessels_switched = Signal()
    preset_chosen = Signal(str)
    adding_switched = Signal(bool)

    def __init__(self, presets: Sequence[str]) -> None:
        super().__init__()
        self.preset = presets[0]  # the last one looked from
        row = QHBoxLayout(self)
        row.setContentsMargins(8, 3, 8, 3)
        row.setSpacing(3)

        self._surfaces = {
            name: self._toggle(name.capitalize(), f"Show the {name} surface") for name in get_args(SurfaceName)
        }
        surfaces = QActionGroup(self)
        for action in self._surfaces.values():
            surfaces.addAction(action)
        self._surfaces["pial"].setChecked(True)
        for action in self._surfaces.values():
            action.toggled.connect(lambda on: self.surface_chosen.emit() if on else None)

        self._overlay = QComboBox()
        overlays = QActionGroup(self)
        self._overlays = [self._toggle(overlay.capitalize(), "Colours of the cortex") for overlay in OVERLAYS]
        for index, action in enumerate(self._overlays):
            self._overlay.addItem(action.text(), OVERLAYS[index])
            overlays.addAction(action)
            action.triggered.connect(lambda _=False, index=index: self._overlay.setCurrentIndex(index))
        self._overlays[0].setChecked(True)
        self._overlay.setToolTip(
            "Colours of the cortex: eccentricity or polar angle (degrees of visual angle), or folds"
        )
        self._overlay.currentIndexChanged.connect(self._recolour)

        self._opacity = QSlider(Qt.Orientation.Horizontal)
        self._opacity.setRange(10, 100)
        self._opacity.setValue(100)
        self._opacity.setFixedWidth(70)
        self._opacity.setToolTip("Opacity of the cortex, 10–100 %")
        self._opacity.valueChanged.connect(lambda percent: self.opacity_chosen.emit(percent / 100))

        self._hemispheres = {
            name: self._toggle(f"{_SIDES[name].capitalize()} hemisphere", f"Show the {_SIDES[name]} hemisphere")
            for name in HEMISPHERES
        }
        for name, action in self._hemispheres.items():
            action.setIconText(name[0].upper())
            action.setChecked(True)
            action.toggled.connect(lambda on, side=name: self.hemisphere_switched.emit(side, on))
        self._vessels = self._toggle("Vessels", "Show arteries (red) and veins (blue), drawn with their own radius")
        self._vessels.setIcon(qta.icon("mdi6.source-branch", color=theme.MUTED, color_on=theme.ARTERY))
        self._vessels.setChecked(True)
        self._has_vessels = True
        self.surface_chosen.connect(self._offer_vessels)
        self._vessels.toggled.connect(lambda _: self.vessels_switched.emit())
        self.menu_actions: tuple[tuple[QAction, ...], ...] = (  # what the menu offers too, group by group
            tuple(self._surfaces.values()),
            tuple(self._overlays),
            (*self._hemispheres.values(), self._vessels),
        )

        self._camera = QToolButton()
        self._camera.setText("View")
        self._camera.setIcon(qta.icon("mdi6.video-outline", color=theme.MUTED))
        self._camera.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self._camera.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self._camera.setToolTip("Look at V1 from here (keys 1 to 5; R returns to the last one)")
        menu = QMenu(self._camera)
        self.preset_actions = QActionGroup(self)
        for number, preset in enumerate(presets, start=1):
            action = QAction(f"&{preset.capitalize()}" if number == 1 else _from_side(preset), self)
            action.setToolTip(preset.capitalize())
            action.setShortcut(str(number))
            action.triggered.connect(lambda _=False, name=preset: self._choose(name))
            self.preset_actions.addAction(action)
            menu.addAction(action)
        self._camera.setMenu(menu)

        self.buttons = {
            action: _button(action) for action in (*self._surfaces.values(), *self._hemispheres.values(), self._vessels)
        }
        for action in self._surfaces.values():
            row.addWidget(self.buttons[action])
        for widget in (_gap(), self._overlay, _gap(), QLabel("Opacity"), self._opacity, _gap()):
            row.addWidget(widget)
        for action in (*self._hemispheres.values(), self._vessels):
            row.addWidget(self.buttons[action])
        self.buttons[self._vessels].setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        row.addStretch(1)
        row.addWidget(self._camera)
        self._row = row

        self.add_action = QAction(qta.icon("mdi6.plus-circle-outline", color=theme.TEXT), "&Add threads", self)
        self.add_action.setCheckable(True)
        self.add_action.setShortcut("A")
        self.add_action.setToolTip("Add a thread at each click on the cortex; a double click adds one at any time (A)")
        self.add_action.toggled.connect(self.adding_switched)

    @property
    def surface(self) -> SurfaceName:
        """The chosen surface."""
        return next(name for name, action in self._surfaces.items() if action.isChecked())

    @property
    def overlay(self) -> Overlay:
        """The chosen colours."""
        return OVERLAYS[self._overlay.currentIndex()]

    @property
    def opacity(self) -> float:
        """0.1 to 1."""
        return self._opacity.value() / 100

    @property
    def vessels(self) -> bool:
        """Whether vessels are to be shown."""
        return self._vessels.isChecked()

    @property
    def adding(self) -> bool:
        """Whether a click adds a thread."""
        return self.add_action.isChecked()

    def choose(self, *, surface: SurfaceName | None = None, overlay: Overlay | None = None) -> None:
        """Choose as a click would."""
        if surface is not None:
            self._surfaces[surface].setChecked(True)
        if overlay is not None:
            self._overlay.setCurrentIndex(OVERLAYS.index(overlay))

    def set_case(self, hemispheres: Sequence[HemisphereName], inflated: bool, vessels: bool) -> None:
        """Offer what the case has."""
        for name, action in self._hemispheres.items():
            action.setEnabled(name in hemispheres)
            action.setChecked(name in hemispheres)
        if not inflated and self.surface == "inflated":
            self.choose(surface="pial")
        self._surfaces["inflated"].setEnabled(inflated)
        if vessels != self._has_vessels:
            self._vessels.setChecked(vessels)  # a switch that is on says that there is something to see
        self._has_vessels = vessels
        self._offer_vessels()

    def add_switches(self, actions: Sequence[QAction]) -> None:
        """Offer more that can be shown or not, beside the vessels."""
        for action in actions:
            self.buttons[action] = _button(action)
            self._row.insertWidget(self._row.count() - 2, self.buttons[action])
        *others, last = self.menu_actions
        self.menu_actions = (*others, (*last, *actions))

    def set_hemispheres(self, shown: Mapping[HemisphereName, bool]) -> None:
        """Show the switches as the picture is."""
        for name, on in shown.items():
            self._hemispheres[name].blockSignals(True)
            self._hemispheres[name].setChecked(on)
            self._hemispheres[name].blockSignals(False)

    def _recolour(self, index: int) -> None:
        self._overlays[index].setChecked(True)
        self.overlay_chosen.emit()

    def _offer_vessels(self) -> None:
        """Vessels have no place on the inflated surface, so there is nothing to switch there."""
        self._vessels.setEnabled(self._has_vessels and self.surface != "inflated")

    def _toggle(self, text: str, tip: str) -> QAction:
        action = QAction(text, self)
        action.setToolTip(tip)
        action.setCheckable(True)
        return action

    def _choose(self, preset: str) -> None:
        self.preset_chosen.emit(preset)


_SIDES = {"lh": "left", "rh": "right"}


def _from_side(preset: str) -> str:
    """A preset's name with a letter for its menu: M and E for the medial views, L and A for the lateral ones."""
    words = {"medial left": "&Medial left", "medial right": "M&edial right", "lateral left": "&Lateral left"}
    return words.get(preset, "L&ateral right")


def _button(action: QAction) -> QToolButton:
    button = QToolButton()
    button.setDefaultAction(action)
    return button


def _gap() -> QWidget:
    gap = QWidget()
    gap.setFixedWidth(8)
    return gap

"""The strip over the 3D view: what of the cortex is shown, and from where."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from functools import partial
from typing import Any, Final

import qtawesome as qta
from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction, QActionGroup, QMouseEvent
from PySide6.QtWidgets import QApplication, QComboBox, QHBoxLayout, QLabel, QMenu, QSlider, QToolButton, QWidget

from app import theme
from app.cortex import SURFACES, UNFOLDED, SurfaceName
from app.views.brain_clip import CLIP_WORDS, CLIPS, Clip
from app.views.overlays import OVERLAYS, Overlay
from app.views.range_button import RangeButton
from planner.frames import HEMISPHERES, HemisphereName


class BrainBar(QWidget):
    """Switches of the 3D view; they concern the picture alone, never the plan."""

    surface_chosen = Signal()
    overlay_chosen = Signal()
    opacity_chosen = Signal(float)
    hemisphere_switched = Signal(str, bool)
    vessels_switched = Signal()
    room_switched = Signal()
    clip_chosen = Signal()
    preset_chosen = Signal(str)
    adding_switched = Signal(bool)

    def __init__(self, presets: Sequence[str]) -> None:
        super().__init__()
        self.preset = presets[0]  # the last one looked from
        row = QHBoxLayout(self)
        row.setContentsMargins(8, 3, 8, 3)
        row.setSpacing(3)

        self._surfaces = {name: self._toggle(name.capitalize(), _SURFACE_TIPS[name]) for name in SURFACES}
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
            "Colours of the cortex: eccentricity or polar angle (degrees of visual angle), visual areas, distance of "
            "pial to the nearest vessel (mm), thickness of the gray matter (mm), sulcal depth (mm), or curvature (1/mm)"
        )
        self._overlay.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self._overlay.setMinimumContentsLength(11)
        self.range = RangeButton()
        self._overlay.currentIndexChanged.connect(self._recolour)

        self._opacity = QSlider(Qt.Orientation.Horizontal)
        self._opacity.setRange(10, 100)
        self._opacity.setValue(100)
        self._opacity.setFixedWidth(56)
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
        self.surface_chosen.connect(self._offer_placed)
        self._vessels.toggled.connect(lambda _: self.vessels_switched.emit())
        self._room = self._toggle(
            "&Room round shafts", "Show the room round each shaft that has to be free of vessels, mm"
        )
        self._room.setIcon(
            qta.icon("mdi6.pill", color=theme.MUTED, color_on=theme.ACCENT, color_disabled=theme.DISABLED)
        )
        self._room.toggled.connect(lambda _: self.room_switched.emit())
        for action in (self._vessels, self._room):
            action.setIconVisibleInMenu(False)  # or no tick would be seen there
        clips = QActionGroup(self)
        self._clips: dict[Clip, QAction] = {}
        self._cutting = self._menu_button(
            "mdi6.content-cut", "Cut the cortex open at the crosshair, to see threads within"
        )
        for clip in CLIPS:
            self._clips[clip] = action = self._toggle(CLIP_WORDS[clip], self._cutting.toolTip())
            clips.addAction(action)
            self._cutting.menu().addAction(action)
            action.toggled.connect(partial(self._choose_clip, clip))
        self._clips["off"].setChecked(True)
        for named, words in ((self._opacity, "Opacity"), (self._overlay, "Overlay"), (self._cutting, "Cut")):
            named.setAccessibleName(words)
        # what the menu offers too, by the title of a menu in it; without one in the menu itself
        self.menu_actions: dict[str, tuple[QAction, ...]] = {
            "&Surface": tuple(self._surfaces.values()),
            "&Overlay": (*self._overlays, self.range.action),
            "&Cut": tuple(self._clips.values()),
            "": (*self._hemispheres.values(), self._vessels, self._room),
        }

        self._camera = self._menu_button(
            "mdi6.video-outline", "Look at V1 from here (keys 1 to 6; R returns to the last one)"
        )
        self._camera.setText("View")
        self._camera.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.preset_actions = QActionGroup(self)
        for number, preset in enumerate(presets, start=1):
            action = QAction(_PRESET_WORDS[preset], self)
            action.setToolTip(preset.capitalize())
            action.setShortcut(str(number))
            action.triggered.connect(lambda _=False, name=preset: self._choose(name))
            self.preset_actions.addAction(action)
            self._camera.menu().addAction(action)

        shown = (*self._hemispheres.values(), self._vessels, self._room)
        self.buttons = {action: _button(action) for action in (*self._surfaces.values(), *shown)}
        for action in self._surfaces.values():
            row.addWidget(self.buttons[action])
        faint = QLabel()
        faint.setPixmap(qta.icon("mdi6.circle-opacity", color=theme.MUTED).pixmap(16, 16))
        faint.setToolTip(self._opacity.toolTip())
        for widget in (_gap(), self._overlay, self.range, _gap(), faint, self._opacity, _gap()):
            row.addWidget(widget)
        for action in shown:
            row.addWidget(self.buttons[action])
        row.addWidget(self._cutting)
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
    def room(self) -> bool:
        """Whether the room that shafts need is to be shown."""
        return self._room.isChecked()

    @property
    def clip(self) -> Clip:
        """How the cortex is to be cut open."""
        return next(clip for clip, action in self._clips.items() if action.isChecked())

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

    def cut(self, clip: Clip) -> None:
        """Cut as a click would."""
        self._clips[clip].setChecked(True)

    def set_case(
        self,
        hemispheres: Sequence[HemisphereName],
        surfaces: Collection[SurfaceName],
        overlays: Collection[Overlay],
        vessels: bool,
    ) -> None:
        """Offer what the case has."""
        for name, action in self._hemispheres.items():
            action.setEnabled(name in hemispheres)
            action.setChecked(name in hemispheres)
        for surface, action in self._surfaces.items():
            action.setEnabled(surface in surfaces)
        model: Any = self._overlay.model()  # Qt's own for such boxes
        for place, overlay in enumerate(OVERLAYS):
            self._overlays[place].setEnabled(overlay in overlays)
            model.item(place).setEnabled(overlay in overlays)
        if self.overlay not in overlays:
            self.choose(overlay=OVERLAYS[0])
        if vessels != self._has_vessels:
            self._vessels.setChecked(vessels)  # a switch that is on says that there is something to see
        self._has_vessels = vessels
        self._offer_placed()

    def add_switches(self, actions: Sequence[QAction], symbol: str, tip: str) -> None:
        """Offer more that can be shown or not, in a menu of its own beside vessels and room."""
        button = self._menu_button(symbol, tip)
        button.setAccessibleName(tip)
        button.menu().addActions(list(actions))
        self._row.insertWidget(self._row.indexOf(self._cutting), button)
        self.menu_actions[""] = (*self.menu_actions[""], *actions)

    def set_hemispheres(self, shown: Mapping[HemisphereName, bool]) -> None:
        """Show the switches as the picture is."""
        for name, on in shown.items():
            self._hemispheres[name].blockSignals(True)
            self._hemispheres[name].setChecked(on)
            self._hemispheres[name].blockSignals(False)

    def _recolour(self, index: int) -> None:
        self._overlays[index].setChecked(True)
        self.overlay_chosen.emit()

    def _offer_placed(self) -> None:
        """Vessels, shafts and the crosshair have no place on an unfolded surface: there is nothing to switch there."""
        placed = self.surface not in UNFOLDED
        self._vessels.setEnabled(self._has_vessels and placed)
        self._room.setEnabled(placed)
        self._cutting.setEnabled(placed)
        for action in self._clips.values():
            action.setEnabled(placed)

    def _choose_clip(self, clip: Clip, on: bool) -> None:
        if on:
            colour = theme.MUTED if clip == "off" else theme.ACCENT
            self._cutting.setIcon(qta.icon("mdi6.content-cut", color=colour, color_disabled=theme.DISABLED))
            self.clip_chosen.emit()

    def _menu_button(self, symbol: str, tip: str) -> QToolButton:
        button = _Button()
        button.setIcon(qta.icon(symbol, color=theme.MUTED, color_disabled=theme.DISABLED))
        button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        button.setToolTip(tip)
        button.setMenu(QMenu(button))
        return button

    def _toggle(self, text: str, tip: str) -> QAction:
        action = QAction(text, self)
        action.setToolTip(tip)
        action.setCheckable(True)
        return action

    def _choose(self, preset: str) -> None:
        self.preset_chosen.emit(preset)


_SIDES: Final = {"lh": "left", "rh": "right"}
_SURFACE_TIPS: Final[dict[SurfaceName, str]] = {
    "pial": "Show the pial surface",
    "white": "Show the white surface",
    "inflated": "Show the inflated surface: for looking, it has no place in the scanner",
    "flat": "Show the cortex around V1 laid flat: for looking, it has no place in the scanner",
}
_PRESET_WORDS: Final = {
    "occipital": "&Occipital",
    "medial left": "&Medial left",
    "medial right": "M&edial right",
    "lateral left": "&Lateral left",
    "lateral right": "L&ateral right",
    "approach axis": "Approach a&xis",
}


class _Button(QToolButton):
    """Shows where the keys go only to who uses keys: a click with the mouse takes them off any button."""

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Press it."""
        holder = QApplication.focusWidget()
        if isinstance(holder, QToolButton):
            holder.clearFocus()
        super().mousePressEvent(event)


def _button(action: QAction) -> QToolButton:
    button = _Button()
    button.setDefaultAction(action)
    return button


def _gap() -> QWidget:
    gap = QWidget()
    gap.setFixedWidth(4)
    return gap

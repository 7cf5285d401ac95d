"""Commands about slices: how the panes are arranged and slices are seen, which is remembered."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Final

from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QMenu

from app.commands.group import Group, Menus
from app.views.pane_grid import LAYOUTS, Layout
from planner.anatomy.volumes import SCHEMATIC

if TYPE_CHECKING:
    from app.window import MainWindow

_WORDS: Final[dict[Layout, tuple[str, str, str]]] = {
    "four-up": ("&Four panes", "Ctrl+1", "Three slices and the 3D view (Ctrl+1)"),
    "3D": ("3&D alone", "Ctrl+2", "The 3D view alone (Ctrl+2)"),
    "3D and a slice": ("3D and one &slice", "Ctrl+3", "The 3D view and one slice (Ctrl+3)"),
    "slices": ("Slices al&one", "Ctrl+4", "Three slices side by side (Ctrl+4)"),
}
_STEP: Final = 0.05  # of the room, that a key moves a border by
_BORDERS: Final = (
    ("left", "Ctrl+Alt+Left", (-_STEP, 0.0)),
    ("right", "Ctrl+Alt+Right", (_STEP, 0.0)),
    ("up", "Ctrl+Alt+Up", (0.0, -_STEP)),
    ("down", "Ctrl+Alt+Down", (0.0, _STEP)),
)
_VOLUMES: Final = {
    "T1": "The T1-weighted scan, as FreeSurfer has evened it out",
    "brain": "The same without the skull",
    "orig": "The scan as it was conformed",
    "ribbon": "Gray and white matter as FreeSurfer labels them",
    "aseg": "Structures as FreeSurfer labels them",
    SCHEMATIC: "Rendered from the surfaces; nothing that was imaged",
}


class SliceCommands(Group):
    """Layouts, the side that one looks from, and contrast."""

    about = "View"

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        slices = window.slices
        self.layouts: dict[Layout, QAction] = {}
        together = QActionGroup(self)
        for layout in LAYOUTS:
            text, keys, tip = _WORDS[layout]
            action = self.make(text, partial(slices.choose, layout), keys=keys, tip=tip)
            action.setCheckable(True)
            together.addAction(action)
            self.layouts[layout] = action
        self.maximise = self.make(
            "&Maximise pane",
            slices.maximise_focused,
            keys="M",
            tip="Give the pane that has the focus all the room, or take it back (M)",
        )
        self.borders = [
            self.make(
                f"Move &{way}", partial(slices.splitter.nudge, *by), keys=keys, tip=f"Panes' border {way} ({keys})"
            )
            for way, keys, by in _BORDERS
        ]
        self.radiological = self.make(
            "&Radiological view",
            lambda: slices.state.set_radiological(self.radiological.isChecked()),
            tip="Slices with the patient's left at the right of the screen; off: left is left",
        )
        self.radiological.setCheckable(True)
        self.contrast = self.make(
            "Automatic &contrast", partial(slices.state.set_levels, None), tip="Slices as bright as suits their volume"
        )
        self.whole = self.make(
            "&Whole head in slices",
            partial(slices.reset, whole=True),
            keys="H",
            tip="Show the whole head in every slice (H); R returns to V1",
        )
        self.volumes = QMenu("&Volume behind slices", window)
        self.volumes.setToolTipsVisible(True)
        self.volumes.aboutToShow.connect(self.list_volumes)
        for pane in slices.panes.values():
            pane.choice.menu().addSeparator()
            pane.choice.menu().addMenu(self.volumes)
            pane.choice.menu().addAction(self.whole)
        self._source = ""  # of the volume whose contrast is shown
        slices.restore(window.settings.panes)
        slices.state.set_radiological(window.settings.radiological)
        for changed in (slices.arranged, slices.state.changed):
            changed.connect(self._keep)
            changed.connect(self.enable)
        slices.store.changed.connect(self._recall)

    def fill(self, menus: Menus) -> None:
        """In the menu View, below cameras and panels."""
        menu = menus("&View")
        menu.addSeparator()
        menu.addActions([*self.layouts.values(), self.maximise])
        menu.addMenu("&Borders of panes").addActions(self.borders)
        menu.addSeparator()
        menu.addActions([self.whole, self.radiological, self.contrast])
        menu.addMenu(self.volumes)

    def keyed(self) -> Sequence[QAction]:
        """All with a key."""
        return *self.layouts.values(), self.maximise, self.whole, *self.borders

    def list_volumes(self) -> None:
        """What the case has to be cut, the one that is shown with a tick."""
        case, store = self.session.case, self.window.slices.store
        shown = store.matter.volume.name if store.matter is not None else ""
        self.volumes.clear()
        for name in [*case.anatomy.volumes, SCHEMATIC] if case is not None else []:
            entry = self.volumes.addAction(name, partial(store.choose, name))
            entry.setToolTip(_VOLUMES.get(name, ""))
            entry.setCheckable(True)
            entry.setChecked(name == shown)

    def _keep(self) -> None:
        """Remember how slices are arranged and seen."""
        slices, settings = self.window.slices, self.window.settings
        settings.panes = slices.arrangement
        settings.radiological = slices.state.radiological
        if self._source:
            settings.keep_contrast(self._source, slices.state.levels)

    def _recall(self) -> None:
        """Show a volume with the contrast that it was given the last time."""
        matter = self.window.slices.store.matter
        source = matter.volume.source if matter is not None else ""
        if source != self._source:
            self._source = ""  # what follows is none of the user's choices
            self.window.slices.state.set_levels(self.window.settings.contrast(source))
            self._source = source

    def enable(self) -> None:
        """Show what is chosen."""
        slices = self.window.slices
        self.layouts[slices.layout_name].setChecked(True)
        self.radiological.setChecked(slices.state.radiological)
        self.contrast.setEnabled(slices.state.levels is not None)

"""Commands about how threads get in: approach windows and forbidden cortex, put and painted by hand."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtGui import QAction
from PySide6.QtWidgets import QFileDialog, QMenu

from app import openings, painting
from app.commands.group import Group, Menus
from app.cortex import SurfacePoint
from planner.frames import HemisphereName, IntArray

if TYPE_CHECKING:
    from app.window import MainWindow


class AccessCommands(Group):
    """Place and delete windows, paint and save forbidden cortex."""

    about = "Approach and forbidden cortex"

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        session, access = self.session, window.brain.access
        self.place, self.paint = access.place_action, access.paint_action
        self.place.setIconText("Place")
        self.paint.setIconText("Paint")
        self.place_there = self.make(
            "Place approach window at the &crosshair",
            self._place_there,
            tip="Put an approach window where its surface is nearest to the crosshair",
        )
        self.delete = self.make(
            "&Delete approach window",
            lambda: openings.delete_window(session, access.chosen),
            keys="Shift+Delete",
            tip="Delete the chosen approach window (Shift+Delete)",
        )
        brush = access.brush
        self.larger = self.make("&Larger brush", partial(brush.resize, 1), keys="]", tip="Make the brush larger (])")
        self.smaller = self.make(
            "&Smaller brush", partial(brush.resize, -1), keys="[", tip="Make the brush smaller ([)"
        )
        self.save = self.make(
            "Sa&ve painted region as FreeSurfer label…",
            self._save_painted,
            tip="Write a painted region as a label of the subject: surface RAS and vertex numbers",
        )
        window.addActions([self.place, self.paint])
        windows, forbidden = window.limits.windows, window.limits.forbidden
        windows.place.setDefaultAction(self.place)
        forbidden.paint.setDefaultAction(self.paint)
        access.place_requested.connect(self._place)
        access.chosen_changed.connect(windows.show_chosen)
        access.chosen_changed.connect(self._show_numbers)
        access.chosen_changed.connect(lambda place: openings.make_ready(session, place))
        windows.chosen.connect(access.choose)
        windows.field_requested.connect(lambda place, field, value: openings.set_window(session, place, field, value))
        windows.delete_requested.connect(lambda place: openings.delete_window(session, place))
        access.handles.dragged.connect(lambda place, its: openings.drag_window(session, place, its))
        access.handles.dropped.connect(lambda words: openings.drop_window(session, words))
        access.handles.cancelled.connect(session.cancel_drag)
        brush.stroked.connect(self._stroke)
        brush.sized.connect(forbidden.show_brush)
        forbidden.brush_requested.connect(brush.set_radius)
        forbidden.save_requested.connect(self._save)
        access.chosen_changed.connect(lambda _: self.enable())

    def fill(self, menus: Menus) -> None:
        """At the end of the menu Plan, in one of its own."""
        menu = menus("&Plan")
        access = QMenu("&Approach and forbidden cortex", menu)
        access.addActions([self.place, self.place_there, self.delete])
        access.addSeparator()
        access.addActions([self.paint, self.larger, self.smaller, self.save])
        menu.addMenu(access)

    def keyed(self) -> Sequence[QAction]:
        """All with a key."""
        return self.place, self.delete, self.paint, self.larger, self.smaller

    def enable(self) -> None:
        """There must be a plan that may be edited."""
        session, access = self.session, self.window.brain.access
        for action in (self.place, self.place_there, self.paint, self.larger, self.smaller):
            action.setEnabled(session.editable)
        self.delete.setEnabled(session.editable and access.chosen >= 0)
        self.save.setEnabled(bool(self._painted()) and not session.read_only)

    def _show_numbers(self, place: int) -> None:
        """Have the numbers of a chosen window in sight, where the limits are."""
        limits = self.window.limits
        if place >= 0:
            limits.lay_out_now()
            limits.ensureWidgetVisible(limits.windows.vectors["axis"])

    def _place(self, at: SurfacePoint) -> None:
        openings.place_window(self.session, self.window.limits.windows.surface_name, at.hemisphere, at.pial_mm)

    def _place_there(self) -> None:
        session = self.session
        if session.cross_mm is None:
            session.refused.emit("The crosshair is nowhere yet: click in a slice or on a thread first")
        else:
            openings.place_window(session, self.window.limits.windows.surface_name, None, session.cross_mm)

    def _stroke(self, hemisphere: HemisphereName, vertices: IntArray, erases: bool) -> None:
        (painting.erase if erases else painting.paint)(self.session, hemisphere, vertices)

    def _painted(self) -> list[int]:
        """The places of painted regions in the plan's list."""
        regions = self.session.plan.limits.regions if self.session.plan is not None else ()
        return [place for place, region in enumerate(regions) if region.by_hand]

    def _save_painted(self) -> None:
        """The painted region that is selected in the list, else the first one."""
        painted, selected = self._painted(), self.window.limits.forbidden.list.currentRow()
        if painted:
            self._save(selected if selected in painted else painted[0])

    def _save(self, place: int) -> None:
        plan = self.session.plan
        if plan is None or place >= len(plan.limits.regions):
            return
        region = plan.limits.regions[place]
        settings = self.window.settings
        name = f"{region.hemisphere}.{'_'.join(region.name.split())}.label"
        start = settings.folder("export") / name
        chosen, _ = QFileDialog.getSaveFileName(
            self.window, f"Save {region.name} as a FreeSurfer label", str(start), "FreeSurfer labels (*.label)"
        )
        if chosen:
            file = Path(chosen) if chosen.endswith(".label") else Path(f"{chosen}.label")
            settings.keep_folder("export", file.parent)
            painting.save_region(self.session, place, file)

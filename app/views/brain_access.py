"""Approach windows and forbidden cortex in the 3D view: what is drawn of them, and the tools that put them there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
import qtawesome as qta
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QObject, QPointF, Qt, Signal
from PySide6.QtGui import QAction, QMouseEvent

from app import theme
from app.views.brain_handles import WindowHandles
from app.views.brain_paint import BrainPaint
from app.views.brain_screen import Screen
from app.views.brain_tools import far
from app.views.brain_windows import WindowActors
from planner.anatomy.access import Window
from planner.frames import HemisphereName
from planner.plan.plan import Plan

if TYPE_CHECKING:
    from vtkmodules.vtkRenderingCore import vtkRenderer

    from app.session import Session
    from app.views.brain_stage import Stage
    from app.views.brain_view import BrainView

WINDOW_WORDS: Final = "Disc and arrow: approach window"
EDGE_WORDS: Final = "Violet line: edge of laid-bare cortex"
FORBIDDEN_WORDS: Final = "Hatched: forbidden cortex"


class BrainAccess(QObject):
    """Draws what the plan on screen says of access, and has the tools for it.

    Signals
    -------
    place_requested(SurfacePoint)
        A window is wanted there.
    chosen_changed(place)
        Another window is the chosen one, by its place in the plan's list; -1 for none.
    switched()
        Something is shown, or not shown, from now on.
    """

    place_requested = Signal(object)
    chosen_changed = Signal(int)
    switched = Signal()

    def __init__(self, view: BrainView, session: Session, layer: vtkRenderer, screen: Screen, stage: Stage) -> None:
        super().__init__(view)
        self._view, self._session, self.stage = view, session, stage
        self._windows = WindowActors(view.plotter.renderer, layer)
        self._drawn: object = None
        self._lines: tuple[str, ...] = ()  # of the legend, about windows
        self._pressed: QPointF | None = None
        self.chosen = -1
        self.placed: dict[int, Window] = {}  # as they are drawn where they are in the scanner
        self.show_windows = self._switch("Approach &windows")
        self.show_windows.setToolTip("Show approach windows: a disc, its axis and the cone that shafts may come from")
        self.show_forbidden = self._switch("&Forbidden cortex")
        self.show_forbidden.setToolTip("Show cortex that no shaft may touch, hatched")
        self.place_action = self._tool("&Place approach window", "mdi6.target")
        self.place_action.setShortcut("W")
        self.place_action.setToolTip("Put an approach window at each click on the cortex (W)")
        self.paint_action = self._tool("Pa&int forbidden cortex", "mdi6.brush")
        self.paint_action.setShortcut("X")
        self.paint_action.setToolTip("Paint cortex that no shaft may touch; Ctrl or the right button erases (X)")
        tip = "Approach windows and forbidden cortex: shown, or left out"
        view.bar.add_switches((self.show_windows, self.show_forbidden), "mdi6.target", tip)
        self.handles = WindowHandles(view, self, session, screen)
        self.brush = BrainPaint(view, self, session, screen)
        view.plotter.installEventFilter(self)
        self.show_windows.toggled.connect(lambda _: self._switched())
        self.show_forbidden.toggled.connect(lambda _: self._switched())
        for action in (self.place_action, self.paint_action):
            action.toggled.connect(lambda on, its=action: self._begin(its, on))
        view.bar.add_action.toggled.connect(lambda on: self._begin(view.bar.add_action, on))
        session.document_changed.connect(self._follow)
        self.brush.sized.connect(lambda mm: self._hint())

    @property
    def placing(self) -> bool:
        """Whether a click puts a window."""
        return self.place_action.isChecked()

    @property
    def painting(self) -> bool:
        """Whether a drag paints forbidden cortex."""
        return self.paint_action.isChecked()

    @property
    def busy(self) -> bool:
        """Whether one of the tools has the mouse."""
        return self.placing or self.painting

    def choose(self, place: int) -> None:
        """Choose a window by its place: its handles are shown; -1 for none."""
        if place != self.chosen:
            self.chosen = place
            self.redraw()
            self.chosen_changed.emit(place)

    def leave(self) -> bool:
        """Out of what is going on: a drag or stroke, else a tool, else the choice of a window; False for nothing."""
        if self.handles.dragging:
            self.handles.cancel()
        elif self.brush.stroking:
            self.brush.cancel()
        elif self.busy:
            self.place_action.setChecked(False)
            self.paint_action.setChecked(False)
        elif self.chosen >= 0:
            self.choose(-1)
        else:
            return False
        return True

    def legend(self) -> tuple[str, ...]:
        """What stands for what in the picture, a line each."""
        plan = self._session.shown
        hatched = plan is not None and plan.limits.regions and self.show_forbidden.isChecked()
        return (*self._lines, FORBIDDEN_WORDS) if hatched else self._lines

    def redraw(self, anew: bool = False) -> None:
        """Draw what the plan on screen says, where that is not what is drawn; `anew` in any case."""
        plan, cortices = self._session.shown, self.stage.cortices
        if plan is None or not cortices or self.brush.stroking:
            return
        shown, limits, surface = self.stage.visible, plan.limits, self.stage.surface
        access = limits.access if self.show_windows.isChecked() else None
        regions = limits.regions if self.show_forbidden.isChecked() else ()
        state = (access, self.chosen, surface, shown), (regions, tuple(cortices.values()))
        before = self._drawn if isinstance(self._drawn, tuple) and not anew else (None, None)
        if state[0] != before[0]:
            windows = dict(enumerate(access.windows if access is not None else ()))
            windows = {place: window for place, window in windows.items() if window.hemisphere in shown}
            self.placed = windows if self.stage.placed else {}
            meshes = {name: actors.cortex for name, actors in cortices.items()}
            edges = self._windows.draw(windows, self.chosen, meshes, surface)
            self._lines = (WINDOW_WORDS,) * bool(self.placed) + (EDGE_WORDS,) * edges
        if state[1] != before[1]:
            for name, actors in cortices.items():
                actors.set_forbidden(_vertices(plan, name, len(actors.cortex.hemisphere.pial_mm)) if regions else None)
        if state != before:
            self._drawn = state
            self._view.draw_soon()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """A click puts a window while that tool is on; a drag turns the camera as ever."""
        if not self.placing or not isinstance(event, QMouseEvent) or event.button() != Qt.MouseButton.LeftButton:
            return False
        if event.type() == QEvent.Type.MouseButtonPress:
            self._pressed = event.position()
        elif event.type() == QEvent.Type.MouseButtonRelease and self._pressed is not None:
            pressed, self._pressed = self._pressed, None
            point = None if far(event.position(), pressed) else self._view.point_at(pressed)
            if point is not None:
                self.place_requested.emit(point)
        return False

    def _begin(self, tool: QAction, on: bool) -> None:
        """One tool has the mouse at a time."""
        if on:
            for other in (self.place_action, self.paint_action, self._view.bar.add_action):
                if other is not tool:
                    other.setChecked(False)
        if on and tool is self.paint_action:
            self.choose(-1)
            self.brush.make_ready()
            self.show_forbidden.setChecked(True)
        if on and tool is self.place_action:
            self.show_windows.setChecked(True)
        if not self.painting:
            self.brush.cancel()
            self.brush.ring.hide()
        self._view.tools.aside = self.busy
        self._view.plotter.setCursor(Qt.CursorShape.CrossCursor if self.busy else Qt.CursorShape.ArrowCursor)
        self._hint()

    def _hint(self) -> None:
        self._view.say("")  # the standing hint is written anew

    def hint(self) -> str:
        """What a click or drag will do, where one of the tools is on."""
        if self.placing:
            return "Click on the cortex to put an approach window there  ·  W or Esc to finish"
        if self.painting:
            return f"Drag to forbid, Ctrl or right to allow  ·  [ ] {self.brush.radius_mm:g} mm  ·  Esc to finish"
        return ""

    def _switched(self) -> None:
        self.redraw()
        self.switched.emit()

    def _follow(self) -> None:
        """The chosen window may be gone, and tools belong to a plan that may be edited."""
        plan = self._session.plan
        if plan is None or self.chosen >= len(plan.limits.access.windows):
            self.choose(-1)
        if not self._session.editable:
            self.place_action.setChecked(False)
            self.paint_action.setChecked(False)
        elif self.painting:
            self.brush.make_ready()  # the case may be another one

    def _switch(self, text: str) -> QAction:
        action = QAction(text, self)
        action.setCheckable(True)
        action.setChecked(True)
        return action

    def _tool(self, text: str, symbol: str) -> QAction:
        action = QAction(qta.icon(symbol, color=theme.TEXT, color_disabled=theme.DISABLED), text, self)
        action.setCheckable(True)
        return action


def _vertices(plan: Plan, hemisphere: HemisphereName, count: int) -> NDArray[np.bool_] | None:
    """The vertices ``(V,)`` of a hemisphere that are forbidden, by file or by hand; None where there are none."""
    inside = np.zeros(count, dtype=bool)
    numbers: Any = [r.vertices for r in plan.limits.regions if r.hemisphere == hemisphere]
    for vertices in numbers:
        inside[[vertex for vertex in vertices if vertex < count]] = True
    return inside if numbers else None

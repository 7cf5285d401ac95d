"""The brush in the 3D view: forbidden cortex is painted and erased with the mouse."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QLineF, QObject, QPointF, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from app import theme
from app.painting import painted_vertices
from app.views.brain_screen import Screen
from app.views.letting_go import let_go
from planner.frames import HemisphereName

if TYPE_CHECKING:
    from app.session import Session
    from app.views.brain_access import BrainAccess
    from app.views.brain_scene import CortexActors
    from app.views.brain_view import BrainView
    from planner.anatomy.brush import Brush

FOLLOW_MS: Final = 15
BRUSH_MM: Final = (0.5, 15.0)
USUAL_MM: Final = 4.0
STEP: Final = 1.25  # a key makes the brush so much larger
STRIDE: Final = 0.5  # of the brush's radius: a quick stroke is followed in such steps
LONGEST: Final = 60  # steps between two looks at the mouse


@dataclass
class _Stroke:
    """A stroke while it goes on."""

    hemisphere: HemisphereName
    erases: bool
    at: QPointF  # as far as it was followed
    button: Qt.MouseButton
    vertices: NDArray[np.bool_]  # that it has touched
    others: NDArray[np.bool_]  # forbidden by files
    painted: NDArray[np.bool_]  # painted before


class BrushRing(QWidget):
    """A circle of the brush's size under the mouse, painted over the 3D view; lets the mouse through."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setAttribute(Qt.WidgetAttribute.WA_NoSystemBackground)
        self._radius_px, self._erases = 0.0, False
        self.hide()

    def show_at(self, position: QPointF, radius_px: float, erases: bool) -> None:
        """Show the circle, dashed where the brush erases."""
        reach = round(radius_px) + 4
        self._radius_px, self._erases = radius_px, erases
        self.setGeometry(round(position.x()) - reach, round(position.y()) - reach, 2 * reach, 2 * reach)
        self.show()
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint it light with a dark rim: cortex is pale and the ground may be dark."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        middle = QPointF(self.width() / 2, self.height() / 2)
        for colour, width in ((theme.IMAGE_RIM, 3.0), (theme.SELECTED, 1.4)):
            style = Qt.PenStyle.DashLine if self._erases else Qt.PenStyle.SolidLine
            painter.setPen(QPen(QColor(colour), width, style))
            painter.drawEllipse(middle, self._radius_px, self._radius_px)
        painter.end()


class BrainPaint(QObject):
    """Turns mouse events into strokes while it is on. Made after the thread tools, it is asked before them.

    Signals
    -------
    stroked(hemisphere, vertices, erases)
        The vertices ``(K,)`` of a hemisphere that a stroke has gone over.
    sized(mm)
        The brush has another radius.
    """

    stroked = Signal(str, object, bool)
    sized = Signal(float)

    def __init__(self, view: BrainView, access: BrainAccess, session: Session, screen: Screen) -> None:
        super().__init__(view)
        self._view, self._access, self._session, self._screen = view, access, session, screen
        self._brushes: Mapping[HemisphereName, Brush] = {}
        self._case: object = None  # that the brushes are of
        self._stroke: _Stroke | None = None
        self._at = QPointF()
        self.radius_mm = USUAL_MM
        self.ring = BrushRing(view.plotter)
        self._follow = QTimer(self, singleShot=True, interval=FOLLOW_MS)
        self._follow.timeout.connect(self._follow_on)
        view.plotter.installEventFilter(self)

    @property
    def stroking(self) -> bool:
        """Whether a stroke is going on."""
        return self._stroke is not None

    def set_radius(self, radius_mm: float) -> None:
        """Make the brush another size, mm along the surface."""
        radius_mm = round(float(np.clip(radius_mm, *BRUSH_MM)), 1)
        if radius_mm != self.radius_mm:
            self.radius_mm = radius_mm
            self.sized.emit(radius_mm)
            if self.ring.isVisible():
                self._show_ring(self._at, False)

    def resize(self, steps: int) -> None:
        """Make the brush larger, or smaller, by so many steps."""
        radius_mm = self.radius_mm * STEP**steps
        self.set_radius(radius_mm if abs(radius_mm - self.radius_mm) >= 0.1 else self.radius_mm + 0.1 * steps)

    def make_ready(self) -> None:
        """Make the brushes of the case's hemispheres, in the worker."""
        case = self._session.case
        if case is None or case is self._case:
            return
        self._brushes, self._case = {}, case

        def make(job: object) -> Mapping[HemisphereName, Brush]:
            from planner.anatomy.brush import Brush

            return {name: Brush(hemisphere) for name, hemisphere in case.anatomy.hemispheres.items()}

        def take(brushes: Mapping[HemisphereName, Brush]) -> None:
            if self._case is case:
                self._brushes = brushes

        self._session.worker.submit("", make, take, key="brushes", aside=True)

    def cancel(self) -> None:
        """Give up a stroke; what it has touched is as it was before."""
        if self._stroke is not None:
            self._end()
            self._access.redraw(anew=True)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Take the mouse over cortex while the brush is on; elsewhere it turns the camera as ever."""
        kind = event.type()
        if isinstance(event, QKeyEvent):
            return self._stroke is not None and let_go(event, self.cancel)
        if kind == QEvent.Type.Leave:
            self.ring.hide()
        if not isinstance(event, QMouseEvent) or not (self._access.painting or self._stroke):
            return False
        erases = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
        if kind in (QEvent.Type.MouseButtonPress, QEvent.Type.MouseButtonDblClick):
            return self._press(event.position(), event.button(), erases)
        if kind == QEvent.Type.MouseMove:
            self._at = event.position()
            if self._stroke is not None and not self._follow.isActive():
                self._follow.start()
            self._show_ring(self._at, self._stroke.erases if self._stroke is not None else erases)
            return self._stroke is not None
        if kind == QEvent.Type.MouseButtonRelease and self._stroke is not None:
            if event.button() == self._stroke.button:
                self._release(event.position())
            return True
        return False

    def _press(self, position: QPointF, button: Qt.MouseButton, erases: bool) -> bool:
        if self._stroke is not None:
            return True
        if button not in (Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton) or not self._session.editable:
            return False
        point = self._view.point_at(position)
        if point is None:
            return False  # beside the cortex the mouse turns it
        if point.hemisphere not in self._brushes:
            self._view.say("The brush is being made ready")
            return True
        self._view.plotter.setFocus()
        count = len(self._actors(point.hemisphere).cortex.hemisphere.pial_mm)
        painted, others = np.zeros(count, dtype=bool), np.zeros(count, dtype=bool)
        plan = self._session.plan
        assert plan is not None  # it can be edited
        painted[painted_vertices(plan, point.hemisphere)] = True
        for region in plan.limits.regions:
            if region.hemisphere == point.hemisphere and not region.by_hand:
                others[list(region.vertices)] = True
        erases = erases or button == Qt.MouseButton.RightButton
        self._stroke = _Stroke(point.hemisphere, erases, position, button, np.zeros(count, dtype=bool), others, painted)
        self._at = position
        self._view.set_moving(True)
        self._dab(np.array([point.pial_mm]))
        return True

    def _release(self, position: QPointF) -> None:
        self._at = position
        self._follow_on()
        stroke = self._stroke
        assert stroke is not None
        self._end()
        before = self._session.plan
        self.stroked.emit(stroke.hemisphere, np.flatnonzero(stroke.vertices), stroke.erases)
        if stroke.erases and (stroke.vertices & stroke.others).any():
            self._view.say("A region from a file is taken off under Limits, as a whole")
        if self._session.plan is before:
            self._access.redraw(anew=True)  # a stroke that changes no plan would leave its tint

    def _end(self) -> None:
        self._stroke = None
        self._follow.stop()
        self._view.set_moving(False)

    def _follow_on(self) -> None:
        """Paint from where the mouse was to where it is, in steps that leave no gaps."""
        stroke = self._stroke
        if stroke is None:
            return
        start, end = stroke.at, self._at
        stride = max(1.0, STRIDE * self.radius_mm * self._px_per_mm(end))
        steps = int(min(LONGEST, max(1, np.ceil(QLineF(start, end).length() / stride))))
        found = [self._view.point_at(start + (end - start) * (step / steps)) for step in range(1, steps + 1)]
        points = [point.pial_mm for point in found if point is not None and point.hemisphere == stroke.hemisphere]
        stroke.at = end
        if points:
            self._dab(np.array(points))

    def _dab(self, points_mm: NDArray[np.float64]) -> None:
        """Go over the cortex around points of pial; only what is drawn changes until the stroke is done."""
        stroke = self._stroke
        assert stroke is not None
        stroke.vertices[self._brushes[stroke.hemisphere].painted(points_mm, self.radius_mm)] = True
        left = stroke.painted & ~stroke.vertices if stroke.erases else stroke.painted | stroke.vertices
        self._actors(stroke.hemisphere).set_forbidden(left | stroke.others)
        self._view.draw_soon()

    def _show_ring(self, position: QPointF, erases: bool) -> None:
        if self._view.point_at(position) is None:
            self.ring.hide()
        else:
            self.ring.show_at(position, max(3.0, self.radius_mm * self._px_per_mm(position)), erases)

    def _px_per_mm(self, position: QPointF) -> float:
        """How large a millimetre is where the cortex is at a position."""
        near, far = self._screen.ray(position)
        actors: Any = [a for a in self._access.stage.cortices.values() if a.visible]
        hits = [hit for a in actors if (hit := a.hit(near, far)) is not None]
        if not hits:
            return 1.0
        at = min(hits, key=lambda hit: hit[0])[1]
        up = np.array(self._view.plotter.camera.up)
        one, other = self._screen.positions(np.stack([at, at + up / np.linalg.norm(up)]))
        return float(np.hypot(*(other - one))) or 1.0

    def _actors(self, hemisphere: HemisphereName) -> CortexActors:
        return self._access.stage.cortices[hemisphere]

"""The depth profile of the selected thread: how near vessels are along it, what they ask for, and the tissue.

What the core measures from the shaft's axis is shown from its surface, so that the line of what has to stay free stands
at the clearance that the user asked for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QPointF, Qt, QTimer, Signal
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from app import theme
from app.actions import any_thread_of, thread_of
from app.session import Session
from planner.anatomy.vessels.kinds import PLURAL
from planner.implant.thread import vector

if TYPE_CHECKING:
    from planner.design.along import Along

PACE_MS: Final = 60  # while a thread is dragged
HIGHEST_MM: Final = 5.0
LEAST_HIGH_MM: Final = 2.0
NO_THREAD: Final = "Select a thread to see what lies along it"


class ProfileView(QWidget):
    """Draws the profile of the selected thread.

    Signals
    -------
    pointed(Vector)
        The place along the thread that was clicked on, scanner RAS.
    """

    pointed = Signal(object)

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self.along: Along | None = None
        self.said = QLabel(NO_THREAD)
        self.said.setWordWrap(True)
        self.said.setContentsMargins(8, 6, 8, 2)
        self.plot: Any = pg.PlotWidget(background=theme.BASE, enableMenu=False)
        self.plot.setMouseEnabled(False, False)
        self.plot.hideButtons()
        self.plot.setMinimumHeight(90)
        self.plot.setToolTip(
            "Distance from the shaft's surface to the nearest vessel's wall less that vessel's own localisation error, "
            "mm, over the way from the entry, mm: arteries and veins in their colours; hatched what has to stay free, "
            "the clearance and your localisation error; at the top the tissue; dots are contacts. Click to move the "
            "crosshair there"
        )
        style: dict[str, Any] = {"color": theme.MUTED, "font-size": "8pt"}
        for side, title in (("left", "shaft to vessel, mm"), ("bottom", "from the entry, mm")):
            self.plot.getAxis(side).setTextPen(theme.MUTED)
            self.plot.getAxis(side).setPen(theme.LINE)
            self.plot.setLabel(side, title, **style)
        self._bands: Any = pg.BarGraphItem(x0=[0], x1=[0], y0=[0], y1=[0], pen=None)
        self._bands.setZValue(-10)
        self.plot.showAxis("top")
        self.plot.getAxis("top").setStyle(tickLength=0)
        self.plot.getAxis("top").setPen(theme.LINE)
        self.plot.getAxis("top").setTextPen(theme.TEXT)
        self.required: Any = pg.PlotCurveItem(pen=pg.mkPen(theme.UNSAFE, width=1.2, style=Qt.PenStyle.DashLine))
        floor = pg.PlotCurveItem(pen=None)
        self._floor: Any = floor
        hatch = pg.mkBrush(QColor(theme.UNSAFE).red(), QColor(theme.UNSAFE).green(), QColor(theme.UNSAFE).blue(), 150)
        hatch.setStyle(Qt.BrushStyle.BDiagPattern)
        self._free: Any = pg.FillBetweenItem(floor, self.required, brush=hatch)
        self.curves: dict[str, Any] = {
            kind: pg.PlotCurveItem(pen=pg.mkPen(colour, width=2.4), connect="finite")
            for kind, colour in theme.VESSELS.items()
        }
        self._none: Any = pg.PlotCurveItem(
            pen=pg.mkPen(theme.MUTED, width=1.6, style=Qt.PenStyle.DotLine), connect="finite"
        )
        self.contacts: Any = pg.ScatterPlotItem(
            size=6, brush=pg.mkBrush(theme.TEXT), pen=pg.mkPen(theme.IMAGE_RIM), symbol="o"
        )
        self.broken: Any = pg.ScatterPlotItem(size=9, brush=None, pen=pg.mkPen(theme.UNSAFE, width=2), symbol="x")
        self.least: Any = pg.ScatterPlotItem(size=11, brush=None, pen=pg.mkPen(theme.TEXT, width=1.6), symbol="d")
        self.cross: Any = pg.InfiniteLine(angle=90, pen=pg.mkPen(theme.FOCUS, width=1))
        for item in (
            self._bands, self._floor, self.required, self._free, *self.curves.values(), self._none, self.contacts,
            self.broken, self.least, self.cross,
        ):  # fmt: skip
            self.plot.addItem(item)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        column.addWidget(self.said)
        column.addWidget(self.plot, 1)
        self._soon = QTimer(self, singleShot=True, interval=PACE_MS)
        self._soon.timeout.connect(self.refresh)
        self.plot.scene().sigMouseClicked.connect(self._clicked)
        for changed in (session.selection_changed, session.shown_changed, session.case_changed):
            changed.connect(self._refresh_soon)
        session.cross_changed.connect(self._mark_cross)
        self.refresh()

    def refresh(self) -> None:
        """Draw the profile of what is selected now; not while nobody sees it."""
        if not self.isVisible() and self._session.selection:
            return
        self._soon.stop()
        self.along = self._profile()
        if self.along is not None:
            self._draw(self.along)
        self.plot.setVisible(self.along is not None)
        self.said.setText(self._words())
        self._mark_cross()

    def showEvent(self, event: object) -> None:
        """It is seen again."""
        self.refresh()

    def place_of(self, at_mm: float) -> QPointF:
        """Where in the plot a place along the thread is."""
        scene = self.plot.getViewBox().mapViewToScene(QPointF(at_mm, 0.5))
        return QPointF(self.plot.mapFromScene(scene))

    def _refresh_soon(self) -> None:
        if not self._soon.isActive():
            self._soon.start()

    def _profile(self) -> Along | None:
        session = self._session
        plan, thread = session.shown, any_thread_of(session.shown, session.selection)
        if session.case is None or plan is None or thread is None:
            return None
        device = plan.implant.device_of(thread)
        if not device.penetrates or thread.hemisphere not in session.case.anatomy.hemispheres:
            return None
        from planner.design.along import profile_along

        return profile_along(session.case.site, device, plan.limits, thread)

    @property
    def _radius_mm(self) -> float:
        """Of the thread's shafts: what is known is from their axis."""
        plan, thread = self._session.shown, any_thread_of(self._session.shown, self._session.selection)
        return plan.implant.device_of(thread).shaft_radius_mm if plan is not None and thread is not None else 0.0

    def _words(self) -> str:
        name, along = self._session.selection, self.along
        if not name:
            return NO_THREAD
        if along is None:
            return f"{name} lies on the surface: nothing goes into the cortex"
        assert self._session.case is not None
        vessel = int(along.vessel[along.least])
        unknown = [PLURAL[kind] for kind in along.unknown_kinds]
        tail = f"; {' and '.join(unknown)} unknown around it" if unknown else ""
        if thread_of(self._session.shown, name) is None:
            name = f"{name}, if it were used"
        if vessel < 0:
            return f"{name}: no vessel within {HIGHEST_MM:g} mm{tail}"
        margin = float(along.margin_mm[along.least])
        at_mm = round(float(along.at_mm[along.least]), 1) + 0.0  # never -0.0
        near = self._session.case.anatomy.vessels[vessel].name
        away_mm = float(along.vessel_mm[along.least]) - self._radius_mm
        place = f"{at_mm:.1f} mm from the entry" if at_mm else "at the entry"
        return f"{name}: {away_mm:.2f} mm to {near} {place}, margin {margin:+.2f} mm{tail}"

    def _draw(self, along: Along) -> None:
        assert self._session.case is not None
        vessels = self._session.case.anatomy.vessels
        at, away = along.at_mm, along.vessel_mm - self._radius_mm
        kinds = np.array(["" if index < 0 else vessels[index].kind for index in along.vessel.tolist()])
        for kind, curve in self.curves.items():
            curve.setData(at, np.where(kinds == kind, away, np.nan))
        self._none.setData(at, np.where(kinds == "", away, np.nan))
        self.required.setData(at, along.required_mm - self._radius_mm)
        self._floor.setData(at, np.zeros(len(at)))
        contacts = along.contact_at_mm
        used = thread_of(self._session.shown, self._session.selection) is not None
        self.contacts.setData(contacts, np.zeros(len(contacts)), brush=theme.TEXT if used else theme.MUTED)
        broken = along.margin_mm < 0
        self.broken.setData(at[broken], away[broken])
        some = along.vessel[along.least] >= 0
        self.least.setData(at[[along.least]] if some else [], away[[along.least]] if some else [])
        top = float(np.clip(away.max() * 1.1, LEAST_HIGH_MM, HIGHEST_MM * 1.1))
        low = min(-0.25, float(away.min()) - 0.2)
        self.plot.setYRange(low, top, padding=0)
        pad = 0.03 * float(at[-1] - at[0] or 1.0)
        self.plot.setXRange(float(at[0]) - pad, float(at[-1]) + pad, padding=0)
        self._draw_tissue(along, low, top)

    def _draw_tissue(self, along: Along, low: float, top: float) -> None:
        """Tissues as bands behind the curves, named above them."""
        stretches = along.stretches()
        starts, ends = ([stretch[end] for stretch in stretches] for end in (0, 1))
        brushes = [pg.mkBrush(*theme.rgb(theme.TISSUE[tissue]), 70) for *_, tissue in stretches]
        count = len(stretches)
        self._bands.setOpts(x0=starts, x1=ends, y0=[low] * count, y1=[top] * count, brushes=brushes)
        least = 0.1 * float(along.at_mm[-1] - along.at_mm[0])  # narrower ones have no room for their name
        names = [((start + end) / 2, tissue) for start, end, tissue in stretches if end - start > least]
        self.plot.getAxis("top").setTicks([names])

    def _mark_cross(self) -> None:
        """Where beside the thread the crosshair is; off it, the line is not shown."""
        along, cross = self.along, self._session.cross_mm
        shown = along is not None and cross is not None
        if along is not None and cross is not None:
            away = np.linalg.norm(along.points_mm - np.array(cross), axis=1)
            nearest = int(away.argmin())
            shown = bool(away[nearest] < 1.0)
            self.cross.setValue(float(along.at_mm[nearest]))
        self.cross.setVisible(shown)

    def _clicked(self, event: Any) -> None:
        along = self.along
        if along is None or event.button() != Qt.MouseButton.LeftButton:
            return
        at = self.plot.getViewBox().mapSceneToView(event.scenePos()).x()
        share = np.clip((at - along.at_mm[0]) / max(along.at_mm[-1] - along.at_mm[0], 1e-9), 0.0, 1.0)
        first, last = along.points_mm[0], along.points_mm[-1]
        self.pointed.emit(vector(first + share * (last - first)))

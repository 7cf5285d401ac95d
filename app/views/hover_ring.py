"""The ring round the contact under the mouse, the same in every view: light blue with a dark rim."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from app import theme

RING_PX: Final = 8.0  # its radius
WIDTH_PX, RIM_PX = 2.0, 4.0  # of the ring, and of the dark line under it
DASH_PX: Final = 4.0  # long; openings too
BESIDE_OPACITY: Final = 0.6  # of a ring round what does not lie where it is drawn


def paint_ring(painter: QPainter, at: QPointF, radius_px: float = RING_PX, beside: bool = False) -> None:
    """Draw it round a position; faded and dashed where the contact lies `beside` the plane that is shown."""
    painter.save()
    painter.setOpacity(BESIDE_OPACITY if beside else 1.0)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for colour, width in ((theme.IMAGE_RIM, RIM_PX), (theme.IMAGE_FOCUS, WIDTH_PX)):
        pen = QPen(QColor(colour), width)
        if beside:
            pen.setDashPattern([DASH_PX / width, DASH_PX / width])
            pen.setCapStyle(Qt.PenCapStyle.FlatCap)
        painter.setPen(pen)
        painter.drawEllipse(at, radius_px, radius_px)
    painter.restore()

"""One picture of the visual field, as it should be seen or would be seen."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QImage, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from app import theme
from planner.frames import FloatArray

Image = NDArray[np.float32]
DIM: Final = 0.4  # opacity of what is out of date
RING_PX, RING_OPACITY = 1.1, 0.82


class FieldPicture(QWidget):
    """One picture of the visual field, with its axes in degrees and the fixation cross."""

    def __init__(self, title: str) -> None:
        super().__init__()
        self.title = title
        self.image: QImage | None = None
        self._pixels: NDArray[np.uint8] | None = None  # QImage looks into it, so it must live as long
        self._extent_deg = 16.0
        self._rings: tuple[FloatArray, FloatArray] | None = None
        self._whose = ""
        self.dimmed = False
        self.setMinimumSize(120, 100)  # so that all fits into 800 px, below the strip that says read only as well
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    def show_image(self, image: Image | None, extent_deg: float) -> None:
        """Show ``(H, W)`` values in 0…1 (more is white), or nothing."""
        self._extent_deg = extent_deg
        self._pixels, self.image = (None, None) if image is None else to_gray(image)
        self.update()

    def dim(self, dimmed: bool) -> None:
        """Draw the picture faintly, where it is of a plan that is no longer shown."""
        self.dimmed = dimmed
        self.update()

    def show_rings(self, centre_deg: FloatArray, radius_deg: FloatArray, whose: str = "") -> None:
        """Outline a thread's phosphenes: centres ``(N, 2)`` and radii ``(N,)``, degrees."""
        self._rings, self._whose = (centre_deg, radius_deg), whose
        self.update()

    @property
    def rings_outside(self) -> bool:
        """Whether there are rings, but every one of them lies outside the picture."""
        if self._rings is None or len(self._rings[0]) == 0:
            return False
        beyond = np.maximum(np.abs(self._rings[0]) - self._extent_deg / 2, 0.0)  # from a centre to the picture's edge
        return bool((np.hypot(*beyond.T) > self._rings[1]).all())

    def sizeHint(self) -> QSize:
        """A little under half the dock."""
        return QSize(196, 220)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Take no more height than a square of this width needs; the strip below has use for the rest."""
        self.setMaximumHeight(max(self.minimumHeight(), self.width() - 26 + 2 * self.fontMetrics().height() + 8))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint title, picture, ticks, cross and rings."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        small = QFont(self.font())
        small.setPointSizeF(max(7.0, small.pointSizeF() - 1.5))
        line = painter.fontMetrics().height()
        side = max(40.0, min(self.width() - 26.0, self.height() - 2.0 * line - 8))
        box = QRectF((self.width() - side) / 2 + 9, line + 4, side, side)
        painter.setPen(QColor(theme.TEXT))
        middle = box.center().x()
        room = 2 * min(middle, self.width() - middle)  # centred over the picture, and as wide as the widget allows
        title = painter.fontMetrics().elidedText(self.title, Qt.TextElideMode.ElideRight, int(room))
        painter.drawText(QRectF(middle - room / 2, 0, room, line), Qt.AlignmentFlag.AlignHCenter, title)
        painter.fillRect(box, QColor("black"))
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        if self.image is not None:
            painter.setOpacity(DIM if self.dimmed else 1.0)
            painter.drawImage(box, self.image)
            painter.setOpacity(1.0)
        painter.setFont(small)
        self._axes(painter, box)
        if self._rings is not None:
            painter.setOpacity(RING_OPACITY)
            painter.drawImage(box.topLeft(), self._outline(side, *self._rings))
            painter.setOpacity(1.0)
            if self.rings_outside:
                painter.setFont(small)
                painter.setPen(QColor(theme.FIXATION))
                painter.drawText(
                    box.adjusted(0, 4, 0, 0),
                    Qt.AlignmentFlag.AlignHCenter,
                    f"{self._whose} outside ±{self._extent_deg / 2:g}°",
                )
        painter.end()

    def _outline(self, side: float, centre_deg: FloatArray, radius_deg: FloatArray) -> QImage:
        """One outline of all rings on a clear square: what is seen within stays in sight.

        All discs a little larger, and then all of them a little smaller cut out: a thousand take no longer than that.
        """
        ratio, scale = self.devicePixelRatioF(), side / self._extent_deg
        layer = QImage(round(side * ratio), round(side * ratio), QImage.Format.Format_ARGB32_Premultiplied)
        layer.setDevicePixelRatio(ratio)
        layer.fill(Qt.GlobalColor.transparent)
        painter = QPainter(layer)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(theme.IMAGE_FOCUS))
        middles = [QPointF(side / 2 + x, side / 2 - y) for x, y in (centre_deg * scale).tolist()]
        radii = np.maximum(2.0, radius_deg * scale).tolist()
        for wider in (RING_PX / 2, -RING_PX / 2):
            for middle, radius in zip(middles, radii, strict=True):
                painter.drawEllipse(middle, radius + wider, radius + wider)
            painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_DestinationOut)
        painter.end()
        return layer

    def _axes(self, painter: QPainter, box: QRectF) -> None:
        half = self._extent_deg / 2
        painter.setPen(QPen(QColor(theme.LINE), 1))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(box)
        height = painter.fontMetrics().height()
        for share, value in ((0.0, -half), (0.5, 0.0), (1.0, half)):
            text = f"{value:+g}°" if value else "0°"
            painter.setPen(QColor(theme.MUTED))
            x = box.left() + share * box.width()
            width = painter.fontMetrics().horizontalAdvance(text)
            left = min(max(x - width / 2, box.left()), box.right() - width)
            painter.drawText(QPointF(left, box.bottom() + height), text)
            y = box.bottom() - share * box.height()
            top = min(max(y + height / 3, box.top() + height * 0.7), box.bottom())
            painter.drawText(QPointF(box.left() - width - 4, top), text)
        painter.setPen(QPen(QColor(theme.FIXATION), 1.3))
        centre, arm = box.center(), 4.0
        painter.drawLine(centre - QPointF(arm, 0), centre + QPointF(arm, 0))
        painter.drawLine(centre - QPointF(0, arm), centre + QPointF(0, arm))


def to_gray(image: Image) -> tuple[NDArray[np.uint8], QImage]:
    """A picture of values in 0…1 as a QImage, with the array that it looks into: keep both."""
    pixels = np.ascontiguousarray(np.clip(np.nan_to_num(image), 0.0, 1.0) * 255 + 0.5).astype(np.uint8)
    height, width = pixels.shape
    return pixels, QImage(pixels.data, width, height, width, QImage.Format.Format_Grayscale8)

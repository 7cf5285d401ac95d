"""All percepts of a plan on one sheet, to be held beside another plan's."""

from __future__ import annotations

from math import ceil
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from app import theme
from app.preview import Preview
from app.views.field_picture import to_gray

GAP_PX: Final = 4


class PerceptSheet(QWidget):
    """A grid of pictures, as large as they all fit."""

    def __init__(self) -> None:
        super().__init__()
        self._pictures: list[tuple[str, NDArray[np.uint8], QImage]] = []
        self.setMinimumHeight(140)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAccessibleName("Percepts")

    def show_percepts(self, preview: Preview | None) -> None:
        """Show the percepts of a plan, or nothing."""
        self._pictures = []
        if preview is not None:
            self._pictures = [
                (label, *to_gray(image)) for label, image in zip(preview.labels, preview.percepts, strict=True)
            ]
        self.update()

    @property
    def count(self) -> int:
        """How many pictures are on the sheet."""
        return len(self._pictures)

    def sizeHint(self) -> QSize:
        """Room for a dozen."""
        return QSize(460, 240)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint every picture with its name over it."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.fillRect(self.rect(), QColor(theme.BASE))
        if not self._pictures:
            return
        line = painter.fontMetrics().height()
        count, width, height = len(self._pictures), self.width() - 2 * GAP_PX, self.height() - 2 * GAP_PX

        def side_of(columns: int) -> float:
            return min(width / columns - GAP_PX, height / ceil(count / columns) - GAP_PX - line)

        columns = max(range(1, count + 1), key=side_of)
        side = max(8.0, side_of(columns))
        for place, (label, _, image) in enumerate(self._pictures):
            x = GAP_PX + (place % columns) * (side + GAP_PX)
            y = GAP_PX + (place // columns) * (side + line + GAP_PX)
            painter.setPen(QColor(theme.MUTED))
            painter.drawText(QRectF(x, y, side, line), Qt.AlignmentFlag.AlignCenter, label)
            painter.drawImage(QRectF(x, y + line, side, side), image)
        painter.end()

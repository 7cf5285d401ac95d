"""Every picture of a task at a glance."""

from __future__ import annotations

from math import isqrt
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontMetrics,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import QSizePolicy

from app import theme
from app.views.field_picture import DIM, Image, to_gray
from app.views.focused import FocusedWidget

_TIP: Final = "Percept of every picture; click one to see it beside its target (arrow keys step)"
_READ_TIP: Final = (
    "✓: a letter recogniser reads it right; A→R: it reads A as R; –: nothing is seen. It stands in for a practised "
    "reader"
)


class LetterStrip(FocusedWidget):
    """Every picture's percept as a small picture over its name; a click chooses one."""

    chosen = Signal(int)

    def __init__(self) -> None:
        super().__init__()
        self._labels: tuple[str, ...] = ()
        self._read: tuple[str, ...] = ()
        self._images: list[tuple[NDArray[np.uint8], QImage]] = []
        self.current = 0
        self.dimmed = False
        self.setMinimumHeight(84)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setToolTip(_TIP)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def show_all(self, labels: tuple[str, ...], images: Image, read: tuple[str, ...] = ()) -> None:
        """Show B pictures ``(B, H, W)``, and as which letters they are read, where that is known."""
        self._labels, self._read = labels, read
        self.setToolTip(f"{_TIP}. {_READ_TIP}" if read else _TIP)
        self._images = [to_gray(image) for image in images]
        self.current = min(self.current, max(0, len(labels) - 1))
        self.update()

    def dim(self, dimmed: bool) -> None:
        """Draw the pictures faintly, where they are of a plan that is no longer shown."""
        self.dimmed = dimmed
        self.update()

    def choose(self, index: int) -> None:
        """Choose as a click would."""
        if self._labels:
            self.current = index % len(self._labels)
            self.update()
            self.chosen.emit(self.current)

    def sizeHint(self) -> QSize:
        """Two rows."""
        return QSize(390, 104)

    def cell(self, index: int) -> QRectF:
        """Where a picture is."""
        rows, columns = self._grid()
        width, height = self.width() / columns, self.height() / rows
        return QRectF(index % columns * width, index // columns * height, width, height)

    def _grid(self) -> tuple[int, int]:
        """The rows and columns in which the pictures are largest."""
        count, name = max(1, len(self._labels)), self._name_height()
        grids = [(rows, -(-count // rows)) for rows in range(1, max(7, isqrt(count) + 2))]
        return max(grids, key=lambda g: min(self.width() / g[1] - 3, self.height() / g[0] - name - 2))

    def _name(self, index: int) -> tuple[str, str]:
        """What stands under a picture, and its colour: its name, and what it is read as."""
        label = self._labels[index]
        if not self._read:
            return label, theme.MUTED
        right = self._read[index] == label
        return (f"{label} ✓", theme.SAFE) if right else (f"{label}→{self._read[index]}", theme.WARNING)

    def _name_height(self) -> int:
        return QFontMetrics(self._small()).height()

    def _small(self) -> QFont:
        font = QFont(self.font())
        font.setPointSizeF(max(7.0, font.pointSizeF() - 2))
        return font

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Choose what was clicked."""
        for index in range(len(self._labels)):
            if self.cell(index).contains(event.position()):
                self.choose(index)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Step with the arrow keys."""
        across, keys = self._grid()[1], Qt.Key
        steps: dict[int, int] = {keys.Key_Left: -1, keys.Key_Right: 1, keys.Key_Up: -across, keys.Key_Down: across}
        step = steps.get(event.key())
        if step is None:
            super().keyPressEvent(event)
        elif abs(step) == 1 or 0 <= self.current + step < len(self._labels):
            self.choose(self.current + step)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint all pictures."""
        painter = QPainter(self)
        painter.setFont(self._small())
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        height = self._name_height()
        for index, (_, image) in enumerate(self._images):
            cell = self.cell(index)
            side = min(cell.width() - 3, cell.height() - height - 2)
            box = QRectF(cell.center().x() - side / 2, cell.top() + 1, side, side)
            painter.setOpacity(DIM if self.dimmed else 1.0)
            painter.drawImage(box, image)
            painter.setOpacity(1.0)
            here = index == self.current
            width = (3.0 if self.hasFocus() else 1.6) if here else 1.0
            painter.setPen(QPen(QColor(theme.ACCENT if here else theme.LINE), width))
            painter.drawRect(box)
            words, colour = self._name(index)
            painter.setPen(QColor(theme.TEXT if here and colour == theme.MUTED else colour))
            name = painter.fontMetrics().elidedText(words, Qt.TextElideMode.ElideMiddle, int(cell.width()) - 2)
            painter.drawText(
                QRectF(cell.left(), box.bottom(), cell.width(), height), Qt.AlignmentFlag.AlignCenter, name
            )
        painter.end()

"""What should be seen beside what would be seen, and every picture of the task at a glance."""

from __future__ import annotations

from math import isqrt
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFocusEvent,
    QFont,
    QFontMetrics,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPainterPath,
    QPaintEvent,
    QPen,
    QResizeEvent,
)
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from app import theme
from app.preview import Preview
from app.session import Session
from app.views.status import fresh
from planner.frames import FloatArray

Image = NDArray[np.float32]
DIM: Final = 0.4  # opacity of what is out of date


class FieldPicture(QWidget):
    """One picture of the visual field, with its axes in degrees and the fixation cross."""

    def __init__(self, title: str) -> None:
        super().__init__()
        self.title = title
        self.image: QImage | None = None
        self._pixels: NDArray[np.uint8] | None = None  # QImage looks into it, so it must live as long
        self._extent_deg = 16.0
        self._rings: tuple[FloatArray, FloatArray] | None = None
        self.dimmed = False
        self.setMinimumSize(130, 150)
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

    def show_rings(self, centre_deg: FloatArray, radius_deg: FloatArray) -> None:
        """Outline phosphenes: centres ``(N, 2)`` and radii ``(N,)``, degrees."""
        self._rings = (centre_deg, radius_deg)
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
        title = painter.fontMetrics().elidedText(self.title, Qt.TextElideMode.ElideRight, int(side))
        painter.drawText(QRectF(box.left(), 0, side, line), Qt.AlignmentFlag.AlignHCenter, title)
        painter.fillRect(box, QColor("black"))
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        if self.image is not None:
            painter.setOpacity(DIM if self.dimmed else 1.0)
            painter.drawImage(box, self.image)
            painter.setOpacity(1.0)
        painter.setFont(small)
        self._axes(painter, box)
        if self._rings is not None:
            painter.setClipRect(box)
            ring = QColor(theme.ACCENT)
            ring.setAlpha(210)
            painter.setPen(QPen(ring, 1.1))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            scale = side / self._extent_deg
            path = QPainterPath()
            path.setFillRule(Qt.FillRule.WindingFill)
            for (x, y), radius in zip(*self._rings, strict=True):
                path.addEllipse(box.center() + QPointF(x * scale, -y * scale), *2 * [max(2.0, radius * scale)])
            painter.drawPath(path.simplified())  # one outline of all of them: what is seen within stays in sight
            if self.rings_outside:
                painter.setFont(small)
                painter.setPen(QColor(theme.WARNING))
                painter.drawText(box.adjusted(0, 4, 0, 0), Qt.AlignmentFlag.AlignHCenter, "outside this picture")
        painter.end()

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
        painter.setPen(QPen(QColor(theme.WARNING), 1.3))
        centre, arm = box.center(), 4.0
        painter.drawLine(centre - QPointF(arm, 0), centre + QPointF(arm, 0))
        painter.drawLine(centre - QPointF(0, arm), centre + QPointF(0, arm))


class LetterStrip(QWidget):
    """Every picture's percept as a small picture over its name; a click chooses one."""

    chosen = Signal(int)

    def __init__(self) -> None:
        super().__init__()
        self._labels: tuple[str, ...] = ()
        self._images: list[tuple[NDArray[np.uint8], QImage]] = []
        self.current = 0
        self.dimmed = False
        self.setMinimumHeight(96)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setToolTip("Percept of every picture; click one to see it beside its target (arrow keys step)")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def show_all(self, labels: tuple[str, ...], images: Image) -> None:
        """Show B pictures ``(B, H, W)``."""
        self._labels = labels
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
        """The rows and columns, two rows or more, in which the pictures are largest."""
        count, name = max(1, len(self._labels)), self._name_height()
        grids = [(rows, -(-count // rows)) for rows in range(2, max(7, isqrt(count) + 2))]
        return max(grids, key=lambda g: min(self.width() / g[1] - 3, self.height() / g[0] - name - 2))

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

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Show where the keys go."""
        super().focusInEvent(event)
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Show that the keys go elsewhere."""
        super().focusOutEvent(event)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint all pictures."""
        painter = QPainter(self)
        painter.setFont(self._small())
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        height = self._name_height()
        for index, (label, (_, image)) in enumerate(zip(self._labels, self._images, strict=True)):
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
            painter.setPen(QColor(theme.TEXT if here else theme.MUTED))
            name = painter.fontMetrics().elidedText(label, Qt.TextElideMode.ElideMiddle, int(cell.width()) - 2)
            painter.drawText(
                QRectF(cell.left(), box.bottom(), cell.width(), height), Qt.AlignmentFlag.AlignCenter, name
            )
        painter.end()


class PerceptView(QWidget):
    """Target and percept of one picture, the measures, and all pictures below."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self.target, self.percept = FieldPicture("Target"), FieldPicture("Percept")
        self.letters = LetterStrip()
        self.measures = QLabel()
        self.measures.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.measures.setProperty("role", "muted")
        self.measures.setStyleSheet("font-size: 8.5pt;")
        self.measures.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)  # its words move no dock
        self.setMinimumWidth(400)
        self.measures.setToolTip(
            "MSE and SSIM of all percepts against their targets, at the best common gain; share of the field that lies "
            "within a phosphene; a line in the percept rings the selected thread's phosphenes"
        )
        pair = QHBoxLayout()
        pair.setSpacing(4)
        pair.addWidget(self.target)
        pair.addWidget(self.percept)
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 8, 8, 6)
        column.setSpacing(5)
        column.addLayout(pair, 2)
        column.addWidget(self.measures)
        column.addWidget(self.letters, 1)
        self.letters.chosen.connect(lambda _: self._draw_pair())
        session.preview_changed.connect(lambda old, new: self._draw(new))
        session.shown_changed.connect(lambda old, new: self._date())
        session.selection_changed.connect(lambda old, new: self._draw_rings())

    def _draw(self, preview: Preview | None) -> None:
        if preview is not None:
            self.letters.show_all(preview.labels, preview.percepts)
        self._draw_pair()

    def _draw_pair(self) -> None:
        preview, index = self._session.preview, self.letters.current
        if preview is None:
            self.target.show_image(None, 16.0)
            self.percept.show_image(None, 16.0)
            self.measures.clear()
            self._draw_rings()
            return
        extent = preview.plan.task.extent_deg
        target, percept = preview.targets[index], preview.percepts[index]
        self.target.title = f"Target · {preview.labels[index]}"
        self.target.show_image(target, extent)
        self.percept.show_image(percept, extent)
        self._date()

    def _date(self) -> None:
        """Say what is of the plan shown, and dim what is still of another one."""
        preview, plan = self._session.preview, self._session.shown
        if preview is None or plan is None:
            return
        stale = fresh(plan, preview) is None
        self.target.dim(preview.plan.task != plan.task)
        for picture in (self.percept, self.letters):
            picture.dim(stale)
        if stale:
            self.percept.title = "Percept · updating…"
            self.measures.setText("updating…")
        else:
            self.percept.title = "Percept" if plan.threads else "Percept · no threads yet"
            self.measures.setText(measure_words(preview))
        self._draw_rings()

    def _draw_rings(self) -> None:
        preview = fresh(self._session.shown, self._session.preview)
        row = None
        if preview is not None and len(preview.field_deg):
            names = [thread.name for thread in preview.plan.threads]
            row = names.index(self._session.selection) if self._session.selection in names else None
        if preview is None or row is None:
            self.percept.show_rings(np.zeros((0, 2)), np.zeros(0))
        else:
            self.percept.show_rings(preview.field_deg[row], 2 * preview.sigma_deg[row])


def measure_words(preview: Preview) -> str:
    """The measures in one line."""
    found = preview.measures
    words = [f"{name.upper()} {found[name]:.3f}" for name in ("mse", "ssim") if name in found]
    if "coverage" in found:
        words.append(f"field covered {found['coverage']:.0%}")
    if "usable_contacts" in found:
        words.append(f"contacts usable {found['usable_contacts']:.0%}")
    return "  ·  ".join(words)


def to_gray(image: Image) -> tuple[NDArray[np.uint8], QImage]:
    """A picture of values in 0…1 as a QImage, with the array that it looks into: keep both."""
    pixels = np.ascontiguousarray(np.clip(np.nan_to_num(image), 0.0, 1.0) * 255 + 0.5).astype(np.uint8)
    height, width = pixels.shape
    return pixels, QImage(pixels.data, width, height, width, QImage.Format.Format_Grayscale8)

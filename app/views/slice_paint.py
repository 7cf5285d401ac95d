"""Painting in a slice: grey values, shapes, and outlines of what overlaps."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPoint, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPainterPath, QPen, QTransform

from app.views.slice_layers import Shape

DASHES_PX: Final = (7.0, 4.0)  # how long dashes and openings are
PALE: Final = 110  # of 255, inside a vessel
NEAR_MM, FAR_MM = 0.2, 0.6  # a pixel: lines are as they are meant up to the one, and least from the other on
LEAST_WIDTH, LEAST_OPACITY = 0.5, 0.6  # shares; at the scale of a head full lines would cover the gray matter


def fineness(px_mm: float) -> tuple[float, float]:
    """By how much lines of the anatomy are thinner and fainter where a pixel is so many mm: shares of both."""
    far = min(max((px_mm - NEAR_MM) / (FAR_MM - NEAR_MM), 0.0), 1.0)
    return 1.0 - far * (1.0 - LEAST_WIDTH), 1.0 - far * (1.0 - LEAST_OPACITY)


def joined_layer(
    shapes: Sequence[Shape], way: QTransform, rect: QRect, ratio: float, thinner: float = 1.0
) -> tuple[QPoint, QImage]:
    """A layer and where it belongs: all shapes are drawn, then what is inside of any is made pale."""
    box = QRectF()
    for shape in shapes:
        box = box.united(way.mapRect(shape.path.boundingRect()))
    area = box.adjusted(-4, -4, 4, 4).toAlignedRect().intersected(rect)
    if area.isEmpty():
        return QPoint(), QImage()
    layer = QImage(area.size() * ratio, QImage.Format.Format_ARGB32_Premultiplied)
    layer.setDevicePixelRatio(ratio)
    layer.fill(Qt.GlobalColor.transparent)
    within = QPainter(layer)
    within.setRenderHint(QPainter.RenderHint.Antialiasing)
    within.translate(-area.topLeft())
    within.setTransform(way, True)
    for shape in shapes:
        path, inside = QPainterPath(shape.path), QColor(shape.fill)
        path.setFillRule(Qt.FillRule.WindingFill)
        inside.setAlpha(PALE)
        within.setCompositionMode(QPainter.CompositionMode.CompositionMode_SourceOver)
        within.strokePath(path, _pen(shape.line, 2 * shape.width_px * thinner))
        within.setCompositionMode(QPainter.CompositionMode.CompositionMode_Source)
        within.fillPath(path, inside)
    within.end()
    return area.topLeft(), layer


def to_image(values: NDArray[np.float32], low: float, high: float) -> tuple[NDArray[np.uint8], QImage]:
    """Values as a QImage, with the array that it looks into: keep both."""
    scaled = (values - low) * np.float32(255.0 / max(high - low, 1e-6))
    pixels = np.zeros((values.shape[0], (values.shape[1] + 3) // 4 * 4), dtype=np.uint8)  # Qt wants rows of whole words
    pixels[:, : values.shape[1]] = np.clip(scaled, 0.0, 255.0)
    height, width = values.shape
    return pixels, QImage(pixels.data, width, height, pixels.shape[1], QImage.Format.Format_Grayscale8)


def _pen(colour: str, width_px: float) -> QPen:
    pen = QPen(QColor(colour), width_px)
    pen.setCosmetic(True)
    return pen


def draw(painter: QPainter, shape: Shape, way: QTransform, thinner: float = 1.0, fainter: float = 1.0) -> None:
    """Draw a shape of a plane's millimetres where `way` leads to; thinner and fainter by shares of what it says."""
    if shape.path.isEmpty():
        return
    painter.save()
    painter.setTransform(way, True)
    painter.setOpacity(shape.opacity * fainter)
    pen = _pen(shape.line, shape.width_px * thinner)
    if shape.dashed:
        pen.setDashPattern([length / pen.widthF() for length in DASHES_PX])
        pen.setCapStyle(Qt.PenCapStyle.FlatCap)
    painter.setPen(pen if shape.line else Qt.PenStyle.NoPen)
    painter.setBrush(QColor(shape.fill) if shape.fill else Qt.BrushStyle.NoBrush)
    painter.drawPath(shape.path)
    painter.restore()

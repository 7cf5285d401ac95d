"""A picture drawn by hand: strokes of a round pen in the visual field, light on dark, one over the other."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from planner.frames import FloatArray
from planner.percept.field import VisualField
from planner.tasks.record import Stroke

LABEL = "drawing"


def drawn(strokes: Sequence[Stroke], visual_field: VisualField) -> Tensor:
    """The picture that strokes leave, each over those before it.

    A pixel is lit by the share of its width that lies within the pen's reach of the stroke's line, measured from the
    pixel's centre (ours): edges are smooth, and the lit area is that of the stroke. An eraser takes as much away.

    Parameters
    ----------
    strokes : sequence of Stroke
    visual_field : VisualField

    Returns
    -------
    (1, pixels, pixels) float32
        In 0…1, row 0 the top.
    """
    pixels = visual_field.pixels
    picture = np.zeros((pixels, pixels))
    for stroke in strokes:
        ink = _ink(stroke, visual_field)
        picture = np.minimum(picture, 1.0 - ink) if stroke.erases else np.maximum(picture, ink)
    return torch.from_numpy(picture.astype(np.float32))[None]


def _ink(stroke: Stroke, visual_field: VisualField) -> FloatArray:
    """How far a stroke covers each pixel, 0…1 ``(pixels, pixels)``."""
    pixels, pixel_deg = visual_field.pixels, visual_field.extent_deg / visual_field.pixels
    half = visual_field.extent_deg / 2
    # in pixels, columns to the right and rows downwards, a whole number at each pixel's centre
    places = np.array(stroke.points_deg) * (1.0, -1.0) / pixel_deg + half / pixel_deg - 0.5
    reach = stroke.width_deg / 2 / pixel_deg
    near = np.full((pixels, pixels), np.inf)
    ends = places[1:] if len(places) > 1 else places
    for start, end in zip(places, ends, strict=False):
        low = np.clip(np.floor(np.minimum(start, end) - reach - 1).astype(int), 0, pixels)
        high = np.clip(np.ceil(np.maximum(start, end) + reach + 2).astype(int), 0, pixels)
        if (high <= low).any():
            continue  # beyond the field
        columns, rows = np.meshgrid(np.arange(low[0], high[0]), np.arange(low[1], high[1]))
        window = np.s_[low[1] : high[1], low[0] : high[0]]
        near[window] = np.minimum(near[window], _distance(columns, rows, start, end))
    return np.clip(reach - near + 0.5, 0.0, 1.0)


def _distance(columns: np.ndarray, rows: np.ndarray, start: FloatArray, end: FloatArray) -> FloatArray:
    """From each place of a grid to a segment."""
    way = end - start
    length = float(way @ way)
    x, y = columns - start[0], rows - start[1]
    along = np.clip((x * way[0] + y * way[1]) / length, 0.0, 1.0) if length > 0 else np.zeros_like(x, dtype=np.float64)
    return np.asarray(np.hypot(x - along * way[0], y - along * way[1]))

"""The reading task: single letters, light on dark."""

from __future__ import annotations

from math import ceil
from pathlib import Path
from string import ascii_uppercase

import matplotlib
import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont
from torch import Tensor

from planner.errors import InputError
from planner.percept.field import VisualField
from planner.tasks.task import Task

FIELD = VisualField(16.0, 64)
FONT = Path(matplotlib.get_data_path()) / "fonts" / "ttf" / "DejaVuSans-Bold.ttf"

_FINE_PIXELS = 1024  # least side of the picture that letters are drawn on before their pixels are averaged


def reading_task(visual_field: VisualField = FIELD, height_deg: float = 9.0, font: Path = FONT) -> Task:
    """The 26 upper-case letters, one a picture, centred on fixation.

    Parameters
    ----------
    visual_field : VisualField
    height_deg : float
        Height of a capital without overshoot (that of ``H``), degrees.
    font : Path
        A TrueType or OpenType font.

    Raises
    ------
    InputError
        Where the font cannot be read, or a letter comes closer than a pixel to the edge of the field.
    """
    settings: dict[str, str | int | float] = {
        "extent_deg": visual_field.extent_deg,
        "pixels": visual_field.pixels,
        "height_deg": height_deg,
        "font": font.stem,
    }
    targets = letters(ascii_uppercase, visual_field, height_deg, font)
    return Task("reading", tuple(ascii_uppercase), targets, visual_field, settings)


def letters(text: str, visual_field: VisualField, height_deg: float, font: Path = FONT) -> Tensor:
    """Pictures of single letters: capitals' height centred on fixation, and each letter's ink from left to right.

    Drawn large and averaged over each pixel, so that ink is conserved at any resolution.

    Parameters
    ----------
    text : str
        The letters, one a picture.
    visual_field : VisualField
    height_deg : float
        Height of a capital without overshoot (that of ``H``), degrees.
    font : Path

    Returns
    -------
    pictures : (len(text), pixels, pixels) float32
        In 0…1, row 0 the top.

    Raises
    ------
    InputError
        As `reading_task`.
    """
    fineness = ceil(_FINE_PIXELS / visual_field.pixels)
    side = fineness * visual_field.pixels
    typeface = _typeface(font, height_deg / visual_field.extent_deg * side)
    probe = _typeface(font, side / 2)  # small enough for every letter to be seen whole
    reach = max(_reach(_drawn(letter, probe, side / 2, 2 * side)) for letter in text) / (side / 2)
    largest_deg = (side / 2 - fineness) / reach / side * visual_field.extent_deg
    if height_deg > largest_deg:
        raise InputError(
            f"letters {height_deg:g}° high do not fit a field of {visual_field.extent_deg:g}°",
            remedy=f"give a height of at most {np.floor(largest_deg * 10) / 10:g}°, or a wider field",
        )
    capital = height_deg / visual_field.extent_deg * side
    drawn = [_drawn(letter, typeface, capital, side) for letter in text]
    return torch.from_numpy(np.stack([_averaged(picture, fineness) for picture in drawn]))


def _typeface(font: Path, height_pixels: float) -> ImageFont.FreeTypeFont:
    """The font in the size whose capitals have this height."""
    if not height_pixels > 0:
        raise InputError("letters need a height above zero", remedy="give their height in degrees")
    probe_size = 1000
    try:
        probe = ImageFont.truetype(str(font), probe_size, layout_engine=ImageFont.Layout.BASIC)
    except OSError as error:
        raise InputError("the font cannot be read", source=font, remedy="give a TrueType or OpenType font") from error
    _, top, _, bottom = probe.getbbox("H")
    return probe.font_variant(size=height_pixels * probe_size / (bottom - top))


def _drawn(letter: str, typeface: ImageFont.FreeTypeFont, capital: float, side: int) -> Image.Image:
    """A letter on a square, its ink in the middle from left to right and its capitals' height from top to bottom."""
    canvas = Image.new("L", (2 * side, side))
    ImageDraw.Draw(canvas).text((side / 2, (side + capital) / 2), letter, fill=255, font=typeface, anchor="ls")
    left, _, right, _ = canvas.getbbox() or (0, 0, 2 * side, side)
    start = (left + right - side) // 2
    return canvas.crop((start, 0, start + side, side))


def _reach(picture: Image.Image) -> float:
    """How far a letter's ink reaches from the middle of its square, across or up and down, in pixels."""
    middle = picture.width / 2
    left, top, right, bottom = picture.getbbox() or (0, 0, 0, 0)
    return max(middle - left, right - middle, middle - top, bottom - middle)


def _averaged(picture: Image.Image, fineness: int) -> NDArray[np.float32]:
    """Mean over squares of `fineness` pixels, in 0…1."""
    fine = np.asarray(picture, dtype=np.float32) / np.float32(255)
    side = len(fine) // fineness
    means: NDArray[np.float32] = fine.reshape(side, fineness, side, fineness).mean(axis=(1, 3), dtype=np.float32)
    return means

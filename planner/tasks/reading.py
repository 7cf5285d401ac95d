"""The reading task: letters and short words, light on dark."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil
from pathlib import Path
from string import ascii_uppercase
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont
from torch import Tensor

from planner.errors import InputError
from planner.percept.field import VisualField
from planner.tasks.fitting import check_fits
from planner.tasks.fonts import check_characters, font_path, typeface
from planner.tasks.task import Task

FIELD = VisualField(16.0, 64)
FONT = font_path("sans-bold")
LETTERS: Final = tuple(ascii_uppercase)
WORDS: Final = (
    *("ARM", "BED", "BOX", "CAT", "CUP", "DOG", "FOX", "HAT"),
    *("JAM", "KEY", "LEG", "PEN", "SUN", "VAN", "WIG", "ZIP"),
)
"""Short words which together have 25 of the 26 letters (ours). Plans mean this list by none: it never changes."""

_FINE_PIXELS = 1024  # least side of the picture that letters are drawn on before their pixels are averaged
_PROBE_PIXELS = 500.0  # height of the capitals that texts are measured with
_PROBE_PIXELS = 500.0  # height of the capitals that texts are measured with


def reading_task(visual_field: VisualField = FIELD, height_deg: float = 9.0, font: Path = FONT) -> Task:
    """The 26 upper-case letters, one a picture, centred on fixation; see `letters`."""
    return Task("reading", LETTERS, letters(LETTERS, visual_field, height_deg, font), visual_field)


def letters(texts: Sequence[str], visual_field: VisualField, height_deg: float, font: Path = FONT) -> Tensor:
    """Pictures of letters or words: capitals' height centred on fixation, and each one's ink from left to right.

    Drawn large and averaged over each pixel, so that ink is conserved at any resolution: a value is the share of the
    pixel that is inked.

    Parameters
    ----------
    texts : sequence of str
        Letters or words, one a picture; a text is its letters.
    visual_field : VisualField
    height_deg : float
        Height of a capital without overshoot (that of ``H``), degrees.
    font : Path
        A TrueType or OpenType font.

    Returns
    -------
    pictures : (len(texts), pixels, pixels) float32
        In 0…1, row 0 the top.

    Raises
    ------
    InputError
        Where the font cannot be read or lacks a letter, or one comes closer than a pixel to the edge of the field.
    """
    fineness = ceil(_FINE_PIXELS / visual_field.pixels)
    side = fineness * visual_field.pixels
    capital = height_deg / visual_field.extent_deg * side
    probe = typeface(font, _PROBE_PIXELS)
    check_characters(texts, font)
    reach = {text: _reach(text, probe) for text in texts}
    widest = max(reach, key=lambda text: reach[text])
    check_fits(height_deg, reach[widest], visual_field, _words(widest))
    sized = typeface(font, capital)
    drawn = [_drawn(text, sized, capital, side) for text in texts]
    return torch.from_numpy(np.stack([_averaged(picture, fineness) for picture in drawn]))


def _words(text: str) -> str:
    return "letters" if len(text) == 1 else f"the word {text}"


def _reach(text: str, probe: ImageFont.FreeTypeFont) -> float:
    """How far a text's ink reaches from the middle of its picture, across, up or down, in heights of a capital."""
    ink: tuple[int, int, int, int] | None = probe.getmask(text).getbbox()
    if ink is None:
        raise InputError(f"the font draws nothing for {text!r}", remedy="use another font or other letters")
    _, top, _, bottom = probe.getbbox(text, anchor="ls")  # across it may have the last letter's advance
    half = _PROBE_PIXELS / 2
    return max((ink[2] - ink[0]) / 2, -top - half, bottom + half) / _PROBE_PIXELS


def _drawn(text: str, sized: ImageFont.FreeTypeFont, capital: float, side: int) -> Image.Image:
    """A text on a square, its ink in the middle from left to right and its capitals' height from top to bottom."""
    canvas = Image.new("L", (2 * side, side))
    ImageDraw.Draw(canvas).text((side / 2, (side + capital) / 2), text, fill=255, font=sized, anchor="ls")
    left, _, right, _ = canvas.getbbox() or (0, 0, 2 * side, side)
    start = (left + right - side) // 2
    return canvas.crop((start, 0, start + side, side))


def _averaged(picture: Image.Image, fineness: int) -> NDArray[np.float32]:
    """Mean over squares of `fineness` pixels, in 0…1."""
    fine = np.asarray(picture, dtype=np.float32) / np.float32(255)
    side = len(fine) // fineness
    means: NDArray[np.float32] = fine.reshape(side, fineness, side, fineness).mean(axis=(1, 3), dtype=np.float32)
    return means

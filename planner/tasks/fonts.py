"""Fonts by short names, out of the folder that comes with matplotlib, and any TrueType or OpenType file."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

import matplotlib
from matplotlib.ft2font import FT2Font
from PIL import ImageFont

from planner.anatomy.bounded import check_readable
from planner.anatomy.hashing import sha256
from planner.errors import InputError
from planner.tasks.record import UsedFile

FOLDER: Final = Path(matplotlib.get_data_path()) / "fonts" / "ttf"
FONTS: Final[Mapping[str, str]] = {
    "sans": "DejaVuSans.ttf",
    "sans-bold": "DejaVuSans-Bold.ttf",
    "mono": "DejaVuSansMono.ttf",
    "mono-bold": "DejaVuSansMono-Bold.ttf",
    "serif": "DejaVuSerif.ttf",
    "serif-bold": "DejaVuSerif-Bold.ttf",
    "times": "STIXGeneral.ttf",
    "times-bold": "STIXGeneralBol.ttf",
    "roman": "cmr10.ttf",
    "roman-bold": "cmb10.ttf",
    "roman-sans": "cmss10.ttf",
    "typewriter": "cmtt10.ttf",
}
"""File of each font by its short name: DejaVu, STIX (a Times) and Computer Modern, all upright."""

_LIMIT_BYTES: Final = 2**26
_PROBE_SIZE: Final = 1000
_REMEDY: Final = "give a TrueType or OpenType font"


def font_path(font: str) -> Path:
    """The file of a font, by its short name or its own path.

    Raises
    ------
    InputError
        Where it is neither a short name nor an absolute path.
    """
    if font in FONTS:
        return FOLDER / FONTS[font]
    if not Path(font).is_absolute():
        raise InputError(
            f"the font {font!r} is not known", remedy=f"choose one of {', '.join(FONTS)}, or give a font file's path"
        )
    return Path(font)


def chosen_font(text: str) -> str:
    """A font as records have it, of what a user wrote: a short name, or a path relative to where the program runs.

    Raises
    ------
    InputError
        Where it is neither.
    """
    path = os.path.expanduser(text)
    font = text if text in FONTS or not os.path.splitext(path)[1] else os.path.abspath(path)
    font_path(font)
    return font


def font_files(font: str) -> tuple[UsedFile, ...]:
    """What a task's record keeps of a font: nothing of one with a short name, else its file with its hash.

    Raises
    ------
    InputError
        Where the file cannot be read.
    """
    path = font_path(font)
    if font in FONTS:
        return ()
    check_readable(path, _LIMIT_BYTES)
    return (UsedFile(path.name, sha256(path)),)


def typeface(font: Path, height_pixels: float) -> ImageFont.FreeTypeFont:
    """A font in the size whose ``H`` is so many pixels high, more than none.

    Raises
    ------
    InputError
        Where the file is no font, or has no ``H``.
    """
    check_readable(font, _LIMIT_BYTES)
    try:
        probe = ImageFont.truetype(str(font), _PROBE_SIZE, layout_engine=ImageFont.Layout.BASIC)
    except OSError as error:
        raise InputError("the font cannot be read", source=font, remedy=_REMEDY) from error
    _, top, _, bottom = probe.getbbox("H")
    if not bottom > top:
        raise InputError("the font draws no H, by which its height is known", source=font, remedy="use another font")
    return probe.font_variant(size=height_pixels * _PROBE_SIZE / (bottom - top))


def check_characters(texts: Iterable[str], font: Path) -> None:
    """Refuse text that a font has no letters for: it would be drawn as empty boxes.

    Raises
    ------
    InputError
    """
    try:
        face = FT2Font(str(font))
    except (OSError, RuntimeError) as error:
        raise InputError("the font cannot be read", source=font, remedy=_REMEDY) from error
    missing = sorted({c for text in texts for c in text if not face.get_char_index(ord(c))})
    if missing:
        raise InputError(
            f"the font has no {' '.join(missing[:8])}", source=font.name, remedy="use another font or other letters"
        )

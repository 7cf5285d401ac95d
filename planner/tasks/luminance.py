"""Pictures from files as luminance in linear light, and averaged over the pixels of a field.

A file's colours are taken as sRGB (IEC 61966-2-1), whatever profile it names. They are made linear by the inverse of
its curve before they are added up to luminance with the weights of Rec. ITU-R BT.709: light adds up, codes do not.
"""

from __future__ import annotations

import struct
import warnings
import zlib
from io import BytesIO
from pathlib import Path
from typing import Final

import numpy as np
import scipy.sparse
from numpy.typing import NDArray
from PIL import Image, ImageOps

from planner.anatomy.bounded import check_readable
from planner.errors import InputError
from planner.frames import FloatArray

WEIGHTS: Final = (0.2126, 0.7152, 0.0722)
"""Of red, green and blue in luminance (BT.709-6, table 3, item 3.2)."""

LIMIT_BYTES: Final = 2**28
LIMIT_PIXELS: Final = 2**26

_FORMATS: Final = ("PNG", "JPEG", "TIFF", "BMP", "GIF", "WEBP")
_SIXTEEN_BITS: Final = ("I;16", "I;16L", "I;16B", "I;16N")
_REMEDY: Final = "save it as PNG or JPEG, or leave it out"

Luminance = NDArray[np.float32]


def read_bytes(path: Path) -> bytes:
    """All bytes of a picture's file.

    Raises
    ------
    InputError
        Where it cannot be read, is empty or is too large.
    """
    check_readable(path, LIMIT_BYTES)
    try:
        return path.read_bytes()
    except OSError as error:
        raise InputError(f"cannot be read ({error.strerror})", source=path, remedy="check the file") from error


def decoded(content: bytes, source: Path) -> Luminance:
    """The central square of a picture as luminance in linear light.

    Upright as its EXIF orientation says; what is transparent is black; of several frames the first. Gray pictures keep
    16 bits, of coloured ones 8 a channel are read.

    Parameters
    ----------
    content : bytes
        Of a PNG, JPEG, TIFF, BMP, WebP or GIF file.
    source : Path
        Named where it is no such file.

    Returns
    -------
    (S, S) float32
        In 0…1, row 0 the top.

    Raises
    ------
    InputError
        Where it cannot be decoded whole, or is too large.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what Pillow can still make sense of
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(BytesIO(content), formats=_FORMATS) as picture:
                if picture.width * picture.height > LIMIT_PIXELS:
                    raise InputError(
                        f"has {picture.width} × {picture.height} pixels, more than {LIMIT_PIXELS // 2**20} million",
                        source=source,
                        remedy="make it smaller",
                    )
                upright = ImageOps.exif_transpose(picture)
                return _luminance(_central_square(upright), source)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise InputError("has far too many pixels", source=source, remedy="make it smaller") from error
    except (OSError, SyntaxError, ValueError, ArithmeticError, LookupError, TypeError, EOFError) as error:
        raise InputError("is no picture that can be read whole", source=source, remedy=_REMEDY) from error
    except (struct.error, zlib.error) as error:
        raise InputError("is no picture that can be read whole", source=source, remedy=_REMEDY) from error


def to_linear(values: FloatArray) -> FloatArray:
    """Linear light of code values in sRGB, both in 0…1 (IEC 61966-2-1)."""
    linear: FloatArray = np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)
    return linear


def to_srgb(linear: FloatArray) -> FloatArray:
    """Code values in sRGB of linear light, both in 0…1 (IEC 61966-2-1)."""
    values: FloatArray = np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)
    return values


def averaged(picture: Luminance, pixels: int) -> FloatArray:
    """A square picture's mean over each pixel of a coarser (or finer) one, by area.

    Parameters
    ----------
    picture : (S, S) float32
    pixels : int

    Returns
    -------
    (pixels, pixels) float64
    """
    side = len(picture)
    edges = np.linspace(0.0, side, pixels + 1)
    breaks = np.union1d(edges, np.arange(side + 1))
    middles = (breaks[:-1] + breaks[1:]) / 2
    rows = np.searchsorted(edges, middles) - 1
    shares = (np.diff(breaks) * pixels / side).astype(np.float32)
    weights = scipy.sparse.csr_array((shares, (rows, middles.astype(np.int64))), shape=(pixels, side))
    means: FloatArray = (weights @ (weights @ picture).T).T.astype(np.float64)
    return means


def _central_square(picture: Image.Image) -> Image.Image:
    side = min(picture.size)
    left, top = (picture.width - side) // 2, (picture.height - side) // 2
    return picture.crop((left, top, left + side, top + side))


def _luminance(picture: Image.Image, source: Path) -> Luminance:
    if picture.mode in _SIXTEEN_BITS or picture.mode == "I":
        values = np.asarray(picture).astype(np.int64)
        if values.min() < 0 or values.max() > 65535:
            raise InputError("has values of more than 16 bits", source=source, remedy=_REMEDY)
        table = to_linear(np.arange(65536) / 65535).astype(np.float32)
        return table[values]
    if picture.mode == "F":
        raise InputError("has values that are no whole numbers", source=source, remedy=_REMEDY)
    coloured = picture.convert("RGBA" if picture.has_transparency_data else "RGB")
    red, green, blue, *alpha = coloured.split()
    table = to_linear(np.arange(256) / 255).astype(np.float32)
    luminance = np.zeros((picture.height, picture.width), dtype=np.float32)
    for weight, channel in zip(WEIGHTS, (red, green, blue), strict=True):
        luminance += np.float32(weight) * table[np.asarray(channel)]
    if alpha:
        luminance *= np.asarray(alpha[0], dtype=np.float32) / np.float32(255)
    return luminance

"""The task of natural images: pictures that come with scikit-image, or a folder of one's own.

Their luminance is averaged over each pixel of the field in linear light, and then encoded: with ``srgb`` a value is the
code value of that luminance on a standard screen (IEC 61966-2-1), so that equal steps look about equal; with ``linear``
it is the luminance itself, 1 being the file's white. Contrast and edges are worked out on these values.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

import numpy as np
import skimage
import torch
from skimage.filters import sobel
from torch import Tensor

from planner.errors import InputError
from planner.frames import FloatArray
from planner.tasks.folder import pictures_of
from planner.tasks.luminance import Luminance, averaged, decoded, read_bytes, to_srgb
from planner.tasks.record import TaskRecord

BUILT_IN: Final[Mapping[str, str]] = {
    "astronaut": "astronaut.png",
    "camera": "camera.png",
    "cat": "chelsea.png",
    "coffee": "coffee.png",
    "coins": "coins.png",
    "motorcycle": "motorcycle_left.png",
    "page": "page.png",
    "rocket": "rocket.jpg",
}
"""Pictures that lie in scikit-image's wheel, by name. Plans mean all of these by none: the list never changes."""

FOLDER: Final = Path(skimage.__file__).parent / "data"


def images(record: TaskRecord) -> tuple[tuple[str, ...], Tensor]:
    """The pictures that a record names.

    Returns
    -------
    labels : tuple of str
        Names of the pictures; of files without suffix where that is clear enough.
    pictures : (B, pixels, pixels) float32
        In 0…1, row 0 the top.

    Raises
    ------
    InputError
        Where one is not known, cannot be read, or has changed since the record was made.
    """
    if record.folder:
        stems = [Path(file.name).stem for file in record.files]
        labels = tuple(s if stems.count(s) == 1 else f.name for s, f in zip(stems, record.files, strict=True))
        found = pictures_of(record.folder, record.files)
    else:
        labels = record.pictures or tuple(BUILT_IN)
        found = [_built_in(name) for name in labels]
    shown = [prepared(picture, record) for picture in found]
    return labels, torch.from_numpy(np.stack(shown).astype(np.float32))


def prepared(picture: Luminance, record: TaskRecord) -> FloatArray:
    """A picture as the field shows it.

    Parameters
    ----------
    picture : (S, S) float32
        Luminance in linear light, 0…1.
    record : TaskRecord
        Its pixels, encoding, contrast and edges.

    Returns
    -------
    (pixels, pixels) float64
        In 0…1.
    """
    values = np.clip(averaged(picture, record.pixels), 0.0, 1.0)
    if record.encoding == "srgb":
        values = to_srgb(values)
    if record.contrast == "stretch":
        values = stretched(values)
    return edges(values) if record.edges else values


def stretched(values: FloatArray) -> FloatArray:
    """Spread so that the first percentile is black and the 99th white, clipped beyond; a flat picture stays."""
    low, high = np.percentile(values, [1, 99])
    return np.clip((values - low) / (high - low), 0.0, 1.0) if high > low else values


def edges(values: FloatArray) -> FloatArray:
    """Magnitude of the gradient by scikit-image's Sobel operator, its greatest value 1; black where all is flat."""
    magnitude: FloatArray = sobel(values)  # type: ignore[no-untyped-call]
    greatest = magnitude.max()
    return magnitude / greatest if greatest > 1e-6 else np.zeros_like(values)


def _built_in(name: str) -> Luminance:
    if name not in BUILT_IN:
        raise InputError(f"the picture {name!r} is not known", remedy=f"choose from {', '.join(BUILT_IN)}")
    path = FOLDER / BUILT_IN[name]
    if not path.is_file():
        raise InputError("is missing from scikit-image", source=path, remedy="install scikit-image from its wheel")
    return decoded(read_bytes(path), path)

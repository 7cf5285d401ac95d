"""What names files of a kind end with, and what is raised on files that are not what they are called."""

from __future__ import annotations

import zlib
from typing import Final
from xml.parsers.expat import ExpatError

import nibabel as nib

MGH: Final = (".mgz", ".mgh")
VOLUME: Final = (*MGH, ".nii.gz", ".nii")
GIFTI: Final = (".gii", ".gii.gz")

BROKEN: Final = (
    OSError,
    ValueError,
    IndexError,
    KeyError,
    TypeError,
    AttributeError,
    EOFError,
    OverflowError,
    MemoryError,
    zlib.error,
    ExpatError,
    nib.filebasedimages.ImageFileError,
    nib.spatialimages.HeaderDataError,
    nib.freesurfer.mghformat.MGHError,
    UserWarning,  # nibabel's of a GIFTI header that counts other arrays, raised where it is read
)
"""What nibabel raises on files that are cut off, scratched or of another kind."""


def is_named(name: str, endings: tuple[str, ...]) -> bool:
    """Whether a file's name has one of these endings, in capitals or not."""
    return name.lower().endswith(endings)

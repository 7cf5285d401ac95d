"""The spaces of a case: what is known of them from its files, as transforms from scanner RAS."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import numpy as np

from planner.anatomy.bounded import INTACT, check_readable
from planner.errors import InputError
from planner.frames import MNI305_TO_MNI152, RAS_TO_LPS, Space, Transform, VolumeGeometry

MOST_BYTES: Final = 2**20  # ours: an xfm file holds a few lines

SCANNER_IS_MNI305: Final = Transform(Space.SCANNER_RAS, Space.MNI305, np.eye(4))
"""For fsaverage, whose volume is the MNI305 average itself."""

_NUMBER = r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?"
_LINEAR: Final = re.compile(rf"Linear_Transform\s*=\s*((?:{_NUMBER}\s+){{11}}{_NUMBER})\s*;")


def known_spaces(geometry: VolumeGeometry | None, to_mni305: Transform | None) -> Mapping[Space, Transform]:
    """From scanner RAS to every other space that is known.

    Parameters
    ----------
    geometry : VolumeGeometry or None
        Gives voxels and tkRAS.
    to_mni305 : Transform or None
        From scanner RAS; gives MNI305 and MNI152.
    """
    transforms = [RAS_TO_LPS]
    if geometry is not None:
        transforms += [geometry.tkras_to_scanner.inverse(), geometry.scanner_to_voxel]
    if to_mni305 is not None:
        transforms += [to_mni305, to_mni305.then(MNI305_TO_MNI152)]
    return {transform.target: transform for transform in transforms}


def read_talairach(path: Path) -> Transform:
    """Scanner RAS to MNI305 from FreeSurfer's ``talairach.xfm``, an MNI transform file with one linear transform.

    Raises
    ------
    InputError
        Where the file holds none, one that cannot be undone, or one that mirrors.
    """
    check_readable(path, MOST_BYTES)
    found = _LINEAR.search(path.read_bytes().decode("utf-8", errors="replace"))
    if found is None:
        raise InputError("holds no linear transform", source=path, remedy=INTACT)
    matrix = np.eye(4)
    matrix[:3] = np.array(found.group(1).split(), dtype=np.float64).reshape(3, 4)
    if not np.isfinite(matrix).all() or not 1e-3 < abs(np.linalg.det(matrix)) < 1e3:
        raise InputError("holds a transform that no head can have", source=path, remedy=INTACT)
    if np.linalg.det(matrix) < 0:
        raise InputError(
            "exchanges left and right: its transform mirrors, which the way from a head to a template never does",
            source=path,
            remedy="check whether a sign was changed in it, or remove it",
        )
    return Transform(Space.SCANNER_RAS, Space.MNI305, matrix)

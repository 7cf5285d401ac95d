"""Whether a case's files agree on where its surfaces lie: FreeSurfer conforms its volumes to one grid.

Each volume's matrix, and each surface file's own words on the volume that it was made from, map FreeSurfer's surface
space to the scanner. In one recon-all run all of them do it alike.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Final

import numpy as np

from planner.errors import InputError
from planner.frames import FloatArray, VolumeGeometry

MOST_MM: Final = 1.0  # ours: headers round to a hundredth of that; a contact's clearance from vessels is a third
_CORNERS: Final[FloatArray] = np.array([[x, y, z] for x in (-80.0, 80.0) for y in (-80.0, 80.0) for z in (-80.0, 80.0)])


def apart_mm(one: VolumeGeometry, other: VolumeGeometry) -> float:
    """How far apart two grids place a brain given in FreeSurfer's surface space, mm, where they do most."""
    there, here = (grid.tkras_to_scanner(_CORNERS) for grid in (one, other))
    return float(np.linalg.norm(there - here, axis=1).max())


def check_one_grid(grids: Iterable[tuple[Path, VolumeGeometry]], remedy: str) -> None:
    """Refuse files whose grids would place the same surface apart; the first is compared with all others.

    Raises
    ------
    InputError
        Naming the two files.
    """
    known = list(grids)
    for path, grid in known[1:]:
        apart = apart_mm(known[0][1], grid)
        if apart > MOST_MM:
            raise InputError(
                f"{path.name} and {known[0][0].name} disagree on where the surfaces lie: they place them "
                f"{apart:.1f} mm apart",
                source=path,
                remedy=remedy,
            )

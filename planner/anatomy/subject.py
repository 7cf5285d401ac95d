"""Where a case's files enter: its surfaces, retinotopy and vessels, checked and in scanner RAS."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from planner.anatomy.demo import load_demo
from planner.anatomy.freesurfer import load_subject
from planner.anatomy.hashing import sha256
from planner.anatomy.hemisphere import Anatomy
from planner.anatomy.laterality import check_laterality
from planner.anatomy.vessels.files import read_vessels
from planner.anatomy.vessels.soundness import check_near, check_side

DEMO = "demo"


def _silent(_message: str) -> None:
    return None


def load_anatomy(
    source: str = DEMO, vessel_files: Sequence[Path] = (), progress: Callable[[str], None] = _silent
) -> Anatomy:
    """Load a case.

    Parameters
    ----------
    source : str
        ``demo`` or a FreeSurfer subject folder.
    vessel_files : sequence of Path
        Vessels to add to those of the case.
    progress : callable
        Told, in a few words, what is being done.

    Raises
    ------
    InputError
        Where a file cannot be used, or left and right disagree.
    """
    progress(f"Loading case {source}")
    anatomy = load_demo() if source == DEMO else load_subject(Path(os.path.expanduser(source)))
    check_laterality(anatomy)
    pial_mm = np.concatenate([h.pial_mm for h in anatomy.hemispheres.values()])
    for number, path in enumerate(vessel_files, start=1):
        progress(f"Reading vessels from {path.name}")
        tree = read_vessels(path)
        check_near(tree, pial_mm)
        check_side(tree, path.name, {name: h.pial_mm for name, h in anatomy.hemispheres.items()})
        anatomy = replace(
            anatomy,
            vessels=(*anatomy.vessels, tree),
            hashes={**anatomy.hashes, f"vessels {number} {path.name}": sha256(path)},
        )
    return anatomy

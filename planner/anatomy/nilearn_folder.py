"""Where the files of a folder lie that is laid out as nilearn's surface templates are."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

from planner.anatomy.freesurfer import LABELS
from planner.anatomy.fsaverage import SIDES
from planner.anatomy.locating import CaseFiles, check_folder, first_present
from planner.errors import InputError
from planner.frames import HemisphereName

NAMES: Final = {
    "white": "white",
    "pial": "pial",
    "inflated": "infl",
    "sphere": "sphere",
    "thickness": "thick",
    "curv": "curv",
    "sulc": "sulc",
}
"""nilearn's word for each of FreeSurfer's."""


def is_nilearn_folder(folder: Path) -> bool:
    """Whether there are ``white_left.gii.gz`` or ``white_right.gii.gz`` (or plain ``.gii``)."""
    return any(os.path.lexists(folder / f"white_{side}{end}") for side in SIDES.values() for end in (".gii.gz", ".gii"))


def locate_nilearn_folder(folder: Path) -> CaseFiles:
    """Find the files of a nilearn-named folder; nothing is read yet.

    Volumes are looked for in ``mri/`` inside or beside it, and in ``<name>_mri/`` beside it or its parent; V1's labels
    in ``label/`` inside it, or with the volumes.

    Raises
    ------
    InputError
        Where pial is missing, or a link leads nowhere.
    """
    check_folder(folder, "give the folder that holds white_left.gii.gz")
    place = Path(os.path.realpath(folder))
    beside = f"{place.name}_mri"
    mri = next(
        (
            p
            for p in (folder / "mri", place.parent / beside, place.parent.parent / beside, place.parent / "mri")
            if os.path.isdir(p)
        ),
        None,
    )
    surfaces: dict[HemisphereName, dict[str, Path]] = {}
    for name, side in SIDES.items():
        files = {
            key: first_present(folder, [f"{word}_{side}.gii.gz", f"{word}_{side}.gii"]) for key, word in NAMES.items()
        }
        if not files["white"] and not files["pial"]:
            continue
        for needed in ("white", "pial"):
            if files[needed] is None:
                raise InputError(
                    "is missing",
                    source=folder / f"{needed}_{side}.gii.gz",
                    remedy="a case needs white and pial surfaces of each of its hemispheres",
                )
        for label in LABELS:
            for place_of_label in (folder / "label", mri):
                if place_of_label is not None and not files.get(label):
                    files[label] = first_present(place_of_label, [f"{name}.{label}.label"])
        surfaces[name] = {key: path for key, path in files.items() if path is not None}
    return CaseFiles(place.name, str(place), place, surfaces, mri, (folder,))

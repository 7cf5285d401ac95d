"""Where the files of a FreeSurfer subject folder lie, under the names that they have in practice."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

from planner.anatomy.locating import CaseFiles, check_folder, first_present
from planner.errors import InputError
from planner.frames import HEMISPHERES, HemisphereName

MESHES: Final = ("white", "pial", "inflated", "sphere", "sphere.reg")
OVERLAYS: Final = ("curv", "thickness", "sulc")
LABELS: Final = ("V1_exvivo.thresh", "V1_exvivo")
NAMED: Final = 5  # subjects that a sentence names
REMEDY: Final = "give the folder that holds surf/ and mri/"


def locate_subject(folder: Path) -> CaseFiles:
    """Find a subject's files; nothing is read yet.

    ``lh.pial`` may be a file, a link to ``lh.pial.T1``, or missing beside ``lh.pial.T1``; GIFTI surfaces are taken
    where FreeSurfer's own are absent.

    Raises
    ------
    InputError
        Where the folder is not a subject, or a link in it leads nowhere.
    """
    surf = folder / "surf"
    if not os.path.isdir(surf):
        raise _no_subject(folder)
    for part in (folder, surf):
        check_folder(part, REMEDY)
    surfaces: dict[HemisphereName, dict[str, Path]] = {}
    for name in HEMISPHERES:
        files = {key: first_present(surf, _mesh_names(f"{name}.{key}")) for key in MESHES}
        files |= {key: first_present(surf, _overlay_names(f"{name}.{key}")) for key in OVERLAYS}
        files |= {key: first_present(folder / "label", [f"{name}.{key}.label"]) for key in LABELS}
        if files["white"] or files["pial"]:
            surfaces[name] = {key: path for key, path in files.items() if path is not None}
            for needed in ("white", "pial"):
                if files[needed] is None:
                    raise InputError(
                        "is missing",
                        source=surf / f"{name}.{needed}",
                        remedy="a case needs white and pial surfaces of each of its hemispheres",
                    )
    if not surfaces:
        raise InputError("holds no lh or rh surfaces", source=surf, remedy="run recon-all on the subject first")
    source = os.path.realpath(folder)
    return CaseFiles(Path(source).name, source, Path(source), surfaces, folder / "mri", (surf,))


def _no_subject(folder: Path) -> InputError:
    """What a folder lacks to be a subject's, and where one may be instead."""
    remedy = REMEDY
    if not os.path.isdir(folder):
        lack = "there is no such folder"
    elif not os.access(folder, os.R_OK | os.X_OK):
        lack = "it may not be read (permission denied)"
    elif any((folder / f"{name}.white").exists() for name in HEMISPHERES):
        lack, remedy = "it looks like a subject's surf/ itself", f"give the folder above it, {folder.absolute().parent}"
    elif subjects := sorted(place.name for place in folder.iterdir() if (place / "surf").is_dir()):
        more = f" and {len(subjects) - NAMED} more" if len(subjects) > NAMED else ""
        lack, remedy = f"it holds subjects ({', '.join(subjects[:NAMED])}{more})", "give one of these"
    else:
        lack = "it has no surf/ with lh.white, lh.pial, rh.white and rh.pial"
    return InputError(f"is not a FreeSurfer subject folder: {lack}", source=folder, remedy=remedy)


def _mesh_names(stem: str) -> list[str]:
    return [stem, f"{stem}.T1", *(stem + suffix for suffix in (".surf.gii", ".gii", ".surf.gii.gz", ".gii.gz"))]


def _overlay_names(stem: str) -> list[str]:
    return [stem, *(stem + suffix for suffix in (".shape.gii", ".gii", ".gii.gz", ".mgz", ".mgh"))]

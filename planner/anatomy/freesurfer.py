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
        raise InputError("is not a FreeSurfer subject folder", source=folder, remedy=REMEDY)
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


def _mesh_names(stem: str) -> list[str]:
    return [stem, f"{stem}.T1", *(stem + suffix for suffix in (".surf.gii", ".gii", ".surf.gii.gz", ".gii.gz"))]


def _overlay_names(stem: str) -> list[str]:
    return [stem, *(stem + suffix for suffix in (".shape.gii", ".gii", ".gii.gz", ".mgz", ".mgh"))]

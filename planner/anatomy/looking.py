"""A quick look at a case: what is there, what is missing, and in which space, with nothing but headers read."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from planner.anatomy.assembly import TALAIRACH
from planner.anatomy.formats import GIFTI, is_named
from planner.anatomy.locating import CaseFiles
from planner.anatomy.named import FSAVERAGE, locate_case, present_fsaverage
from planner.anatomy.report import Finding
from planner.anatomy.request import DEMO, PENETRATING
from planner.anatomy.retinotopy.maps import KINDS, find_maps
from planner.anatomy.volume_files import VOLUMES, find_volumes, read_volume_geometry
from planner.frames import HEMISPHERES, HemisphereName, Space

WANTED: Final = {
    "white": "",
    "pial": "",
    "inflated": "the cortex can be shown folded only",
    "curv": "curvature cannot be shown",
    "sulc": "sulcal depth cannot be shown",
    "sphere.reg": "no retinotopic atlas can be carried over from the template",
}
"""Files of a hemisphere, and what is missed without them; white and pial are needed."""


@dataclass(frozen=True)
class Look:
    """What a quick look at a case has found.

    Attributes
    ----------
    name : str
        Short name for titles.
    space : str
        Where its coordinates come from, in words.
    findings : tuple of Finding
        State ``used`` means *will be used*; nothing has been hashed.
    """

    name: str
    space: str
    findings: tuple[Finding, ...]


def look_at_case(source: str, retinotopy: str = "") -> Look:
    """See what a case has, without loading it.

    Parameters
    ----------
    source : str
        As `CaseRequest.source`.
    retinotopy : str
        Folder of retinotopic maps that goes before the case's own.

    Raises
    ------
    InputError
        Where there is no such case, or a file that a case needs is missing.
    """
    if source in (DEMO, PENETRATING):
        made = Finding("vessels", "used", detail="synthetic, made for the demo")
        surfaces = Finding("surfaces and retinotopy", "used", detail="fsaverage5, ships with the program's libraries")
        return Look(source, "MNI305, a template's", (surfaces, made))
    if source == FSAVERAGE and present_fsaverage() is None:  # a quick look fetches nothing
        return Look(
            FSAVERAGE, "MNI305, a template's", (Finding(FSAVERAGE, "missing", detail="is fetched when loaded"),)
        )
    files = locate_case(source)
    volumes = find_volumes(files.mri)
    space, found = _volumes(volumes)
    for name in HEMISPHERES:
        found += _surfaces(name, files)
        found += _maps(name, files, retinotopy)
    talairach = files.mri / TALAIRACH if files.mri is not None else None
    has = talairach is not None and talairach.exists()
    found.append(
        Finding("talairach.xfm", "used", str(talairach), Space.MNI305)
        if has
        else Finding("talairach.xfm", "missing", detail="MNI coordinates are not known")
    )
    return Look(files.name, space, tuple(found))


def _volumes(volumes: dict[str, Path]) -> tuple[str, list[Finding]]:
    """The space, and a finding for each volume."""
    found = []
    for name in VOLUMES:
        if name not in volumes:
            found.append(Finding(f"{name} volume", "missing"))
            continue
        grid = read_volume_geometry(volumes[name])
        size = f"{' × '.join(map(str, grid.shape))} voxels of {' × '.join(f'{mm:.3g}' for mm in grid.voxel_mm)} mm"
        found.append(Finding(f"{name} volume", "used", str(volumes[name]), Space.SCANNER_RAS, detail=size))
    if not volumes:
        return "scanner RAS as the surface files say it: there is no volume in mri/", found
    return f"scanner RAS by {next(iter(volumes.values())).name}", found


def _surfaces(name: HemisphereName, files: CaseFiles) -> list[Finding]:
    side = files.surfaces.get(name)
    if side is None:
        return [Finding(f"{name} surfaces", "missing", detail="the case has one hemisphere")]
    found = [
        Finding(f"{name} {key}", "used", str(side[key]), _space(key, side[key]))
        if key in side
        else Finding(f"{name} {key}", "missing", detail=missed)
        for key, missed in WANTED.items()
    ]
    label = next((key for key in side if key.startswith("V1_exvivo")), None)
    return [*found, Finding(f"{name} V1 label", "used", str(side[label])) if label else _no_label(name)]


def _space(key: str, file: Path) -> str:
    """FreeSurfer's own surfaces are in its space; GIFTI says it inside the file, which a look does not read."""
    return Space.TKRAS if key in ("white", "pial") and not is_named(file.name, GIFTI) else ""


def _no_label(name: HemisphereName) -> Finding:
    return Finding(f"{name} V1 label", "missing", detail="V1 is where the retinotopy says")


def _maps(name: HemisphereName, files: CaseFiles, retinotopy: str) -> list[Finding]:
    if name not in files.surfaces:
        return []
    folders = ((Path(retinotopy),) if retinotopy else ()) + files.retinotopy
    maps = [found for folder in folders for found in find_maps(folder, name) if found.complete]
    if maps:
        kind = KINDS[maps[0].kind]
        return [Finding(f"{name} retinotopy", "used", str(maps[0].folder), detail=kind[:1].upper() + kind[1:])]
    return [Finding(f"{name} retinotopy", "missing", detail="an atlas is carried over from the template, if it can be")]

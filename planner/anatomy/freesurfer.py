"""A FreeSurfer subject folder, read through nibabel and brought to scanner RAS."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import nibabel as nib
import numpy as np

from planner.anatomy.benson import BROKEN, read_maps, read_overlay
from planner.anatomy.hashing import sha256
from planner.anatomy.hemisphere import Anatomy, Hemisphere
from planner.errors import InputError
from planner.frames import HEMISPHERES, FloatArray, HemisphereName, IntArray, Transform, tkras_to_scanner

DISAGREEMENT_MM = 0.1  # ours: a surface farther than this from where its own file says is worth a note
_VOLUMES = ("orig.mgz", "T1.mgz", "brain.mgz")


def load_subject(folder: Path) -> Anatomy:
    """Read white, pial and V1 retinotopy of the hemispheres present in ``folder/surf``.

    Surfaces come in tkRAS and leave in scanner RAS, by the matrices of ``mri/orig.mgz`` (or T1, brain) or, without a
    volume, by the volume geometry written in the surface file.

    Raises
    ------
    InputError
        Where the folder is not a subject, a needed file is missing or broken, or surfaces do not fit each other.
    """
    surf = folder / "surf"
    if not surf.is_dir():
        raise InputError(
            "is not a FreeSurfer subject folder", source=folder, remedy="give the folder that holds surf/ and mri/"
        )
    volume, hashes = _volume_transform(folder / "mri")
    hemispheres: dict[HemisphereName, Hemisphere] = {}
    notes: list[str] = []
    for name in HEMISPHERES:
        if not any((surf / f"{name}.{surface}").exists() for surface in ("white", "pial")):
            notes.append(f"No {name} surfaces were found; the case has one hemisphere.")
            continue
        hemisphere, files, doubts = _hemisphere(surf, name, volume)
        notes += doubts
        hemispheres[name] = hemisphere
        hashes |= {f"{name}.{key}": sha256(path) for key, path in files.items()}
    if not hemispheres:
        raise InputError("holds no lh or rh surfaces", source=surf, remedy="run recon-all on the subject first")
    if volume is None:
        notes.append("No volume was found in mri/; the space is taken from the surface files.")
    return Anatomy(folder.name, str(folder.resolve()), hemispheres, (), hashes, tuple(notes))


def _hemisphere(
    surf: Path, name: HemisphereName, volume: Transform | None
) -> tuple[Hemisphere, dict[str, Path], list[str]]:
    files = {key: _needed(surf / f"{name}.{key}") for key in ("white", "pial")}
    maps = {key: _retinotopy_file(surf, name, key) for key in ("eccen", "angle", "varea")}
    white_mm, faces, metadata = _geometry(files["white"])
    pial_mm, pial_faces, _ = _geometry(files["pial"])
    if not np.array_equal(faces, pial_faces):
        raise InputError(
            "has other faces than the white surface", source=files["pial"], remedy="use surfaces of one recon-all run"
        )
    _count(files["pial"], len(pial_mm), len(white_mm))
    retinotopy = read_maps(maps, f"Benson 2014 maps in {surf.parent.name}/surf")
    _count(maps["varea"], len(retinotopy.area), len(white_mm))
    optional = {key: surf / f"{name}.{key}" for key in ("inflated", "curv", "thickness")}
    optional = {key: path for key, path in optional.items() if path.exists()}
    values = {key: _geometry(path)[0] if key == "inflated" else read_overlay(path) for key, path in optional.items()}
    for key, array in values.items():
        _count(optional[key], len(array), len(white_mm))
    to_scanner = volume or _geometry_transform(files["white"], metadata)
    doubts = []
    if metadata and (apart := _disagreement(files["white"], metadata, white_mm, to_scanner)) > DISAGREEMENT_MM:
        doubts.append(
            f"The volume in mri/ and the file {name}.white place it {apart:.1f} mm apart; the volume is believed."
        )
    hemisphere = Hemisphere(
        name=name,
        white_mm=to_scanner(white_mm),
        pial_mm=to_scanner(pial_mm),
        faces=faces,
        retinotopy=retinotopy,
        inflated_mm=values.get("inflated"),
        curvature=values.get("curv"),
        thickness_mm=values.get("thickness"),
    )
    return hemisphere, files | optional | {f"benson14_{key}": path for key, path in maps.items()}, doubts


def _disagreement(path: Path, metadata: Mapping[str, Any], points: FloatArray, to_scanner: Transform) -> float:
    """How far apart the surface file's own words on its space and the transform in use put the points, mm."""
    try:
        own = _geometry_transform(path, metadata)
    except InputError:
        return 0.0
    return float(np.linalg.norm(own(points) - to_scanner(points), axis=1).max())


def _count(path: Path, found: int, wanted: int) -> None:
    if found != wanted:
        raise InputError(
            f"has {found} values for {wanted} vertices", source=path, remedy="use files made on this subject's surfaces"
        )


def _needed(path: Path) -> Path:
    if not path.exists():
        raise InputError(
            "is missing", source=path, remedy="a case needs white and pial surfaces of each of its hemispheres"
        )
    return path


def _retinotopy_file(surf: Path, name: HemisphereName, key: str) -> Path:
    for suffix in (".mgz", ".v4_0.mgz", ""):
        path = surf / f"{name}.benson14_{key}{suffix}"
        if path.exists():
            return path
    raise InputError(
        "is missing",
        source=surf / f"{name}.benson14_{key}.mgz",
        remedy="make the maps with neuropythy's atlas command and put them into surf/",
    )


def _geometry(path: Path) -> tuple[FloatArray, IntArray, Mapping[str, Any]]:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # nibabel's word on missing metadata: handled below
            vertices, faces, metadata = nib.freesurfer.read_geometry(path, read_metadata=True)
    except BROKEN as error:
        raise InputError(f"cannot be read as a surface ({error})", source=path, remedy="give an intact file") from error
    if len(vertices) == 0 or len(faces) == 0 or not np.isfinite(vertices).all():
        raise InputError("holds no usable surface", source=path, remedy="give an intact file")
    if faces.min() < 0 or faces.max() >= len(vertices):
        raise InputError("has faces that point at no vertex", source=path, remedy="give an intact file")
    return vertices.astype(np.float64), faces.astype(np.int64), metadata


def _volume_transform(mri: Path) -> tuple[Transform | None, dict[str, str]]:
    for name in _VOLUMES:
        path = mri / name
        if path.exists():
            try:
                header = nib.load(path).header
                transform = tkras_to_scanner(header.get_vox2ras(), header.get_vox2ras_tkr())
            except BROKEN as error:
                raise InputError(
                    f"cannot be read as a volume ({error})", source=path, remedy="give an intact file"
                ) from error
            if not np.isfinite(transform.matrix).all() or abs(np.linalg.det(transform.matrix)) < 1e-6:
                raise InputError("says nothing usable of its space", source=path, remedy="give an intact file")
            return transform, {name: sha256(path)}
    return None, {}


def _geometry_transform(path: Path, metadata: Mapping[str, Any]) -> Transform:
    """The same transform from the volume geometry in a surface file's footer."""
    try:
        if not str(metadata.get("valid", "1")).startswith("1"):
            raise KeyError("valid")
        size, shape = np.array(metadata["voxelsize"], float), np.array(metadata["volume"], float)
        axes = np.stack([metadata["xras"], metadata["yras"], metadata["zras"]], axis=1).astype(float)
        centre = np.array(metadata["cras"], float)
    except KeyError as error:
        raise InputError(
            "does not say in which volume's space it is", source=path, remedy="put the subject's mri/orig.mgz beside it"
        ) from error
    tkr_axes = np.array([[-1.0, 0, 0], [0, 0, 1], [0, -1, 0]])
    return tkras_to_scanner(_affine(axes, size, shape, centre), _affine(tkr_axes, size, shape, np.zeros(3)))


def _affine(axes: FloatArray, size: FloatArray, shape: FloatArray, centre: FloatArray) -> FloatArray:
    matrix = np.eye(4)
    matrix[:3, :3] = axes * size
    matrix[:3, 3] = centre - matrix[:3, :3] @ (shape / 2)
    return matrix

"""A person with real folds: fsaverage5 moved as a head lies in a scanner, written as recon-all would."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest

from planner.anatomy.fsaverage import template_file
from planner.anatomy.hemisphere import Anatomy, Hemisphere, Retinotopy
from planner.anatomy.request import CaseRequest
from planner.anatomy.volumes import schematic_volume
from planner.frames import HEMISPHERES, FloatArray, HemisphereName, IntArray

GRAY, WHITE = (75, 110)
LABELS: dict[HemisphereName, tuple[int, int]] = {"lh": (3, 2), "rh": (42, 41)}
Person = Callable[..., Path]


def template(name: HemisphereName, key: str) -> tuple[FloatArray, IntArray]:
    points, faces = (np.asarray(array.data) for array in nib.load(template_file(name, key)).darrays)
    return points.astype(float), faces.astype(np.int64)


def there(points: FloatArray) -> FloatArray:
    """MNI305 to the person's scanner: turned, scaled, and well out of its middle."""
    turn = nib.eulerangles.euler2mat(z=np.deg2rad(4), x=np.deg2rad(-6))
    return np.asarray((points * [1.06, 0.96, 1.05]) @ turn.T + [8.0, 7.0, -5.0])


def hemisphere_of(name: HemisphereName) -> Hemisphere:
    white, faces = template(name, "white")
    pial, _ = template(name, "pial")
    nothing = Retinotopy(np.zeros(len(white)), np.zeros(len(white)), np.zeros(len(white), np.int64), "none")
    return Hemisphere(name, there(white), there(pial), faces, nothing)


@pytest.fixture(scope="session")
def images() -> dict[str, tuple[np.ndarray, FloatArray]]:
    """The person's volumes, rendered from the surfaces, with their matrix."""
    both = {name: hemisphere_of(name) for name in HEMISPHERES}
    shown = schematic_volume(Anatomy("p", CaseRequest("p"), both, (), {}))
    ribbon = np.zeros(shown.values.shape, np.uint8)
    middle_mm = there(np.zeros((1, 3)))[0, 0]
    x = nib.affines.apply_affine(shown.voxel_to_scanner, np.argwhere(np.ones(ribbon.shape)))[:, 0].reshape(ribbon.shape)
    for name, (gray, white) in LABELS.items():
        here = x < middle_mm if name == "lh" else x >= middle_mm
        ribbon[here & (shown.values == GRAY)], ribbon[here & (shown.values == WHITE)] = gray, white
    noise = np.random.default_rng(0).normal(0, 8, ribbon.shape)
    t1 = np.where(shown.values > 0, np.clip(shown.values + noise, 1, 255), 0).astype(np.uint8)
    matrix = shown.voxel_to_scanner
    return {"orig": (t1, matrix), "T1": (t1, matrix), "brain": (t1, matrix), "ribbon": (ribbon, matrix)}


@pytest.fixture(scope="session")
def write_person(images: dict[str, tuple[np.ndarray, FloatArray]]) -> Person:
    """Write surfaces and spheres, and as many of the volumes as wanted."""

    def write(
        folder: Path,
        hemispheres: tuple[HemisphereName, ...] = HEMISPHERES,
        volumes: tuple[str, ...] = (),
        *,
        registered: bool = True,
        wall: bool = True,
        footer: bool = True,
    ) -> Path:
        for part in ("surf", "mri", "label"):
            (folder / part).mkdir(parents=True)
        values, matrix = images["orig"]
        header = nib.MGHImage(values, matrix).header
        to_tkras = np.array(header.get_vox2ras_tkr()) @ np.linalg.inv(np.array(header.get_vox2ras()))
        information = {
            "head": np.array([2, 0, 20]),
            "valid": "1  # volume info valid",
            "filename": "../mri/filled.mgz",
            "volume": np.array(header["dims"][:3]),
            "voxelsize": np.array(header["delta"]),
            **{key: np.array(header["Mdc"])[row] for row, key in enumerate(("xras", "yras", "zras"))},
            "cras": np.array(header["Pxyz_c"]),
        }
        for name in hemispheres:
            h = hemisphere_of(name)
            away = h.pial_mm - h.white_mm
            length = np.linalg.norm(away, axis=1, keepdims=True)
            up = np.where(length > 1e-3, away / np.maximum(length, 1e-3), [0.0, 0.0, 1.0])
            pial = h.pial_mm if wall else h.white_mm + up * np.maximum(length, 0.2)
            for key, points in (("white", h.white_mm), ("pial", pial)):
                tkras = nib.affines.apply_affine(to_tkras, points)
                path = folder / "surf" / f"{name}.{key}"
                nib.freesurfer.write_geometry(path, tkras, h.faces, volume_info=information if footer else None)
            if registered:
                sphere, _ = template(name, "sphere")
                nib.freesurfer.write_geometry(folder / "surf" / f"{name}.sphere.reg", sphere, h.faces)
        for key in volumes:
            save_volume(folder, key, *images[key])
        return folder

    return write


@pytest.fixture(scope="session")
def fsaverage(demo: Anatomy, shared_data: Path) -> Anatomy:
    """The demo with the surfaces of full fsaverage, to which its volumes belong."""
    hemispheres = {}
    for name, side in (("lh", "left"), ("rh", "right")):
        files = {key: shared_data / "nilearn" / "fsaverage" / f"{key}_{side}.gii.gz" for key in ("white", "pial")}
        points = {key: nib.load(path).darrays[0].data.astype(float) for key, path in files.items()}
        faces = nib.load(files["white"]).darrays[1].data.astype(np.int64)
        h = demo.hemispheres[name]  # type: ignore[index]
        hemispheres[name] = replace(h, white_mm=points["white"], pial_mm=points["pial"], faces=faces)
    return replace(demo, hemispheres=hemispheres)


def save_volume(folder: Path, name: str, values: np.ndarray, matrix: FloatArray) -> None:
    nib.save(nib.MGHImage(np.ascontiguousarray(values), matrix), folder / "mri" / f"{name}.mgz")

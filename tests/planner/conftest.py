"""The demo case, a case of folded blocks in closed form, and generated FreeSurfer subjects."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest
import trimesh

from planner.anatomy.hemisphere import Anatomy, Hemisphere, Retinotopy
from planner.anatomy.request import CaseRequest
from planner.anatomy.subject import load_anatomy
from planner.design.site import Site, prepare_site
from planner.frames import HEMISPHERES, FloatArray, HemisphereName, IntArray
from planner.implant.catalogue import load_device
from planner.implant.device import Device


@pytest.fixture(scope="session")
def demo() -> Anatomy:
    return load_anatomy()


@pytest.fixture(scope="session")
def site(demo: Anatomy) -> Site:
    return prepare_site(demo)


@pytest.fixture(scope="session")
def thread_device() -> Device:
    return load_device("thread")


@pytest.fixture(scope="session")
def blocks() -> Anatomy:
    """Two blocks of brain, each cut by a slot (a sulcus) 4 mm wide and 15 mm deep, with 3 mm of gray under every face.

    lh spans x −50 to −10, y −20 to 20, z −20 to 20, its slot x −32 to −28 from the top down to z = 5; rh is its mirror.
    """
    return Anatomy("blocks", CaseRequest("blocks"), {name: _block(name) for name in HEMISPHERES}, (), {})


def _block(name: HemisphereName) -> Hemisphere:
    pial = _slotted(-50.0, -10.0, -20.0, 20.0, -32.0, -28.0, 5.0)
    white = _slotted(-47.0, -13.0, -17.0, 17.0, -35.0, -25.0, 2.0)
    faces = np.array(
        [[0, 1, 4], [1, 2, 3], [1, 3, 4], [0, 4, 5], [0, 5, 6], [0, 6, 7]]
        + [[8 + a, 8 + b, 8 + c] for c, b, a in ([0, 1, 4], [1, 2, 3], [1, 3, 4], [0, 4, 5], [0, 5, 6], [0, 6, 7])]
        + [[i, 8 + i, 8 + (i + 1) % 8] for i in range(8)]
        + [[i, 8 + (i + 1) % 8, (i + 1) % 8] for i in range(8)]
    )
    for _ in range(3):
        white, _ = trimesh.remesh.subdivide(white, faces)
        pial, faces = trimesh.remesh.subdivide(pial, faces)
    if name == "rh":
        pial, white, faces = pial * [-1, 1, 1], white * [-1, 1, 1], faces[:, ::-1]
    retinotopy = Retinotopy(
        eccentricity_deg=1.0 + 0.25 * np.abs(pial[:, 2] - 20.0),
        polar_angle_deg=4.5 * (pial[:, 1] + 20.0),
        area=np.ones(len(pial), dtype=np.int64),
        source="made up for a test",
    )
    return Hemisphere(name, white, pial, np.ascontiguousarray(faces, dtype=np.int64), retinotopy)


def _slotted(x0: float, x1: float, z0: float, z1: float, s0: float, s1: float, floor: float) -> FloatArray:
    outline = np.array([(x0, z0), (x1, z0), (x1, z1), (s1, z1), (s1, floor), (s0, floor), (s0, z1), (x0, z1)])
    ends = [np.stack([outline[:, 0], np.full(8, y), outline[:, 1]], axis=1) for y in (z0, z1)]
    return np.concatenate(ends)


@dataclass(frozen=True)
class Written:
    """A subject folder and the truth it was made from, scanner RAS."""

    folder: Path
    affine: FloatArray
    white_mm: dict[HemisphereName, FloatArray] = field(default_factory=dict)
    pial_mm: dict[HemisphereName, FloatArray] = field(default_factory=dict)
    faces: dict[HemisphereName, IntArray] = field(default_factory=dict)


@pytest.fixture(scope="session")
def conformed() -> FloatArray:
    """A conformed volume's matrix with a shifted centre, 256³ voxels of 1 mm."""
    return np.array([[-1.0, 0, 0, 131.5], [0, 0, 1, -140.25], [0, -1, 0, 118.75], [0, 0, 0, 1]])


@pytest.fixture(scope="session")
def oblique() -> FloatArray:
    """Left-handed like FreeSurfer's, turned by 20° and 15°, voxels 0.8 × 1.1 × 0.9 mm."""
    turn = nib.eulerangles.euler2mat(z=np.deg2rad(20), x=np.deg2rad(15))
    matrix = np.eye(4)
    matrix[:3, :3] = turn @ np.array([[-1.0, 0, 0], [0, 0, 1], [0, -1, 0]]) * [0.8, 1.1, 0.9]
    matrix[:3, 3] = [90.0, -80.0, 120.0]
    return matrix


WriteSubject = Callable[..., Written]


@pytest.fixture(scope="session")
def write_subject() -> WriteSubject:
    """Write a small subject as recon-all would: spheres for hemispheres, tkRAS surfaces, MGH volume and maps."""

    def write(
        folder: Path,
        affine: FloatArray,
        shape: tuple[int, int, int] = (256, 256, 256),
        volume: str | None = "orig.mgz",
        footer: bool = True,
        hemispheres: tuple[HemisphereName, ...] = HEMISPHERES,
    ) -> Written:
        (folder / "surf").mkdir(parents=True)
        (folder / "mri").mkdir()
        header = nib.MGHImage(np.zeros(shape, np.uint8), affine).header
        if volume:
            nib.save(nib.MGHImage(np.zeros(shape, np.uint8), affine), folder / "mri" / volume)
        written = Written(folder, affine)
        for name in hemispheres:
            _write_hemisphere(written, name, header, footer)
        return written

    return write


def _write_hemisphere(written: Written, name: HemisphereName, header: nib.freesurfer.MGHImage, footer: bool) -> None:
    side = -1.0 if name == "lh" else 1.0
    ball = trimesh.creation.icosphere(subdivisions=3, radius=1.0)
    unit, faces = np.asarray(ball.vertices), np.asarray(ball.faces, dtype=np.int64)
    centre = np.array([3.0 + side * 25.0, -31.0, 12.0])
    written.white_mm[name], written.pial_mm[name] = centre + 17.0 * unit, centre + 20.0 * unit
    written.faces[name] = faces
    to_tkras = np.array(header.get_vox2ras_tkr()) @ np.linalg.inv(np.array(header.get_vox2ras()))
    information = {
        "head": np.array([2, 0, 20]),
        "valid": "1  # volume info valid",
        "filename": "../mri/filled-pretess255.mgz",
        "volume": np.array(header["dims"][:3]),
        "voxelsize": np.array(header["delta"]),
        **{key: np.array(header["Mdc"])[row] for row, key in enumerate(("xras", "yras", "zras"))},
        "cras": np.array(header["Pxyz_c"]),
    }
    surf = written.folder / "surf"
    for key, points in {"white": written.white_mm, "pial": written.pial_mm, "inflated": written.white_mm}.items():
        tkras = nib.affines.apply_affine(to_tkras, points[name])
        nib.freesurfer.write_geometry(surf / f"{name}.{key}", tkras, faces, volume_info=information if footer else None)
    medial = side * unit[:, 0] < -0.5
    angle = np.where(medial, 90.0 + np.degrees(np.arcsin(unit[:, 2])), 0.0)  # the upper field on the lower bank
    maps = {"angle": angle, "eccen": np.where(medial, 5.0 + 4.0 * unit[:, 1], 0.0), "varea": medial.astype(float)}
    for key, values in maps.items():
        data = values.astype(np.float32).reshape(-1, 1, 1)
        nib.save(nib.MGHImage(data, np.eye(4)), surf / f"{name}.benson14_{key}.mgz")
    nib.freesurfer.write_morph_data(surf / f"{name}.curv", unit[:, 2].astype(np.float32))
    nib.freesurfer.write_morph_data(surf / f"{name}.thickness", np.full(len(unit), 3.0, np.float32))

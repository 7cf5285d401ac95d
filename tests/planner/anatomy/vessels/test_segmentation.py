from __future__ import annotations

from pathlib import Path
from typing import Any

import nibabel as nib
import numpy as np
import pytest
import trimesh
from numpy.typing import NDArray

from planner.anatomy.request import VesselFile
from planner.anatomy.vessels.files import read_vessels
from planner.anatomy.vessels.tree import VesselTree
from planner.anatomy.vessels.wall import VesselWall
from planner.errors import InputError
from tests.planner.anatomy.vessels.test_walls import capsule_distance, mesh_of

OBLIQUE = nib.affines.from_matvec(
    trimesh.transformations.rotation_matrix(0.4, [1, 2, 3])[:3, :3] @ np.diag([0.4, 0.6, 1.1]), [-20, 30, 5]
)
CENTRE, RADIUS_MM = np.array([11.0, 9.0, 7.0]), 2.5


def read_walls(path: Path, **how: Any) -> tuple[VesselWall, ...]:
    walls = read_vessels(VesselFile(str(path), **how), {})
    assert all(isinstance(wall, VesselWall) for wall in walls)
    return walls  # type: ignore[return-value]


def ball(affine: NDArray[np.float64], shape: tuple[int, int, int] = (24, 20, 16)) -> NDArray[np.float64]:
    """How far each voxel lies within a ball about a voxel, mm."""
    grid = np.stack(np.meshgrid(*map(np.arange, shape), indexing="ij"), axis=-1)
    away = nib.affines.apply_affine(affine, grid) - nib.affines.apply_affine(affine, CENTRE)
    return RADIUS_MM - np.linalg.norm(away, axis=-1)


def saved(path: Path, values: NDArray[Any], affine: NDArray[np.float64] = OBLIQUE) -> Path:
    kind = nib.MGHImage if path.suffix == ".mgz" else nib.Nifti1Image
    kind(values, affine).to_filename(path)
    return path


@pytest.mark.parametrize("suffix", [".nii", ".nii.gz", ".mgz"])
@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_a_ball_in_an_oblique_volume_comes_back_closed_and_facing_outward(
    tmp_path: Path, suffix: str, sign: float
) -> None:
    affine = OBLIQUE @ np.diag([sign, 1, 1, 1])
    (wall,) = read_walls(saved(tmp_path / f"a{suffix}", (ball(affine) >= 0).astype(np.uint8), affine), error_mm=0.1)
    middle = nib.affines.apply_affine(affine, CENTRE)
    mesh = mesh_of(wall)
    assert mesh.is_watertight
    assert mesh.is_winding_consistent
    assert mesh.volume == pytest.approx(4 / 3 * np.pi * RADIUS_MM**3, rel=0.06)
    assert np.abs(np.linalg.norm(wall.vertices_mm - middle, axis=1) - RADIUS_MM).max() < 0.56
    assert wall.error_mm == pytest.approx(0.1 + 0.55)
    assert wall.imaged is not None
    assert wall.imaged.depth(nib.affines.apply_affine(affine, [[0, 0, -0.5], [12, 10, 20]])) == pytest.approx(
        [0.0, -4.95], abs=1e-4
    )


def test_a_probability_map_is_cut_at_its_threshold_between_voxels(tmp_path: Path) -> None:
    chance = np.clip(0.5 + 0.2 * ball(OBLIQUE), 0, 1).astype(np.float32)
    path = saved(tmp_path / "a.nii.gz", chance)
    middle = nib.affines.apply_affine(OBLIQUE, CENTRE)
    for threshold, radius in ((0.5, RADIUS_MM), (0.7, RADIUS_MM - 1.0)):
        (wall,) = read_walls(path, threshold=threshold)
        assert mesh_of(wall).is_watertight
        assert np.linalg.norm(wall.vertices_mm - middle, axis=1) == pytest.approx(radius, abs=0.13)


def test_a_vessel_that_leaves_the_volume_is_closed_at_its_border(tmp_path: Path) -> None:
    values = np.zeros((9, 9, 9), dtype=np.int16)
    values[4, 4, :] = 7
    (wall,) = read_walls(saved(tmp_path / "a.nii", values))
    assert mesh_of(wall).is_watertight


def test_any_pattern_of_voxels_is_closed(tmp_path: Path) -> None:
    values = (np.random.default_rng(1).random((20, 20, 20)) < 0.2).astype(np.uint8)
    (wall,) = read_walls(saved(tmp_path / "a.nii", values))
    edges = wall.faces[:, [[0, 1], [1, 2], [2, 0]]].reshape(-1, 2)
    there, back = (np.sort(e @ [len(wall.vertices_mm), 1]) for e in (edges, edges[:, ::-1]))
    assert (there == back).all()


def test_labels_become_vessels_of_their_kinds(tmp_path: Path) -> None:
    values = np.zeros((12, 12, 12), dtype=np.uint8)
    values[2:4, 2:4, 2:4], values[6:8, 6:8, 6:8], values[9:11, 2:4, 2:4], values[2, 8, 8] = 1, 2, 3, 4
    path = saved(tmp_path / "tof.nii", values, np.diag([0.5, 0.5, 0.5, 1]))
    artery, vein = read_walls(path, labels="1=artery, 2=vein,3=artery")
    assert (artery.name, artery.kind, vein.name, vein.kind) == ("tof artery", "artery", "tof vein", "vein")
    assert mesh_of(artery).body_count == 2
    assert vein.vertices_mm.mean(axis=0) == pytest.approx([3.25] * 3)
    assert artery.note.endswith("; label 4 left out")
    (everything,) = read_walls(path)
    assert mesh_of(everything).body_count == 4
    assert everything.kind == "artery"
    with pytest.raises(InputError, match=r"no label 9 \(it has 1, 2, 3, 4\)"):
        read_walls(path, labels="9=vein")
    for wrong in ("1", "1=nerve", "x=vein", "0=vein", "-1=vein"):
        with pytest.raises(InputError, match="not understood"):
            read_walls(path, labels=wrong)


@pytest.mark.parametrize(
    ("values", "says"),
    [
        (np.zeros((9, 9, 9), np.uint8), "no vessel voxels"),
        (np.ones((9, 9, 9), np.uint8), "100 % vessel"),
        (np.arange(729, dtype=np.int16).reshape(9, 9, 9), "seems to be an image"),
        (np.full((9, 9, 9), -1, np.int16), "negative"),
        (np.full((9, 9, 9), 2.5, np.float32), "neither labels nor probabilities"),
        (np.full((9, 9, 9), np.nan, np.float32), "not finite"),
        (np.full((9, 9, 9), 0.25, np.float32), r"no voxel of 0\.5"),
        (np.zeros((9, 9, 9, 2), np.uint8), "three-dimensional"),
        (np.zeros((9, 9), np.uint8), "three-dimensional"),
        (np.zeros((9, 9, 9), np.complex64), "no plain numbers"),
    ],
)
def test_volumes_that_hold_no_vessels_are_refused(tmp_path: Path, values: NDArray[Any], says: str) -> None:
    with pytest.raises(InputError, match=says):
        read_walls(saved(tmp_path / "a.nii", values, np.eye(4)))


def test_a_volume_must_say_where_it_lies(tmp_path: Path) -> None:
    values = np.zeros((9, 9, 9), np.uint8)
    values[4, 4, 4] = 1
    nowhere, mirrored = nib.Nifti1Image(values, None), nib.Nifti1Image(values, np.eye(4))
    nowhere.to_filename(tmp_path / "a.nii")
    with pytest.raises(InputError, match="does not say where its voxels lie"):
        read_walls(tmp_path / "a.nii")
    mirrored.set_qform(np.diag([-1.0, 1, 1, 1]), code=1)
    mirrored.to_filename(tmp_path / "b.nii")
    with pytest.raises(InputError, match="mirror images"):
        read_walls(tmp_path / "b.nii")
    flat = nib.Nifti1Image(values, np.diag([1.0, 1, 1, 1]))
    flat.header.set_sform(np.array([[1, 1, 0, 0], [1, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1.0]]), code=1)
    flat.header.set_qform(np.eye(4), code=0)
    (tmp_path / "c.nii").write_bytes(flat.header.binaryblock + b"\0\0\0\0" + values.tobytes())
    with pytest.raises(InputError):
        read_walls(tmp_path / "c.nii")


@pytest.mark.parametrize("name", ["seg", "prob"])
def test_the_reference_volumes_are_the_reference_tree_to_half_a_voxel(shared_data: Path, name: str) -> None:
    """Vessels thinner than a voxel are not in these volumes, so only what is in them is compared."""
    (tree,) = read_vessels(VesselFile(str(shared_data / "vessels" / "lh_pial_artery.swc")), {})
    assert isinstance(tree, VesselTree)
    (wall,) = read_walls(shared_data / "vessels" / f"lh_pial_artery_{name}.nii.gz")
    assert np.abs(capsule_distance(wall.vertices_mm[::5], tree)).max() <= 0.25
    assert mesh_of(wall).is_watertight


def test_what_a_volume_cannot_show_is_said_and_half_a_voxel_kept_apart_from_the_users_error(tmp_path: Path) -> None:
    values = np.zeros((9, 9, 9), np.uint8)
    values[4, 4, 2:7] = 1
    (wall,) = read_walls(saved(tmp_path / "a.nii", values, np.diag([0.4, 0.5, 0.8, 1.0])), error_mm=0.1)
    assert (wall.error_mm, wall.half_voxel_mm) == (pytest.approx(0.5), pytest.approx(0.4))
    assert "vessels thinner than about 0.8 mm are not in it" in wall.note


def test_a_header_that_was_repaired_is_reported_and_nothing_is_printed(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    values = np.zeros((9, 9, 9), np.uint8)
    values[4, 4, 2:7] = 1
    path = saved(tmp_path / "a.nii", values, np.eye(4))
    content = bytearray(path.read_bytes())
    content[252:254] = (90).to_bytes(2, "little")  # qform_code
    path.write_bytes(content)
    (wall,) = read_walls(path)
    assert "qform_code 90 not valid" in wall.note
    assert capfd.readouterr().err == ""


def test_nothing_known_is_not_to_be_written_as_nothing_there(tmp_path: Path) -> None:
    values = np.full((9, 9, 9), np.nan, np.float32)
    with pytest.raises(InputError, match="crop it to where vessels were imaged; 0 would say that there are none"):
        read_walls(saved(tmp_path / "a.nii", values, np.eye(4)))

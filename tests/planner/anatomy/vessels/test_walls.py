from __future__ import annotations

import contextlib
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import trimesh
from scipy.spatial import cKDTree
from vtkmodules.vtkFiltersSources import vtkSphereSource
from vtkmodules.vtkIOXML import vtkXMLPolyDataWriter

from planner.anatomy.request import VesselFile
from planner.anatomy.vessels.files import read_vessels
from planner.anatomy.vessels.tree import VesselTree
from planner.anatomy.vessels.wall import VesselWall
from planner.errors import InputError
from planner.frames import FloatArray


def read_wall(path: Path, **how: Any) -> VesselWall:
    (wall,) = read_vessels(VesselFile(str(path), **how), {})
    assert isinstance(wall, VesselWall)
    return wall


def mesh_of(wall: VesselWall) -> trimesh.Trimesh:
    return trimesh.Trimesh(wall.vertices_mm, wall.faces, process=False)


def two_bodies() -> trimesh.Trimesh:
    box = trimesh.creation.box((2.0, 3.0, 4.0))
    ball = trimesh.creation.icosphere(2, 1.5)
    box.apply_translation((5, 6, 7))
    return trimesh.util.concatenate([box, ball])


def capsule_distance(points_mm: FloatArray, tree: VesselTree, nearest: int = 400) -> FloatArray:
    """To the union of a tree's tapered capsules, from the closed form, over the capsules of the nearest middles."""
    first, last = tree.points_mm[tree.edges].transpose(1, 0, 2)
    near = cKDTree((first + last) / 2).query(points_mm, nearest)[1]
    a, axis = first[near], (last - first)[near]
    length = np.linalg.norm(axis, axis=-1)
    along = ((points_mm[:, None] - a) * axis).sum(axis=-1) / length
    aside = np.sqrt(np.maximum(((points_mm[:, None] - a) ** 2).sum(axis=-1) - along**2, 0.0))
    r0, r1 = tree.radius_mm[tree.edges[near]].transpose(2, 0, 1)
    slope = np.clip((r1 - r0) / length, -0.999999, 0.999999)
    at = np.clip(along + aside * slope / np.sqrt(1 - slope**2), 0.0, length)
    return np.asarray((np.hypot(along - at, aside) - r0 - slope * at).min(axis=1))


@pytest.mark.parametrize("kind", ["stl", "stl_ascii", "ply", "obj"])
def test_a_mesh_comes_back_whole_from_any_format(tmp_path: Path, kind: str) -> None:
    path = tmp_path / f"vein.{kind.split('_')[0]}"
    two_bodies().export(path, file_type=kind)
    wall = read_wall(path)
    mesh = mesh_of(wall)
    assert wall.kind == "vein"
    assert mesh.is_watertight
    assert mesh.is_winding_consistent
    assert mesh.body_count == 2
    assert mesh.volume == pytest.approx(two_bodies().volume, rel=1e-5)
    assert wall.note == ""


@pytest.mark.parametrize("kind", ["stl", "ply", "obj"])
def test_a_space_in_the_header_turns_the_mesh(tmp_path: Path, kind: str) -> None:
    path = tmp_path / f"a.{kind}"
    content = two_bodies().export(file_type=kind)
    content = content.encode() if isinstance(content, str) else content
    if kind == "stl":
        content = b"3D Slicer output. SPACE=LPS".ljust(80) + content[80:]
    elif kind == "ply":
        content = content.replace(b"comment ", b"comment SPACE=LPS ", 1)
    else:
        content = content + b"\n# 3D Slicer output. SPACE = LPS\n"
    path.write_bytes(content)
    assert read_wall(path).vertices_mm.min(axis=0) == pytest.approx([-6, -7.5, -1.5], abs=1e-5)
    assert read_wall(path, space="scanner_ras").vertices_mm.max(axis=0) == pytest.approx([6, 7.5, 9], abs=1e-5)


def test_polygons_of_vtk_without_lines_are_a_wall(tmp_path: Path) -> None:
    source, writer = vtkSphereSource(), vtkXMLPolyDataWriter()
    source.SetRadius(2.0)
    source.SetThetaResolution(40)
    source.SetPhiResolution(40)
    writer.SetInputConnection(source.GetOutputPort())
    writer.SetFileName(str(tmp_path / "a.vtp"))
    writer.Write()
    mesh = mesh_of(read_wall(tmp_path / "a.vtp"))
    assert mesh.is_watertight
    assert mesh.volume == pytest.approx(4 / 3 * np.pi * 8, rel=0.02)


def test_faces_turned_at_random_are_made_to_agree_and_to_face_outward(tmp_path: Path) -> None:
    mesh = two_bodies()
    turned = np.random.default_rng(3).random(len(mesh.faces)) < 0.4
    mesh.faces[turned] = mesh.faces[turned][:, ::-1]
    trimesh.Trimesh(mesh.vertices, mesh.faces, process=False).export(tmp_path / "a.ply")
    wall = read_wall(tmp_path / "a.ply")
    assert mesh_of(wall).is_winding_consistent
    assert mesh_of(wall).volume == pytest.approx(two_bodies().volume, rel=1e-5)
    assert "turned round" in wall.note


def test_a_mesh_inside_out_is_turned_outward(tmp_path: Path) -> None:
    mesh = two_bodies()
    mesh.invert()
    mesh.export(tmp_path / "a.stl")
    wall = read_wall(tmp_path / "a.stl")
    assert mesh_of(wall).volume == pytest.approx(two_bodies().volume, rel=1e-5)
    assert wall.note == "2 of 2 bodies turned outward"


def test_open_ends_are_closed_up_to_the_width_of_a_vessel(tmp_path: Path) -> None:
    tube = trimesh.creation.cylinder(1.0, 10.0, sections=64)
    sides = np.abs(tube.face_normals[:, 2]) < 0.5
    open_tube = trimesh.Trimesh(tube.vertices, tube.faces[sides])
    open_tube.export(tmp_path / "a.stl")
    wall = read_wall(tmp_path / "a.stl")
    assert mesh_of(wall).is_watertight
    assert mesh_of(wall).volume == pytest.approx(tube.volume, rel=1e-5)
    assert wall.note == "2 openings closed, the widest 6.3 mm around"
    with pytest.raises(InputError, match="opening of 63 mm around"):
        read_wall(tmp_path / "a.stl", scale=10.0)


def test_a_sheet_encloses_nothing(tmp_path: Path) -> None:
    trimesh.Trimesh([[0, 0, 0], [1, 0, 0], [0, 1, 0]], [[0, 1, 2]]).export(tmp_path / "a.ply")
    with pytest.raises(InputError, match="encloses no volume"):
        read_wall(tmp_path / "a.ply")


def test_truncated_meshes_and_lying_counts_are_refused(tmp_path: Path) -> None:
    for kind in ("stl", "ply"):
        content = two_bodies().export(file_type=kind)
        path = tmp_path / f"a.{kind}"
        path.write_bytes(content[:-100])
        with pytest.raises(InputError):
            read_wall(path)
        lie = content.replace(b"element vertex ", b"element vertex 99999999")
        path.write_bytes(lie if kind == "ply" else content[:80] + b"\xff\xff\xff\x7f" + content[84:])
        with pytest.raises(InputError, match=r"header says|claims to hold more"):
            read_wall(path)
    points = two_bodies().vertices.copy()
    points[3] = np.nan
    trimesh.Trimesh(points, two_bodies().faces, process=False).export(tmp_path / "nan.ply")
    with pytest.raises(InputError, match="not finite"):
        read_wall(tmp_path / "nan.ply")


@pytest.mark.parametrize("suffix", ["stl", "ply"])
def test_the_reference_wall_is_the_reference_tree(shared_data: Path, suffix: str) -> None:
    """The file's tubes have fourteen sides and flat ends: a little within the capsules, and nowhere outside them."""
    (tree,) = read_vessels(VesselFile(str(shared_data / "vessels" / "lh_pial_artery.swc")), {})
    assert isinstance(tree, VesselTree)
    wall = read_wall(shared_data / "vessels" / f"lh_pial_artery.{suffix}")
    assert capsule_distance(wall.vertices_mm[::50], tree).max() < 0.001
    rng = np.random.default_rng(0)
    points = tree.points_mm[rng.integers(len(tree.points_mm), size=300)] + rng.normal(scale=1.5, size=(300, 3))
    true = capsule_distance(points, tree)
    points, true = points[true > 0], true[true > 0]
    error = np.abs(trimesh.proximity.closest_point(mesh_of(wall), points)[1] - true)
    assert error.mean() < 0.02
    assert error.max() < 0.12


def test_a_malformed_normal_prints_nothing(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = tmp_path / "a.stl"
    text = two_bodies().export(file_type="stl_ascii")
    path.write_text(re.sub(r"facet normal \S+", "facet normal nonsense", text, count=1))
    with contextlib.suppress(InputError):
        read_wall(path)
    assert not caplog.records

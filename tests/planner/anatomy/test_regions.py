from __future__ import annotations

import hashlib
from pathlib import Path

import igl
import nibabel as nib
import numpy as np
import pytest
import trimesh
from hypothesis import given, settings
from hypothesis import strategies as st

from planner.anatomy.hemisphere import V1, Anatomy, Hemisphere, Retinotopy
from planner.anatomy.regions import (
    Region,
    painted_region,
    region_from_annot,
    region_from_label,
    region_solid,
    vertices_from_text,
    vertices_text,
)
from planner.errors import InputError
from planner.frames import HEMISPHERES, FloatArray, IntArray

OUTER, INNER = 20.0, 17.0


@pytest.fixture(scope="module")
def ball() -> Hemisphere:
    """A hemisphere that is a ball with a shell 3 mm thick: its side walls are plane."""
    sphere = trimesh.creation.icosphere(subdivisions=4, radius=1.0)
    unit, faces = np.array(sphere.vertices), np.array(sphere.faces, dtype=np.int64)
    nothing = Retinotopy(np.zeros(len(unit)), np.zeros(len(unit)), np.zeros(len(unit), np.int64), "none")
    return Hemisphere("lh", INNER * unit, OUTER * unit, faces, nothing)


def region_of(vertices: IntArray | FloatArray, name: str = "r") -> Region:
    return Region(name, "lh", tuple(int(v) for v in vertices), "made up")


def mesh_of(hemisphere: Hemisphere, region: Region) -> trimesh.Trimesh:
    vertices, faces = region_solid(hemisphere, region)
    mesh = trimesh.Trimesh(vertices, faces, process=False)
    assert mesh.is_watertight
    assert mesh.is_winding_consistent
    assert mesh.volume > 0
    return mesh


def faces_of(hemisphere: Hemisphere, region: Region) -> IntArray:
    """Every face that has a corner in the region."""
    return hemisphere.faces[np.isin(hemisphere.faces, region.vertices).any(axis=1)]


def prisms_mm3(hemisphere: Hemisphere, faces: IntArray) -> float:
    """Frusta between the two spheres: a pyramid over each outer face less the one over its inner face."""
    volumes = [np.linalg.det(points[faces]).sum() / 6 for points in (hemisphere.pial_mm, hemisphere.white_mm)]
    return float(volumes[0] - volumes[1])


def test_the_solid_of_all_cortex_is_the_shell(ball: Hemisphere) -> None:
    mesh = mesh_of(ball, region_of(np.arange(len(ball.pial_mm))))
    assert mesh.volume == pytest.approx(prisms_mm3(ball, ball.faces), rel=1e-9)
    assert mesh.volume == pytest.approx(4 / 3 * np.pi * (OUTER**3 - INNER**3), rel=0.01)


def test_a_cap_holds_its_share_of_the_shell(ball: Hemisphere) -> None:
    region = region_of(np.flatnonzero(ball.pial_mm[:, 2] > 12.0))
    assert mesh_of(ball, region).volume == pytest.approx(prisms_mm3(ball, faces_of(ball, region)), rel=1e-9)


def test_a_patch_with_a_hole_is_open_there(ball: Hemisphere) -> None:
    z = ball.pial_mm[:, 2]
    region = region_of(np.flatnonzero((z > 8.0) & (z < 18.0)))
    mesh = mesh_of(ball, region)
    assert mesh.euler_number == 0  # a ring
    assert mesh.volume == pytest.approx(prisms_mm3(ball, faces_of(ball, region)), rel=1e-9)
    within = igl.winding_number(np.array(mesh.vertices), np.array(mesh.faces), np.array([[0.0, 0.0, 18.5]]))
    assert abs(float(np.asarray(within).ravel()[0])) < 1e-6


def test_several_parts_are_one_solid(ball: Hemisphere) -> None:
    region = region_of(np.flatnonzero(np.abs(ball.pial_mm[:, 2]) > 15.0))
    mesh = mesh_of(ball, region)
    assert mesh.body_count == 2
    assert mesh.volume == pytest.approx(prisms_mm3(ball, faces_of(ball, region)), rel=1e-9)


def test_parts_that_touch_at_a_vertex_are_taken_apart(ball: Hemisphere) -> None:
    """The fans of two neighbours of a vertex, opposite each other: hexagons that share that vertex alone."""
    around = np.setdiff1d(ball.faces[(ball.faces == 700).any(axis=1)], [700])
    pairs = (region_of(np.sort([around[0], other])) for other in around[1:])
    region = next(pair for pair in pairs if len(np.unique(faces_of(ball, pair))) == 13)
    mesh = mesh_of(ball, region)
    assert mesh.body_count == 2
    assert len(mesh.vertices) == 2 * (7 + 7)
    assert mesh.volume == pytest.approx(prisms_mm3(ball, faces_of(ball, region)), rel=1e-9)


@settings(max_examples=30, deadline=None)
@given(chosen=st.integers(0, 2**32 - 1), share=st.floats(0.05, 0.95))
def test_any_scatter_of_vertices_makes_a_closed_solid(ball: Hemisphere, chosen: int, share: float) -> None:
    few = np.flatnonzero(np.random.default_rng(chosen).random(len(ball.pial_mm)) < share)
    region = region_of(few)
    assert mesh_of(ball, region).volume == pytest.approx(prisms_mm3(ball, faces_of(ball, region)), rel=1e-9)


def test_vertices_strewn_one_by_one_forbid_all_of_their_fans(ball: Hemisphere) -> None:
    """Every vertex a body of its own, whose line from pial to white lies inside it and its neighbours' outside."""
    at = [int(ball.pial_mm.dot(axis).argmax()) for axis in ((1, 2, 3), (-3, 1, 2), (2, -3, -1), (-1, -2, 3))]
    region = region_of(np.sort(at))
    mesh = mesh_of(ball, region)
    assert mesh.body_count == 4
    assert mesh.volume == pytest.approx(prisms_mm3(ball, faces_of(ball, region)), rel=1e-9)
    assert len(faces_of(ball, region)) == sum((ball.faces == one).any(axis=1).sum() for one in at)
    along = np.linspace(INNER + 0.01, OUTER - 0.01, 9)[:, None]
    unit = ball.pial_mm / OUTER
    vertices, faces = np.array(mesh.vertices), np.array(mesh.faces)
    for one in at:
        inside = np.asarray(igl.winding_number(vertices, faces, along * unit[one]))
        np.testing.assert_allclose(inside, 1.0, atol=1e-6)
        for other in np.setdiff1d(ball.faces[(ball.faces == one).any(axis=1)], [one]):
            beyond = unit[other] + 0.05 * (unit[other] - unit[one])
            outside = np.asarray(igl.winding_number(vertices, faces, along * beyond / np.linalg.norm(beyond)))
            np.testing.assert_allclose(outside, 0.0, atol=1e-6)


def test_inside_is_what_igl_winds_around(ball: Hemisphere) -> None:
    region = region_of(np.flatnonzero(ball.pial_mm[:, 0] > 6.0))
    vertices, faces = region_solid(ball, region)
    direction = np.random.default_rng(1).normal(size=(3000, 3))
    direction /= np.linalg.norm(direction, axis=1, keepdims=True)
    radius = np.random.default_rng(2).uniform(15.0, 22.0, (3000, 1))
    winding = np.asarray(igl.winding_number(vertices, faces, direction * radius)).ravel()
    mesh = trimesh.Trimesh(ball.pial_mm, ball.faces, process=False)
    met, ray, face = mesh.ray.intersects_location(np.zeros((3000, 3)), direction, multiple_hits=False)
    outer = np.zeros(3000)
    outer[ray] = np.linalg.norm(met, axis=1)
    of = np.zeros(3000, dtype=int)
    of[ray] = face
    belongs = np.isin(ball.faces[of], region.vertices).any(axis=1)
    gap = np.minimum(np.abs(radius[:, 0] - outer), np.abs(radius[:, 0] - outer * INNER / OUTER))
    expected = belongs & (radius[:, 0] < outer) & (radius[:, 0] > outer * INNER / OUTER)
    sure = (gap > 1e-6) & (outer > 0)
    np.testing.assert_allclose(winding[sure], expected[sure], atol=1e-6)
    assert expected.sum() > 300


@pytest.mark.parametrize("name", HEMISPHERES)
def test_v1_of_the_demo_is_a_closed_solid_as_large_as_its_gray_matter(demo: Anatomy, name: str) -> None:
    side = demo.hemispheres[name]  # type: ignore[index]
    v1 = np.flatnonzero(side.retinotopy.area == V1)
    region = Region("V1", side.name, tuple(v1.tolist()), "map")
    mesh = mesh_of(side, region)
    faces = faces_of(side, region)
    middle, apart = (side.pial_mm + side.white_mm) / 2, np.linalg.norm(side.pial_mm - side.white_mm, axis=1)
    sheet = trimesh.Trimesh(middle, faces, process=False)
    assert mesh.volume == pytest.approx((sheet.area_faces * apart[faces].mean(axis=1)).sum(), rel=0.15)


def test_regions_of_another_surface_are_refused(ball: Hemisphere) -> None:
    with pytest.raises(InputError, match="not of this lh surface"):
        region_solid(ball, region_of(np.array([0, len(ball.pial_mm)])))
    with pytest.raises(InputError, match="not of this lh surface"):
        region_solid(ball, Region("r", "rh", (0, 1, 2), "made up"))


@pytest.mark.parametrize("vertices", [(), (2, 1), (1, 1), (-1, 2), (10**7,)])
def test_vertices_that_do_not_rise_are_refused(vertices: tuple[int, ...]) -> None:
    with pytest.raises(InputError):
        Region("r", "lh", vertices, "made up")


def test_a_label_is_read_with_its_hash(ball: Hemisphere, tmp_path: Path) -> None:
    path = tmp_path / "lh.V2.label"
    rows = "".join(f"{i} 0.0 0.0 0.0 0.5\n" for i in (30, 4, 5, 4))
    path.write_text(f"#!ascii label\n4\n{rows}")
    region = region_from_label(path, ball)
    assert region.vertices == tuple(np.unique(nib.freesurfer.read_label(path)).tolist()) == (4, 5, 30)
    assert (region.name, region.hemisphere) == ("lh.V2", "lh")
    assert region.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()


def test_a_parcel_is_read_with_its_hash(ball: Hemisphere, tmp_path: Path) -> None:
    path = tmp_path / "lh.aparc.annot"
    of = (ball.pial_mm[:, 2] > 0).astype(int)
    table = np.array([[1, 2, 3, 0, 0], [4, 5, 6, 0, 0]])
    nib.freesurfer.write_annot(path, of, table, ["below", "above"], fill_ctab=True)
    region = region_from_annot(path, "above", ball)
    assert region.vertices == tuple(np.flatnonzero(ball.pial_mm[:, 2] > 0).tolist())
    assert region.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()


@given(st.sets(st.integers(0, 10**7 - 1)) | st.sets(st.integers(0, 60)))
def test_text_of_vertices_comes_back_exactly(chosen: set[int]) -> None:
    vertices = tuple(sorted(chosen))
    assert vertices_from_text(vertices_text(vertices)) == vertices


def test_a_painted_region_has_each_vertex_once_and_no_file() -> None:
    region = painted_region("rh", np.array([7, 3, 7, 5]))
    assert (region.vertices, region.name, region.sha256) == ((3, 5, 7), "painted", "")
    assert region.by_hand
    with pytest.raises(InputError, match="no vertices"):
        painted_region("rh", np.zeros(0, dtype=np.int64))


def test_runs_are_written_by_their_ends() -> None:
    assert vertices_text((12, 13, 14, 15, 20)) == "12-15,20"
    assert vertices_text(()) == ""
    assert len(vertices_text(range(163_842))) == len("0-163841")


@pytest.mark.parametrize("text", ["a", "3-", "-3", "5-4", "3,3", "3-5,5", "1,,2", " 1", "1,", "0-99999999", "٣"])
def test_text_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(InputError, match="rising order"):
        vertices_from_text(text)

from __future__ import annotations

import numpy as np

from app.case import Case
from app.cortex import Carrier, prepare_cortex, surface_point


def test_normals_of_a_sphere_point_outward(case: Case) -> None:
    cortex = case.cortices["lh"]
    radial = cortex.hemisphere.pial_mm - cortex.hemisphere.pial_mm.mean(axis=0)
    radial /= np.linalg.norm(radial, axis=1, keepdims=True)
    assert (np.einsum("ij,ij->i", cortex.normals["pial"], radial) > 0.999).all()


def test_inflated_hemispheres_lie_apart_left_to_the_left(case: Case) -> None:
    left, right = (case.cortices[name].points["inflated"][:, 0] for name in ("lh", "rh"))
    assert left.max() < 0 < right.min()


def test_the_light_mesh_is_a_subset_of_the_vertices_with_faces_among_them(case: Case, monkeypatch, tmp_path) -> None:
    monkeypatch.setattr("app.cortex.LIGHT_VERTICES", 800)
    monkeypatch.setenv("CALCARINE_CACHE", str(tmp_path))
    cortex = prepare_cortex(case.cortices["lh"].hemisphere)
    assert 700 < len(cortex.light_vertices) < 1000
    assert len(np.unique(cortex.light_vertices)) == len(cortex.light_vertices)
    assert cortex.light_faces.max() == len(cortex.light_vertices) - 1
    a, b, c = (cortex.hemisphere.white_mm[cortex.light_vertices][cortex.light_faces[:, k]] for k in range(3))
    area = np.linalg.norm(np.cross(b - a, c - a), axis=1).sum() / 2
    assert abs(area / (4 * np.pi * 37.5**2) - 1) < 0.03


def test_a_point_of_any_surface_is_told_on_pial_with_its_visual_field(case: Case) -> None:
    cortex = case.cortices["lh"]
    hemisphere = cortex.hemisphere
    face = int(hemisphere.v1_faces[0])
    weight = np.array([0.2, 0.3, 0.5])
    for surface in ("pial", "white", "inflated"):
        at = weight @ cortex.points[surface][cortex.faces[face]]
        point = surface_point(cortex, surface, face, at)
        np.testing.assert_allclose(point.pial_mm, weight @ hemisphere.pial_mm[hemisphere.faces[face]], atol=1e-4)
        np.testing.assert_allclose(point.field_deg, weight @ hemisphere.field_deg[hemisphere.faces[face]], atol=1e-3)
        assert point.area == 1


def test_outside_v1_there_is_no_visual_field(case: Case) -> None:
    cortex = case.cortices["rh"]
    face = int(np.flatnonzero((cortex.hemisphere.retinotopy.area[cortex.faces] == 0).all(axis=1))[0])
    point = surface_point(cortex, "pial", face, cortex.points["pial"][cortex.faces[face]].mean(axis=0))
    assert point.field_deg is None
    assert point.area == 0


def test_gray_matter_is_carried_to_the_same_column_of_the_inflated_surface(case: Case) -> None:
    cortex = case.cortices["lh"]
    vertex = 123
    middle = (cortex.hemisphere.pial_mm[vertex] + cortex.hemisphere.white_mm[vertex]) / 2
    carried = Carrier(cortex)(middle[None])[0]
    assert np.linalg.norm(carried - cortex.points["inflated"][vertex]) < 1.0

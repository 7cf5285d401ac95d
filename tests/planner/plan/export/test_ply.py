from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import trimesh
import vtk
from vtk.util.numpy_support import vtk_to_numpy

from planner.plan.export import write_export
from planner.plan.make import Examined


def comments(file: Path) -> list[str]:
    reader = vtk.vtkPLYReader()
    reader.SetFileName(str(file))
    reader.Update()
    kept = reader.GetComments()
    return [kept.GetValue(n) for n in range(kept.GetNumberOfValues())]


def test_ply_says_its_space_as_slicer_looks_for_it_and_what_the_plan_is(examined: Examined, tmp_path: Path) -> None:
    files = write_export(examined, "ply", tmp_path)
    assert {f.stem for f in files} == {"threads", "contacts", "lh_white", "lh_pial", "rh_white", "rh_pial"}
    for file in files:
        first, *others = comments(file)
        assert first == "SPACE=RAS"
        assert "NOT FEASIBLE (1 violation)" in others[0]
        assert any("Research use only" in words for words in others)


def test_ply_keeps_the_surfaces_vertices_in_order_and_their_side(examined: Examined, tmp_path: Path) -> None:
    write_export(examined, "ply", tmp_path)
    for name, hemisphere in examined.anatomy.hemispheres.items():
        mesh = trimesh.load_mesh(tmp_path / f"{name}_pial.ply", process=False)
        np.testing.assert_array_equal(mesh.vertices, hemisphere.pial_mm)
        np.testing.assert_array_equal(mesh.faces, hemisphere.faces)
    reader = vtk.vtkPLYReader()
    reader.SetFileName(str(tmp_path / "lh_pial.ply"))
    reader.Update()
    points = vtk_to_numpy(reader.GetOutput().GetPoints().GetData())
    assert points[:, 0].max() < 0  # left is negative in RAS


def test_ply_of_threads_and_contacts_is_closed_and_as_large_as_they_are(examined: Examined, tmp_path: Path) -> None:
    write_export(examined, "ply", tmp_path)
    threads, contacts = (trimesh.load_mesh(tmp_path / f"{name}.ply") for name in ("threads", "contacts"))
    assert threads.is_watertight
    assert contacts.is_watertight
    radius = examined.plan.device.shaft_radius_mm
    cylinder = np.pi * radius**2 * sum(t.depth_mm for t in examined.plan.threads)
    assert threads.volume == pytest.approx(cylinder, rel=0.06)  # a prism of twelve sides
    middles = np.array([part.centroid for part in contacts.split()])
    wanted = examined.plan.implant.contacts_mm()
    assert np.linalg.norm(middles[:, None] - wanted[None], axis=-1).min(axis=0).max() < 1e-9

"""What is made of vessels for the 3D view."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import pyvista as pv
import trimesh

from app import theme
from app.views.brain_vessels import LIFT_MM, LIGHT_LIFT_MM, add_vessels
from planner.anatomy.vessels.tree import VesselTree
from planner.anatomy.vessels.wall import VesselWall


class Stage:
    """A plotter that keeps what it is given."""

    def __init__(self) -> None:
        self.added: list[tuple[Any, dict[str, Any]]] = []

    def add_mesh(self, mesh: Any, **options: Any) -> Any:
        self.added.append((mesh, options))
        return pv.Actor()


def test_walls_are_drawn_as_they_are_and_trees_as_tubes_of_their_radius() -> None:
    ball = trimesh.creation.icosphere(subdivisions=2, radius=2.0)
    wall = VesselWall("lh wall", "vein", np.asarray(ball.vertices), np.asarray(ball.faces), "a.ply")
    points = np.array([[0.0, 0, 0], [0.0, 0, 9.0]])
    tree = VesselTree("lh tree", "artery", points, np.full(2, 0.5), np.array([[0, 1]]), "a.swc")
    empty = VesselTree("none", "artery", points, np.full(2, 0.5), np.zeros((0, 2), dtype=np.int64), "a.swc")
    stage = Stage()
    assert [its.vessel for its in add_vessels(stage, (wall, empty, tree))] == [wall, tree]
    (drawn, of_wall), (tube, of_tree), (line, _) = stage.added
    assert (of_wall["color"], of_tree["color"]) == (theme.VEIN, theme.ARTERY)
    np.testing.assert_allclose(drawn.points, ball.vertices, atol=1e-6)
    np.testing.assert_array_equal(drawn.faces.reshape(-1, 4)[:, 1:], ball.faces)
    outward = (drawn.point_data.active_normals * np.asarray(ball.vertices)).sum(axis=1)
    assert (outward > 1.9).all()
    assert np.hypot(tube.points[:, 0], tube.points[:, 1]).max() < 0.5 + 1e-6
    np.testing.assert_allclose(line.points, points)
    assert line.n_lines == 1


@pytest.mark.parametrize(("light", "lift_mm"), [(False, LIFT_MM), (True, LIGHT_LIFT_MM)])
def test_a_trees_line_is_nearer_to_the_viewer_than_its_tube_and_at_the_same_place_on_screen(
    light: bool, lift_mm: float
) -> None:
    points = np.array([[0.0, 0, 0], [0.0, 0, 9.0]])
    tree = VesselTree("lh tree", "artery", points, np.full(2, 0.5), np.array([[0, 1]]), "a.swc")
    (its,) = add_vessels(Stage(), (tree,))
    camera = pv.Camera()
    camera.position, camera.focal_point = (120.0, -160.0, 0.0), (0.0, 0.0, 0.0)
    for _ in range(2):  # every frame anew
        its.follow(camera, light)
    tube, line = its._actors
    np.testing.assert_allclose(pv.array_from_vtkmatrix(tube.GetMatrix()), np.eye(4))
    matrix = pv.array_from_vtkmatrix(line.GetMatrix())
    at = np.array(camera.position)
    for point in points:
        before, after = point - at, (matrix @ (*point, 1.0))[:3] - at
        np.testing.assert_allclose(np.cross(before, after), 0.0, atol=1e-6)
        assert np.linalg.norm(before) - np.linalg.norm(after) == pytest.approx(lift_mm, rel=0.01)

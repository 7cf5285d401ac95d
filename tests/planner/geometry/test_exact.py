from __future__ import annotations

import igl
import numpy as np
import pytest
import trimesh
from hypothesis import given, settings
from hypothesis import strategies as st

from planner.frames import FloatArray
from planner.geometry import exact as exact_geometry
from planner.geometry import exact_search
from planner.geometry.exact import _RAY, ExactMesh, point_triangle
from planner.geometry.exact_shafts import ExactCapsules

UM = 1e-3


@pytest.fixture(scope="module")
def body() -> trimesh.Trimesh:
    """A watertight, bumpy ball of uneven triangles."""
    ball = trimesh.creation.icosphere(subdivisions=4, radius=1.0)
    unit = np.asarray(ball.vertices)
    radius = 12.0 + 3.0 * np.sin(4 * unit[:, 0] + 1) * np.cos(5 * unit[:, 1]) + 2.0 * np.sin(6 * unit[:, 2] + 2)
    return trimesh.Trimesh(unit * radius[:, None] + [-20.0, 5.0, 30.0], ball.faces, process=False)


@pytest.fixture(scope="module")
def exact(body: trimesh.Trimesh) -> ExactMesh:
    return ExactMesh(np.asarray(body.vertices), np.asarray(body.faces))


def points_about(mesh: trimesh.Trimesh, count: int, seed: int = 0) -> FloatArray:
    low, high = mesh.bounds
    return np.random.default_rng(seed).uniform(low - 5, high + 5, (count, 3))


def test_distance_equals_igl_and_trimesh(body: trimesh.Trimesh, exact: ExactMesh) -> None:
    points = points_about(body, 1500)
    vertices, faces = np.asarray(body.vertices), np.asarray(body.faces, dtype=np.int64)
    found = exact.distance(points)
    np.testing.assert_allclose(found, np.sqrt(igl.point_mesh_squared_distance(points, vertices, faces)[0]), atol=1e-9)
    np.testing.assert_allclose(found[:200], trimesh.proximity.closest_point(body, points[:200])[1], atol=1e-9)


def test_distance_to_slivers_and_degenerate_triangles() -> None:
    """Triangles of every badness, a needle and a point among them, one by one against trimesh."""
    generator = np.random.default_rng(8)
    corners = generator.normal(size=(60, 3, 3))
    corners[:20, 2] = corners[:20, 0] + 1e-9 * generator.normal(size=(20, 3))
    corners[20:40, 2] = corners[20:40, :2].mean(axis=1) + 1e-7 * generator.normal(size=(20, 3))
    corners[40] = corners[40, 0]
    corners[41, 2] = corners[41, 1]
    for triangle in corners:
        points = generator.normal(size=(20, 3)) * 2
        s = np.linspace(0, 1, 101)
        u, v = (x.ravel() for x in np.meshgrid(s, s))
        u, v = u[u + v <= 1 + 1e-12], v[u + v <= 1 + 1e-12]
        dense = triangle[0] + u[:, None] * (triangle[1] - triangle[0]) + v[:, None] * (triangle[2] - triangle[0])
        least = np.linalg.norm(points[:, None] - dense[None], axis=2).min(axis=1)
        found = ExactMesh(triangle, np.array([[0, 1, 2]])).distance(points)
        assert (found <= least + 1e-9).all()
        assert (least - found).max() < 0.02


def test_distance_of_a_box_is_the_closed_form() -> None:
    box = trimesh.creation.box((2.0, 4.0, 6.0))
    exact = ExactMesh(np.asarray(box.vertices), np.asarray(box.faces))
    points = np.random.default_rng(2).uniform(-6, 6, (2000, 3))
    over = np.abs(points) - [1.0, 2.0, 3.0]
    closed = np.linalg.norm(np.maximum(over, 0), axis=1) + np.minimum(over.max(axis=1), 0)
    np.testing.assert_allclose(exact.signed_distance(points), closed, atol=1e-9)


def test_inside_equals_the_winding_number(body: trimesh.Trimesh, exact: ExactMesh) -> None:
    points = points_about(body, 4000, seed=1)
    winding = igl.winding_number(np.asarray(body.vertices), np.asarray(body.faces, dtype=np.int64), points)
    np.testing.assert_array_equal(exact.inside(points), winding > 0.5)


@pytest.mark.parametrize("offset_mm", [UM, 1e-6])
def test_a_micrometre_inside_and_outside_are_told_apart(
    body: trimesh.Trimesh, exact: ExactMesh, offset_mm: float
) -> None:
    corners, normal = np.asarray(body.triangles), np.asarray(body.face_normals)
    weights = np.random.default_rng(5).dirichlet([1, 1, 1], len(corners))
    on = (weights[..., None] * corners).sum(axis=1)
    assert exact.inside(on - offset_mm * normal).all()
    assert not exact.inside(on + offset_mm * normal).any()
    np.testing.assert_allclose(exact.signed_distance(on[:500] + offset_mm * normal[:500]), offset_mm, atol=1e-9)


def test_inside_is_right_where_the_ray_meets_an_edge_or_a_vertex(body: trimesh.Trimesh, exact: ExactMesh) -> None:
    """The parity of crossings must not miss, nor count twice, what lies exactly on the way."""
    vertices = np.asarray(body.vertices)
    targets = np.concatenate([vertices[body.edges_unique].mean(axis=1)[::3], vertices[::3]])
    way = _RAY / np.linalg.norm(_RAY)
    points = np.concatenate([targets - length * way for length in (0.5, 3.0, 40.0)])
    winding = igl.winding_number(vertices, np.asarray(body.faces, dtype=np.int64), points)
    np.testing.assert_array_equal(exact.inside(points), winding > 0.5)


def test_inside_a_body_whose_rays_all_meet_symmetric_edges() -> None:
    ball = trimesh.creation.icosphere(subdivisions=2, radius=3.0)
    exact = ExactMesh(np.asarray(ball.vertices), np.asarray(ball.faces))
    axes = np.concatenate([np.eye(3), -np.eye(3), np.zeros((1, 3))])
    assert exact.inside(axes * 2.5).all()
    assert not exact.inside(axes[:6] * 3.1).any()


def test_crossings_equal_trimeshs(body: trimesh.Trimesh, exact: ExactMesh) -> None:
    start, end = points_about(body, 300, seed=3), points_about(body, 300, seed=4)
    segment, at, _ = exact.crossings(start, end)
    length = np.linalg.norm(end - start, axis=1)
    unit = (end - start) / length[:, None]
    place, ray, _ = body.ray.intersects_location(start, unit, multiple_hits=True)
    way = ((place - start[ray]) * unit[ray]).sum(axis=1)
    kept = way <= length[ray]
    ray, way = ray[kept], way[kept]
    order = np.lexsort((way, ray))
    np.testing.assert_array_equal(segment, ray[order])
    np.testing.assert_allclose(at, way[order], atol=1e-8)


def test_crossings_agree_with_insides(body: trimesh.Trimesh, exact: ExactMesh) -> None:
    start, end = points_about(body, 1000, seed=5), points_about(body, 1000, seed=6)
    segment, _, _ = exact.crossings(start, end)
    odd = np.bincount(segment, minlength=1000) % 2 == 1
    np.testing.assert_array_equal(odd, exact.inside(start) != exact.inside(end))


def test_a_segment_through_an_edge_or_a_corner_crosses_once_there(body: trimesh.Trimesh, exact: ExactMesh) -> None:
    """Never through the crack between two faces, and never twice: in and out follow each other, as the ends have it."""
    generator = np.random.default_rng(5)
    triangles = np.asarray(body.triangles)
    faces = generator.integers(len(triangles), size=6000)
    corners = triangles[faces]
    share = generator.uniform(0.05, 0.95, 6000)[:, None]
    edge = corners[:, 0] + share * (corners[:, 1] - corners[:, 0])
    through = np.concatenate([edge, corners[:, 2]])
    unit = np.tile(np.asarray(body.face_normals)[faces], (2, 1)) + 0.4 * generator.normal(size=(12000, 3))
    unit /= np.linalg.norm(unit, axis=1, keepdims=True)
    start, end = through - 3.0 * unit, through + 2.0 * unit
    segment, at_mm, inward = exact.crossings(start, end)
    net = np.bincount(segment, np.where(inward, 1, -1), minlength=len(start))
    np.testing.assert_array_equal(net, exact.inside(end).astype(int) - exact.inside(start))
    same = segment[1:] == segment[:-1]
    assert (inward[1:][same] != inward[:-1][same]).all()
    near = np.bincount(segment[np.abs(at_mm - 3.0) < 1e-6], minlength=len(start))
    assert (near[:6000] % 2 == 1).mean() > 0.99  # where the end of a rounded number lies beside the edge, none or two


def test_a_graze_of_a_micrometre_is_two_crossings() -> None:
    """Along a ridge: a micrometre under its crest the shaft crosses both flanks, a micrometre over it none."""
    x = np.array([-1.0, 1.0])
    vertices = np.array([(a, y, z) for a in x for y, z in ((-1.0, 0.0), (1.0, 0.0), (0.0, 1.0))])
    faces = trimesh.convex.convex_hull(vertices).faces
    exact = ExactMesh(np.asarray(trimesh.convex.convex_hull(vertices).vertices), np.asarray(faces))
    for height, count in ((1.0 - UM, 2), (1.0 + UM, 0)):
        segment, at, _ = exact.crossings(np.array([[0.1, -3.0, height]]), np.array([[0.1, 3.0, height]]))
        assert len(segment) == count
        np.testing.assert_allclose(at, [3 - UM, 3 + UM][:count], atol=1e-9)


def test_crossings_are_sorted_within_a_segment() -> None:
    shells = [trimesh.creation.icosphere(subdivisions=2, radius=r) for r in (1.0, 2.0, 3.0)]
    onion = trimesh.util.concatenate(shells)
    exact = ExactMesh(np.asarray(onion.vertices), np.asarray(onion.faces))
    start = np.array([[-4.0, 0.13, 0.07], [0.0, 0.13, 0.07]])
    segment, at, _ = exact.crossings(start, start + np.array([8.0, 0.0, 0.0]))
    assert segment.tolist() == [0] * 6 + [1] * 3
    assert (np.diff(at[:6]) > 0).all()
    np.testing.assert_allclose(at[6:], [1, 2, 3], atol=0.1)


def clearance(start, end, first, last, r0, r1):  # type: ignore[no-untyped-def]
    rows = [np.atleast_2d(np.asarray(x, dtype=float)) for x in (start, end, first, last)]
    radii = tuple(np.atleast_1d(np.asarray(r, dtype=float)) for r in (r0, r1))
    distance, index = ExactCapsules(*rows[2:], *radii).clearance(*rows[:2], np.inf)
    return distance[0], index[0]


@pytest.mark.parametrize(
    ("shaft", "axis", "radii", "expected"),
    [
        (((0, 0, 0), (0, 0, 5)), ((3, -9, 2), (3, 9, 2)), (1.0, 1.0), 2.0),  # across a tube
        (((0, 0, 0), (0, 0, 5)), ((3, 0, -9), (3, 0, 9)), (1.0, 1.0), 2.0),  # along it
        (((0, 0, 0), (0, 0, 5)), ((0, 0, 8), (0, 0, 12)), (1.0, 1.0), 2.0),  # end to end
        (((0, 0, 0), (0, 0, 5)), ((-1, 0, 2), (1, 0, 2)), (0.7, 0.7), -0.7),  # through the lumen's axis
        (((0, 0, 0), (0, 0, 5)), ((2, 0, 1), (2, 0, 1)), (0.5, 0.5), 1.5),  # a ball
        (((0, 0, 0), (0, 0, 5)), ((2, 0, 1), (2, 0, 1)), (0.2, 0.5), 1.5),  # two balls about one centre
        (((0, 0, 0), (0, 0, 5)), ((2, 0, 1), (2, 0, 1)), (0.5, 0.2), 1.5),
        (((0, 0, 0), (0, 0, 5)), ((2, 0, 1), (2.1, 0, 1)), (0.9, 0.2), 1.1),  # a ball within a ball
        (((0, 0, 0), (0, 0, 5)), ((2.1, 0, 1), (2, 0, 1)), (0.2, 0.9), 1.1),
        (((0, 0, 0), (0, 0, 0)), ((3, 4, 0), (3, 4, 0)), (1.0, 1.0), 4.0),  # a point and a ball
        (((0, 0, 0), (0, 0, 5)), ((4, 0, 2), (9, 0, 2)), (1.0, 0.0), 3.0),  # the thick end of a cone
    ],
)
def test_clearance_in_closed_form(shaft, axis, radii, expected: float) -> None:  # type: ignore[no-untyped-def]
    assert clearance(*shaft, *axis, *radii)[0] == pytest.approx(expected, abs=1e-9)


def test_clearance_along_a_cones_flank_is_measured_across_it() -> None:
    """A shaft parallel to a cone's axis is nearest to the thick end's flank, whose normal leans."""
    slope = 0.5 / 10.0
    found, _ = clearance((5, 4, 0), (5, 4, 0), (0, 0, 0), (10, 0, 0), 0.5, 1.0)
    lean = np.arcsin(slope)
    assert found == pytest.approx(4 * np.cos(lean) - 5 * np.sin(lean) - 0.5, abs=1e-9)


numbers = st.floats(-5.0, 5.0).map(lambda x: round(x, 3))
places = st.tuples(numbers, numbers, numbers)
radii = st.floats(0.0, 1.5).map(lambda x: round(x, 3))


@settings(max_examples=60, deadline=None)
@given(places, places, places, places, radii, radii)
def test_clearance_is_the_minimum_over_shaft_and_axis(a, b, c, d, r0: float, r1: float) -> None:  # type: ignore[no-untyped-def]
    """Against a grid over both that is drawn ever closer about its least value, as a convex function allows."""
    p, q, f, g = (np.array(x) for x in (a, b, c, d))
    low, high, best = np.zeros(2), np.ones(2), np.inf
    for _ in range(12):
        s, t = (np.linspace(low[k], high[k], 41) for k in (0, 1))
        first, axis = p + s[:, None] * (q - p), f + t[:, None] * (g - f)
        table = np.linalg.norm(first[:, None] - axis[None], axis=2) - (r0 + t * (r1 - r0))[None]
        i, j = np.unravel_index(table.argmin(), table.shape)
        best, wide, middle = min(best, table[i, j]), (high - low) / 8, np.array([s[i], t[j]])
        low, high = np.clip(middle - wide, 0, 1), np.clip(middle + wide, 0, 1)
    found, _ = clearance(a, b, c, d, r0, r1)
    assert found <= best + 1e-9
    assert found >= best - 1e-4


def test_the_nearest_of_many_capsules_is_found_and_named() -> None:
    generator = np.random.default_rng(9)
    start, first = generator.uniform(-20, 20, (40, 3)), generator.uniform(-20, 20, (500, 3))
    end, last = start + generator.normal(size=(40, 3)) * 3, first + generator.normal(size=(500, 3)) * 2
    radii_ = generator.uniform(0.05, 1.0, (2, 500))
    found, index = ExactCapsules(first, last, *radii_).clearance(start, end, np.inf)
    s = np.linspace(0, 1, 33)[:, None]
    for row in range(40):
        shaft = start[row] + s * (end[row] - start[row])
        axis = first[:, None] + s[None] * (last - first)[:, None]
        radius = radii_[0][:, None] + s[:, 0] * (radii_[1] - radii_[0])[:, None]
        each = (np.linalg.norm(axis[:, None] - shaft[None, :, None], axis=3) - radius[:, None]).min(axis=(1, 2))
        alone, _ = clearance(start[row], end[row], first[index[row]], last[index[row]], *radii_[:, index[row]])
        assert found[row] == pytest.approx(alone, abs=1e-12)
        assert each.min() - 0.1 < found[row] <= each.min() + 1e-12


@pytest.mark.parametrize("short_um", [-1.0, 1.0])
def test_a_micrometre_of_clearance_is_seen(short_um: float) -> None:
    """The vessel passes between two contacts; only the shaft itself comes near it."""
    found, _ = clearance(
        (0, 0, 0), (0, 0, -3), (-5, 0.3 + short_um * UM, -1.234), (5, 0.3 + short_um * UM, -1.234), 0.2, 0.2
    )
    assert found == pytest.approx(0.1 + short_um * UM, abs=1e-9)
    assert (found < 0.1) == (short_um < 0)


def test_crossings_tell_in_from_out(body: trimesh.Trimesh, exact: ExactMesh) -> None:
    start, end = points_about(body, 1000, seed=7), points_about(body, 1000, seed=8)
    segment, _, inward = exact.crossings(start, end)
    first = np.searchsorted(segment, np.unique(segment))
    np.testing.assert_array_equal(inward[first], ~exact.inside(start)[np.unique(segment)])
    neighbours = segment[1:] == segment[:-1]
    assert (inward[1:] != inward[:-1])[neighbours].all()


@pytest.mark.parametrize("most", [exact_search.MOST_PAIRS, 500])
def test_one_huge_triangle_neither_changes_the_answers_nor_widens_the_searches(
    monkeypatch: pytest.MonkeyPatch, most: int
) -> None:
    """A thin box of 60 mm far away beside a fine ball: with one reach for all, each point met all of its 5120 faces."""
    monkeypatch.setattr(exact_search, "MOST_PAIRS", most)
    seen: list[int] = []
    monkeypatch.setattr(exact_geometry, "point_triangle", lambda p, c: (seen.append(len(p)), point_triangle(p, c))[1])
    ball, box = trimesh.creation.icosphere(subdivisions=4, radius=2.0), trimesh.creation.box((60.0, 1.0, 1.0))
    box.apply_translation((0.0, 9.0, 0.0))
    both = trimesh.util.concatenate([ball, box])
    vertices, faces = np.asarray(both.vertices), np.asarray(both.faces)
    mesh = ExactMesh(vertices, faces)
    rng = np.random.default_rng(0)
    points = np.concatenate([rng.uniform(-3, 3, (200, 3)), box.bounds.mean(axis=0) + rng.normal(size=(50, 3))])
    expected = np.sqrt(igl.point_mesh_squared_distance(points, vertices, faces)[0])
    np.testing.assert_allclose(mesh.distance(points), expected, atol=1e-9)
    assert sum(seen) < 0.2 * len(points) * len(faces)
    assert max(seen) <= max(most, len(faces))
    np.testing.assert_array_equal(mesh.winding(points), np.rint(igl.winding_number(vertices, faces, points)))
    segment, at_mm, inward = mesh.crossings(points, points + np.array([0.0, 0.0, 9.0]))
    location, ray, _ = trimesh.ray.ray_triangle.RayMeshIntersector(both).intersects_location(
        points, np.tile([0.0, 0.0, 1.0], (len(points), 1))
    )
    apart = np.linalg.norm(location - points[ray], axis=1)
    assert len(segment) == (apart <= 9.0).sum()
    assert sorted(at_mm) == pytest.approx(sorted(apart[apart <= 9.0]))
    assert 0 < inward.sum() < len(inward)

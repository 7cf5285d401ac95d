"""The smooth margins by themselves and against the exact ones; what they mean is tested in `test_exact_access`."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
import trimesh
from torch import Tensor

from planner.anatomy.access import UNRESTRICTED, Access, Window
from planner.anatomy.approaches import PRESETS
from planner.anatomy.hemisphere import V1, Anatomy
from planner.anatomy.regions import Region, region_solid
from planner.anatomy.windows import access_preset, window_at
from planner.design.access import angle_margin, region_margin, window_margins
from planner.design.exact_access import exact_angle_margin, exact_region_margin, exact_window_margins
from planner.design.site import Site
from planner.frames import HEMISPHERES, HemisphereName
from planner.geometry.exact import ExactMesh
from planner.geometry.exact_normals import ExactNormals
from planner.geometry.exact_shafts import ExactWall
from planner.geometry.surface import Surface
from planner.geometry.walls import Wall
from tests.timing import cpu_seconds

Shafts = tuple[Tensor, Tensor, Tensor, Tensor]


def shafts_of(anatomy: Anatomy, count: int, seed: int) -> Shafts:
    """Random shafts that go in through V1 of either hemisphere, none along its face."""
    generator = np.random.default_rng(seed)
    parts = []
    for name, side in anatomy.hemispheres.items():
        corners = side.pial_mm[side.faces[generator.choice(side.v1_faces, count // 2)]]
        entry = (corners * generator.dirichlet([2, 2, 2], count // 2)[..., None]).sum(axis=1)
        normal = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
        normal /= np.linalg.norm(normal, axis=1, keepdims=True)
        unit = generator.normal(size=(count // 2, 3)) - 1.5 * normal
        unit /= np.linalg.norm(unit, axis=1, keepdims=True)
        unit[(unit * normal).sum(axis=1) > -0.1] *= -1
        tip = entry + generator.uniform(1.0, 20.0, (count // 2, 1)) * unit
        parts.append((entry, unit, tip, np.full(count // 2, name == "rh")))
    entry, unit, tip, right = (torch.from_numpy(np.concatenate(x)) for x in zip(*parts, strict=True))
    return entry, unit, tip, right


def accesses_of(anatomy: Anatomy) -> list[Access]:
    presets = [access_preset(name, anatomy) for name in PRESETS]
    several = tuple(
        window_at(anatomy, name, surface, (x, y, z), 18.0, 50.0, 40.0)  # type: ignore[arg-type]
        for name, surface, x, y, z in [
            ("lh", "hull", -10.0, -95.0, -25.0),
            ("lh", "pial", -20.0, -95.0, 10.0),
            ("lh", "hull", -25.0, -100.0, 30.0),
            ("rh", "pial", 5.0, -80.0, 10.0),
        ]
    )
    return [*presets, Access("several", several), Access("both", presets[1].windows + presets[2].windows)]


@pytest.fixture(scope="module")
def around(site: Site) -> dict[HemisphereName, Surface]:
    return {name: side.pial for name, side in site.sides.items()}


@pytest.fixture(scope="module")
def whole(demo: Anatomy) -> dict[HemisphereName, Surface]:
    return {name: Surface(side.pial_mm, side.faces) for name, side in demo.hemispheres.items()}


@pytest.fixture(scope="module")
def exact(demo: Anatomy) -> dict[HemisphereName, ExactMesh]:
    return {name: ExactMesh(side.pial_mm, side.faces) for name, side in demo.hemispheres.items()}


@pytest.fixture(scope="module")
def v1_walls(demo: Anatomy) -> list[tuple[Wall, ExactWall]]:
    """Where V1 sees the middle 2°, in both hemispheres."""
    walls = []
    for name, side in demo.hemispheres.items():
        fovea = np.flatnonzero((side.retinotopy.area == V1) & (side.retinotopy.eccentricity_deg < 2.0))
        solid = region_solid(side, Region("fovea", name, tuple(fovea.tolist()), "map"))
        walls.append((Wall(*solid), ExactWall(*solid)))
    return walls


def test_windows_give_the_exact_margins_on_the_demo(
    demo: Anatomy, whole: dict[HemisphereName, Surface], exact: dict[HemisphereName, ExactMesh]
) -> None:
    shafts = shafts_of(demo, 120, seed=1)
    arrays = tuple(x.numpy() for x in shafts)
    for access in accesses_of(demo):
        smooth = window_margins(access, whole, *shafts)
        verdict = exact_window_margins(access, exact, *arrays)
        for name, expected in verdict.items():
            np.testing.assert_allclose(smooth[name].numpy(), expected, atol=1e-6, err_msg=f"{access.name} {name}")
        if access.windows:
            good = np.minimum.reduce(list(verdict.values())) >= 0
            assert 3 <= good.sum() < len(good), access.name


def test_with_cortex_cut_out_around_v1_windows_let_the_same_shafts_in(
    demo: Anatomy, around: dict[HemisphereName, Surface], exact: dict[HemisphereName, ExactMesh]
) -> None:
    shafts = shafts_of(demo, 120, seed=2)
    arrays = tuple(x.numpy() for x in shafts)
    for access in accesses_of(demo):
        least = torch.stack(list(window_margins(access, around, *shafts).values())).amin(dim=0).numpy()
        verdict = np.minimum.reduce(list(exact_window_margins(access, exact, *arrays).values()))
        np.testing.assert_array_equal(least >= 0, verdict >= 0)
        np.testing.assert_allclose(least[verdict >= 0], verdict[verdict >= 0], atol=1e-6)


def test_angles_are_the_exact_ones_and_trimeshs(demo: Anatomy, around: dict[HemisphereName, Surface]) -> None:
    entry, unit, _, right = shafts_of(demo, 80, seed=3)
    smooth = angle_margin(around, entry, unit, right, 40.0).numpy()
    exact = {name: ExactNormals(side.pial_mm, side.faces) for name, side in demo.hemispheres.items()}
    verdict = exact_angle_margin(exact, entry.numpy(), unit.numpy(), right.numpy(), 40.0)
    np.testing.assert_allclose(smooth, verdict, atol=1e-7)
    for name, side in demo.hemispheres.items():
        rows = right.numpy() == (name == "rh")
        mesh = trimesh.Trimesh(side.pial_mm, side.faces, process=False)
        nearest, _, face = trimesh.proximity.closest_point(mesh, entry.numpy()[rows])
        weight = trimesh.triangles.points_to_barycentric(mesh.triangles[face], nearest)
        normal = (weight[..., None] * mesh.vertex_normals[mesh.faces[face]]).sum(axis=1)
        cosine = -(normal / np.linalg.norm(normal, axis=1, keepdims=True) * unit.numpy()[rows]).sum(axis=1)
        np.testing.assert_allclose(verdict[rows], 40.0 - np.degrees(np.arccos(cosine)), atol=1e-4)


def test_angles_are_continuous_across_the_edges_of_faces(demo: Anatomy, around: dict[HemisphereName, Surface]) -> None:
    side = demo.hemispheres["lh"]
    a, b, _ = side.pial_mm[side.faces[side.v1_faces[::40]]].transpose(1, 0, 2)
    across = torch.from_numpy((a + b) / 2 + np.linspace(-1e-4, 1e-4, 2)[:, None, None])
    unit = torch.tensor([[0.0, 1.0, 0.0]], dtype=torch.float64).expand_as(across[0])
    right = torch.zeros(len(unit), dtype=torch.bool)
    one, other = (angle_margin(around, entry, unit, right, 0.0) for entry in across)
    np.testing.assert_allclose(one, other, atol=0.1)


def test_regions_give_the_exact_margins_on_the_demo(demo: Anatomy, v1_walls: list[tuple[Wall, ExactWall]]) -> None:
    entry, _, tip, _ = shafts_of(demo, 200, seed=4)
    smooth = region_margin([wall for wall, _ in v1_walls], entry, tip).numpy()
    verdict = exact_region_margin([wall for _, wall in v1_walls], entry.numpy(), tip.numpy())
    outside = verdict > 0
    np.testing.assert_allclose(smooth[outside], verdict[outside], atol=1.1e-3)
    np.testing.assert_allclose(smooth[~outside], verdict[~outside], atol=0.05)
    sure = np.abs(verdict) > 2e-3
    np.testing.assert_array_equal(smooth[sure] < 0, verdict[sure] < 0)
    assert 10 < (verdict < 0).sum() < 190


def test_gradients_equal_differences(demo: Anatomy, around: dict[HemisphereName, Surface]) -> None:
    entry, unit, tip, right = shafts_of(demo, 8, seed=5)
    depth = (tip - entry).norm(dim=1)
    leaves = tuple(x.clone().requires_grad_() for x in (entry, unit, depth))
    accesses = accesses_of(demo)[1:]

    def table(entry: Tensor, direction: Tensor, depth: Tensor) -> tuple[Tensor, ...]:
        unit = direction / direction.norm(dim=1, keepdim=True)
        tip = entry + depth[:, None] * unit
        found = [m for access in accesses for m in window_margins(access, around, entry, unit, tip, right).values()]
        finite = [torch.where(m.isfinite(), m, 0.0) for m in found]
        return (*finite, angle_margin(around, entry, unit, right, 30.0))

    blocked = [window_margins(access, around, entry, unit, tip, right)["access"] < -1.0 for access in accesses]
    assert all(1 < rows.sum() < 8 for rows in blocked)
    assert torch.autograd.gradcheck(table, leaves, eps=1e-7, atol=1e-4, rtol=1e-4)


def test_gradients_of_regions_equal_differences(demo: Anatomy, v1_walls: list[tuple[Wall, ExactWall]]) -> None:
    entry, unit, tip, _ = shafts_of(demo, 200, seed=6)
    walls = [wall for wall, _ in v1_walls]
    near = torch.nonzero((region_margin(walls, entry, tip) > 0.1) & (region_margin(walls, entry, tip) < 4.0))[:6, 0]
    leaves = tuple(x[near].clone().requires_grad_() for x in (entry, unit, (tip - entry).norm(dim=1)))

    def margin(entry: Tensor, direction: Tensor, depth: Tensor) -> Tensor:
        return region_margin(walls, entry, entry + depth[:, None] * direction)

    assert len(near) == 6
    assert torch.autograd.gradcheck(margin, leaves, eps=1e-5, atol=1e-3, rtol=1e-3)


def test_gradients_stay_finite_where_a_shaft_is_the_windows_own_axis(blocks: Anatomy) -> None:
    pials = {name: Surface(side.pial_mm, side.faces) for name, side in blocks.hemispheres.items()}
    windows = tuple(
        Window("lh", surface, (-40.0, 0.0, 20.0), (0.0, 0.0, -1.0), 8.0, 30.0, 20.0)  # type: ignore[arg-type]
        for surface in ("hull", "pial")
    )
    for window in windows:
        for direction in ([0.0, 0.0, -1.0], [0.0, 0.0, 1.0], [1.0, 0.0, 0.0]):
            entry = torch.tensor([[-40.0, 0.0, 20.0]], dtype=torch.float64, requires_grad=True)
            unit = torch.tensor([direction], dtype=torch.float64, requires_grad=True)
            right = torch.tensor([False])
            found = window_margins(Access("one", (window,)), pials, entry, unit, entry + 5.0 * unit, right)
            angle = angle_margin(pials, entry, unit, right, 30.0)
            (torch.stack(list(found.values())).sum() + angle.sum()).backward()  # type: ignore[no-untyped-call]
            assert entry.grad is not None
            assert unit.grad is not None
            assert entry.grad.isfinite().all()
            assert unit.grad.isfinite().all()


def test_following_the_gradient_clears_the_way(blocks: Anatomy) -> None:
    """A shaft into a bank whose way out crosses the other bank turns until it passes the sulcus's mouth."""
    pials = {name: Surface(side.pial_mm, side.faces) for name, side in blocks.hemispheres.items()}
    access = Access("top", (Window("lh", "hull", (-30.0, 0.0, 20.0), (0.0, 0.0, -1.0), 12.0, 60.0),))
    entry = torch.tensor([[-32.0, 0.0, 12.0]], dtype=torch.float64)
    direction = torch.tensor([[-1.0, 0.0, -1.6]], dtype=torch.float64, requires_grad=True)
    right = torch.tensor([False])
    first = None
    for _ in range(60):
        unit = direction / direction.norm(dim=1, keepdim=True)
        margin = window_margins(access, pials, entry, unit, entry + 3.0 * unit, right)["access"]
        first = margin.item() if first is None else first
        if margin.item() >= 0:
            break
        (step,) = torch.autograd.grad(margin.sum(), direction)
        direction = (direction + 0.02 * step / step.norm()).detach().requires_grad_()
    assert first is not None
    assert first < -1.0
    assert margin.item() >= 0


def test_nothing_is_kept_to_where_nothing_is_set(demo: Anatomy, around: dict[HemisphereName, Surface]) -> None:
    entry, unit, tip, right = shafts_of(demo, 10, seed=7)
    assert all((m == torch.inf).all() for m in window_margins(UNRESTRICTED, around, entry, unit, tip, right).values())
    assert (region_margin([], entry, tip) == torch.inf).all()
    left = {"lh": around["lh"]}
    assert (angle_margin(left, entry, unit, right, 30.0)[right] == torch.inf).all()  # type: ignore[arg-type]
    none = window_margins(access_preset("interhemispheric", demo), around, *(x[:0] for x in (entry, unit, tip, right)))
    assert all(len(m) == 0 for m in none.values())


def test_a_thousand_shafts_take_a_fraction_of_a_step(
    demo: Anatomy, around: dict[HemisphereName, Surface], v1_walls: list[tuple[Wall, ExactWall]]
) -> None:
    entry, unit, tip, right = shafts_of(demo, 1000, seed=8)
    for access in accesses_of(demo):
        assert cpu_seconds(lambda a=access: window_margins(a, around, entry, unit, tip, right)) < 0.05  # type: ignore[misc]
    assert cpu_seconds(lambda: angle_margin(around, entry, unit, right, 30.0)) < 0.05
    assert cpu_seconds(lambda: region_margin([wall for wall, _ in v1_walls], entry, tip)) < 0.3


def test_sides_are_told_by_their_flag(blocks: Anatomy) -> None:
    pials = {name: Surface(side.pial_mm, side.faces) for name, side in blocks.hemispheres.items()}
    left = Window("lh", "pial", (-40.0, 0.0, 20.0), (0.0, 0.0, -1.0), 8.0, 30.0)
    both = Access("two", (left, replace(left, hemisphere="rh", centre_mm=(40.0, 0.0, 20.0), radius_mm=5.0)))
    entry = torch.tensor([[-40.0, 0.0, 20.0], [40.0, 0.0, 20.0]], dtype=torch.float64)
    unit = torch.tensor([[0.0, 0.0, -1.0]] * 2, dtype=torch.float64)
    right = torch.tensor([False, True])
    np.testing.assert_allclose(window_margins(both, pials, entry, unit, entry + unit, right)["access"], [8.0, 5.0])
    one = window_margins(Access("one", (left,)), pials, entry, unit, entry + unit, right)
    np.testing.assert_allclose(one["access"], [8.0, -1000.0])
    np.testing.assert_allclose(one["approach"], [30.0, np.inf])
    assert HEMISPHERES == ("lh", "rh")

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy.spatial import cKDTree

from planner.anatomy.hemisphere import V1, Anatomy, Hemisphere
from planner.anatomy.ribbon import Ribbon
from planner.frames import HEMISPHERES, FloatArray, IntArray
from tests.timing import cpu_seconds


@pytest.fixture(scope="module", params=HEMISPHERES)
def hemisphere(request: pytest.FixtureRequest, demo: Anatomy) -> Hemisphere:
    return demo.hemispheres[request.param]


@pytest.fixture(scope="module")
def ribbon(hemisphere: Hemisphere) -> Ribbon:
    return Ribbon(hemisphere)


def drawn(h: Hemisphere, count: int, seed: int = 0) -> tuple[FloatArray, FloatArray, IntArray, FloatArray, FloatArray]:
    """Points at known places of V1's prisms, and the field there: made from the mesh alone."""
    generator = np.random.default_rng(seed)
    corners = h.faces[generator.choice(h.v1_faces, count)]
    weight, depth = generator.dirichlet([1, 1, 1], count), generator.uniform(0.02, 0.98, count)
    column = (1 - depth)[:, None, None] * h.pial_mm[corners] + depth[:, None, None] * h.white_mm[corners]
    points = (weight[..., None] * column).sum(axis=1)
    return points, (weight[..., None] * h.field_deg[corners]).sum(axis=1), corners, weight, depth


def test_known_places_are_recovered_and_never_the_opposite_bank(hemisphere: Hemisphere, ribbon: Ribbon) -> None:
    points, field, corners, weight, depth = drawn(hemisphere, 1024)
    at = ribbon.locate(torch.from_numpy(points))
    error = np.linalg.norm(ribbon.field(at).numpy() - field, axis=1)
    assert (error <= 0.02 + 0.005 * np.linalg.norm(field, axis=1)).all()
    np.testing.assert_allclose(at.barycentric.sum(dim=1), 1.0, atol=1e-12)
    same = (ribbon.corners[at.face.numpy()] == corners).all(axis=1)
    assert same.mean() > 0.99
    np.testing.assert_allclose(at.depth.numpy()[same], depth[same], atol=1e-6)
    np.testing.assert_allclose(at.barycentric.numpy()[same], weight[same], atol=1e-6)
    np.testing.assert_allclose(ribbon.usable(at), 1.0, atol=1e-6)


def test_field_agrees_with_dense_sampling_of_all_prisms(hemisphere: Hemisphere, ribbon: Ribbon) -> None:
    """Brute force: points off every grid, against the nearest of a million samples of V1's gray matter."""
    corners = hemisphere.faces[hemisphere.v1_faces]
    points, *_ = drawn(hemisphere, 200, seed=7)
    n, layers = 6, np.linspace(0, 1, 9)
    weights = np.array([(i, j, n - i - j) for i in range(n + 1) for j in range(n + 1 - i)]) / n
    pial, white = (np.einsum("wc,fcx->fwx", weights, x[corners]) for x in (hemisphere.pial_mm, hemisphere.white_mm))
    samples = np.concatenate([(pial + d * (white - pial)).reshape(-1, 3) for d in layers])
    seen = np.tile(np.einsum("wc,fcx->fwx", weights, hemisphere.field_deg[corners]).reshape(-1, 2), (len(layers), 1))
    _, near = cKDTree(samples).query(points, k=4)
    found = ribbon.field(ribbon.locate(torch.from_numpy(points))).numpy()
    spread = np.linalg.norm(seen[near] - found[:, None], axis=2).min(axis=1)
    assert (spread <= 0.05 + 0.05 * np.linalg.norm(found, axis=1)).mean() > 0.99


def test_field_is_continuous_across_triangle_borders(hemisphere: Hemisphere, ribbon: Ribbon) -> None:
    _, field, corners, _, depth = drawn(hemisphere, 400, seed=3)
    column = (1 - depth)[:, None, None] * hemisphere.pial_mm[corners] + depth[:, None, None] * hemisphere.white_mm[
        corners
    ]
    border, middle = column[:, :2].mean(axis=1), column.mean(axis=1)
    step = 1e-5 * (border - middle) / np.linalg.norm(border - middle, axis=1, keepdims=True)
    within, beyond = (ribbon.locate(torch.from_numpy(border + sign * step)) for sign in (-1, 1))
    jump = (ribbon.field(within) - ribbon.field(beyond)).norm(dim=1).numpy()
    assert np.quantile(jump, 0.99) < 1e-3
    assert (jump <= 0.02 + 0.005 * np.linalg.norm(field, axis=1)).all()


def test_gradients_of_field_and_usable_equal_differences(hemisphere: Hemisphere, ribbon: Ribbon) -> None:
    points = torch.from_numpy(drawn(hemisphere, 12, seed=5)[0]).requires_grad_()

    def field_and_usable(x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        at = ribbon.locate(x)
        return ribbon.field(at), ribbon.usable(at)

    assert torch.autograd.gradcheck(field_and_usable, points, eps=1e-6, atol=1e-5, rtol=1e-4)


def test_a_phosphene_fades_smoothly_as_its_contact_leaves_the_gray_matter(
    hemisphere: Hemisphere, ribbon: Ribbon
) -> None:
    _, _, corners, weight, _ = drawn(hemisphere, 100, seed=9)
    pial, white = ((weight[..., None] * x[corners]).sum(axis=1) for x in (hemisphere.pial_mm, hemisphere.white_mm))
    inward = (white - pial) / np.linalg.norm(white - pial, axis=1, keepdims=True)
    beyond = np.linspace(0.0, 0.6, 61)
    line = white[:, None] + beyond[:, None] * inward[:, None]
    usable = ribbon.usable(ribbon.locate(torch.from_numpy(line.reshape(-1, 3)))).numpy().reshape(100, 61)
    inside_v1 = (usable[:, 0] > 0.999) & (usable[:, -1] < 0.05)  # the rest run into the next gyrus' gray
    assert inside_v1.mean() > 0.6
    assert np.median(np.abs(np.diff(usable[inside_v1], axis=1)).max(axis=1)) < 0.15
    assert ((usable >= 0) & (usable <= 1)).all()


def test_nothing_is_seen_far_from_v1(hemisphere: Hemisphere, ribbon: Ribbon) -> None:
    far = hemisphere.white_mm[hemisphere.retinotopy.area == V1].mean(axis=0) + np.array([[0, 90.0, 40.0], [0, 40.0, 0]])
    at = ribbon.locate(torch.from_numpy(far))
    assert torch.isfinite(ribbon.field(at)).all()
    np.testing.assert_allclose(ribbon.usable(at), 0.0, atol=1e-6)


def test_a_thousand_contacts_are_located_in_time(hemisphere: Hemisphere, ribbon: Ribbon) -> None:
    points = torch.from_numpy(drawn(hemisphere, 1024)[0])
    ribbon.locate(points)
    assert cpu_seconds(lambda: ribbon.locate(points)) < 0.2  # 0.023 s on a quiet machine

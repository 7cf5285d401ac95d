"""What single threads show: the same as drawing each alone, and the same table however it was put together."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import Tensor

from planner.design.candidates import candidates
from planner.design.limits import Limits
from planner.design.objective import Objective, phosphenes_of
from planner.design.percepts import COARSE_PIXELS, SinglePercepts
from planner.design.site import Site
from planner.implant.catalogue import load_device
from planner.implant.device import Device
from planner.implant.parameters import ThreadTensors, joined
from planner.tasks.reading import reading_task


@pytest.fixture(scope="module")
def objective(site: Site, long_thread: Device) -> Objective:
    devices = (long_thread, replace(load_device("icvp"), gray_share=0.5))
    limits = Limits(4, 0.3, 0.5, long_thread.max_depth_mm, mix=(3, 1))
    return Objective(site, devices, reading_task(), limits)


@pytest.fixture(scope="module")
def table(site: Site, objective: Objective) -> ThreadTensors:
    """Eight threads and four arrays, mixed."""
    parts = [
        candidates(site, objective.devices, objective.limits, count, seed=2, kind=kind)
        for kind, count in enumerate((8, 4))
    ]
    assert [len(part) for part in parts] == [8, 4]
    return joined(parts).take(torch.from_numpy(np.random.default_rng(0).permutation(12)))


@pytest.fixture(scope="module")
def percepts(objective: Objective, table: ThreadTensors) -> SinglePercepts:
    return SinglePercepts(objective, table)


def coarse(images: Tensor) -> Tensor:
    """Means over blocks of pixels."""
    block = images.shape[-1] // COARSE_PIXELS
    return images.unflatten(2, (COARSE_PIXELS, block)).unflatten(1, (COARSE_PIXELS, block)).mean(dim=(2, 4))


def drawn(objective: Objective, threads: ThreadTensors) -> Tensor:
    """All pictures of the task as an implant shows them: encoded from the fine pictures, drawn on the coarse one."""
    task = objective.task
    field, small = replace(task.visual_field, pixels=COARSE_PIXELS), coarse(task.targets)
    lit, _ = phosphenes_of(objective.site, threads, objective.devices)
    light = objective.percept(lit).brightness
    assert lit.working_ua is not None
    view = replace(objective, task=replace(task, targets=small, visual_field=field)).view
    footprints = view.footprints(lit.to(task.targets), lit.working_ua)
    return footprints.spread(light).reshape(-1).double()


def test_inner_products_are_those_of_pictures_drawn_thread_by_thread(
    objective: Objective, table: ThreadTensors, percepts: SinglePercepts
) -> None:
    alone = torch.stack([drawn(objective, table.take(torch.tensor([row]))) for row in range(len(table))])
    targets = coarse(objective.task.targets).reshape(-1).double()
    scale = float((alone @ alone.T).max())
    np.testing.assert_allclose(percepts.gram, alone @ alone.T, atol=1e-4 * scale)
    np.testing.assert_allclose(percepts.match, alone @ targets, rtol=1e-3, atol=1e-3 * float((alone @ targets).max()))
    assert percepts.whole == pytest.approx(float(targets @ targets), rel=1e-5)


def test_what_an_implant_shows_is_the_sum_of_what_its_threads_show(
    objective: Objective, table: ThreadTensors, percepts: SinglePercepts
) -> None:
    rows = np.array([0, 3, 5, 11])
    together = drawn(objective, table.take(torch.from_numpy(rows)))
    assert percepts.gram[np.ix_(rows, rows)].sum() == pytest.approx(float(together @ together), rel=1e-4)


def test_a_table_put_before_another_is_the_table_made_at_once(
    objective: Objective, table: ThreadTensors, percepts: SinglePercepts
) -> None:
    first, second = table.take(torch.arange(5)), table.take(torch.arange(5, 12))
    put = SinglePercepts(objective, second).behind(first)
    np.testing.assert_allclose(put.gram, percepts.gram, rtol=1e-5, atol=1e-6 * percepts.gram.max())
    np.testing.assert_allclose(put.match, percepts.match, rtol=1e-5, atol=1e-6 * percepts.match.max())
    assert put.whole == percepts.whole
    for name in ("entry_mm", "direction", "depth_mm", "right", "kind", "across"):
        assert torch.equal(getattr(put.threads, name), getattr(table, name))


def test_the_shorter_table_is_left_as_it_was(objective: Objective, table: ThreadTensors) -> None:
    short = SinglePercepts(objective, table.take(torch.arange(6, 12)))
    before = short.gram.copy()
    longer = short.behind(table.take(torch.arange(6))).behind(table.take(torch.arange(3)))
    assert longer.gram.shape == (15, 15)
    assert len(short.threads) == 6
    np.testing.assert_array_equal(short.gram, before)
    np.testing.assert_array_equal(longer.gram[9:, 9:], before)
    np.testing.assert_allclose(longer.gram[:3, :3], longer.gram[3:6, 3:6], rtol=1e-5)

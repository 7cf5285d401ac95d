from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest

from planner.errors import InputError
from planner.frames import FloatArray, VolumeGeometry
from planner.implant.thread import Implant, Thread
from planner.plan.export import write_export
from planner.plan.export.labelmap import label_map
from planner.plan.make import Examined


def of_threads(examined: Examined, threads: tuple[Thread, ...], radius_mm: float = 0.02) -> Examined:
    device = replace(examined.plan.device, shaft_radius_mm=radius_mm)
    return replace(examined, plan=replace(examined.plan, devices=(device,), threads=threads, verdict=None))


def sampled(grid: VolumeGeometry, implant: Implant, thread: int) -> set[tuple[int, ...]]:
    """The voxels around many points of a thread's shaft, by brute force."""
    shafts = implant.shafts()
    share = np.linspace(0.0, 1.0, 20_001)[:, None]
    points = shafts.start_mm[thread] + share * (shafts.tip_mm[thread] - shafts.start_mm[thread])
    inverse = np.linalg.inv(grid.voxel_to_scanner)
    return set(map(tuple, np.rint(points @ inverse[:3, :3].T + inverse[:3, 3]).astype(int).tolist()))


def axis_distance(points: FloatArray, thread: Thread) -> FloatArray:
    a, b = np.array(thread.entry_mm), np.array(thread.tip_mm)
    share = np.clip((points - a) @ (b - a) / ((b - a) @ (b - a)), 0, 1)
    return np.asarray(np.linalg.norm(points - a - share[:, None] * (b - a), axis=1))


def test_the_map_is_on_the_cases_grid_and_each_thread_on_its_own_side(examined: Examined, tmp_path: Path) -> None:
    write_export(examined, "nii.gz", tmp_path)
    image = nib.load(tmp_path / "threads.nii.gz")
    grid = examined.anatomy.geometry
    assert grid is not None
    assert image.shape == grid.shape
    np.testing.assert_allclose(image.affine, grid.voxel_to_scanner, atol=1e-5)
    assert (int(image.header["sform_code"]), int(image.header["qform_code"])) == (1, 1)
    np.testing.assert_allclose(image.header.get_qform(), grid.voxel_to_scanner, atol=1e-4)
    labels = np.asarray(image.dataobj)
    places = {n: nib.affines.apply_affine(image.affine, np.argwhere(labels == n)) for n in (1, 2)}
    assert places[1][:, 0].max() < 0 < places[2][:, 0].min()  # T01 left, T02 right: x of RAS
    for number, thread in enumerate(examined.plan.threads, 1):
        assert axis_distance(places[number], thread).max() <= np.linalg.norm(grid.voxel_mm) / 2
    assert set(np.unique(labels)) == {0, 1, 2}


def test_a_thread_has_every_voxel_that_its_axis_passes(examined: Examined) -> None:
    generator = np.random.default_rng(4)
    grid = examined.anatomy.geometry
    assert grid is not None
    for _ in range(12):
        unit = generator.normal(size=3)
        x, y, z = (float(v) for v in unit / np.linalg.norm(unit))
        entry = tuple(float(v) for v in np.array([0.0, -92.0, 2.0]) + generator.uniform(-3, 3, 3))
        threads = (Thread("T01", "lh", entry, (x, y, z), 6.0),)
        found = set(map(tuple, np.argwhere(label_map(of_threads(examined, threads), grid)).tolist()))
        expected = sampled(grid, Implant((examined.plan.device,), threads), 0)
        assert expected <= found
        assert len(found - expected) <= 1  # a corner that samples miss


def test_a_thick_shaft_has_the_voxels_whose_middles_it_covers(examined: Examined) -> None:
    thread = Thread("T01", "lh", (-12.3, -90.2, 4.1), (0.6, 0.0, -0.8), 6.0)
    grid = examined.anatomy.geometry
    assert grid is not None
    found = set(map(tuple, np.argwhere(label_map(of_threads(examined, (thread,), 1.3), grid)).tolist()))
    index = np.argwhere(np.ones(grid.shape, dtype=bool))
    within = index[axis_distance(nib.affines.apply_affine(grid.voxel_to_scanner, index), thread) <= 1.3]
    thin = set(map(tuple, np.argwhere(label_map(of_threads(examined, (thread,)), grid)).tolist()))
    assert found == set(map(tuple, within.tolist())) | thin


def test_a_shared_voxel_is_the_nearer_threads_and_one_without_any_is_named(examined: Examined, tmp_path: Path) -> None:
    grid = examined.anatomy.geometry
    assert grid is not None
    x, y, z = (float(v) for v in grid.voxel_to_scanner[:3] @ [40.0, 20.0, 20.0, 1.0])
    down = (0.0, 0.0, -1.0)
    threads = (Thread("near", "lh", (x, y, z), down, 1.4), Thread("far", "lh", (x + 0.3, y, z), down, 1.4))
    pair = of_threads(examined, threads)
    labels = label_map(pair, grid)
    assert set(np.unique(labels)) == {0, 1}
    swapped = label_map(of_threads(examined, threads[::-1]), grid)
    assert set(np.unique(swapped)) == {0, 2}
    write_export(pair, "nii.gz", tmp_path)
    table = (tmp_path / "threads_labels.txt").read_text(encoding="ascii")
    assert "far has no voxel of its own" in table
    rows = [line.split() for line in table.splitlines() if not line.startswith("#")]
    assert [(row[0], row[1]) for row in rows] == [("0", "Unknown"), ("1", "near"), ("2", "far")]


def test_a_case_without_a_volume_and_a_thread_outside_it_are_refused(examined: Examined, tmp_path: Path) -> None:
    without = replace(examined, anatomy=replace(examined.anatomy, geometry=None))
    with pytest.raises(InputError, match="the case has no volume"):
        write_export(without, "nii.gz", tmp_path / "out")
    grid = VolumeGeometry((8, 8, 8), np.eye(4))
    elsewhere = replace(examined, anatomy=replace(examined.anatomy, geometry=grid))
    with pytest.raises(InputError, match=r"T01, T02 lie outside the case's volume"):
        write_export(elsewhere, "nii.gz", tmp_path / "out")
    assert not (tmp_path / "out").exists()

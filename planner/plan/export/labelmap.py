"""A NIfTI label map on the grid of the case's T1: the voxels of each thread bear its number, the others 0.

A thread has every voxel that the axis of one of its shafts passes through, and every one whose centre lies within the
shaft's radius of it; a voxel of several threads belongs to the one whose axis is nearest to its centre. Beside the map
lies a table of the labels in FreeSurfer's format for colour tables, which FreeView and Slicer read.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

import nibabel as nib
import numpy as np
from numpy.typing import NDArray

from planner.errors import InputError
from planner.frames import FloatArray, IntArray, VolumeGeometry
from planner.implant.thread import Shafts
from planner.plan.export.readback import require_equal, require_same
from planner.plan.export.vtp import ascii_words
from planner.plan.make import Examined
from planner.plan.stamp import fingerprint, limits_words, notice, unknown_threads, unsafe_threads, verdict_words

FILE, TABLE = "threads.nii.gz", "threads_labels.txt"
NAMES: Final = (FILE, TABLE)
INTENT_LABEL: Final = 1002
SAFE, UNKNOWN, UNSAFE = (51, 204, 102), (255, 140, 0), (255, 0, 255)  # as the markups for Slicer
SLIVER: Final = 1e-12  # of a shaft's length: what it only touches it does not pass through


def write(examined: Examined, folder: Path) -> list[Path]:
    """Write the label map and the table of its labels, and read both back.

    Raises
    ------
    InputError
        Where the case has no volume, or a thread leaves its grid.
    """
    grid = grid_of(examined)
    labels = label_map(examined, grid)
    matrix = grid.voxel_to_scanner
    image = nib.Nifti1Image(labels, matrix)
    image.set_sform(matrix, code="scanner")
    image.set_qform(matrix, code="scanner")
    image.header.set_xyzt_units("mm")
    image.header["intent_code"] = INTENT_LABEL
    image.header["descrip"] = (
        f"Calcarine {fingerprint(examined.plan)}. Research use only, not a medical device.".encode()
    )
    file, table = folder / FILE, folder / TABLE
    nib.save(image, file)
    text = _table(examined, labels)
    table.write_text(text, encoding="ascii")
    read = nib.load(file)
    require_equal(file, "the labels", np.asarray(read.dataobj), labels)
    require_equal(file, "the matrix", read.affine.astype(np.float32), matrix.astype(np.float32))
    require_same(table, "the table", table.read_text(encoding="ascii"), text)
    return [file, table]


def label_map(examined: Examined, grid: VolumeGeometry) -> NDArray[np.uint16]:
    """The threads' numbers, from 1, on a grid.

    Raises
    ------
    InputError
        Where a thread leaves the grid.
    """
    implant = examined.plan.implant
    shafts = implant.shafts()
    radius_mm = np.array([implant.device_of(thread).shaft_radius_mm for thread in implant.threads])[shafts.thread]
    shaft, voxel = _voxels(grid, shafts, radius_mm)
    outside = ((voxel < 0) | (voxel >= np.array(grid.shape))).any(axis=1)
    if outside.any():
        gone = sorted({implant.threads[n].name for n in shafts.thread[shaft[outside]]})
        raise InputError(
            f"{', '.join(gone)} lie outside the case's volume, so that they have no place on its grid",
            remedy="check that the volume is of this case, or export another format",
        )
    apart_mm = _distance(_centres(grid, voxel), shafts.start_mm[shaft], shafts.tip_mm[shaft])
    order = np.lexsort((-shafts.thread[shaft], -apart_mm))  # the nearest last, so that it stays
    labels = np.zeros(grid.shape, dtype=np.uint16)
    labels[tuple(voxel[order].T)] = shafts.thread[shaft[order]] + 1
    return labels


def grid_of(examined: Examined) -> VolumeGeometry:
    """The grid of the case's volume.

    Raises
    ------
    InputError
        Where the case has none.
    """
    grid = examined.anatomy.geometry
    if grid is None:
        raise InputError(
            "the case has no volume, so there is no grid for a label map",
            source=examined.anatomy.source,
            remedy="add the case's mri/T1.mgz or mri/orig.mgz, or export vtp or mrk.json",
        )
    return grid


def _voxels(grid: VolumeGeometry, shafts: Shafts, radius_mm: FloatArray) -> tuple[IntArray, IntArray]:
    """Pairs ``(K,)``, ``(K, 3)`` of a shaft and a voxel of it, each once."""
    to_voxel = grid.scanner_to_voxel
    shaft, voxel = _passed(to_voxel(shafts.start_mm) + 0.5, to_voxel(shafts.tip_mm) + 0.5)
    steps = np.ceil(radius_mm.max(initial=0.0) / grid.voxel_mm).astype(np.int64)
    # A shaft thinner than a voxel has no voxel's centre within it that it does not pass through.
    if (2 * radius_mm > grid.voxel_mm.min()).any():
        around = np.stack(np.meshgrid(*(np.arange(-n, n + 1) for n in steps), indexing="ij"), axis=-1).reshape(-1, 3)
        near = np.repeat(shaft, len(around))
        beside = (voxel[:, None] + around).reshape(-1, 3)
        apart_mm = _distance(_centres(grid, beside), shafts.start_mm[near], shafts.tip_mm[near])
        within = apart_mm <= radius_mm[near]
        shaft, voxel = np.concatenate([shaft, near[within]]), np.concatenate([voxel, beside[within]])
    pairs = np.unique(np.column_stack([shaft, voxel]), axis=0)
    return pairs[:, 0], pairs[:, 1:]


def _passed(start: FloatArray, tip: FloatArray) -> tuple[IntArray, IntArray]:
    """The cells of size 1 that segments ``(S, 3)``–``(S, 3)`` pass through: between any two planes lies one cell."""
    along = tip - start
    most = int(np.ceil(np.abs(along).max(initial=0.0))) + 1
    plane = np.floor(np.minimum(start, tip))[..., None] + 1 + np.arange(most)
    slope = np.where(along == 0, np.inf, along)[..., None]
    at = np.clip((plane - start[..., None]) / slope, 0.0, 1.0).reshape(len(start), -1)
    ends = np.broadcast_to([0.0, 1.0], (len(start), 2))
    at = np.sort(np.concatenate([at, ends], axis=1), axis=1)
    middle, length = (at[:, 1:] + at[:, :-1]) / 2, np.diff(at, axis=1)
    cells = np.floor(start[:, None] + middle[..., None] * along[:, None]).astype(np.int64)
    shaft, part = np.nonzero(length > SLIVER)
    return shaft.astype(np.int64), cells[shaft, part]


def _centres(grid: VolumeGeometry, voxel: IntArray) -> FloatArray:
    return grid.scanner_to_voxel.inverse()(voxel.astype(np.float64))


def _distance(points_mm: FloatArray, start_mm: FloatArray, tip_mm: FloatArray) -> FloatArray:
    """From points ``(K, 3)`` to segments, each to its own."""
    along = tip_mm - start_mm
    square = np.maximum((along * along).sum(axis=1), 1e-300)
    share = np.clip(((points_mm - start_mm) * along).sum(axis=1) / square, 0.0, 1.0)
    return np.asarray(np.linalg.norm(points_mm - start_mm - share[:, None] * along, axis=1))


def _table(examined: Examined, labels: NDArray[np.uint16]) -> str:
    plan = examined.plan
    counts = np.bincount(labels.ravel(), minlength=len(plan.threads) + 1)
    unknown, unsafe = unknown_threads(plan), unsafe_threads(plan)
    said = [
        f"Calcarine plan {fingerprint(plan)}, {verdict_words(plan)}",
        limits_words(plan),
        notice(plan),
        "Label, thread, red, green, blue, alpha; magenta breaks a limit, orange has unknown vessels around it.",
        *(
            f"{thread.name} has no voxel of its own: other threads lie nearer to the middles of those it passes."
            for thread, count in zip(plan.threads, counts[1:], strict=True)
            if count == 0
        ),
    ]
    lines = [f"# {' '.join(words.split())}" for words in ascii_words(said)]
    names = ["Unknown", *("_".join(name.split()) for name in ascii_words([t.name for t in plan.threads]))]
    colours = [(0, 0, 0)] + [
        UNSAFE if thread.name in unsafe else UNKNOWN if thread.name in unknown else SAFE for thread in plan.threads
    ]
    lines += [
        f"{number} {name} {' '.join(map(str, colour))} 0"
        for number, (name, colour) in enumerate(zip(names, colours, strict=True))
    ]
    return "\n".join(lines) + "\n"

"""Vessels from volumes: segmentations (whole-numbered labels) and probability maps, as the surface between voxels."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from vtkmodules.util.numpy_support import numpy_to_vtk, vtk_to_numpy
from vtkmodules.vtkCommonDataModel import vtkImageData
from vtkmodules.vtkFiltersCore import vtkFlyingEdges3D

from planner.anatomy.request import VesselFile
from planner.anatomy.vessels.kinds import KINDS
from planner.anatomy.vessels.tree import VesselKind
from planner.anatomy.vessels.volume_file import Volume, read_volume
from planner.errors import InputError
from planner.frames import FloatArray, IntArray

MOST_LABELS = 100  # ours: more different values are an image, not a segmentation
MOST_STEPS = 2_500_000  # ours: steps from vessel to none between neighbours; each makes about two faces
MOST_SHARE = 0.25  # ours: vessels are a few hundredths of a head; more is another tissue, or an image


@dataclass(frozen=True, eq=False)
class Lumen:
    """The surface of one kind of vessel within a volume.

    Attributes
    ----------
    kind : "artery", "vein", "vessel" or None
        None where only the request or the file's name can say.
    vertices : (V, 3) float64
        Voxel coordinates, centres whole.
    faces : (F, 3) int64
        Closed; counter-clockwise seen from outside where the voxel axes are right-handed.
    note : str
    """

    kind: VesselKind | None
    vertices: FloatArray
    faces: IntArray
    note: str


def read_lumens(wanted: VesselFile) -> tuple[Volume, tuple[Lumen, ...]]:
    """The vessels of a volume, one for each kind that is asked for.

    A volume is a segmentation where its numbers are stored whole, or all are whole, or `labels` are asked for; then
    every label but 0, or each kind's labels together, is vessel. Otherwise it is a probability map, all of whose values
    must lie in 0–1. The surface runs where linear interpolation meets the threshold, half-way between voxels of a
    segmentation. At the volume's border it is closed half a voxel outside. (All ours.)

    Parameters
    ----------
    wanted : VesselFile

    Raises
    ------
    InputError
        A volume that cannot be read, is neither, holds no vessels, or lacks a label that is asked for.
    """
    named = parse_labels(wanted.labels, wanted.file)
    if not 0.0 < wanted.threshold <= 1.0:
        raise InputError(
            f"cannot have the threshold {wanted.threshold:g}", source=wanted.file, remedy="give one in 0–1, above 0"
        )
    volume = read_volume(Path(wanted.file))
    if named or volume.values.dtype.kind in "iub" or _whole(volume.values):
        return volume, _segmented(volume.values, named, wanted.file)
    return volume, (_likely(volume.values, wanted.threshold, wanted.file),)


def parse_labels(labels: str, source: str) -> dict[int, VesselKind]:
    """Kinds by label from ``1=artery,2=vein``; none from an empty string.

    Raises
    ------
    InputError
    """
    named: dict[int, VesselKind] = {}
    for word in filter(None, map(str.strip, labels.split(","))):
        label, _, said = map(str.strip, word.partition("="))
        kind = next((kind for kind in KINDS if kind == said), None)
        if not (label.isdecimal() and len(label) < 10 and int(label) > 0 and kind):
            raise InputError(
                f"has a label {word!r} that is not understood",
                source=source,
                remedy="write labels as 1=artery,2=vein; kinds are artery, vein and vessel",
            )
        named[int(label)] = kind
    return named


def _whole(values: NDArray[np.generic]) -> bool:
    return all(bool((slab == np.round(slab)).all()) for slab in np.moveaxis(values, -1, 0))


def _segmented(values: NDArray[np.generic], named: dict[int, VesselKind], source: str) -> tuple[Lumen, ...]:
    found = _labels(values, source)
    if not len(found):
        raise InputError("holds no vessel voxels", source=source, remedy="give the segmentation, not an empty volume")
    absent = sorted(set(named) - set(found.tolist()))
    if absent:
        raise InputError(
            f"has no label {absent[0]} (it has {_listed(found)})", source=source, remedy="name the labels that it has"
        )
    left_out = np.setdiff1d(found, list(named)) if named else found[:0]
    note = f"label {_listed(left_out)} left out" if len(left_out) else ""
    if not named:
        return (_lumen(values, lambda part: part != 0, None, None, note, source),)
    wanted = [(kind, [n for n, k in named.items() if k == kind]) for kind in KINDS if kind in named.values()]
    return tuple(
        _lumen(values, partial(np.isin, test_elements=labels), None, kind, note, source) for kind, labels in wanted
    )


def _labels(values: NDArray[np.generic], source: str) -> IntArray:
    """All labels but 0, sorted; slab by slab, for sorting a large volume takes long."""
    found: set[int] = set()
    for slab in np.moveaxis(values, -1, 0):
        here = slab[slab != 0]
        if here.size and not (here == np.round(here)).all():
            raise InputError(
                "has labels that are not whole numbers", source=source, remedy="give a segmentation, or name no labels"
            )
        found.update(np.unique(here).astype(np.int64).tolist())
        if len(found) > MOST_LABELS or min(found, default=0) < 0:
            raise InputError(
                f"has {'negative' if min(found) < 0 else f'more than {MOST_LABELS} different'} values, "
                "so it seems to be an image and no segmentation",
                source=source,
                remedy="give a segmentation of the vessels, or a probability map in 0–1",
            )
    return np.array(sorted(found), dtype=np.int64)


def _listed(labels: IntArray) -> str:
    return ", ".join(map(str, labels[:10].tolist())) + ("…" if len(labels) > 10 else "")


def _likely(values: NDArray[np.generic], threshold: float, source: str) -> Lumen:
    low, high = float(values.min()), float(values.max())
    if low < 0.0 or high > 1.0:
        raise InputError(
            f"has values from {low:.3g} to {high:.3g}, neither labels nor probabilities",
            source=source,
            remedy="give a segmentation of the vessels, or a probability map in 0–1",
        )
    level, note = np.float32(threshold), f"probability of {threshold:g} or more"
    return _lumen(values, lambda part: np.greater_equal(part, level), threshold, None, note, source)


def _lumen(
    values: NDArray[np.generic],
    within: Callable[[NDArray[np.generic]], NDArray[np.bool_]],
    threshold: float | None,
    kind: VesselKind | None,
    note: str,
    source: str,
) -> Lumen:
    """The surface of what is `within`, of no more of the values `(I, J, K)` than the box that holds the vessels.

    It runs where values meet the threshold; half-way between voxels where there is none.
    """
    count, steps, box = _extent(values, within)
    if count == 0:
        raise InputError(
            f"holds no voxel of {threshold:g} or more", source=source, remedy="lower the threshold, or check the file"
        )
    if count > MOST_SHARE * values.size:
        raise InputError(
            f"is {100 * count / values.size:.0f} % vessel, which no head is",
            source=source,
            remedy="give a segmentation of vessels",
        )
    if steps > MOST_STEPS:
        raise InputError(
            "is speckled all over, so its surface would be too large", source=source, remedy="remove the noise from it"
        )
    part = values[box].T  # volumes are stored with their first axis running fastest, as VTK wants it
    padded = np.zeros([size + 2 for size in part.shape], dtype=np.uint8 if threshold is None else np.float32)
    for slab, to in zip(part, padded[1:-1, 1:-1, 1:-1], strict=True):
        to[...] = within(slab) if threshold is None else slab
    # Whatever lies just at the threshold is vessel, and the surface a hair away from its voxel's centre.
    level = 0.5 if threshold is None else float(np.nextafter(np.float32(threshold), np.float32(0.0)))
    vertices, faces = _isosurface(padded, level)
    return Lumen(kind, vertices + [s.start - 1.0 for s in box], faces, note)


def _extent(
    values: NDArray[np.generic], within: Callable[[NDArray[np.generic]], NDArray[np.bool_]]
) -> tuple[int, int, tuple[slice, slice, slice]]:
    """How many voxels are within, how often neighbours differ, and the box around them; one slab at a time."""
    count, steps = 0, 0
    met = [np.zeros(size, dtype=np.bool_) for size in values.shape]
    before: NDArray[np.bool_] | None = None
    for k in range(values.shape[2]):
        here = within(values[..., k])
        count += int(np.count_nonzero(here))
        steps += sum(int(np.count_nonzero(rows[1:] ^ rows[:-1])) for rows in (here, here.T))
        steps += 0 if before is None else int(np.count_nonzero(here ^ before))
        met[0] |= here.any(axis=1)
        met[1] |= here.any(axis=0)
        met[2][k] = here.any()
        before = here
    ends = [np.flatnonzero(axis)[[0, -1]] if axis.any() else np.zeros(2, dtype=np.int64) for axis in met]
    x, y, z = (slice(max(int(low) - 1, 0), int(high) + 2) for low, high in ends)
    return count, steps, (x, y, z)


def _isosurface(values: NDArray[np.generic], level: float) -> tuple[FloatArray, IntArray]:
    """Flying edges (Schroeder et al. 2015) of values ``(K, J, I)``: closed, facing where they are less."""
    image, edges = vtkImageData(), vtkFlyingEdges3D()
    image.SetDimensions(*values.shape[::-1])
    held = values.ravel()
    image.GetPointData().SetScalars(numpy_to_vtk(held))  # type: ignore[no-untyped-call]
    edges.SetInputData(image)
    edges.SetValue(0, level)
    edges.ComputeNormalsOff()
    edges.ComputeScalarsOff()
    edges.Update()
    found = edges.GetOutput()
    vertices = np.asarray(vtk_to_numpy(found.GetPoints().GetData()), dtype=np.float64)  # type: ignore[no-untyped-call]
    nodes = vtk_to_numpy(found.GetPolys().GetConnectivityArray())  # type: ignore[no-untyped-call]
    return vertices, np.asarray(nodes, dtype=np.int64).reshape(-1, 3)

"""Whether a volume, or a vessel, is the mirror image of the cortex that it is given with.

Neither has a side of its own, so both readings are tried, as given and mirrored, and the cortex says which one fits.
The thresholds are ours. They are set so that nothing is refused that is right, and lie between what was measured of
right and of flipped data: fsaverage's own brain, nearly symmetric as an average is, shows white and gray matter apart
by 1.47 standard deviations along its own surfaces and 1.31 mirrored; the schematic volumes 3.5 and 1.0. Of vessels on
pial none lies inside it, of mirrored ones a third to a half.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from planner.anatomy.hemisphere import Anatomy, Hemisphere
from planner.anatomy.vessels.pial_index import PialIndex, sample_of
from planner.anatomy.vessels.wall import Vessel
from planner.anatomy.volumes import Volume, load_volume
from planner.errors import InputError
from planner.frames import FloatArray, HemisphereName

LABELS: Final = ("ribbon", "aseg")
TISSUE: Final = ("T1", "brain", "orig")
LEFT, RIGHT = (2, 3), (41, 42)  # FreeSurfer's colour table: left and right white matter and cortex
STRIDE: Final = 7  # every so many vertices are looked at: 47 000 of a whole brain
WHITE_MM: Final = 1.0  # how deep under the white surface white matter is looked for

CLEAR, BETTER = 0.3, 1.05
"""How far tissues must stand apart to say anything, in standard deviations, and how much farther when mirrored."""

REACH_MM: Final = 10.0  # vessels farther from cortex than this say nothing of it
SUNK_MM: Final = 0.3
FEWEST: Final = 20
NEARER, SUNK, RISEN, FEWER = 0.6, 0.25, 0.1, 0.5
"""One of two readings fits better where it is nearer by this factor, no more than this share of it lies inside, and
either a share less by this lies inside than of the other, or so few of the other are near the cortex at all: the nodes
of a flipped tree that lie near the one hemisphere of a case are those at the midline."""


def check_image(anatomy: Anatomy) -> None:
    """Refuse a case whose volume is the mirror image of its surfaces, in its voxels or in its matrix.

    Labels of left and right decide where there are any; otherwise how well white and gray matter stand apart along the
    surfaces.

    Raises
    ------
    InputError
    """
    for name in LABELS:
        if name in anatomy.volumes:
            volume = load_volume(anatomy, name)
            filled = [_check_labels(volume, side, hemisphere) for side, hemisphere in anatomy.hemispheres.items()]
            if not all(filled):
                _check_tissue(volume, anatomy.hemispheres.values())
            return
    for name in TISSUE:
        if name in anatomy.volumes:
            _check_tissue(load_volume(anatomy, name), anatomy.hemispheres.values())
            return


def check_vessel_side(vessel: Vessel, pials: PialIndex) -> bool:
    """Refuse vessels that lie on the cortex only once x is negated.

    Returns
    -------
    bool
        Whether their sides could be told at all: their mirror image would have been refused.

    Raises
    ------
    InputError
    """
    points_mm = sample_of(vessel)
    given, mirrored = _fit(pials, points_mm), _fit(pials, points_mm * [-1.0, 1.0, 1.0])
    if _better(mirrored, given):
        where = (
            f"{given.away_mm:.1f} mm from it, {100 * given.sunk:.0f} % inside"
            if np.isfinite(given.away_mm)
            else "nowhere near"
        )
        raise InputError(
            f"the vessels and the cortex disagree: with x negated they lie on it ({mirrored.away_mm:.1f} mm from it, "
            f"{100 * mirrored.sunk:.0f} % inside), as given they do not ({where})",
            source=vessel.source,
            remedy="check whether x was negated when they were written, or whether they are in LPS",
        )
    return _better(given, mirrored)


def _check_labels(volume: Volume, name: HemisphereName, hemisphere: Hemisphere) -> bool:
    """Refuse labels of the other side; say whether those of its own fill at least half of a hemisphere."""
    own, other = (LEFT, RIGHT) if name == "lh" else (RIGHT, LEFT)
    found = _at(volume.values, volume.voxel_to_scanner, np.concatenate(_tissues(hemisphere)))
    right, wrong = (int(np.isin(found, labels).sum()) for labels in (own, other))
    if wrong > right:
        raise InputError(
            f"the volume's labels and the surfaces disagree: where {name} lies, {100 * wrong / (right + wrong):.0f} % "
            f"of the labels are of the {'right' if name == 'lh' else 'left'} hemisphere",
            source=volume.source,
            remedy="check whether the volume was mirrored, or x negated in its matrix",
        )
    return right > 0.5 * len(found)


def _check_tissue(volume: Volume, hemispheres: Iterable[Hemisphere]) -> None:
    white, gray = (np.concatenate(part) for part in zip(*map(_tissues, hemispheres), strict=True))
    matrix = volume.voxel_to_scanner
    across = int(np.abs(matrix[0, :3] / np.linalg.norm(matrix[:3, :3], axis=0)).argmax())
    readings = {
        "the volume's voxels mirrored": (np.flip(volume.values, across), matrix),
        "x negated in the volume's matrix": (volume.values, np.diag([-1.0, 1.0, 1.0, 1.0]) @ matrix),
    }
    given = _apart(_at(volume.values, matrix, white), _at(volume.values, matrix, gray))
    apart, reading = max(
        (_apart(_at(values, place, white), _at(values, place, gray)), reading)
        for reading, (values, place) in readings.items()
    )
    if apart > CLEAR and apart > BETTER * given:
        raise InputError(
            f"the volume and the surfaces disagree: with {reading} they fit better (white and gray matter stand "
            f"{apart:.2f} standard deviations apart) than as given ({given:.2f})",
            source=volume.source,
            remedy="check whether the volume was mirrored, or x negated in its matrix or in the surfaces",
        )


def _tissues(hemisphere: Hemisphere) -> tuple[FloatArray, FloatArray]:
    """Points in white matter and in the middle of gray matter, ``(N, 3)`` each, pair by pair."""
    white_mm, pial_mm = hemisphere.white_mm[::STRIDE], hemisphere.pial_mm[::STRIDE]
    across = pial_mm - white_mm
    thickness = np.linalg.norm(across, axis=1, keepdims=True)
    outward = across / np.maximum(thickness, 1e-6)
    return white_mm - WHITE_MM * outward, white_mm + 0.5 * across


def _at(values: NDArray[np.generic], voxel_to_scanner: FloatArray, points_mm: FloatArray) -> FloatArray:
    """The value of the voxel that each point lies in; 0 outside the volume."""
    to_voxel = np.linalg.inv(voxel_to_scanner)
    voxel = np.rint(points_mm @ to_voxel[:3, :3].T + to_voxel[:3, 3]).astype(np.int64)
    within = ((voxel >= 0) & (voxel < values.shape)).all(axis=1)
    found = np.zeros(len(points_mm))
    found[within] = values[tuple(voxel[within].T)]
    return found


def _apart(white: FloatArray, gray: FloatArray) -> float:
    """How far two tissues stand apart, in standard deviations of their pairs' difference; either may be brighter."""
    difference = white - gray
    spread = float(difference.std())
    return abs(float(difference.mean())) / spread if spread > 0 else 0.0


@dataclass(frozen=True)
class _Fit:
    """Of a vessel's points near cortex the median distance to pial, the share that lies inside it, their number."""

    away_mm: float
    sunk: float
    near: int


def _fit(pials: PialIndex, points_mm: FloatArray) -> _Fit:
    distance, height = pials.heights(points_mm, REACH_MM)
    if len(distance) < FEWEST:
        return _Fit(float("inf"), 1.0, 0)
    return _Fit(float(np.median(distance)), float((height < -SUNK_MM).mean()), len(distance))


def _better(one: _Fit, other: _Fit) -> bool:
    """Whether one reading of a vessel clearly fits the cortex better than the other."""
    risen = one.sunk < other.sunk - RISEN or other.near < FEWER * one.near
    return one.away_mm < NEARER * other.away_mm and one.sunk < SUNK and risen

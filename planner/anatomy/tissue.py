"""Whether each volume of a case shows the tissue that its surfaces enclose, on the side where they have it.

A volume has no side of its own but by its labels: so it is read as given and mirrored, in its voxels and in its matrix,
and the surfaces say which reading fits. What is measured is how far the values in white matter stand apart from those
in gray matter, point by point, in standard deviations of their difference; labels count as 2 and 1 there.

The thresholds are ours, and lie between what was measured of right and of mirrored data. fsaverage's own brain, nearly
symmetric as an average is: 1.46 given, 1.32 mirrored; its ribbon 4.34 and 1.14, its aseg 0.68 and 0.56. fsaverage5's
surfaces, moved out of the middle as a patient is, with the same images moved along: brain 1.46 and 0.49, ribbon 2.20
and 0.29, aseg 0.63 and 0.20. Schematic volumes: 3.5 and 1.0.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from planner.anatomy.cache import Arrays, cached, key_of
from planner.anatomy.hashing import sha256
from planner.anatomy.hemisphere import Anatomy, Hemisphere
from planner.anatomy.volumes import Volume, load_volume
from planner.errors import InputError
from planner.frames import FloatArray, HemisphereName

LABELS: Final = ("ribbon", "aseg")
LEFT, RIGHT = (2, 3), (41, 42)  # FreeSurfer's colour table: left and right white matter and cortex
RECIPE: Final = "sides of a volume 1"
READINGS: Final = ("the volume's voxels mirrored", "x negated in the volume's matrix")
STRIDE: Final = 7  # every so many vertices are looked at: 47 000 of a whole brain
WHITE_MM: Final = 1.0  # how deep under the white surface white matter is looked for

CLEAR, BETTER = 0.3, 1.05
"""How far tissues must stand apart to say anything, in standard deviations, and how much farther when mirrored."""

MOST_APART: Final = 100.0  # so that labels that fit everywhere have a number too
BEYOND_MM: Final = 10.0  # of the middle of a head's tissue: hemispheres lie 30 mm to its left and right
DENSE: Final = 0.1  # of a bright voxel's value: what is tissue and not air


@dataclass(frozen=True, eq=False)
class _Sides:
    """What was measured of one volume.

    Attributes
    ----------
    apart : (3,) float64
        Of white and gray matter: as given, with voxels mirrored, with x negated; 0 where the volume shows nothing.
    labels : (H, 2) float64
        Of each hemisphere's points how many bear labels of its own side, and of the other one.
    middle_mm : (1,) float64
        x of the middle of all tissue, scanner RAS; NaN where there is none, or the volume holds labels.
    """

    apart: FloatArray
    labels: FloatArray
    middle_mm: FloatArray


def check_image(anatomy: Anatomy) -> tuple[str, ...]:
    """Refuse a case of which a volume is the mirror image of the surfaces, in its voxels or in its matrix.

    Every volume is looked at: labels of left and right, where it has them, how well white and gray matter stand apart
    along the surfaces, and on which side of the tissue's middle a hemisphere lies. What was measured is kept by
    content.

    Returns
    -------
    tuple of str
        A sentence on each volume that shows no white and gray matter where the surfaces are.

    Raises
    ------
    InputError
        Naming the two things that disagree.
    """
    hemispheres = tuple(anatomy.hemispheres.values())
    doubts = []
    for name in sorted(anatomy.volumes, key=lambda name: name not in LABELS):
        sides, path = _sides(anatomy, name), str(anatomy.volumes[name])
        for hemisphere, (own, other) in zip(hemispheres, sides.labels.tolist(), strict=True):
            if other > own:
                raise _labels_disagree(hemisphere.name, other / (own + other), path)
        _check_apart(sides, path)
        for hemisphere in hemispheres:
            _check_middle(hemisphere, float(sides.middle_mm[0]), path)
        if 0 < sides.apart[0] < CLEAR and name not in LABELS:
            doubts.append(
                f"White and gray matter hardly stand apart in {name} along the surfaces ({sides.apart[0]:.2f} standard "
                "deviations): check in its slices whether the surfaces lie where it has the brain."
            )
    return tuple(doubts)


def _check_apart(sides: _Sides, source: str) -> None:
    given, *mirrored = sides.apart.tolist()
    apart, reading = max(zip(mirrored, READINGS, strict=True))
    if apart > CLEAR and apart > BETTER * given:
        raise InputError(
            f"the volume and the surfaces disagree: with {reading} they fit better (white and gray matter stand "
            f"{apart:.2f} standard deviations apart) than as given ({given:.2f})",
            source=source,
            remedy="check whether the volume was mirrored, or x negated in its matrix or in the surfaces",
        )


def _check_middle(hemisphere: Hemisphere, middle_mm: float, source: str) -> None:
    side = 1.0 if hemisphere.name == "lh" else -1.0
    beyond = side * (float(hemisphere.white_mm[:, 0].mean()) - middle_mm)
    if beyond > BEYOND_MM:
        raise InputError(
            f"the hemisphere's name and the volume disagree: {hemisphere.name} lies {beyond:.0f} mm "
            f"{'right' if side > 0 else 'left'} of the middle of the head in it",
            source=source,
            remedy="check whether files of lh and rh were renamed or swapped, and whether x was negated",
        )


def _labels_disagree(name: HemisphereName, share: float, source: str) -> InputError:
    return InputError(
        f"the volume's labels and the surfaces disagree: where {name} lies, {share:.0%} of the labels are of the "
        f"{'right' if name == 'lh' else 'left'} hemisphere",
        source=source,
        remedy="check whether the volume was mirrored, or x negated in its matrix",
    )


def _sides(anatomy: Anatomy, name: str) -> _Sides:
    """Measure a volume, or take what was measured of the same content before."""
    hemispheres = tuple(anatomy.hemispheres.values())
    points = [_tissues(hemisphere) for hemisphere in hemispheres]
    given = {f"{h.name}.{k}": part for h, pair in zip(hemispheres, points, strict=True) for k, part in enumerate(pair)}

    def measure() -> Arrays:
        volume = load_volume(anatomy, name)
        white, gray = (np.concatenate(part) for part in zip(*points, strict=True))
        values = _classes(volume.values) if name in LABELS else volume.values
        matrix = volume.voxel_to_scanner
        across = int(np.abs(matrix[0, :3] / np.linalg.norm(matrix[:3, :3], axis=0)).argmax())
        readings = (
            (values, matrix),
            (np.flip(values, across), matrix),
            (values, np.diag([-1.0, 1.0, 1.0, 1.0]) @ matrix),
        )
        labels = np.zeros((len(hemispheres), 2))
        if name in LABELS:
            labels[:] = [_count_labels(volume, h.name, p) for h, p in zip(hemispheres, points, strict=True)]
        return {
            "apart": np.array([_apart(_at(v, m, white), _at(v, m, gray)) for v, m in readings]),
            "labels": labels,
            "middle_mm": np.array([np.nan if name in LABELS else _middle_mm(volume)]),
        }

    found = cached(key_of(f"{RECIPE} {name} {sha256(anatomy.volumes[name])}", given), measure)
    return _Sides(*(found[key].astype(np.float64) for key in ("apart", "labels", "middle_mm")))


def _count_labels(volume: Volume, name: HemisphereName, points: Sequence[FloatArray]) -> tuple[int, int]:
    own, other = (LEFT, RIGHT) if name == "lh" else (RIGHT, LEFT)
    found = _at(volume.values, volume.voxel_to_scanner, np.concatenate(points))
    return int(np.isin(found, own).sum()), int(np.isin(found, other).sum())


def _classes(labels: NDArray[np.generic]) -> NDArray[np.uint8]:
    """2 in white matter, 1 in gray matter, 0 elsewhere."""
    classes = np.zeros(labels.shape, np.uint8)
    for label in zip(LEFT, RIGHT, strict=True):
        classes[np.isin(labels, label)] = 2 if label[0] == LEFT[0] else 1
    return classes


def _middle_mm(volume: Volume) -> float:
    """X of the middle of what is brighter than air; NaN where nothing is."""
    coarse = volume.values[::2, ::2, ::2].astype(np.float32)
    dense = coarse > DENSE * np.percentile(coarse, 99)
    if not dense.any():
        return float("nan")
    place = np.ones(4)
    for axis in range(3):
        along = dense.sum(axis=tuple(other for other in range(3) if other != axis))
        place[axis] = 2.0 * float(along @ np.arange(len(along))) / float(along.sum())
    return float(volume.voxel_to_scanner[0] @ place)


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
    mean = abs(float(difference.mean()))
    return mean / max(float(difference.std()), mean / MOST_APART) if mean > 0 else 0.0

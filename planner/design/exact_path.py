"""The exact gate's way in: one crossing of pial, inwards, and nowhere out again."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from planner.design.limits import DIMPLE_MM, ENTRY_TOLERANCE_MM
from planner.frames import FloatArray, IntArray
from planner.geometry.exact import ExactMesh

PATH_STEP_MM = 0.05
SAME_PLACE_MM = 1e-6  # crossings no farther apart are one
LEAST_FAULT_MM = 1e-3  # what a fault of no length counts as


def thread_paths(pial: ExactMesh, entry: FloatArray, tip: FloatArray, first_contact: FloatArray) -> FloatArray:
    """Least depth below pial from first contact to tip ``(T,)``; negative by the length outside after the entry.

    A shaft must go in through pial at its entry, and nowhere through pial after that.
    """
    along = tip - entry
    length = np.linalg.norm(along, axis=1)
    lead = ENTRY_TOLERANCE_MM * along / np.maximum(length, 1e-300)[:, None]
    shaft, at, inward = pial.crossings(entry - lead, tip)
    at = at - ENTRY_TOLERANCE_MM
    steps = max(2, int(np.ceil(np.linalg.norm(tip - first_contact, axis=1).max() / PATH_STEP_MM)) + 1)
    fraction = np.linspace(0.0, 1.0, steps)
    stretch = first_contact[:, None] + fraction[:, None] * (tip - first_contact)[:, None]
    margin = -pial.signed_distance(stretch.reshape(-1, 3)).reshape(len(entry), -1).max(axis=1)
    fault = _faults(shaft, at, inward, length, pial.distance(entry))
    return np.asarray(np.where(fault > 0, np.minimum(margin, -fault), margin))


def entries(pial: ExactMesh, entry: FloatArray, unit: FloatArray) -> FloatArray:
    """How far entries ``(T,)`` are off pial beyond `ENTRY_TOLERANCE_MM`, or lead outwards, as a negative margin.

    inf where neither: how well an entry lies on pial is no room that a way in has.
    """
    margin = ENTRY_TOLERANCE_MM - pial.distance(entry)
    inwards = pial.inside(entry + 2 * ENTRY_TOLERANCE_MM * unit)
    found = np.where(inwards, margin, np.minimum(margin, -LEAST_FAULT_MM))
    return np.where(found < 0, found, np.inf)


def array_paths(pial: ExactMesh, base: FloatArray, tip: FloatArray, may_leave: NDArray[np.bool_]) -> FloatArray:
    """Margin ``(S,)`` of an array's shanks from their base to their tip.

    How far the base is from being pressed deeper into the cortex than `DIMPLE_MM`, also of a shank that does not reach
    pial; where it leaves the cortex again and may not, minus the length outside after it has entered.
    """
    height = pial.signed_distance(base)
    length = np.linalg.norm(tip - base, axis=1)
    shaft, at, inward = pial.crossings(base, tip)
    margin = DIMPLE_MM + height
    leaving = ~inward
    # What is outside after a way out counts; where a shank begins below pial, within the dimple, it has entered.
    last = np.append(shaft[1:] != shaft[:-1], True)[: len(shaft)]
    until = np.where(last, length[shaft], np.append(at[1:], 0.0)[: len(at)])
    outside = np.bincount(shaft[leaving], (until - at)[leaving], minlength=len(base))
    left = np.bincount(shaft[leaving], minlength=len(base)) > 0
    # Ways in less ways out must lead from where the base is to where the tip is; else one of them was missed.
    net = np.bincount(shaft, np.where(inward, 1.0, -1.0), minlength=len(base))
    missed = net != pial.inside(tip).astype(float) - (height < 0)
    fault = (left | missed) & ~may_leave
    return np.asarray(np.where(fault, np.minimum(margin, -np.maximum(outside, LEAST_FAULT_MM)), margin))


def _faults(
    shaft: IntArray, at: FloatArray, inward: NDArray[np.bool_], length: FloatArray, off_entry: FloatArray
) -> FloatArray:
    """How far each shaft ``(T,)`` is from a single crossing inwards at its entry, mm; 0 where it is one.

    Crossings ``(K,)`` are given by their shaft, in order, their place along it from its entry, and whether they go in.
    """
    near = np.flatnonzero(inward & (np.abs(at) <= ENTRY_TOLERANCE_MM))
    near = near[np.lexsort((np.abs(at[near]), shaft[near]))]
    met, first = np.unique(shaft[near], return_index=True)
    entry = np.full(len(length), np.inf)
    entry[met] = at[near[first]]
    entered = np.isfinite(entry) & (off_entry <= ENTRY_TOLERANCE_MM)
    # A crossing on an edge is met in both of its triangles: the same crossing, in the same sense.
    more = ((np.abs(at - entry[shaft]) > SAME_PLACE_MM) | ~inward) & (at > -SAME_PLACE_MM)
    last = np.append(shaft[1:] != shaft[:-1], True)[: len(shaft)]
    until = np.where(last, length[shaft], np.append(at[1:], 0.0)[: len(at)])
    leaving = more & ~inward
    outside = np.bincount(shaft[leaving], (until - np.maximum(at, 0.0))[leaving], minlength=len(length))
    sound = entered & (np.bincount(shaft[more], minlength=len(length)) == 0)
    return np.where(sound, 0.0, np.maximum(np.maximum(outside, np.where(entered, 0.0, off_entry)), LEAST_FAULT_MM))
